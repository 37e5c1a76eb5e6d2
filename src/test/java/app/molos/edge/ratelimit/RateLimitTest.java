package app.molos.edge.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** So many requests in a row, on a clock of the test's. */
class RateLimitTest {
    private final AtomicLong now = new AtomicLong(1);
    private final RateLimit limit = new RateLimit(3, Duration.ofSeconds(10), now::get);

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
                .as("a path of the wire")
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
