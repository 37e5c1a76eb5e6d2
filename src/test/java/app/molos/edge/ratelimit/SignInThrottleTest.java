package app.molos.edge.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;

import app.molos.edge.testing.TestLimits;
import app.molos.edge.web.HttpError;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** The limits of what looks at passwords, on a clock of the test's. */
class SignInThrottleTest {
    private final AtomicLong now = new AtomicLong(1);
    private final SignInThrottle throttle = throttle(LimitsConfig.Mode.OFF);

    private SignInThrottle throttle(LimitsConfig.Mode mode) {
        LimitTable table = new LimitTable(new SecureRandom(), now::get);
        ThrottleConfig config = new ThrottleConfig(
                true,
                3,
                Duration.ofSeconds(10),
                Duration.ofMinutes(1),
                new ThrottleConfig.Guesses(5, Duration.ofMinutes(15), 50, Duration.ofSeconds(30), Duration.ofHours(1)));
        return new SignInThrottle(
                config,
                new RequestLimits(table, new LocalMeter(table), new LimitScope(TestLimits.hourly(mode, 5), List.of())),
                new GuessDelay(table, config.guesses(), new KeyHash(1, 2), (key, count) -> {}));
    }

    /** RL-03: five accounts an hour from one address, whoever is known apart, and nobody on this machine. */
    @Test
    void rl03_sixthAccountInAnHour_waits() {
        SignInThrottle limited = throttle(LimitsConfig.Mode.ENFORCE);
        for (int i = 0; i < 5; i++) {
            assertThat(limited.admit("203.0.113.1", "/sign-up/email", null).succeeded())
                    .isTrue();
            now.addAndGet(Duration.ofSeconds(11).toNanos());
        }
        assertThat(((HttpError) limited.admit("203.0.113.1", "/sign-up/email", null)
                                .cause())
                        .status())
                .isEqualTo(429);
        assertThat(limited.admit("203.0.113.1", "/sign-up/email", "session 1").succeeded())
                .isTrue();
        assertThat(limited.admit("203.0.113.2", "/sign-up/email", null).succeeded())
                .isTrue();
        for (int i = 0; i < 9; i++) {
            now.addAndGet(Duration.ofSeconds(11).toNanos());
            assertThat(limited.admit("127.0.0.1", "/sign-up/email", null).succeeded())
                    .isTrue();
        }
        SignInThrottle observing = throttle(LimitsConfig.Mode.OBSERVE);
        for (int i = 0; i < 9; i++) {
            assertThat(observing.admit("203.0.113.1", "/sign-up/email", null).succeeded())
                    .isTrue();
            now.addAndGet(Duration.ofSeconds(11).toNanos());
        }
    }

    /** Paths come from strangers: text of their own choosing must not become keys. */
    @Test
    void rl07_longPaths_shareOneKey() {
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
