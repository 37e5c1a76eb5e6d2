package app.molos.edge.session;

import app.molos.edge.config.ConfigKey;
import app.molos.edge.config.ConfigReader;
import java.time.Duration;
import java.util.List;

/**
 * How long sessions live and how many there are.
 *
 * @param assertionLife how long a module may believe what it is told of somebody
 */
public record SessionConfig(
        Lifetimes lifetimes, int maxPerUser, Duration sweepInterval, Cache cache, Duration assertionLife) {
    /**
     * When a session ends.
     *
     * @param idle the sliding end; a use later than {@code refreshAfter} since the last move starts it again
     * @param absolute the end that no use moves
     * @param unremembered the sliding end of somebody who did not ask to be remembered
     * @param fresh so long after signing in, the password need not be asked for again
     * @param impersonation the end of being somebody else
     */
    public record Lifetimes(
            Duration idle,
            Duration absolute,
            Duration unremembered,
            Duration refreshAfter,
            Duration fresh,
            Duration impersonation) {}

    /**
     * Sessions kept in memory.
     *
     * @param age how stale one may be
     */
    public record Cache(Duration age, int size) {}

    public static final ConfigKey IDLE =
            ConfigKey.of("session.idle", "SESSION_IDLE", "7d", "a session unused for so long ends");
    public static final ConfigKey ABSOLUTE =
            ConfigKey.of("session.absolute", "SESSION_ABSOLUTE", "30d", "a session this old ends, used or not");
    public static final ConfigKey UNREMEMBERED = ConfigKey.of(
            "session.unremembered",
            "SESSION_UNREMEMBERED",
            "1d",
            "life of a session signed in without \"remember me\"");
    public static final ConfigKey REFRESH_AFTER = ConfigKey.of(
            "session.refreshAfter", "SESSION_REFRESH_AFTER", "1d", "a use after this long moves the sliding end");
    public static final ConfigKey FRESH = ConfigKey.of(
            "session.fresh",
            "SESSION_FRESH",
            "1d",
            "for so long after signing in an account can be deleted and its address changed without the password");
    public static final ConfigKey IMPERSONATION = ConfigKey.of(
            "session.impersonation",
            "SESSION_IMPERSONATION",
            "1h",
            "life of a session in which an admin is somebody else");
    public static final ConfigKey MAX_PER_USER = ConfigKey.of(
            "session.maxPerUser", "SESSION_MAX_PER_USER", "10", "sessions one person may have; the oldest ends");
    public static final ConfigKey SWEEP_INTERVAL = ConfigKey.of(
            "session.sweepInterval", "SESSION_SWEEP_INTERVAL", "10m", "how often ended sessions and links are removed");
    public static final ConfigKey CACHE_AGE =
            ConfigKey.of("session.cacheAge", "SESSION_CACHE_AGE", "1s", "how stale a session may be in this process");
    public static final ConfigKey CACHE_SIZE =
            ConfigKey.of("session.cacheSize", "SESSION_CACHE_SIZE", "100000", "sessions kept in memory at most");
    public static final ConfigKey ASSERTION_LIFE = ConfigKey.of(
            "session.assertionLife",
            "SESSION_ASSERTION_LIFE",
            "2m",
            "how long a module may believe an X-Edge-Assertion; a session and module keep theirs for half of that");
    public static final List<ConfigKey> KEYS = List.of(
            IDLE,
            ABSOLUTE,
            UNREMEMBERED,
            REFRESH_AFTER,
            FRESH,
            IMPERSONATION,
            MAX_PER_USER,
            SWEEP_INTERVAL,
            CACHE_AGE,
            CACHE_SIZE,
            ASSERTION_LIFE);

    public static SessionConfig read(ConfigReader reader) {
        return new SessionConfig(
                new Lifetimes(
                        reader.duration(IDLE, Duration.ofMinutes(1), Duration.ofDays(365)),
                        reader.duration(ABSOLUTE, Duration.ofMinutes(1), Duration.ofDays(365)),
                        reader.duration(UNREMEMBERED, Duration.ofMinutes(1), Duration.ofDays(30)),
                        reader.duration(REFRESH_AFTER, Duration.ofSeconds(1), Duration.ofDays(30)),
                        reader.duration(FRESH, Duration.ofSeconds(1), Duration.ofDays(30)),
                        reader.duration(IMPERSONATION, Duration.ofMinutes(1), Duration.ofDays(1))),
                reader.integer(MAX_PER_USER, 1, 1000),
                reader.duration(SWEEP_INTERVAL, Duration.ofSeconds(1), Duration.ofDays(1)),
                new Cache(
                        reader.duration(CACHE_AGE, Duration.ofMillis(1), Duration.ofSeconds(1)),
                        reader.integer(CACHE_SIZE, 1, 1_000_000)),
                reader.duration(ASSERTION_LIFE, Duration.ofSeconds(10), Duration.ofHours(1)));
    }
}
