package app.molos.edge.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;

import app.molos.edge.ratelimit.GuessDelay.Decision;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** RL-04: the price of wrong passwords, on a clock of the test's. */
class GuessDelayTest {
    private final AtomicLong now = new AtomicLong(1);
    private final Map<Long, Integer> written = new HashMap<>();
    private final GuessDelay delay = delay(written::put);

    /** With an empty memory, as after a restart. */
    private GuessDelay delay(GuessDelay.Journal journal) {
        return new GuessDelay(
                new LimitTable(new SecureRandom(), now::get),
                new ThrottleConfig.Guesses(5, Duration.ofMinutes(15), 50, Duration.ofSeconds(30), Duration.ofHours(1)),
                new KeyHash(1, 2),
                journal);
    }

    private void pass(double seconds) {
        now.addAndGet((long) (seconds * 1e9));
    }

    @Test
    void rl04_pairWaitsTwiceAsLongEachTime_andOthersDoNot() {
        for (int i = 0; i < 5; i++) {
            assertThat(delay.check("ada", "net", null).isRefused()).isFalse();
            delay.failed("ada", "net", null);
        }
        assertThat(delay.check("ada", "net", null)).isEqualTo(new Decision(1, 0));
        assertThat(delay.check("ada", "other net", null).isRefused()).isFalse();
        assertThat(delay.check("bob", "net", null).isRefused()).isFalse();
        pass(1);
        for (int seconds : new int[] {2, 4, 8, 16}) {
            assertThat(delay.check("ada", "net", null).isRefused()).isFalse();
            delay.failed("ada", "net", null);
            assertThat(delay.check("ada", "net", null)).isEqualTo(new Decision(seconds, 0));
            pass(seconds);
        }
        delay.succeeded("ada", "net", null);
        assertThat(delay.check("ada", "net", null)).isEqualTo(new Decision(0, 0));
    }

    @Test
    void rl04_longestPairWait_is15Minutes() {
        for (int i = 0; i < 60; i++) {
            delay.failed("ada", "net", null);
        }
        assertThat(delay.check("ada", "net", null)).isEqualTo(new Decision(900, 0));
    }

    /**
     * 1000 wrong guesses from 50 networks: the owner's own browser does not wait, a new one waits a little, nobody is
     * refused.
     */
    @Test
    void rl04_outsider_cannotLockTheOwnerOut() {
        for (int i = 0; i < 1000; i++) {
            delay.failed("ada", "net " + i % 50, null);
        }
        assertThat(delay.check("ada", "home", "the owner's device")).isEqualTo(new Decision(0, 0));
        Decision stranger = delay.check("ada", "home", null);
        assertThat(stranger.isRefused()).isFalse();
        assertThat(stranger.delayMillis()).isBetween(1L, 30_000L);
        assertThat(delay.check("bob", "home", null)).as("another account").isEqualTo(new Decision(0, 0));
    }

    @Test
    void rl04_knownDevice_hasABudgetOfItsOwn() {
        for (int i = 0; i < 6; i++) {
            delay.failed("ada", "net", "stolen device");
        }
        assertThat(delay.check("ada", "net", "stolen device").isRefused()).isTrue();
        assertThat(delay.check("ada", "net", null).isRefused()).isFalse();
    }

    @Test
    void rl04_wrongPasswords_areForgottenAnHourAfterTheLast() {
        for (int i = 0; i < 8; i++) {
            delay.failed("ada", "net", null);
            pass(3000);
        }
        delay.failed("ada", "net", null);
        assertThat(delay.check("ada", "net", null))
                .as("each came less than an hour after the one before")
                .isEqualTo(new Decision(16, 0));
        pass(3601);
        delay.failed("ada", "net", null);
        assertThat(delay.check("ada", "net", null)).isEqualTo(new Decision(0, 0));
    }

    /** RL-06: a restart grants nothing, a clock that went back lengthens nothing, and what was forgiven stays so. */
    @Test
    void rl06_wrongPasswords_outliveARestart() {
        for (int i = 0; i < 8; i++) {
            delay.failed("ada", "net", null);
            delay.failed("bob", "net", null);
        }
        delay.succeeded("bob", "net", null);
        GuessDelay after = delay((key, count) -> {});
        written.forEach((key, count) -> {
            if (count > 0) {
                after.restore(key, count, Duration.ofHours(1));
            }
        });
        assertThat(after.check("ada", "net", null)).isEqualTo(new Decision(8, 0));
        assertThat(after.check("bob", "net", null)).isEqualTo(new Decision(0, 0));
        GuessDelay clockWentBack = delay((key, count) -> {});
        written.forEach((key, count) -> clockWentBack.restore(key, Math.max(1, count), Duration.ofHours(5)));
        assertThat(clockWentBack.check("ada", "net", null)).isEqualTo(new Decision(8, 0));
    }
}
