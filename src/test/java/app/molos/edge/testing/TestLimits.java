package app.molos.edge.testing;

import app.molos.edge.intrusion.IntrusionConfig;
import app.molos.edge.intrusion.IntrusionService;
import app.molos.edge.ratelimit.GuessDelay;
import app.molos.edge.ratelimit.KeyHash;
import app.molos.edge.ratelimit.LimitScope;
import app.molos.edge.ratelimit.LimitTable;
import app.molos.edge.ratelimit.LimitsConfig;
import app.molos.edge.ratelimit.LocalMeter;
import app.molos.edge.ratelimit.Rate;
import app.molos.edge.ratelimit.RequestLimits;
import app.molos.edge.ratelimit.SignInThrottle;
import app.molos.edge.ratelimit.ThrottleConfig;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Limits for parts that are tested without a server. */
public final class TestLimits {
    private static final LimitTable TABLE = new LimitTable(new SecureRandom(), System::nanoTime);

    public static final RequestLimits OFF = new RequestLimits(
            TABLE, new LocalMeter(TABLE), new LimitScope(hourly(LimitsConfig.Mode.OFF, 1), List.of()));

    private static final ThrottleConfig UNTHROTTLED = new ThrottleConfig(
            false,
            1,
            Duration.ofSeconds(1),
            Duration.ofSeconds(1),
            new ThrottleConfig.Guesses(1, Duration.ofSeconds(1), 1, Duration.ofSeconds(1), Duration.ofSeconds(1)));

    /** Lets everything through. */
    public static final SignInThrottle THROTTLE = new SignInThrottle(
            UNTHROTTLED,
            OFF,
            new GuessDelay(OFF.table(), UNTHROTTLED.guesses(), new KeyHash(new byte[16]), (key, count) -> {}));

    /** Sees nothing and bans nobody. */
    public static final IntrusionService BLIND = new IntrusionService(
            null,
            null,
            new IntrusionConfig(IntrusionConfig.Mode.OFF, Optional.empty(), List.of(), false),
            List.of(),
            OFF.scope().unlisted(),
            Duration.ofSeconds(1),
            Clock.systemUTC());

    private TestLimits() {}

    /** So many of everything an hour. */
    public static LimitsConfig hourly(LimitsConfig.Mode mode, int count) {
        Rate rate = Rate.of("any", "limits.any", count, Duration.ofHours(1), count);
        return new LimitsConfig(
                mode,
                rate,
                rate,
                rate,
                rate,
                rate,
                new LimitsConfig.Volume(rate, count, Duration.ofSeconds(1)),
                Duration.ofSeconds(1));
    }
}
