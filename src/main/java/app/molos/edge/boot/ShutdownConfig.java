package app.molos.edge.boot;

import app.molos.edge.config.ConfigKey;
import app.molos.edge.config.ConfigReader;
import app.molos.edge.config.EdgeMode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * How a node leaves.
 *
 * @param delay for which it still takes requests while balancers are told; nothing when no balancer asks
 * @param spread over which WebSockets and event streams are sent away
 * @param grace for requests in flight once the door is closed
 * @param deadline of all of it together; it rules the others
 * @param balancerDetection how long a balancer takes to notice, if that was said
 */
public record ShutdownConfig(
        Duration delay, Duration spread, Duration grace, Duration deadline, Optional<Duration> balancerDetection) {
    public static final ConfigKey DELAY = ConfigKey.of(
            "shutdown.delay",
            "SHUTDOWN_DELAY",
            null,
            "after SIGTERM, how long requests are still taken while `/readyz` says 503; production: 5s, development: 0s;"
                    + " left out when no balancer asked for a minute");
    public static final ConfigKey SPREAD = ConfigKey.of(
            "shutdown.spread",
            "SHUTDOWN_SPREAD",
            null,
            "over how long WebSockets (1001) and event streams are sent away; production: 2s, development: 0s");
    public static final ConfigKey GRACE = ConfigKey.of(
            "shutdown.grace",
            "SHUTDOWN_GRACE",
            "8s",
            "how long requests in flight may take once the door is closed, if the deadline leaves as much");
    public static final ConfigKey DEADLINE = ConfigKey.of(
            "shutdown.deadline",
            "SHUTDOWN_DEADLINE",
            "9s",
            "everything from SIGTERM to the end; `docker stop` kills after 10 s");
    public static final ConfigKey BALANCER_DETECTION = ConfigKey.of(
            "shutdown.balancerDetection",
            "BALANCER_DETECTION",
            null,
            "how long your balancer takes to notice a node that is not ready (its interval times its threshold); `check` compares");
    public static final List<ConfigKey> KEYS = List.of(DELAY, SPREAD, GRACE, DEADLINE, BALANCER_DETECTION);

    /** What closing takes besides: pools, the log, the database. */
    static final Duration CLOSING = Duration.ofMillis(700);

    private static final Duration MOST = Duration.ofMinutes(10);

    static ShutdownConfig read(ConfigReader reader, EdgeMode mode) {
        return new ShutdownConfig(
                orElse(reader, DELAY, mode.isProduction() ? Duration.ofSeconds(5) : Duration.ZERO),
                orElse(reader, SPREAD, mode.isProduction() ? Duration.ofSeconds(2) : Duration.ZERO),
                reader.duration(GRACE, Duration.ZERO, MOST),
                reader.duration(DEADLINE, Duration.ZERO, MOST),
                reader.isSet(BALANCER_DETECTION)
                        ? Optional.of(reader.duration(BALANCER_DETECTION, Duration.ZERO, MOST))
                        : Optional.empty());
    }

    private static Duration orElse(ConfigReader reader, ConfigKey key, Duration fallback) {
        return reader.isSet(key) ? reader.duration(key, Duration.ZERO, MOST) : fallback;
    }

    /** Says what is no fault and will still lose requests. */
    List<String> warnings() {
        List<String> warnings = new ArrayList<>();
        balancerDetection
                .filter(detection -> delay.compareTo(detection) < 0)
                .ifPresent(detection -> warnings.add("SHUTDOWN_DELAY is " + seconds(delay)
                        + ", and the balancer takes " + seconds(detection)
                        + " to notice (BALANCER_DETECTION): it still sends requests when the door closes; write: SHUTDOWN_DELAY="
                        + seconds(detection)));
        Duration needed = delay.plus(spread).plus(CLOSING);
        if (deadline.compareTo(needed) < 0 && !deadline.isZero()) {
            warnings.add("SHUTDOWN_DEADLINE is " + seconds(deadline) + ", less than delay, spread and closing take ("
                    + seconds(needed) + "): nothing is left for requests in flight; write: SHUTDOWN_DEADLINE="
                    + needed.plus(grace).toSeconds() + "s, and give the process as long to stop");
        }
        return warnings;
    }

    private static String seconds(Duration duration) {
        long millis = duration.toMillis();
        return millis % 1000 == 0 ? millis / 1000 + "s" : millis + "ms";
    }
}
