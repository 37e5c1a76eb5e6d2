package app.molos.edge.proxy.upstream;

import io.vertx.core.Context;
import io.vertx.core.http.HttpClientAgent;
import io.vertx.core.net.SocketAddress;
import java.util.List;

/**
 * The connection pools from one event loop to one module's upstreams: two each, because a WebSocket stays for hours and
 * must not take the connections of requests. Confined to one event loop.
 */
public final class UpstreamPools {
    private final List<ConnectionPool> requests;
    private final List<ConnectionPool> webSockets;

    /**
     * @param context of the event loop
     * @param surplus runs when an upstream sent bytes that belong to no response
     */
    public UpstreamPools(
            Context context,
            HttpClientAgent client,
            List<SocketAddress> upstreams,
            PoolLimits requestLimits,
            PoolLimits webSocketLimits,
            Runnable surplus) {
        requests = upstreams.stream()
                .map(upstream -> new ConnectionPool(context, client, upstream, requestLimits, surplus))
                .toList();
        webSockets = upstreams.stream()
                .map(upstream -> new ConnectionPool(context, client, upstream, webSocketLimits, surplus))
                .toList();
    }

    /**
     * Returns the pool that a request takes its connection from.
     *
     * @param upstream its place in the module's list
     */
    public ConnectionPool of(int upstream, boolean isUpgrade) {
        return (isUpgrade ? webSockets : requests).get(upstream);
    }

    /** Closes idle connections in time from now on. */
    public void start(Deadlines deadlines) {
        requests.forEach(deadlines::start);
        webSockets.forEach(deadlines::start);
    }

    /** Closes what is idle now, and everything else when it is released. */
    public void close() {
        requests.forEach(ConnectionPool::close);
        webSockets.forEach(ConnectionPool::close);
    }

    public void stop(Deadlines deadlines) {
        requests.forEach(deadlines::stop);
        webSockets.forEach(deadlines::stop);
    }
}
