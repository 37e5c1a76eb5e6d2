package app.molos.edge.proxy;

import app.molos.edge.modules.Forwarding;
import java.time.Duration;

/**
 * How long a module and its clients may take. Each limit is a setting of its own: one number for all would cut uploads
 * and streams short.
 *
 * @param connect until there is a connection to the upstream, waiting for a free one included
 * @param bodyIdle in which nothing of a request's body moves
 * @param firstByte from the end of the request to the head of the answer
 * @param responseIdle in which nothing of an answer's body moves; streams (WebSocket, server-sent events) may be silent
 * @param total of everything, streams excepted; zero: no limit
 */
public record ProxyTimeouts(
        Duration connect, Duration bodyIdle, Duration firstByte, Duration responseIdle, Duration total) {
    private static final Duration ENDLESS = Duration.ofNanos(Long.MAX_VALUE);

    /** How long nothing may move in a state. */
    Duration of(ExchangeState state) {
        return switch (state) {
            case CONNECTING -> connect;
            case UPLOADING, BLOCKED -> bodyIdle;
            case WAITING -> firstByte;
            case BUFFERING, RELAYING -> responseIdle;
            case STREAMING, TUNNELLING, DONE -> ENDLESS;
        };
    }

    /** With the timeouts that a module has of its own. */
    ProxyTimeouts with(Forwarding.Timeouts own) {
        return new ProxyTimeouts(
                own.connect().orElse(connect),
                own.bodyIdle().orElse(bodyIdle),
                own.firstByte().orElse(firstByte),
                own.responseIdle().orElse(responseIdle),
                own.total().orElse(total));
    }
}
