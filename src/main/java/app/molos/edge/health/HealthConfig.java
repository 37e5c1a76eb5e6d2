package app.molos.edge.health;

import app.molos.edge.config.ConfigKey;
import app.molos.edge.config.ConfigReader;
import java.time.Duration;
import java.util.List;

/**
 * How long a check may take and how old an answer may be.
 *
 * @param deadline of each check; the default keeps the whole answer under the one second that probes wait
 */
public record HealthConfig(Duration deadline, Duration maxAge, Duration writeInterval) {
    public static final ConfigKey DEADLINE =
            ConfigKey.of("health.deadline", "HEALTH_DEADLINE", "800ms", "a check that takes longer counts as down");
    public static final ConfigKey MAX_AGE =
            ConfigKey.of("health.maxAge", "HEALTH_MAX_AGE", "1s", "how old an answer of `/api/health` may be");
    public static final ConfigKey WRITE_INTERVAL = ConfigKey.of(
            "health.writeInterval",
            "HEALTH_WRITE_INTERVAL",
            "10s",
            "how often the database check also writes a row; writes that fail for want of space are seen at once");
    public static final List<ConfigKey> KEYS = List.of(DEADLINE, MAX_AGE, WRITE_INTERVAL);

    public static HealthConfig read(ConfigReader reader) {
        return new HealthConfig(
                reader.duration(DEADLINE, Duration.ofMillis(10), Duration.ofSeconds(30)),
                reader.duration(MAX_AGE, Duration.ofMillis(1), Duration.ofSeconds(1)),
                reader.duration(WRITE_INTERVAL, Duration.ofMillis(100), Duration.ofHours(1)));
    }
}
