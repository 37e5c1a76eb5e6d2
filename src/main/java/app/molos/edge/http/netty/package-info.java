/**
 * Reaches below Vert.x on the side of the clients: how requests are decoded ({@link RequestDecoder}), how heads
 * are written ({@link HeadroomAllocator}), what a connection hides ({@link ClientChannel}). An upgrade of Vert.x or
 * Netty has to look here. Called by `http`; calls `web`.
 */
@NullMarked
package app.molos.edge.http.netty;

import org.jspecify.annotations.NullMarked;
