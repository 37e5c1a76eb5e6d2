package app.molos.edge.ratelimit;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Ticker;
import java.time.Duration;

/**
 * So many requests in a row for one key, then none until there was silence for a while: the count starts again when a
 * whole window passed since the last request that was let through. Refused requests do not prolong it. Thread-safe.
 */
public final class RateLimit {
    /** Keys beyond this push out those that were seen least. */
    private static final int MAX_KEYS = 100_000;

    private static final class Count {
        private int passed;
        private long lastNanos;
    }

    private final int limit;
    private final long windowNanos;
    private final Ticker ticker;
    private final Cache<String, Count> counts;

    public RateLimit(int limit, Duration window, Ticker ticker) {
        this.limit = limit;
        this.windowNanos = window.toNanos();
        this.ticker = ticker;
        this.counts = Caffeine.newBuilder()
                .maximumSize(MAX_KEYS)
                .expireAfterAccess(window.multipliedBy(2))
                .ticker(ticker)
                .executor(Runnable::run)
                .build();
    }

    /** 0 when the request may pass (and is counted), else the seconds to wait, at least 1. */
    public int secondsToWait(String key) {
        Count count = counts.get(key, k -> new Count());
        synchronized (count) {
            long now = ticker.read();
            long silence = now - count.lastNanos;
            if (count.passed > 0 && silence >= windowNanos) {
                count.passed = 0;
            }
            if (count.passed >= limit) {
                return (int) Math.max(1, (windowNanos - silence + 999_999_999L) / 1_000_000_000L);
            }
            count.passed++;
            count.lastNanos = now;
            return 0;
        }
    }

    /** Keys kept now. */
    long size() {
        counts.cleanUp();
        return counts.estimatedSize();
    }
}
