package app.molos.edge.proxy;

import static app.molos.edge.proxy.ExchangeState.BLOCKED;
import static app.molos.edge.proxy.ExchangeState.BUFFERING;
import static app.molos.edge.proxy.ExchangeState.CONNECTING;
import static app.molos.edge.proxy.ExchangeState.DONE;
import static app.molos.edge.proxy.ExchangeState.RELAYING;
import static app.molos.edge.proxy.ExchangeState.STREAMING;
import static app.molos.edge.proxy.ExchangeState.TUNNELLING;
import static app.molos.edge.proxy.ExchangeState.UPLOADING;
import static app.molos.edge.proxy.ExchangeState.WAITING;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The table of transitions whole: what is not in it is refused. */
class ExchangeStateTest {
    private static final Set<ExchangeState> AFTER_SENDING =
            Set.of(UPLOADING, BLOCKED, WAITING, BUFFERING, RELAYING, STREAMING, DONE);
    private static final Map<ExchangeState, Set<ExchangeState>> TABLE = Map.of(
            CONNECTING, Set.of(CONNECTING, UPLOADING, WAITING, DONE),
            UPLOADING, AFTER_SENDING,
            BLOCKED, AFTER_SENDING,
            WAITING, Set.of(CONNECTING, BUFFERING, RELAYING, STREAMING, TUNNELLING, DONE),
            BUFFERING, Set.of(DONE),
            RELAYING, Set.of(DONE),
            STREAMING, Set.of(DONE),
            TUNNELLING, Set.of(DONE),
            DONE, Set.of());

    private static final ProxyTimeouts TIMEOUTS = new ProxyTimeouts(
            Duration.ofSeconds(1), Duration.ofSeconds(2), Duration.ofSeconds(3), Duration.ofSeconds(4), Duration.ZERO);

    @ParameterizedTest
    @EnumSource
    void state_isFollowedByThoseOfTheTableOnly(ExchangeState state) {
        for (ExchangeState next : ExchangeState.values()) {
            assertThat(state.mayBecome(next))
                    .as(state + " to " + next)
                    .isEqualTo(TABLE.get(state).contains(next));
        }
    }

    @ParameterizedTest
    @EnumSource
    void state_isEndedByTheTimeoutItNames(ExchangeState state) {
        Duration expected = switch (state.timeout()) {
            case "connect" -> TIMEOUTS.connect();
            case "bodyIdle" -> TIMEOUTS.bodyIdle();
            case "firstByte" -> TIMEOUTS.firstByte();
            case "responseIdle" -> TIMEOUTS.responseIdle();
            default -> Duration.ofNanos(Long.MAX_VALUE);
        };
        assertThat(TIMEOUTS.of(state)).isEqualTo(expected);
    }
}
