/**
 * Forwards a request to its module. {@link ModuleHandler} finds the module in the {@link ModuleTable} of the moment and asks who
 * may enter, {@link UpstreamProxy} makes the order, and one {@link ProxyExchange} carries it there and back, under the limits of
 * {@link ProxyTimeouts}: each {@link Attempt} on a connection acquired by {@link ConnectionPool}, the answer written by a
 * {@link ResponseWriter}. What all event loops know of a module is its {@link UpstreamGroup}; streams that outlive their session are
 * ended by {@link StreamRevoker}. Calls `modules`, `session`.
 */
@NullMarked
package app.molos.edge.proxy;

import org.jspecify.annotations.NullMarked;
