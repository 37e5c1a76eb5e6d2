package app.molos.edge.proxy.upstream;

import java.time.Duration;

/**
 * How the connections from one event loop to one upstream are kept.
 *
 * @param size most connections at once
 * @param queue most requests waiting for one of them
 * @param idle closes a connection that nobody used for so long
 * @param lifetime closes a connection of this age (± 20 %, so that not all end at once)
 * @param maxHeaderSize bytes of a response's head
 */
public record PoolLimits(int size, int queue, Duration idle, Duration lifetime, int maxHeaderSize) {}
