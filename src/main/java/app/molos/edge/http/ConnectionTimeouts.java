package app.molos.edge.http;

import app.molos.edge.http.netty.ClientStream;
import app.molos.edge.http.netty.RequestDecoder;
import io.vertx.core.Future;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.NetSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The clocks of all connections of one event loop: first heads, bodies that stand still, idleness between requests, and
 * clients that do not take what is written to them. Vert.x's {@code idleTimeout} is the wrong knob: it cuts quiet
 * answers and lets a body drip without end. Confined to one event loop; one sweep looks at all connections, so that a
 * request sets no timer.
 */
public final class ConnectionTimeouts {
    /** The limits of {@link HttpConfig.Timeouts}, in nanoseconds. */
    record Limits(long headNanos, long bodyNanos, long keepAliveNanos, long writeNanos, long lingerNanos) {}

    private final Map<HttpConnection, ConnectionClock> clocks = new HashMap<>();
    private final Set<NetSocket> upgraded = new HashSet<>();
    private final Limits limits;
    private boolean isLeaving;
    private boolean isClosingIdle;

    public ConnectionTimeouts(HttpConfig.Timeouts config) {
        limits = new Limits(
                config.head().toNanos(),
                config.bodyIdle().toNanos(),
                config.keepAlive().toNanos(),
                config.writeIdle().toNanos(),
                config.linger().toNanos());
    }

    /** How often {@link #sweep} should run so that no limit is passed by more than a tenth. */
    public long sweepMillis() {
        long shortest = Math.min(
                Math.min(limits.headNanos(), limits.writeNanos()),
                Math.min(limits.bodyNanos(), limits.keepAliveNanos()));
        return Math.max(10, Math.min(1000, Duration.ofNanos(shortest / 10).toMillis()));
    }

    /**
     * Watches a new connection from now on.
     *
     * @param decoder reads its requests; null when Vert.x's own does
     * @param closed runs when the connection is gone, whatever became of it
     */
    public void opened(HttpConnection connection, @Nullable RequestDecoder decoder, Runnable closed) {
        ConnectionClock clock = ClientStream.areOn(connection)
                ? new Http2Clock(connection, limits)
                : new Http1Clock(connection, decoder, limits);
        clocks.put(connection, clock);
        connection.closeHandler(v -> {
            clocks.remove(connection);
            clock.closed();
            closed.run();
        });
        if (isLeaving) {
            clock.leave();
        }
        if (isClosingIdle) {
            clock.closeIdle(System.nanoTime());
        }
    }

    /** Returns the clocks of a request's connection. */
    ConnectionClock of(HttpServerRequest request) {
        return clocks.getOrDefault(request.connection(), NoClock.INSTANCE);
    }

    /** Starts the clocks of a request that holds nothing which must be given back. */
    public void begins(HttpServerRequest request) {
        of(request).begins(request, () -> {});
    }

    /** See {@link ConnectionClock#ended}. */
    public void ended(HttpServerRequest request) {
        of(request).ended(request);
    }

    /**
     * Makes a plain connection of it, which may be silent without end; a stop must still find it. It is paused, and
     * what came behind the request is in it already: Vert.x would throw that away.
     */
    Future<NetSocket> upgrade(HttpServerRequest request, Runnable closed) {
        HttpConnection connection = request.connection();
        RequestDecoder decoder = of(request) instanceof Http1Clock clock ? clock.decoder() : null;
        Consumer<NetSocket> rest = decoder == null ? socket -> {} : decoder.takeRest();
        return request.toNetSocket().map(socket -> {
            if (clocks.get(connection) instanceof Http1Clock clock) {
                clock.upgraded();
            }
            upgraded.add(socket);
            socket.closeHandler(v -> {
                upgraded.remove(socket);
                clocks.remove(connection);
                closed.run();
            });
            socket.pause();
            rest.accept(socket);
            return socket;
        });
    }

    /** How many requests and upgraded connections are under way. */
    int busy() {
        int busy = upgraded.size();
        for (ConnectionClock clock : clocks.values()) {
            busy += clock.underWay();
        }
        return busy;
    }

    /** How many connections there are, upgraded ones included. */
    int open() {
        return clocks.size();
    }

    /** Has every response be the last of its connection, those of new connections, too. */
    void leave() {
        isLeaving = true;
        List.copyOf(clocks.values()).forEach(ConnectionClock::leave);
    }

    /** Closes what is idle, now and as soon as it is. */
    void closeIdle() {
        isClosingIdle = true;
        long now = System.nanoTime();
        clocks.values().forEach(clock -> clock.closeIdle(now));
        sweep();
    }

    /** Takes {@link #leave} back, for those that are still there. */
    void stay() {
        isLeaving = false;
        clocks.values().forEach(ConnectionClock::stay);
    }

    void closeUpgraded() {
        Set.copyOf(upgraded).forEach(NetSocket::close);
    }

    /** Closes, without a word, every connection whose clock has run out. */
    public void sweep() {
        long now = System.nanoTime();
        // Closing one changes the map.
        List<ConnectionClock> over = null;
        for (ConnectionClock clock : clocks.values()) {
            if (clock.isOver(now)) {
                over = over == null ? new ArrayList<>() : over;
                over.add(clock);
            }
        }
        if (over != null) {
            over.forEach(ConnectionClock::close);
        }
    }
}
