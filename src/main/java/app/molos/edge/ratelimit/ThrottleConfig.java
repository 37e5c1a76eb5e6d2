package app.molos.edge.ratelimit;

import app.molos.edge.config.ConfigKey;
import app.molos.edge.config.ConfigReader;
import java.time.Duration;
import java.util.List;

/**
 * How slow guessing is made.
 *
 * @param limit requests to one path from one address; the next must wait for a silence of {@code window}
 * @param pairDelay the longest wait after wrong passwords for one account from one network
 * @param accountDelay the longest wait, for strangers, of an account that many networks guess at
 */
public record ThrottleConfig(
        boolean isOn, int limit, Duration window, Duration pairDelay, Duration accountDelay) {
    public static final ConfigKey ON = ConfigKey.of(
            "auth.throttle", "AUTH_THROTTLE", "true", "whether signing in, signing up and the like are throttled");
    public static final ConfigKey LIMIT = ConfigKey.of(
            "auth.throttleLimit", "AUTH_THROTTLE_LIMIT", "3", "such requests from one address to one path in a row");
    public static final ConfigKey WINDOW = ConfigKey.of(
            "auth.throttleWindow", "AUTH_THROTTLE_WINDOW", "10s", "the silence after which the next ones pass");
    public static final ConfigKey PAIR_DELAY = ConfigKey.of(
            "auth.pairDelay", "AUTH_PAIR_DELAY", "15m",
            "longest wait after wrong passwords for one account from one network (1 s at first, then doubled)");
    public static final ConfigKey ACCOUNT_DELAY = ConfigKey.of(
            "auth.accountDelay", "AUTH_ACCOUNT_DELAY", "30s",
            "longest wait of unknown browsers at an account that many networks guess at");
    public static final List<ConfigKey> KEYS = List.of(ON, LIMIT, WINDOW, PAIR_DELAY, ACCOUNT_DELAY);

    public static ThrottleConfig read(ConfigReader reader) {
        return new ThrottleConfig(
                reader.flag(ON),
                reader.integer(LIMIT, 1, 10_000),
                reader.duration(WINDOW, Duration.ofSeconds(1), Duration.ofHours(1)),
                reader.duration(PAIR_DELAY, Duration.ofSeconds(1), Duration.ofHours(1)),
                reader.duration(ACCOUNT_DELAY, Duration.ofMillis(1), Duration.ofMinutes(1)));
    }
}
