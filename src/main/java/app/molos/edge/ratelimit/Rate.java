package app.molos.edge.ratelimit;

import java.time.Duration;

/**
 * A limit: one request an interval, and a burst of so many at once after a quiet time.
 *
 * @param name stands in {@code RateLimit-Policy}, in the log and in metrics, and tells the keys of one limit from others'
 * @param setting that rules it
 */
public record Rate(String name, String setting, long intervalNanos, int burst) {
    /** The price of one request; a cheap one costs less. */
    public static final int COST = 10;
    /** The price of a file of a folder module, and of a request that asks whether something changed. */
    public static final int CHEAP = 1;

    /** A limit of so many within a time. */
    public static Rate of(String name, String setting, int count, Duration within, int burst) {
        return new Rate(name, setting, Math.max(COST, within.toNanos() / count), burst);
    }

    /** The same for a block of addresses, which may have so many times as much. */
    public Rate times(int factor, String block) {
        return new Rate(name + block, setting, Math.max(COST, intervalNanos / factor), burst * factor);
    }

    /** What one of several nodes has of it while they cannot ask each other; at least one request. */
    Rate share(int nodes) {
        return new Rate(name + "-share", setting, intervalNanos * nodes, Math.max(1, burst / nodes));
    }

    /**
     * Nanoseconds that a request is paid off in.
     *
     * @param cost tenths of a request
     */
    long priceNanos(int cost) {
        return intervalNanos / COST * cost;
    }

    /** Nanoseconds of requests that may be owed. */
    public long burstNanos() {
        return intervalNanos * burst;
    }

    /** Seconds until a burst that was used up is there again. */
    public long windowSeconds() {
        return Math.max(1, burstNanos() / 1_000_000_000L);
    }
}
