package app.molos.edge.boot;

import app.molos.edge.config.ConfigKey;
import app.molos.edge.config.ConfigReader;
import java.time.Duration;
import java.util.List;

/** How long requests in flight may take to finish after SIGTERM. */
public record ShutdownConfig(Duration deadline) {
    public static final ConfigKey DEADLINE = ConfigKey.of(
            "shutdown.deadline", "SHUTDOWN_DEADLINE", "8s", "requests in flight finish within this after SIGTERM");
    public static final List<ConfigKey> KEYS = List.of(DEADLINE);

    static ShutdownConfig read(ConfigReader reader) {
        return new ShutdownConfig(reader.duration(DEADLINE, Duration.ZERO, Duration.ofMinutes(10)));
    }
}
