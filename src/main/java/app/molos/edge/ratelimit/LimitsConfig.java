package app.molos.edge.ratelimit;

import app.molos.edge.config.ConfigKey;
import app.molos.edge.config.ConfigReader;
import java.time.Duration;
import java.util.List;

/**
 * How much of everything one client may have.
 *
 * @param anonymous for an address (IPv6: a /64; a /56 has four times, a /48 sixteen times as much)
 * @param person for somebody who is signed in, wherever they are
 * @param signUps for an address, or for a browser or session that is known
 * @param mails requests that send one; as above
 * @param adminWrites for an administrator
 * @param saveInterval between two writes of what must survive a restart
 */
public record LimitsConfig(
        Mode mode,
        Rate anonymous,
        Rate person,
        Rate signUps,
        Rate mails,
        Rate adminWrites,
        Volume volume,
        Duration saveInterval) {
    /**
     * How much there may be at once.
     *
     * @param connections new ones of an address
     * @param concurrent requests of an address or person that are under way
     * @param overloadLag how late an event loop may be before requests are given up
     */
    public record Volume(Rate connections, int concurrent, Duration overloadLag) {}

    /** What becomes of a request beyond a limit. */
    public enum Mode {
        OFF,
        OBSERVE,
        ENFORCE
    }

    public static final ConfigKey MODE = ConfigKey.of(
            "limits.mode",
            "LIMITS_MODE",
            "enforce",
            "`enforce`; `observe` counts and logs what would be refused; `off`");
    public static final ConfigKey ANONYMOUS_RATE = ConfigKey.of(
            "limits.anonymousRate",
            "LIMITS_ANONYMOUS_RATE",
            "20",
            "requests a second from one address of those who are not signed in; a file of a module, and one that has not changed, costs"
                    + " a tenth");
    public static final ConfigKey ANONYMOUS_BURST = ConfigKey.of(
            "limits.anonymousBurst", "LIMITS_ANONYMOUS_BURST", "600", "and so many at once after a quiet time");
    public static final ConfigKey PERSON_RATE = ConfigKey.of(
            "limits.personRate",
            "LIMITS_PERSON_RATE",
            "50",
            "requests a second of one person who is signed in, from all their addresses");
    public static final ConfigKey PERSON_BURST =
            ConfigKey.of("limits.personBurst", "LIMITS_PERSON_BURST", "1000", "and so many at once after a quiet time");
    public static final ConfigKey SIGN_UPS =
            ConfigKey.of("limits.signUps", "LIMITS_SIGN_UPS", "5", "accounts an hour that are made from one address");
    public static final ConfigKey MAILS = ConfigKey.of(
            "limits.mails",
            "LIMITS_MAILS",
            "5",
            "requests an hour from one address that send a mail; a browser that the account was signed in from counts by itself");
    public static final ConfigKey ADMIN_WRITES = ConfigKey.of(
            "limits.adminWrites", "LIMITS_ADMIN_WRITES", "60", "what one administrator does to others in a minute");
    public static final ConfigKey CONCURRENT = ConfigKey.of(
            "limits.concurrent", "LIMITS_CONCURRENT", "100", "requests of one address or person under way at once");
    public static final ConfigKey CONNECTIONS = ConfigKey.of(
            "limits.connections",
            "LIMITS_CONNECTIONS",
            "50",
            "new connections a second from one address, and five times as many at once after a quiet time");
    public static final ConfigKey OVERLOAD_LAG = ConfigKey.of(
            "limits.overloadLag",
            "LIMITS_OVERLOAD_LAG",
            "200ms",
            "an event loop that stays later than this answers some requests with 503, of strangers first, then to modules by"
                    + " their `priority`");
    public static final ConfigKey SAVE_INTERVAL = ConfigKey.of(
            "limits.saveInterval",
            "LIMITS_SAVE_INTERVAL",
            "1s",
            "how often wrong passwords and bans are written to the database, which they outlive a restart in");
    public static final List<ConfigKey> KEYS = List.of(
            MODE,
            ANONYMOUS_RATE,
            ANONYMOUS_BURST,
            PERSON_RATE,
            PERSON_BURST,
            SIGN_UPS,
            MAILS,
            ADMIN_WRITES,
            CONCURRENT,
            CONNECTIONS,
            OVERLOAD_LAG,
            SAVE_INTERVAL);

    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final int MOST = 1_000_000;
    /** Ten browsers behind one address open a page. */
    private static final int CONNECTION_BURST = 5;

    public static LimitsConfig read(ConfigReader reader) {
        int signUps = reader.integer(SIGN_UPS, 1, MOST);
        int mails = reader.integer(MAILS, 1, MOST);
        int adminWrites = reader.integer(ADMIN_WRITES, 1, MOST);
        int connections = reader.integer(CONNECTIONS, 1, MOST);
        return new LimitsConfig(
                reader.choice(MODE, Mode.class),
                Rate.of(
                        "anonymous",
                        ANONYMOUS_RATE.name(),
                        reader.integer(ANONYMOUS_RATE, 1, MOST),
                        SECOND,
                        reader.integer(ANONYMOUS_BURST, 1, MOST)),
                Rate.of(
                        "person",
                        PERSON_RATE.name(),
                        reader.integer(PERSON_RATE, 1, MOST),
                        SECOND,
                        reader.integer(PERSON_BURST, 1, MOST)),
                Rate.of("sign-up", SIGN_UPS.name(), signUps, Duration.ofHours(1), signUps),
                Rate.of("mail", MAILS.name(), mails, Duration.ofHours(1), mails),
                Rate.of("admin-writes", ADMIN_WRITES.name(), adminWrites, Duration.ofMinutes(1), adminWrites),
                new Volume(
                        Rate.of("connections", CONNECTIONS.name(), connections, SECOND, connections * CONNECTION_BURST),
                        reader.integer(CONCURRENT, 1, MOST),
                        reader.duration(OVERLOAD_LAG, Duration.ofMillis(10), Duration.ofMinutes(1))),
                reader.duration(SAVE_INTERVAL, Duration.ofMillis(100), Duration.ofMinutes(1)));
    }

    /** Whether anything is limited at all. */
    public boolean isOn() {
        return mode != Mode.OFF;
    }
}
