/**
 * The connections to modules: which upstream of a module is asked ({@link UpstreamGroup}: balancing, limits, breaker),
 * over which connection ({@link ConnectionPool}), and what one request and its response are on it ({@link Attempt},
 * {@link UpstreamResponse}). Beside `http.netty` the only place that knows the internals of Vert.x and Netty; an
 * upgrade of either has to look here. Called by `proxy`; calls `modules`, `web`.
 */
@NullMarked
package app.molos.edge.proxy.upstream;

import org.jspecify.annotations.NullMarked;
