package app.molos.edge.cluster;

import app.molos.edge.config.ConfigKey;
import app.molos.edge.config.ConfigReader;
import app.molos.edge.config.Secret;
import app.molos.edge.config.SecretFile;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The Redis that nodes share, and how long it is waited for.
 *
 * @param server empty: there is one node, or each has limits of its own
 * @param deadline of one question; after it the answer is found without Redis
 * @param pause until Redis is tried again after a question without an answer
 * @param heartbeat between two signs of life that a node gives the others
 */
public record RedisConfig(Optional<Server> server, Duration deadline, Duration pause, Duration heartbeat) {
    /**
     * Where it is, and who we are there.
     *
     * @param url as the client reads it, its password included
     * @param password from a file, or empty
     * @param shown the URL without what is secret
     */
    public record Server(Secret url, Secret password, String shown) {}

    public static final ConfigKey URL = ConfigKey.of(
            "redis.url",
            "REDIS_URL",
            null,
            "several nodes share their limits there: `redis://user:password@host:6379/0`, `rediss://` with TLS (the authorities"
                    + " that the JVM trusts), or `unix:///run/redis.sock`; a Redis of 6 or later, or what speaks like one, and no cluster");
    public static final ConfigKey PASSWORD_FILE = ConfigKey.of(
            "redis.passwordFile",
            "REDIS_PASSWORD_FILE",
            null,
            "a file with Redis' password, instead of one in the URL");
    public static final ConfigKey DEADLINE = ConfigKey.of(
            "redis.deadline",
            "REDIS_DEADLINE",
            "50ms",
            "how long a request waits for Redis; after that each node counts by itself");
    public static final ConfigKey PAUSE = ConfigKey.of(
            "redis.pause", "REDIS_PAUSE", "1s", "how long nodes count by themselves before Redis is tried again");
    public static final ConfigKey HEARTBEAT = ConfigKey.of(
            "redis.heartbeat",
            "REDIS_HEARTBEAT",
            "2s",
            "how often a node says that it lives; after five times as long without, it is no longer one of those that share");
    public static final List<ConfigKey> KEYS = List.of(URL, PASSWORD_FILE, DEADLINE, PAUSE, HEARTBEAT);

    private static final String EXAMPLE = "REDIS_URL=redis://:password@redis.example.org:6379";

    public static RedisConfig read(ConfigReader reader) {
        return new RedisConfig(
                server(reader),
                reader.duration(DEADLINE, Duration.ofMillis(5), Duration.ofSeconds(5)),
                reader.duration(PAUSE, Duration.ofMillis(100), Duration.ofMinutes(1)),
                reader.duration(HEARTBEAT, Duration.ofMillis(100), Duration.ofMinutes(1)));
    }

    private static Optional<Server> server(ConfigReader reader) {
        Optional<String> text = reader.optional(URL).filter(url -> !url.isEmpty());
        boolean hasFile = reader.isSet(PASSWORD_FILE);
        if (text.isEmpty()) {
            if (hasFile) {
                reader.refuse(PASSWORD_FILE, "REDIS_URL names no server whose password that is", EXAMPLE);
            }
            return Optional.empty();
        }
        RedisUrl url;
        try {
            url = RedisUrl.parse(text.get());
        } catch (IllegalArgumentException e) {
            reader.refuse(URL, "the address " + e.getMessage(), EXAMPLE);
            return Optional.empty();
        }
        if (hasFile && url.hasPassword()) {
            reader.refuse(
                    PASSWORD_FILE, "REDIS_URL has a password as well: which of the two counts?", "one of the two");
        }
        String password = hasFile ? SecretFile.read(reader, PASSWORD_FILE).orElse("") : "";
        return Optional.of(new Server(new Secret(text.get()), new Secret(password), url.shown()));
    }
}
