package app.molos.edge.proxy.upstream;

import app.molos.edge.web.ConnectionFailure;
import io.netty.channel.Channel;
import io.netty.channel.ConnectTimeoutException;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.http.ConnectionPoolTooBusyException;
import io.vertx.core.http.HttpClientAgent;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.impl.CleanableHttpClient;
import io.vertx.core.http.impl.HttpChannelConnector;
import io.vertx.core.http.impl.HttpClientBase;
import io.vertx.core.http.impl.HttpClientConnectionInternal;
import io.vertx.core.http.impl.HttpClientStream;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.net.HostAndPort;
import io.vertx.core.net.SocketAddress;
import java.util.ArrayDeque;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the connections from one event loop to one upstream. Vert.x's own pool costs a timer and a look-up by key for
 * every request, and knows neither when to look a name up again nor that its module is gone. Confined to one event
 * loop.
 */
public final class ConnectionPool extends Deadlines.Deadline {
    /** Waits for a connection; gets exactly one of {@code connected} and {@code failed}, unless it is over before. */
    interface Waiter {
        /** Whether it does not need one any more. */
        boolean isOver();

        /**
         * Reports what it waits for.
         *
         * @param isQueued whether it waits for its turn, not for the upstream
         */
        void waiting(boolean isQueued);

        void connected(PooledConnection connection);

        void failed(Throwable failure);
    }

    /** One connection, held by one request at a time. */
    final class PooledConnection {
        private final HttpClientConnectionInternal connection;
        private final UpstreamCodec codec;
        private final long diesNanos;
        private long idleUntilNanos;
        private boolean wasUsed;
        private boolean isGone;

        private PooledConnection(HttpClientConnectionInternal connection) {
            this.connection = connection;
            double jitter = 0.8 + 0.4 * ThreadLocalRandom.current().nextDouble();
            diesNanos = System.nanoTime() + (long) (limits.lifetime().toNanos() * jitter);
            connection.closeHandler(v -> gone());
            // Vert.x would log only that some connection is gone; what was lost with it is logged with the module's
            // name.
            connection.evictionHandler(v -> {});
            // A write that fails must not close it: what the upstream sent before it hung up is still to be read.
            channel().config().setAutoClose(false);
            connection.exceptionHandler(ConnectionFailure::log);
            codec = UpstreamCodec.install(
                    connection.channelHandlerContext().pipeline(), limits.maxHeaderSize(), this::surplus);
        }

        private void surplus() {
            surplus.run();
            close();
        }

        /**
         * Opens a stream below Vert.x's client: a proxy needs neither its redirects nor a head that is copied once
         * more.
         */
        Future<HttpClientStream> open() {
            return connection.createStream(context);
        }

        Channel channel() {
            return connection.channelHandlerContext().channel();
        }

        /** Whether it served a request before: such a one may have been closed meanwhile. */
        boolean wasUsed() {
            return wasUsed;
        }

        /**
         * Returns it after a whole request and a whole response; the last thing that is done for them. Bytes beyond the
         * response, now or while it is idle, close it (see {@link UpstreamCodec}).
         */
        void release() {
            wasUsed = true;
            long now = System.nanoTime();
            if (isGone || isClosed || !codec.isClean() || now - diesNanos > 0) {
                close();
                return;
            }
            idleUntilNanos = now + limits.idle().toNanos();
            idle.addLast(this);
            if (!waiting.isEmpty()) {
                context.runOnContext(v -> serveWaiting());
            }
        }

        /** Closes it at once. It counts until it is really gone. */
        void close() {
            idle.remove(this);
            // Every other way waits until everything is written, and an upstream that does not read would keep it open.
            channel().unsafe().close(channel().newPromise());
        }

        private boolean isStale(long now) {
            return isGone || !codec.isClean() || now - idleUntilNanos > 0 || now - diesNanos > 0;
        }

        private void gone() {
            if (!isGone) {
                isGone = true;
                open--;
                idle.remove(this);
                openForWaiting();
            }
        }
    }

