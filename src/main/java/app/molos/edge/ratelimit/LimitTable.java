package app.molos.edge.ratelimit;

import java.security.SecureRandom;
import java.util.function.LongSupplier;

/**
 * Remembers for each key until when it counts: the one table behind every limit of this process, of fixed size. An entry is 64
 * bits of the key (see {@link KeyHash}), a time and a count, in sets of eight. A full set gives up what is over, or else
 * what used least of its limit: a flood of new keys pushes out new keys, and what is limited now stays. Thread-safe.
 */
public final class LimitTable {
    /** How often a key was seen, and in how many nanoseconds that is forgotten. */
    record Count(int count, long leftNanos) {}

    private static final int WAYS = 8;
    private static final int LOCKS = 256;
    /** 20 bytes each: 5 MB, or less where that would be more than a fiftieth of the heap. */
    private static final int ENTRIES = 1 << 18;

    private static final int ENTRY_SHARE = 1000;
    /** What a full limit is. */
    private static final int FULL = 255;
    /** Beyond it nothing is counted. */
    private static final int MOST = 1 << 20;

    private final KeyHash hash;
    private final LongSupplier clock;
    private final long begunNanos;
    private final long[] keys;
    private final long[] untils;
    /** A count, and in the last eight bits how much of its limit that is. */
    private final int[] counts;

    private final int setMask;
    private final Object[] locks = new Object[LOCKS];

    /** @param clock nanoseconds that never go back */
    public LimitTable(SecureRandom random, LongSupplier clock) {
        this(new KeyHash(random), clock, (int)
                Long.highestOneBit(Math.min(ENTRIES, Runtime.getRuntime().maxMemory() / ENTRY_SHARE)));
    }

    LimitTable(KeyHash hash, LongSupplier clock, int entries) {
        this.hash = hash;
        this.clock = clock;
        this.begunNanos = clock.getAsLong() - 1;
        this.keys = new long[entries];
        this.untils = new long[entries];
        this.counts = new int[entries];
        this.setMask = entries / WAYS - 1;
        for (int i = 0; i < LOCKS; i++) {
            locks[i] = new Object();
        }
    }

    /**
     * Takes from a limit of so many a time, by GCRA: the time at which all that was taken would be paid off.
     *
     * @param cost tenths of a request
     * @return 0 when it was taken; else nothing was, and so many nanoseconds must pass first
     */
    public long take(Rate rate, String name, int cost) {
        long key = hash.of(rate.name(), name);
        long most = rate.burstNanos();
        synchronized (lock(key)) {
            long now = now();
            int slot = slot(key, now);
            long owed = Math.max(0, untils[slot] - now) + rate.priceNanos(cost);
            if (owed > most) {
                return owed - most;
            }
            owe(slot, now, owed, most);
            return 0;
        }
    }

    /** Returns the nanoseconds until all that was taken is paid off. */
    long owed(Rate rate, String name) {
        long key = hash.of(rate.name(), name);
        synchronized (lock(key)) {
            int slot = find(key);
            return slot < 0 ? 0 : Math.max(0, untils[slot] - now());
        }
    }

    /** Returns the time of this table's clock. */
    long nanos() {
        return now();
    }

    /** Takes what others are known to have taken: at least so many nanoseconds were owed then. */
    void owe(Rate rate, String name, long then, long nanos) {
        long key = hash.of(rate.name(), name);
        synchronized (lock(key)) {
            long now = now();
            int slot = slot(key, now);
            long owed = Math.max(then + nanos, untils[slot]) - now;
            owe(slot, now, Math.max(0, Math.min(owed, rate.burstNanos())), rate.burstNanos());
        }
    }

    private void owe(int slot, long now, long owed, long most) {
        untils[slot] = now + owed;
        counts[slot] = (int) (owed * FULL / most);
    }

    /**
     * Counts one more of a key whose count starts again after a silence.
     *
     * @return 0 when it was counted; else the limit is reached, and so many nanoseconds of silence must pass first
     */
    long countWithin(String family, String name, int limit, long silenceNanos) {
        long key = hash.of(family, name);
        synchronized (lock(key)) {
            long now = now();
            int slot = slot(key, now);
            int count = untils[slot] > now ? counts[slot] >>> 8 : 0;
            if (count >= limit) {
                return untils[slot] - now;
            }
            write(slot, count + 1, limit, now + silenceNanos);
            return 0;
        }
    }

    /** Counts one more of a key that is forgotten so long after the last one; returns how many there are. */
    int count(String family, String name, int limit, long memoryNanos) {
        long key = hash.of(family, name);
        synchronized (lock(key)) {
            long now = now();
            int slot = slot(key, now);
            int count = untils[slot] > now ? counts[slot] >>> 8 : 0;
            int counted = Math.min(count + 1, MOST);
            write(slot, counted, limit, now + memoryNanos);
            return counted;
        }
    }

    /** Counts what was counted before a restart, unless more was counted since. */
    void restore(String family, String name, Count stored, int limit) {
        long key = hash.of(family, name);
        synchronized (lock(key)) {
            long now = now();
            int slot = slot(key, now);
            if (untils[slot] <= now || counts[slot] >>> 8 < stored.count()) {
                write(slot, Math.min(stored.count(), MOST), limit, now + stored.leftNanos());
            }
        }
    }

    /** Returns the count of a key; of one that is not there, nothing. */
    Count counted(String family, String name) {
        long key = hash.of(family, name);
        synchronized (lock(key)) {
            long now = now();
            int slot = find(key);
            return slot < 0 || untils[slot] <= now
                    ? new Count(0, 0)
                    : new Count(counts[slot] >>> 8, untils[slot] - now);
        }
    }

    void forget(String family, String name) {
        long key = hash.of(family, name);
        synchronized (lock(key)) {
            int slot = find(key);
            if (slot >= 0) {
                keys[slot] = 0;
                untils[slot] = 0;
            }
        }
    }

    /** Returns the bits that stand for a key. */
    long key(String family, String name) {
        return hash.of(family, name);
    }

    private void write(int slot, int count, int limit, long until) {
        untils[slot] = until;
        counts[slot] = (count << 8) | (int) Math.min(FULL, (long) count * FULL / limit);
    }

    private long now() {
        return clock.getAsLong() - begunNanos;
    }

    private Object lock(long key) {
        return locks[(int) (key >>> 32) & setMask & (LOCKS - 1)];
    }

    private int find(long key) {
        int first = ((int) (key >>> 32) & setMask) * WAYS;
        for (int slot = first; slot < first + WAYS; slot++) {
            if (keys[slot] == key) {
                return slot;
            }
        }
        return -1;
    }

    /** The place of a key: its own, or one that is given up for it. */
    private int slot(long key, long now) {
        int known = find(key);
        if (known >= 0) {
            return known;
        }
        int first = ((int) (key >>> 32) & setMask) * WAYS;
        int least = first;
        for (int slot = first + 1; slot < first + WAYS; slot++) {
            if (weight(slot, now) < weight(least, now)) {
                least = slot;
            }
        }
        keys[least] = key;
        untils[least] = 0;
        counts[least] = 0;
        return least;
    }

    /** How much would be lost with an entry: -1 when it is over. */
    private int weight(int slot, long now) {
        return untils[slot] <= now ? -1 : counts[slot] & FULL;
    }
}
