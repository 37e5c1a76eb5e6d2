package app.molos.edge.proxy;

import java.util.EnumSet;
import java.util.Set;

/**
 * How far a {@link ProxyExchange} has come. Each state names the timeout that ends it, and the groups that may follow.
 *
 * ProxyExchangeIT shows the transitions, ModuleLimitsIT a revoked stream; {@link #next} refuses any other.
 *
 * <pre>
 * from                            to                 when
 * CONNECTING                      UPLOADING          a connection is there, a body follows the head
 * CONNECTING                      WAITING            a connection is there, the head is the whole request
 * CONNECTING, WAITING             CONNECTING         the attempt failed and may be retried
 * UPLOADING                       BLOCKED, and back  the module does not take the body as fast as it comes
 * UPLOADING                       WAITING            the body is whole
 * UPLOADING, BLOCKED, WAITING     BUFFERING          a response of known, small length began
 * UPLOADING, BLOCKED, WAITING     RELAYING           any other response began
 * UPLOADING, BLOCKED, WAITING     STREAMING          server-sent events began
 * WAITING                         TUNNELLING         101: both sides speak WebSocket from here
 * BUFFERING, RELAYING, STREAMING  DONE (COMPLETED)   the response is whole
 * CONNECTING to BUFFERING         DONE (REFUSED)     the module cannot answer or is late: an error does
 * any                             DONE (RESET)       a side broke off, or the stream was revoked
 * any                             DONE (ABANDONED)   the client left, or the tunnel was closed
 * </pre>
 */
enum ExchangeState {
    /** Waits for a connection to an upstream. */
    CONNECTING("connect"),
    /** Sends the request's body and waits for the client's next part. */
    UPLOADING("bodyIdle"),
    /** Sends the request's body and waits for the module to take it. */
    BLOCKED("bodyIdle"),
    /** The request is whole; waits for the head of the response. */
    WAITING("firstByte"),
    /** Reads a small response whole; the client has got nothing yet. */
    BUFFERING("responseIdle"),
    /** The head is with the client, the body follows as it comes. */
    RELAYING("responseIdle"),
    /** Relays server-sent events, which may be silent. */
    STREAMING(""),
    /** Carries the bytes of a WebSocket both ways; {@link Tunnel} watches over it. */
    TUNNELLING(""),
    /** It is over; its deadline, permit and guard are released. */
    DONE("");

    private final String timeout;

    ExchangeState(String timeout) {
        this.timeout = timeout;
    }

    /** The timeout's name, as modules write it under {@code timeouts}; empty: there is none. */
    String timeout() {
        return timeout;
    }

    /** Whether the client has got the head of the module's response: an error can only cut it off. */
    boolean hasResponded() {
        return this == RELAYING || this == STREAMING || this == TUNNELLING;
    }

    /** Whether the request's body is under way and no response has come. */
    boolean isSending() {
        return this == UPLOADING || this == BLOCKED;
    }

    boolean mayBecome(ExchangeState next) {
        return next().contains(next);
    }

    /** The table of transitions; {@link ProxyExchange} says what causes each. */
    Set<ExchangeState> next() {
        return switch (this) {
            case CONNECTING -> AFTER_CONNECTING;
            case UPLOADING, BLOCKED -> AFTER_SENDING;
            case WAITING -> AFTER_WAITING;
            case BUFFERING, RELAYING, STREAMING, TUNNELLING -> LAST;
            case DONE -> NONE;
        };
    }

    private static final Set<ExchangeState> AFTER_CONNECTING = EnumSet.of(CONNECTING, UPLOADING, WAITING, DONE);
    private static final Set<ExchangeState> AFTER_SENDING =
            EnumSet.of(UPLOADING, BLOCKED, WAITING, BUFFERING, RELAYING, STREAMING, DONE);
    private static final Set<ExchangeState> AFTER_WAITING =
            EnumSet.of(CONNECTING, BUFFERING, RELAYING, STREAMING, TUNNELLING, DONE);
    private static final Set<ExchangeState> LAST = EnumSet.of(DONE);
    private static final Set<ExchangeState> NONE = EnumSet.noneOf(ExchangeState.class);
}
