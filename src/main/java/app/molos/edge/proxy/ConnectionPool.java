package app.molos.edge.proxy;

import app.molos.edge.web.ConnectionFailure;
import io.netty.channel.Channel;
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
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * The connections from one event loop to one upstream. Vert.x's own pool costs a timer and a look-up by key for every request,
 * and knows neither when to look a name up again nor that its module is gone. Confined to its event loop.
 */
final class ConnectionPool extends Deadlines.Deadline {
    /** Who wants a connection; hears exactly one of {@code connected} and {@code failed}, unless it is over before. */
    interface Waiter {
        /** Whether it wants one no more. */
        boolean isOver();

        /** @param isQueued whether it waits for its turn, not for the upstream */
        void waiting(boolean isQueued);

        void connected(PooledConnection link);

        void failed(Throwable failure);
    }

    /** How connections are kept, see {@link ProxyConfig}; {@code life} has a fifth of jitter, so that not all end at once. */
    record Limits(int size, int queue, Duration idle, Duration life, int maxHeaderSize) {}

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
            diesNanos = System.nanoTime() + (long) (limits.life.toNanos() * jitter);
            connection.closeHandler(v -> gone());
            // Vert.x would only say that some connection is gone; what was lost with it is said with the module's name.
            connection.evictionHandler(v -> { });
            // A write that fails must not close it: what the upstream said before it hung up is still to be read.
            channel().config().setAutoClose(false);
            connection.exceptionHandler(ConnectionFailure::log);
            codec = UpstreamCodec.install(connection.channelHandlerContext().pipeline(), limits.maxHeaderSize, this::surplus);
        }

        private void surplus() {
            surplus.run();
            close();
        }

        /** Below Vert.x's client for everybody: a proxy needs neither its redirects nor a head that is copied once more. */
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
         * After a request and its answer that are both whole; the last thing that is done for them. What came beyond the
         * answer, now or while nobody has the connection, ends it (see {@link UpstreamCodec}).
         */
        void release() {
            wasUsed = true;
            long now = System.nanoTime();
            if (isGone || isClosed || !codec.isClean() || now - diesNanos > 0) {
                close();
                return;
            }
            idleUntilNanos = now + limits.idle.toNanos();
            idle.addLast(this);
            if (!waiting.isEmpty()) {
                context.runOnContext(v -> lendToWaiting());
            }
        }

        /** Nobody can use it any more. It counts until it is really gone. */
        void close() {
            idle.remove(this);
            // Every other way waits until everything is written, and an upstream that does not read would keep it for ever.
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
    private final Limits limits;
    private final Runnable surplus;
    /** The one used last is acquired first: what is not needed grows old and ends. */
    private final ArrayDeque<PooledConnection> idle = new ArrayDeque<>();
    private final ArrayDeque<Waiter> waiting = new ArrayDeque<>();
    private int open;
    private boolean isClosed;

    /**
     * @param context of the event loop it belongs to
     * @param surplus runs when the upstream sent bytes that belong to no answer
     */
    ConnectionPool(
            ContextInternal context, HttpClientAgent client, SocketAddress upstream, Limits limits, Runnable surplus) {
        this.context = context;
        this.limits = limits;
        this.surplus = surplus;
        HttpClientBase base = (HttpClientBase) ((CleanableHttpClient) client).delegate;
        // What HttpClientAgent.connect does, but it hides the channel, without which a stuck connection cannot be closed. By
        // name: each new connection asks anew where that is.
        this.connector = new HttpChannelConnector(
                base, base.netClient(), null, null, null, HttpVersion.HTTP_1_1, false, false,
                HostAndPort.create(upstream.host(), upstream.port()), upstream, false, 0);
    }

    /** Lends a connection, now or as soon as there is one. How long that may take is the taker's to watch. */
    void acquire(Waiter taker) {
        PooledConnection link = waiting.isEmpty() ? takeIdle() : null;
        if (link != null) {
            taker.connected(link);
        } else if (open < limits.size) {
            open(taker);
        } else {
            queue(taker);
        }
    }

    private @Nullable PooledConnection takeIdle() {
        long now = System.nanoTime();
        PooledConnection link = idle.pollLast();
        while (link != null && link.isStale(now)) {
            link.close();
            link = idle.pollLast();
        }
        return link;
    }

    /** Ends what is idle now, and everything else when it is given back. */
    void close() {
        isClosed = true;
        while (!idle.isEmpty()) {
            idle.getLast().close();
        }
    }

    @Override
    void check(long nowNanos) {
        while (!idle.isEmpty() && idle.getFirst().isStale(nowNanos)) {
            idle.getFirst().close();
        }
    }

    private void open(Waiter taker) {
        open++;
        taker.waiting(false);
        connector.httpConnect(context).onSuccess(connection -> {
            PooledConnection link = new PooledConnection(connection);
            if (taker.isOver()) {
                link.release();
            } else {
                taker.connected(link);
            }
        }).onFailure(failure -> {
            open--;
            if (!taker.isOver()) {
                taker.failed(failure);
            }
            openForWaiting();
        });
    }

    private void queue(Waiter taker) {
        if (waiting.size() >= limits.queue) {
            waiting.removeIf(Waiter::isOver);
        }
        if (waiting.size() >= limits.queue) {
            taker.failed(new ConnectionPoolTooBusyException("all connections are taken, and all places in the queue"));
        } else {
            waiting.addLast(taker);
            taker.waiting(true);
        }
    }

    /** In a turn of its own: whoever gave a connection back may still be reading from it. */
    private void lendToWaiting() {
        PooledConnection link = waiting.isEmpty() ? null : takeIdle();
        Waiter next = link == null ? null : nextWaiting();
        if (next != null) {
            next.connected(link);
        } else if (link != null) {
            idle.addLast(link);
        }
    }

    private void openForWaiting() {
        Waiter next = open < limits.size ? nextWaiting() : null;
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
