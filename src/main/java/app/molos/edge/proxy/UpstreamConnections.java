package app.molos.edge.proxy;

import io.vertx.core.Future;
import io.vertx.core.http.ConnectionPoolTooBusyException;
import io.vertx.core.http.HttpClientAgent;
import io.vertx.core.http.HttpClientConnection;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpConnectOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.SocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * The connections from one event loop to one upstream. Vert.x's own pool costs a timer and a look-up by key for every request,
 * and knows neither when to look a name up again nor that its module is gone. Confined to its event loop.
 */
final class UpstreamConnections extends PassageClock.Timed {
    /** Who wants a connection; hears exactly one of the two, unless it is over before. */
    interface Taker {
        /** Whether it wants one no more. */
        boolean isOver();

        void connected(Link link);

        void failed(Throwable failure);
    }

    /** How connections are kept, see {@link ProxyConfig}; {@code life} has a fifth of jitter, so that not all end at once. */
    record Limits(int size, int queue, Duration idle, Duration life) {}

    /** One connection, lent to one request at a time. */
    final class Link {
        private final HttpClientConnection connection;
        private final long diesNanos;
        private long idleUntilNanos;
        private boolean wasUsed;
        private boolean isGone;

        private Link(HttpClientConnection connection) {
            this.connection = connection;
            double jitter = 0.8 + 0.4 * ThreadLocalRandom.current().nextDouble();
            diesNanos = System.nanoTime() + (long) (limits.life.toNanos() * jitter);
            connection.closeHandler(v -> gone());
        }

        Future<HttpClientRequest> request(HttpMethod method, String uri) {
            return connection.request(new RequestOptions().setMethod(method).setURI(uri));
        }

        /** Whether it served a request before: such a one may have been closed meanwhile. */
        boolean wasUsed() {
            return wasUsed;
        }

        /** After a request and its answer that are both whole. */
        void giveBack() {
            wasUsed = true;
            long now = System.nanoTime();
            if (isGone || isClosed || now - diesNanos > 0) {
                close();
                return;
            }
            Taker next = nextWaiting();
            if (next != null) {
                next.connected(this);
            } else {
                idleUntilNanos = now + limits.idle.toNanos();
                idle.addLast(this);
            }
        }

        /** Nobody can use it any more. */
        void close() {
            gone();
            connection.close();
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

    private final HttpClientAgent client;
    private final HttpConnectOptions target;
    private final Limits limits;
    /** The one used last is lent first: what is not needed grows old and ends. */
    private final ArrayDeque<Link> idle = new ArrayDeque<>();
    private final ArrayDeque<Taker> waiting = new ArrayDeque<>();
    private int open;
    private boolean isClosed;

    UpstreamConnections(HttpClientAgent client, SocketAddress upstream, Limits limits) {
        this.client = client;
        this.limits = limits;
        // By name: each new connection asks anew where that is.
        this.target = new HttpConnectOptions().setServer(upstream).setHost(upstream.host()).setPort(upstream.port());
    }

    /** Lends a connection, now or as soon as there is one. How long that may take is the taker's to watch. */
    void take(Taker taker) {
        Link link = idle.pollLast();
        if (link != null) {
            taker.connected(link);
        } else if (open < limits.size) {
            open(taker);
        } else {
            queue(taker);
        }
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
        while (!idle.isEmpty() && nowNanos - idle.getFirst().idleUntilNanos > 0) {
            idle.getFirst().close();
        }
    }

    private void open(Taker taker) {
        open++;
        client.connect(target).onSuccess(connection -> {
            Link link = new Link(connection);
            if (taker.isOver()) {
                link.giveBack();
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

    private void queue(Taker taker) {
        if (waiting.size() >= limits.queue) {
            waiting.removeIf(Taker::isOver);
        }
        if (waiting.size() >= limits.queue) {
            taker.failed(new ConnectionPoolTooBusyException("all connections are taken, and all places in the queue"));
        } else {
            waiting.addLast(taker);
        }
    }

    private void openForWaiting() {
        Taker next = open < limits.size ? nextWaiting() : null;
        if (next != null) {
            open(next);
        }
    }

    private @Nullable Taker nextWaiting() {
        Taker next = waiting.pollFirst();
        while (next != null && next.isOver()) {
            next = waiting.pollFirst();
        }
        return next;
    }
}
