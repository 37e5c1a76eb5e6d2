package app.molos.edge.health;

import io.vertx.core.Vertx;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * How late the event loops are: each of them notes when a timer ran, and one that does not run any more grows later
 * while it is looked at. Thread-safe.
 */
public final class LoopLag {
    /** Hears each look at a loop, on that loop. */
    public interface Listener {
        /**
         * Takes how late it was.
         *
         * @param busy for what share of the time since the last look its thread was on a processor; 1 if nobody can tell
         */
        void looked(long lateNanos, double busy);
    }

    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private final long intervalNanos;
    private final List<Loop> loops = new CopyOnWriteArrayList<>();

    public LoopLag(Duration interval) {
        this.intervalNanos = interval.toNanos();
    }

    /**
     * Watches the event loop that this is called on, for as long as its verticle is deployed.
     */
    public void watch(Vertx vertx, Listener listener) {
        Loop loop = new Loop();
        loops.add(loop);
        next(vertx, loop, listener);
    }

    /** Anew each time: a periodic timer makes up for what it missed, all at once and each time as if it were in time. */
    private void next(Vertx vertx, Loop loop, Listener listener) {
        vertx.setTimer(Duration.ofNanos(intervalNanos).toMillis(), t -> {
            next(vertx, loop, listener);
            loop.ran(System.nanoTime(), listener);
        });
    }

    /** Returns how late the latest loop is, in milliseconds. */
    public long millis() {
        return each().stream().mapToLong(Long::longValue).max().orElse(0);
    }

    /** Returns how late each loop is, in milliseconds. */
    List<Long> each() {
        long now = System.nanoTime();
        return loops.stream().map(loop -> loop.lagNanos(now) / 1_000_000).toList();
    }

    private final class Loop {
        private volatile long ranNanos = System.nanoTime();
        private volatile long lagNanos;
        private long cpuNanos = -1;

        /** The worst of late decays, so that one pause is seen by a check that comes a second later. */
        private void ran(long now, Listener listener) {
            long late = Math.max(0, now - ranNanos - intervalNanos);
            lagNanos = Math.max(late, lagNanos * 3 / 4);
            long cpu = THREADS.isCurrentThreadCpuTimeSupported() ? THREADS.getCurrentThreadCpuTime() : -1;
            double busy = cpu < 0 || cpuNanos < 0 ? 1 : (cpu - cpuNanos) / (double) Math.max(1, now - ranNanos);
            cpuNanos = cpu;
            ranNanos = now;
            listener.looked(late, busy);
        }

        private long lagNanos(long now) {
            return Math.max(lagNanos, now - ranNanos - intervalNanos);
        }
    }
}
