/**
 * Forwards a request to its module: access, header hygiene both ways, WebSocket, streaming. Calls `modules`, `session`.
 */
@NullMarked
package app.molos.edge.proxy;

import org.jspecify.annotations.NullMarked;
