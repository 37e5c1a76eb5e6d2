package app.molos.edge.health;

import app.molos.edge.config.ConfigKey;
import app.molos.edge.config.ConfigReader;
import app.molos.edge.health.HealthCheck.Timing;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * How often checks run and when they are believed.
 *
 * @param fast schedules what balancers depend on
 * @param slow schedules what changes slowly: disk, files, heap, certificates
 * @param writeInterval between two rows that the database check writes
 * @param flapHold for how long a check that goes up and down is not called up after its last change
 * @param loopInterval between two looks at an event loop's delay
 * @param limits of what is left before a check degrades
 * @param sharedPatience a shared check that is down for longer makes no node unready; empty: it always does
 * @param aliases the dialects that the public listener answers, too
 */
public record HealthConfig(
        Timing fast,
        Timing slow,
        Duration writeInterval,
        Duration flapHold,
        Duration loopInterval,
        Limits limits,
        Optional<Duration> sharedPatience,
        Set<Alias> aliases) {
    /**
     * What must be left.
     *
     * @param diskMiB free in DATA_DIR
     * @param certificate days until a certificate expires
     */
    public record Limits(int diskMiB, Duration certificate) {}

    /** A family of paths that other programs know. */
    public enum Alias {
        MICROPROFILE("/q/health"),
        ACTUATOR("/actuator/health");

        private final String path;

        Alias(String path) {
            this.path = path;
        }

        /** Returns the path of the whole report; those of its parts are below it. */
        public String path() {
            return path;
        }
    }

    /** Answers of READY_SHARED. */
    enum Shared {
        SERVE,
        FAIL
    }

    public static final ConfigKey INTERVAL = ConfigKey.of(
                    "health.interval",
                    "HEALTH_INTERVAL",
                    "1s",
                    "how often the database, the modules and the event loops are checked (± 20 %); probes only read the result")
            .formerly("health.maxAge", "HEALTH_MAX_AGE");
    public static final ConfigKey SLOW_INTERVAL = ConfigKey.of(
            "health.slowInterval",
            "HEALTH_SLOW_INTERVAL",
            "10s",
            "how often heap, disk, open files and certificates are checked");
    public static final ConfigKey DEADLINE =
            ConfigKey.of("health.deadline", "HEALTH_DEADLINE", "800ms", "a check that takes longer counts as failed");
    public static final ConfigKey FALL = ConfigKey.of(
            "health.fall",
            "HEALTH_FALL",
            "2",
            "failures in a row that make a check down; after the first it is asked five times as often");
    public static final ConfigKey RISE =
            ConfigKey.of("health.rise", "HEALTH_RISE", "2", "successes in a row that raise it again");
    public static final ConfigKey WRITE_INTERVAL = ConfigKey.of(
            "health.writeInterval",
            "HEALTH_WRITE_INTERVAL",
            "10s",
            "how often the database check also writes a row; writes that fail for want of space are seen at once");
    public static final ConfigKey FLAP_HOLD = ConfigKey.of(
            "health.flapHold",
            "HEALTH_FLAP_HOLD",
            "1m",
            "a check that changed more than four times in ten minutes is called flapping until it was calm for so long; twice as long each time");
    public static final ConfigKey LOOP_INTERVAL = ConfigKey.of(
            "health.loopInterval",
            "HEALTH_LOOP_INTERVAL",
            "100ms",
            "how often each event loop is looked at: how late it is, is its lag");
    public static final ConfigKey MIN_DISK = ConfigKey.of(
            "health.minDisk", "HEALTH_MIN_DISK", "256", "MiB that must be free in DATA_DIR; with less it degrades");
    public static final ConfigKey CERTIFICATE_LEFT = ConfigKey.of(
            "health.certificateLeft",
            "HEALTH_CERTIFICATE_LEFT",
            "14d",
            "a certificate that expires within this degrades");
    public static final ConfigKey READY_SHARED = ConfigKey.of(
            "health.readyShared",
            "READY_SHARED",
            "serve",
            "serve: a shared part (PostgreSQL) that stays down does not make all nodes unready together, the edge answers 503 itself;"
                    + " fail: it does");
    public static final ConfigKey READY_SHARED_AFTER = ConfigKey.of(
            "health.readySharedAfter",
            "READY_SHARED_AFTER",
            "10s",
            "for how long it does even so: another node may have what this one lost");
    public static final ConfigKey ALIASES = ConfigKey.of(
            "health.aliases",
            "HEALTH_ALIASES",
            "",
            "probes that the public port answers, too: `microprofile` (/q/health), `actuator` (/actuator/health); no module can be there then");
    public static final List<ConfigKey> KEYS = List.of(
            INTERVAL,
            SLOW_INTERVAL,
            DEADLINE,
            FALL,
            RISE,
            WRITE_INTERVAL,
            FLAP_HOLD,
            LOOP_INTERVAL,
            MIN_DISK,
            CERTIFICATE_LEFT,
            READY_SHARED,
            READY_SHARED_AFTER,
            ALIASES);

    /** Results in a row that may be missing before one is stale. */
    private static final int FRESH_INTERVALS = 3;

    public static HealthConfig read(ConfigReader reader) {
        Duration deadline = reader.duration(DEADLINE, Duration.ofMillis(10), Duration.ofSeconds(30));
        int fall = reader.integer(FALL, 1, 10);
        int rise = reader.integer(RISE, 1, 10);
        Duration patience = reader.duration(READY_SHARED_AFTER, Duration.ZERO, Duration.ofHours(1));
        Shared shared = reader.choice(READY_SHARED, Shared.class);
        return new HealthConfig(
                timing(reader.duration(INTERVAL, Duration.ofMillis(20), Duration.ofSeconds(10)), deadline, fall, rise),
                timing(
                        reader.duration(SLOW_INTERVAL, Duration.ofMillis(100), Duration.ofHours(1)),
                        deadline.multipliedBy(5),
                        fall,
                        rise),
                reader.duration(WRITE_INTERVAL, Duration.ofMillis(100), Duration.ofHours(1)),
                reader.duration(FLAP_HOLD, Duration.ofMillis(100), Duration.ofHours(1)),
                reader.duration(LOOP_INTERVAL, Duration.ofMillis(10), Duration.ofSeconds(5)),
                new Limits(
                        reader.integer(MIN_DISK, 0, 1_000_000),
                        reader.duration(CERTIFICATE_LEFT, Duration.ZERO, Duration.ofDays(400))),
                shared == Shared.FAIL ? Optional.empty() : Optional.of(patience),
                aliases(reader));
    }

    /** A result is missed once a run that began in time has had its deadline, too. */
    static Timing timing(Duration interval, Duration deadline, int fall, int rise) {
        return new Timing(
                interval,
                deadline,
                fall,
                rise,
                interval.multipliedBy(FRESH_INTERVALS).plus(deadline));
    }

    private static Set<Alias> aliases(ConfigReader reader) {
        EnumSet<Alias> aliases = EnumSet.noneOf(Alias.class);
        for (String word : reader.list(ALIASES)) {
            EnumSet.allOf(Alias.class).stream()
                    .filter(alias -> alias.name().toLowerCase(Locale.ROOT).equals(word))
                    .findFirst()
                    .ifPresentOrElse(
                            aliases::add,
                            () -> reader.refuse(
                                    ALIASES,
                                    "\"" + word + "\" is none of microprofile, actuator",
                                    "HEALTH_ALIASES=microprofile,actuator"));
        }
        return aliases;
    }
}
