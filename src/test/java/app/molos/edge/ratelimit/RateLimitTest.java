package app.molos.edge.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;

import app.molos.edge.ratelimit.GuessDelay.Decision;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** The wire's limit and the delays of safety.md RL-04, on a clock of their own. */
class RateLimitTest {
    private final AtomicLong now = new AtomicLong(1);
    private final RateLimit limit = new RateLimit(3, Duration.ofSeconds(10), now::get);
    private final GuessDelay delay = new GuessDelay(
            new ThrottleConfig.Guesses(5, Duration.ofMinutes(15), 50, Duration.ofSeconds(30), Duration.ofHours(1)),
            now::get);

    private void pass(double seconds) {
        now.addAndGet((long) (seconds * 1e9));
    }

    @Test
    void fourthInARow_waitsForSilence() {
        assertThat(limit.secondsToWait("a")).isZero();
        pass(4);
        assertThat(limit.secondsToWait("a")).isZero();
        pass(4);
        assertThat(limit.secondsToWait("a")).isZero();
        assertThat(limit.secondsToWait("a")).isEqualTo(10);
        assertThat(limit.secondsToWait("b")).as("another key").isZero();
        pass(9.5);
        assertThat(limit.secondsToWait("a")).isEqualTo(1);
        pass(0.5);
        assertThat(limit.secondsToWait("a"))
                .as("a whole window without one that passed")
                .isZero();
        assertThat(limit.secondsToWait("a")).isZero();
        assertThat(limit.secondsToWait("a")).isZero();
        assertThat(limit.secondsToWait("a")).isEqualTo(10);
    }

    @Test
    void refusedRequests_doNotProlongTheWait() {
        for (int i = 0; i < 3; i++) {
            limit.secondsToWait("a");
        }
        for (int i = 0; i < 9; i++) {
            pass(1);
            assertThat(limit.secondsToWait("a")).isEqualTo(9 - i);
        }
        pass(1);
        assertThat(limit.secondsToWait("a")).isZero();
    }

    @Test
    void rl07_floodOfKeys_isBounded() {
        for (int i = 0; i < 300_000; i++) {
            limit.secondsToWait("k" + i);
        }
        // The table's own bound is what is shown here: three times as many keys came in.
        assertThat(limit.size()).isLessThanOrEqualTo(100_000);
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

    /** Paths come from strangers: text of their own choosing must not become keys. */
    @Test
    void rl07_longPaths_shareOneKey() {
        SignInThrottle throttle = new SignInThrottle(
                new ThrottleConfig(
                        true,
                        3,
                        Duration.ofSeconds(10),
                        Duration.ofMinutes(1),
                        new ThrottleConfig.Guesses(
                                5, Duration.ofMinutes(15), 50, Duration.ofSeconds(30), Duration.ofHours(1))),
                now::get);
        for (int i = 0; i < 3; i++) {
            assertThat(throttle.secondsToWait("192.0.2.1", "/reset-password/" + "x".repeat(9) + i, null))
                    .isZero();
        }
        assertThat(throttle.secondsToWait("192.0.2.1", "/reset-password/" + "x".repeat(9) + "another token", null))
                .isEqualTo(10);
        assertThat(throttle.secondsToWait("192.0.2.1", "/reset-password", null))
                .as("a path of ours")
                .isZero();
        assertThat(throttle.secondsToWait("192.0.2.1", "/get-session/and/something/very/long", null))
                .as("not limited")
                .isZero();
        for (String path : new String[] {"/request-password-reset", "/send-verification-email"}) {
            for (int i = 0; i < 3; i++) {
                assertThat(throttle.secondsToWait("192.0.2.1", path, null)).isZero();
            }
            assertThat(throttle.secondsToWait("192.0.2.1", path, null))
                    .as("a mail is dearer")
                    .isEqualTo(60);
        }
    }

    /** RL-02: a household's /64 is one network, and all of a provider's /48 together may do sixteen times as much. */
    @Test
    void rl02_slash48_isCountedBeside_slash64_andThoseWhoAreKnownAreNot() {
        SignInThrottle throttle = new SignInThrottle(
                new ThrottleConfig(
                        true,
                        3,
                        Duration.ofSeconds(10),
                        Duration.ofMinutes(1),
                        new ThrottleConfig.Guesses(
                                5, Duration.ofMinutes(15), 50, Duration.ofSeconds(30), Duration.ofHours(1))),
                now::get);
        int passed = 0;
        for (int i = 0; i < 100; i++) {
            passed +=
                    throttle.secondsToWait("2001:db8:1:" + Integer.toHexString(i) + "::1", "/sign-in/email", null) == 0
                            ? 1
                            : 0;
        }
        assertThat(passed).isEqualTo(48);
        assertThat(throttle.secondsToWait("2001:db8:2:1::1", "/sign-in/email", null))
                .as("another /48")
                .isZero();
        assertThat(throttle.secondsToWait("2001:db8:1:1::1", "/sign-in/email", "device x"))
                .as("a known browser")
                .isZero();
    }

    /**
     * RL-02: what one /64 is refused does not count for its neighbours; those who are known are many only among
     * themselves.
     */
    @Test
    void rl02_refusedRequests_countForNobodyElse_andKnownBrowsersAreBoundedTogether() {
        SignInThrottle throttle = new SignInThrottle(
                new ThrottleConfig(
                        true,
                        3,
                        Duration.ofSeconds(10),
                        Duration.ofMinutes(1),
                        new ThrottleConfig.Guesses(
                                5, Duration.ofMinutes(15), 50, Duration.ofSeconds(30), Duration.ofHours(1))),
                now::get);
        for (int i = 0; i < 100; i++) {
            throttle.secondsToWait("2001:db8:1:1::1", "/sign-in/email", null);
        }
        assertThat(throttle.secondsToWait("2001:db8:1:2::1", "/sign-in/email", null))
                .as("the next /64")
                .isZero();
        int passed = 0;
        for (int i = 0; i < 100; i++) {
            passed += throttle.secondsToWait("192.0.2.1", "/sign-in/email", "device " + i) == 0 ? 1 : 0;
        }
        assertThat(passed).isEqualTo(48);
        assertThat(throttle.secondsToWait("192.0.2.1", "/sign-in/email", null))
                .as("somebody unknown there")
                .isZero();
    }
}
