/**
 * Forwards a request to its module. {@link ModuleHandler} finds the module in the {@link ModuleTable} of the moment,
 * {@link UpstreamProxy} makes the {@link UpstreamRequest}, and one {@link ProxyExchange} carries it there and back
 * under {@link ProxyTimeouts}; a {@link ResponseWriter} writes the response. What a module gets to see is
 * {@link RequestHeaderFilter}, what of its response reaches the client {@link ResponseHeaderFilter}. Streams that
 * outlive their session are ended by {@link StreamRevoker}. Calls `proxy.upstream`, `assertions`, `session`, `modules`.
 */
@NullMarked
package app.molos.edge.proxy;

import org.jspecify.annotations.NullMarked;
