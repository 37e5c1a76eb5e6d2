package app.molos.edge.health;

import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.LongConsumer;

/**
 * How late the event loops are: each of them notes when a timer ran, and one that does not run any more grows later
 * while it is looked at. Thread-safe.
 */
public final class LoopLag {
    private final long intervalNanos;
    private final List<Loop> loops = new CopyOnWriteArrayList<>();

    public LoopLag(Duration interval) {
        this.intervalNanos = interval.toNanos();
    }

    /**
     * Watches the event loop that this is called on, for as long as its verticle is deployed.
     *
     * @param late takes how many nanoseconds it was late each time
     */
    public void watch(Vertx vertx, LongConsumer late) {
        Loop loop = new Loop();
        loops.add(loop);
        next(vertx, loop, late);
    }

    /** Anew each time: a periodic timer makes up for what it missed, all at once and each time as if it were in time. */
    private void next(Vertx vertx, Loop loop, LongConsumer late) {
        vertx.setTimer(Duration.ofNanos(intervalNanos).toMillis(), t -> {
            late.accept(loop.ran(System.nanoTime()));
            next(vertx, loop, late);
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

        /** The worst of late decays, so that one pause is seen by a check that comes a second later. */
        private long ran(long now) {
            long late = Math.max(0, now - ranNanos - intervalNanos);
            lagNanos = Math.max(late, lagNanos * 3 / 4);
            ranNanos = now;
            return late;
        }

        private long lagNanos(long now) {
            return Math.max(lagNanos, now - ranNanos - intervalNanos);
        }
    }
}
