package app.molos.edge.proxy.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import app.molos.edge.modules.Forwarding.Balance;
import io.vertx.circuitbreaker.CircuitBreaker;
import io.vertx.core.Vertx;
import io.vertx.core.net.SocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Which upstream a request goes to, and how many there may be. */
class UpstreamGroupTest {
    private static final long FAIL_NANOS = Duration.ofMillis(200).toNanos();

    private final Vertx vertx = Vertx.vertx();
    private final Set<Integer> down = new HashSet<>();

    @AfterEach
    void close() {
        vertx.close();
    }

    private UpstreamGroup group(int size, Balance balance, int maxActive) {
        List<UpstreamGroup.Upstream> upstreams = IntStream.range(0, size)
                .mapToObj(i -> new UpstreamGroup.Upstream(
                        i, SocketAddress.inetSocketAddress(1000 + i, "127.0.0.1"), () -> down.contains(i)))
                .toList();
        return new UpstreamGroup(upstreams, balance, maxActive, FAIL_NANOS, CircuitBreaker.create("m", vertx), 1);
    }

    private static UpstreamGroup.Lease lease(UpstreamGroup group) {
        return Objects.requireNonNull(group.lease(-1));
    }

    private static List<Integer> turns(UpstreamGroup group, int count) {
        List<Integer> turns = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            UpstreamGroup.Lease lease = lease(group);
            turns.add(lease.upstream());
            lease.release();
        }
        return turns;
    }

    @Test
    void roundRobin_takesTurns() {
        assertThat(turns(group(3, Balance.ROUND_ROBIN, 10), 6)).containsExactly(0, 1, 2, 0, 1, 2);
    }

    @Test
    void leastRequests_takesTheOneWithFewest_andTurnsAmongEquals() {
        UpstreamGroup group = group(3, Balance.LEAST_REQUESTS, 10);
        UpstreamGroup.Lease first = lease(group);
        UpstreamGroup.Lease second = lease(group);
        assertThat(List.of(first.upstream(), second.upstream(), lease(group).upstream()))
                .containsExactlyInAnyOrder(0, 1, 2);
        second.release();
        assertThat(lease(group).upstream()).isEqualTo(second.upstream());
    }

    @Test
    void retry_goesToAnother_ifThereIsOne() {
        UpstreamGroup group = group(2, Balance.ROUND_ROBIN, 10);
        for (int i = 0; i < 4; i++) {
            assertThat(Objects.requireNonNull(group.lease(0)).upstream()).isEqualTo(1);
        }
        assertThat(Objects.requireNonNull(group(1, Balance.ROUND_ROBIN, 10).lease(0))
                        .upstream())
                .isZero();
    }

    @Test
    void unhealthyUpstream_isSkipped_untilItsTimeoutOrAResponse() throws Exception {
        UpstreamGroup group = group(2, Balance.ROUND_ROBIN, 10);
        UpstreamGroup.Lease failing = lease(group);
        failing.failed();
        failing.release();
        assertThat(turns(group, 3)).containsOnly(1);
        Thread.sleep(Duration.ofNanos(FAIL_NANOS).toMillis() + 50);
        assertThat(turns(group, 2)).contains(0);
        failing.failed();
        failing.answered();
        assertThat(turns(group, 2)).contains(0);
    }

    @Test
    void upstreamThatTheProberCallsDown_isSkipped_butAskedIfThereIsNoOther() {
        UpstreamGroup group = group(2, Balance.ROUND_ROBIN, 10);
        down.add(1);
        assertThat(turns(group, 4)).containsOnly(0);
        down.add(0);
        assertThat(turns(group, 4)).containsOnly(0, 1);
    }

    @Test
    void requestsAboveTheMost_getNoLease_untilOneIsReleased_once() {
        UpstreamGroup group = group(1, Balance.ROUND_ROBIN, 2);
        UpstreamGroup.Lease held = lease(group);
        lease(group);
        assertThat(group.lease(-1)).isNull();
        held.release();
        held.release();
        lease(group);
        assertThat(group.lease(-1)).isNull();
    }

    @Test
    void retries_areAFifthOfWhatIsUnderWay_andThreeAtLeast() {
        UpstreamGroup group = group(1, Balance.ROUND_ROBIN, 100);
        for (int i = 0; i < 3; i++) {
            assertThat(group.beginRetry()).isTrue();
        }
        assertThat(group.beginRetry()).isFalse();
        for (int i = 0; i < 20; i++) {
            lease(group);
        }
        assertThat(group.beginRetry()).as("a fourth of twenty").isTrue();
        assertThat(group.beginRetry()).isFalse();
        group.endRetry();
        assertThat(group.beginRetry()).isTrue();
    }
}
