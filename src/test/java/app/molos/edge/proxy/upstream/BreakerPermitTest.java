package app.molos.edge.proxy.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.circuitbreaker.CircuitBreaker;
import io.vertx.circuitbreaker.CircuitBreakerOptions;
import io.vertx.circuitbreaker.CircuitBreakerState;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What requests tell a module's breaker, and whom it lets through. */
class BreakerPermitTest {
    private final Vertx vertx = Vertx.vertx();
    private final CircuitBreaker breaker = CircuitBreaker.create(
            "m",
            vertx,
            new CircuitBreakerOptions()
                    .setMaxFailures(2)
                    .setFailuresRollingWindow(60_000)
                    .setResetTimeout(400)
                    .setTimeout(-1));
    private final List<BreakerPermit> admitted = new ArrayList<>();
    private int refused;

    @AfterEach
    void close() {
        vertx.close();
    }

    private static ConditionFactory await() {
        return Awaitility.await().pollInterval(Duration.ofMillis(10)).atMost(5, TimeUnit.SECONDS);
    }

    private BreakerPermit permit() {
        acquire();
        return admitted.get(admitted.size() - 1);
    }

    private void acquire() {
        BreakerPermit.acquire(breaker, admitted::add, () -> refused++);
    }

    private void awaitState(CircuitBreakerState state) {
        await().until(() -> breaker.state() == state);
    }

    private void open() {
        permit().failed("down");
        permit().failed("down");
        awaitState(CircuitBreakerState.OPEN);
    }

    @Test
    void failuresInARow_open_andAnOpenOneRefuses() {
        open();
        admitted.clear();
        acquire();
        await().until(() -> refused == 1);
        assertThat(admitted).isEmpty();
    }

    @Test
    void success_makesItForgetFailures() {
        permit().failed("down");
        await().until(() -> breaker.failureCount() == 1);
        permit().succeeded();
        await().until(() -> breaker.failureCount() == 0);
        permit().failed("down");
        await().until(() -> breaker.failureCount() == 1);
        assertThat(breaker.state()).isEqualTo(CircuitBreakerState.CLOSED);
    }

    @Test
    void permit_isToldOnce() {
        BreakerPermit permit = permit();
        permit.failed("down");
        permit.failed("down again");
        permit.failed("and again");
        await().until(() -> breaker.failureCount() == 1);
        assertThat(breaker.state()).isEqualTo(CircuitBreakerState.CLOSED);
    }

    @Test
    void trial_closesItWithSuccess() {
        open();
        awaitState(CircuitBreakerState.HALF_OPEN);
        permit().succeeded();
        awaitState(CircuitBreakerState.CLOSED);
    }

    @Test
    void trial_thatFails_opensItAgain() {
        open();
        awaitState(CircuitBreakerState.HALF_OPEN);
        permit().failed("still down");
        awaitState(CircuitBreakerState.OPEN);
    }

    /** A client that left proves nothing: the trial must not close the breaker, nor keep it half open without end. */
    @Test
    void trial_whoseClientLeft_countsAsFailed() {
        open();
        awaitState(CircuitBreakerState.HALF_OPEN);
        permit().release();
        awaitState(CircuitBreakerState.OPEN);
    }
}
