package app.molos.edge.passwords;

import app.molos.edge.config.ConfigKey;
import app.molos.edge.config.ConfigReader;
import java.util.List;

/**
 * How passwords are hashed, and how much of it is done at once.
 *
 * @param cost scrypt's N; each hash takes {@code N * 2 KiB} of memory
 * @param queue hashes that may wait for a thread; more are refused with 503
 */
public record PasswordConfig(int cost, int threads, int queue) {
    public static final ConfigKey COST = ConfigKey.of(
            "auth.scryptCost",
            "AUTH_SCRYPT_COST",
            "16384",
            "scrypt's N, a power of two: 16384 is better-auth's own format; more is stronger, and then only the edge reads it");
    public static final ConfigKey THREADS = ConfigKey.of(
            "auth.hashThreads",
            "AUTH_HASH_THREADS",
            "2",
            "passwords hashed at once; each takes 32 MiB and about 0.1 s");
    public static final ConfigKey QUEUE =
            ConfigKey.of("auth.hashQueue", "AUTH_HASH_QUEUE", "32", "hashes that may wait; more are refused with 503");
    public static final List<ConfigKey> KEYS = List.of(COST, THREADS, QUEUE);

    public static PasswordConfig read(ConfigReader reader) {
        int cost = reader.integer(COST, Scrypt.WIRE_COST, Scrypt.MAX_COST);
        if (Integer.bitCount(cost) != 1) {
            reader.refuse(COST, cost + " is no power of two", "AUTH_SCRYPT_COST=" + Integer.highestOneBit(cost) * 2);
            cost = Scrypt.WIRE_COST;
        }
        return new PasswordConfig(cost, reader.integer(THREADS, 1, 64), reader.integer(QUEUE, 1, 10_000));
    }
}
