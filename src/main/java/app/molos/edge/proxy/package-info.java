/**
 * Forwards a request to its module. {@link ModuleHandler} finds the module in the {@link ModuleTable} of the moment and asks who
 * may enter, {@link UpstreamProxy} makes the order, and one {@link Passage} carries it there and back, under the limits of
 * {@link ModuleTimers}: each {@link Attempt} on a connection lent by {@link UpstreamConnections}, the answer written by a
 * {@link Delivery}. What all event loops know of a module is its {@link ModuleState}; streams that outlive their session are
 * ended by {@link StreamGuard}. Calls `modules`, `session`.
 */
@NullMarked
package app.molos.edge.proxy;

import org.jspecify.annotations.NullMarked;
