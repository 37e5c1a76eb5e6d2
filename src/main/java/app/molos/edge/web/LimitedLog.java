package app.molos.edge.web;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;

/**
 * Warns of what happens over and over: the first time, then at most once a minute for each key, with how often it
 * happened meanwhile. Strangers cause most of it, so keys are few and bounded. Thread-safe.
 */
public final class LimitedLog {
    private static final long PAUSE_NANOS = TimeUnit.MINUTES.toNanos(1);
    /** Beyond that all further keys share one. */
    private static final int MAX_KEYS = 256;

    private static final class Entry {
        private final AtomicLong nextNanos = new AtomicLong(System.nanoTime());
        private final AtomicLong leftOut = new AtomicLong();
    }

    private final Logger log;
    private final ConcurrentHashMap<String, Entry> entries = new ConcurrentHashMap<>();

    public LimitedLog(Logger log) {
        this.log = log;
    }

    /**
     * Logs a warning, unless the same one was logged within the last minute.
     *
     * @param key of what is the same warning; from a closed set, or nearly so
     * @param format as slf4j's
     */
    public void warn(String key, String format, Object... arguments) {
        Entry entry = entries.get(key);
        if (entry == null) {
            entry = entries.computeIfAbsent(entries.size() < MAX_KEYS ? key : "", k -> new Entry());
        }
        long now = System.nanoTime();
        long next = entry.nextNanos.get();
        if (now - next < 0 || !entry.nextNanos.compareAndSet(next, now + PAUSE_NANOS)) {
            entry.leftOut.incrementAndGet();
            return;
        }
        long leftOut = entry.leftOut.getAndSet(0);
        if (leftOut == 0) {
            log.warn(format, arguments);
        } else {
            Object[] all = java.util.Arrays.copyOf(arguments, arguments.length + 1);
            all[arguments.length] = leftOut;
            log.warn(format + " (and {} times since this was said last)", all);
        }
    }
}
