package app.molos.edge.passwords;

import app.molos.edge.config.ConfigKey;
import app.molos.edge.config.ConfigProblems;
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
            null,
            "passwords hashed at once; each takes 32 MiB of the heap and about 0.1 s; default: 2, or 1 when the heap holds no more");
    public static final ConfigKey QUEUE =
            ConfigKey.of("auth.hashQueue", "AUTH_HASH_QUEUE", "32", "hashes that may wait; more are refused with 503");
    public static final List<ConfigKey> KEYS = List.of(COST, THREADS, QUEUE);

    private static final int THREADS_BY_DEFAULT = 2;
    /** What everything else needs of the heap. */
    private static final long OTHERS = 35L << 20;

    public static PasswordConfig read(ConfigReader reader) {
        int cost = reader.integer(COST, Scrypt.WIRE_COST, Scrypt.MAX_COST);
        if (Integer.bitCount(cost) != 1) {
            reader.refuse(COST, cost + " is no power of two", "AUTH_SCRYPT_COST=" + Integer.highestOneBit(cost) * 2);
            cost = Scrypt.WIRE_COST;
        }
        int threads = reader.isSet(THREADS)
                ? reader.integer(THREADS, 1, 64)
                : (int) Math.max(
                        1, Math.min(THREADS_BY_DEFAULT, (Runtime.getRuntime().maxMemory() - OTHERS) / share(cost)));
        return new PasswordConfig(cost, threads, reader.integer(QUEUE, 1, 10_000));
    }

    /**
     * Adds a problem when the heap does not hold all hashes at once: the process would start, and end at the first
     * sign-ins. Only for the process that serves: a command has another heap.
     *
     * @param heap bytes, at most
     */
    public void judgeHeap(long heap, ConfigProblems problems) {
        long needed = threads * share(cost) + OTHERS;
        if (heap >= needed) {
            return;
        }
        long least = share(cost) + OTHERS;
        String what = "the heap may have " + mebibytes(heap) + " MiB, and passwords (" + threads + " at once, "
                + mebibytes(memory(cost)) + " MiB each) need it to have " + mebibytes(needed);
        if (heap >= least) {
            problems.add(THREADS.variable(), what, "AUTH_HASH_THREADS=" + (heap - OTHERS) / share(cost));
        } else {
            // The serial collector keeps a thirtieth of -Xmx back; as much again is to spare.
            long most = mebibytes(needed) * 16 / 15 + 1;
            problems.add(
                    "memory",
                    what + ": start it with java -Xmx" + most
                            + "m, or its container, of whose memory the heap is half, with --memory="
                            + (2 * most + 15) / 16 * 16 + "m",
                    "");
        }
    }

    private static long memory(int cost) {
        return cost * 2048L;
    }

    /** A hash is one array, and the collector wants room beside it: seen to be enough with 78 MiB for one, 120 for two. */
    private static long share(int cost) {
        return memory(cost) * 11 / 8;
    }

    private static long mebibytes(long bytes) {
        return bytes >> 20;
    }
}