    private final ContextInternal context;
    private final HttpChannelConnector connector;
    private final PoolLimits limits;
    private final Runnable surplus;
    /** The one used last is acquired first: what is not needed grows idle and is closed. */
    private final ArrayDeque<PooledConnection> idle = new ArrayDeque<>();

    private final ArrayDeque<Waiter> waiting = new ArrayDeque<>();
    private int open;
    private boolean isClosed;

    /**
     * @param context of the event loop it belongs to
     * @param surplus runs when the upstream sent bytes that belong to no answer
     */
    public ConnectionPool(
            Context context, HttpClientAgent client, SocketAddress upstream, PoolLimits limits, Runnable surplus) {
        this.context = (ContextInternal) context;
        this.limits = limits;
        this.surplus = surplus;
        HttpClientBase base = (HttpClientBase) ((CleanableHttpClient) client).delegate;
        // What HttpClientAgent.connect does, but it hides the channel, without which a stuck connection cannot be
        // closed. By name: each new connection resolves it again.
        this.connector = new HttpChannelConnector(
                base,
                base.netClient(),
                null,
                null,
                null,
                HttpVersion.HTTP_1_1,
                false,
                false,
                HostAndPort.create(upstream.host(), upstream.port()),
                upstream,
                false,
                0);
    }

    /** Gives a connection, now or as soon as there is one. How long that may take is the waiter's to watch. */
    public void acquire(Waiter waiter) {
        PooledConnection connection = waiting.isEmpty() ? takeIdle() : null;
        if (connection != null) {
            waiter.connected(connection);
        } else if (open < limits.size()) {
            open(waiter);
        } else {
            queue(waiter);
        }
    }

    private @Nullable PooledConnection takeIdle() {
        long now = System.nanoTime();
        PooledConnection connection = idle.pollLast();
        while (connection != null && connection.isStale(now)) {
            connection.close();
            connection = idle.pollLast();
        }
        return connection;
    }

    /** Closes what is idle now, and everything else when it is released. */
    public void close() {
        isClosed = true;
        while (!idle.isEmpty()) {
            idle.getLast().close();
        }
    }

    @Override
    protected void check(long nowNanos) {
        while (!idle.isEmpty() && idle.getFirst().isStale(nowNanos)) {
            idle.getFirst().close();
        }
    }

    private void open(Waiter waiter) {
        open++;
        waiter.waiting(false);
        connector
                .httpConnect(context)
                .onSuccess(opened -> {
                    PooledConnection connection = new PooledConnection(opened);
                    if (waiter.isOver()) {
                        connection.release();
                    } else {
                        waiter.connected(connection);
                    }
                })
                .onFailure(failure -> {
                    open--;
                    if (!waiter.isOver()) {
                        boolean isLate = failure instanceof ConnectTimeoutException;
                        waiter.failed(isLate ? new TimeoutException(failure.getMessage()) : failure);
                    }
                    openForWaiting();
                });
    }

    private void queue(Waiter waiter) {
        if (waiting.size() >= limits.queue()) {
            waiting.removeIf(Waiter::isOver);
        }
        if (waiting.size() >= limits.queue()) {
            waiter.failed(new ConnectionPoolTooBusyException("all connections are taken, and all places in the queue"));
        } else {
            waiting.addLast(waiter);
            waiter.waiting(true);
        }
    }

    /** Runs in a turn of its own: the request that released a connection may still be reading from it. */
    private void serveWaiting() {
        PooledConnection connection = waiting.isEmpty() ? null : takeIdle();
        if (connection == null) {
            return;
        }
        Waiter next = nextWaiting();
        if (next == null) {
            idle.addLast(connection);
        } else {
            next.connected(connection);
        }
    }

    private void openForWaiting() {
        Waiter next = open < limits.size() ? nextWaiting() : null;
        if (next != null) {
            open(next);
        }
    }

    private @Nullable Waiter nextWaiting() {
        Waiter next = waiting.pollFirst();
        while (next != null && next.isOver()) {
            next = waiting.pollFirst();
        }
        return next;
    }
}
