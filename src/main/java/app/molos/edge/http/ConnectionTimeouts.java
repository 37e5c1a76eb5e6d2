package app.molos.edge.http;

import app.molos.edge.http.netty.ClientChannel;
import app.molos.edge.http.netty.RequestDecoder;
import app.molos.edge.web.InboundBudget;
import io.vertx.core.Future;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpHeaders;
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
 * The clocks of a connection: its first head, a body that stands still, idleness between requests, and a client that
 * does not take what is written to it. Vert.x's {@code idleTimeout} is the wrong knob: it cuts quiet answers and lets a
 * body drip without end. Confined to one event loop; one sweep looks at all connections, so that a request sets no
 * timer.
 */
public final class ConnectionTimeouts {
    private final Map<HttpConnection, State> states = new HashMap<>();
    private final Set<NetSocket> upgraded = new HashSet<>();
    private final long headNanos;
    private final long bodyNanos;
    private final long keepAliveNanos;
    private final long writeNanos;
    private final long lingerNanos;

    public ConnectionTimeouts(HttpConfig.Timeouts config) {
        headNanos = config.head().toNanos();
        bodyNanos = config.bodyIdle().toNanos();
        keepAliveNanos = config.keepAlive().toNanos();
        writeNanos = config.writeIdle().toNanos();
        lingerNanos = config.linger().toNanos();
    }

    /** How often {@link #sweep} should run so that no limit is passed by more than a tenth. */
    public long sweepMillis() {
        long shortest = Math.min(Math.min(headNanos, writeNanos), Math.min(bodyNanos, keepAliveNanos));
        return Math.max(10, Math.min(1000, Duration.ofNanos(shortest / 10).toMillis()));
    }

    /**
     * Watches a new connection from now on.
     *
     * @param decoder reads its requests; null when Vert.x's own does
     * @param closed runs when the connection is gone, whatever became of it
     */
    public void opened(HttpConnection connection, @Nullable RequestDecoder decoder, Runnable closed) {
        states.put(connection, new State(connection, decoder, System.nanoTime() + headNanos));
        connection.closeHandler(v -> {
            states.remove(connection);
            closed.run();
        });
    }

    /** Why a request is malformed; null when it is not. */
    @Nullable
    Throwable failureOf(HttpServerRequest request) {
        State state = states.get(request.connection());
        return state == null || state.decoder == null ? null : state.decoder.failure();
    }

    /** Whether there is room for a request's head; see {@link RequestDecoder#admits}. */
    boolean admits(HttpServerRequest request, InboundBudget budget, String client) {
        State state = states.get(request.connection());
        return state == null || state.decoder == null || state.decoder.admits(budget, client);
    }

    public void begins(HttpServerRequest request) {
        State state = states.get(request.connection());
        if (state != null) {
            state.request = request;
            state.bytes = -1;
            state.deadline = 0;
        }
    }

    /**
     * The answer is out; what is idle from here on is the connection. Where the request is not whole, the rest of it is
     * thrown away for a while: closing while the client still sends would reset the connection, and the answer would be
     * lost with it.
     */
    public void ended(HttpServerRequest request) {
        State state = states.get(request.connection());
        if (state != null && state.request == request) {
            state.request = null;
            boolean isLast = (state.decoder != null && state.decoder.isInRequest()) || isLast(request);
            state.deadline = System.nanoTime() + (isLast ? lingerNanos : keepAliveNanos);
        }
        if (state != null && state.decoder != null) {
            state.decoder.answered();
        }
    }

    /** Whether the answer said that the connection ends: Vert.x closes it only where the client asked for that. */
    private static boolean isLast(HttpServerRequest request) {
        String said = request.response().headers().get(HttpHeaders.CONNECTION);
        return said != null && said.equalsIgnoreCase("close");
    }

    /**
     * The answer is out, nothing that comes is read as a request any more: what the client still sends is thrown away a
     * while.
     */
    void linger(HttpServerRequest request) {
        State state = states.get(request.connection());
        if (state == null) {
            request.connection().close();
        } else {
            state.request = null;
            state.deadline = System.nanoTime() + lingerNanos;
        }
    }

    /**
     * Makes a plain connection of it, which may be silent without end; a stop must still find it. It is paused, and
     * what came behind the request is in it already: Vert.x would throw that away.
     */
    Future<NetSocket> upgrade(HttpServerRequest request, Runnable closed) {
        HttpConnection connection = request.connection();
        State state = states.get(connection);
        Consumer<NetSocket> rest = state == null || state.decoder == null ? socket -> {} : state.decoder.takeRest();
        return request.toNetSocket().map(socket -> {
            if (state != null) {
                state.request = null;
                state.deadline = 0;
            }
            upgraded.add(socket);
            socket.closeHandler(v -> {
                upgraded.remove(socket);
                states.remove(connection);
                closed.run();
            });
            socket.pause();
            rest.accept(socket);
            return socket;
        });
    }

    void closeUpgraded() {
        Set.copyOf(upgraded).forEach(NetSocket::close);
    }

    /** Closes, without a word, every connection whose clock has run out. */
    public void sweep() {
        long now = System.nanoTime();
        // Closing one changes the map.
        List<State> late = null;
        for (State state : states.values()) {
            if (state.isStuck(now) || state.isLate(now)) {
                late = late == null ? new ArrayList<>() : late;
                late.add(state);
            }
        }
        if (late != null) {
            late.forEach(State::close);
        }
    }

    private final class State {
        private final HttpConnection connection;
        private final @Nullable RequestDecoder decoder;
        private final @Nullable ClientChannel channel;
        /** When to close while no request is under way; 0: never. */
        private long deadline;

        private @Nullable HttpServerRequest request;
        private long bytes = -1;
        private long movedAt;
        private long unwritten;
        private long writtenAt;
        private boolean isStuck;

        State(HttpConnection connection, @Nullable RequestDecoder decoder, long deadline) {
            this.connection = connection;
            this.decoder = decoder;
            this.deadline = deadline;
            this.channel = ClientChannel.of(connection);
        }

        boolean isLate(long now) {
            HttpServerRequest current = request;
            if (current == null) {
                return deadline != 0 && now - deadline > 0;
            }
            if (current.isEnded()) {
                return false;
            }
            if (current.bytesRead() >= declaredLength(current)) {
                // All of it is here; it is our side that has not taken it yet.
                return false;
            }
            if (current.bytesRead() != bytes || isHeldBack()) {
                bytes = current.bytesRead();
                movedAt = now;
                return false;
            }
            return now - movedAt > bodyNanos;
        }

        /** Whether the client took nothing of what waits for it since so long that it never will. */
        boolean isStuck(long now) {
            long mark = channel == null ? 0 : channel.unwritten();
            if (mark == 0 || mark != unwritten) {
                unwritten = mark;
                writtenAt = now;
                return false;
            }
            isStuck = now - writtenAt > writeNanos;
            return isStuck;
        }

        /**
         * Whether it is us who do not read, because a module takes the body slowly: then the client is not to blame.
         */
        private boolean isHeldBack() {
            return channel != null && channel.isHeldBack();
        }

        void close() {
            if (isStuck && channel != null) {
                channel.abort();
            } else {
                connection.close();
            }
        }
    }

    private static long declaredLength(HttpServerRequest request) {
        String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
        try {
            return length == null ? Long.MAX_VALUE : Long.parseLong(length.trim());
        } catch (NumberFormatException e) {
            return Long.MAX_VALUE;
        }
    }
}
