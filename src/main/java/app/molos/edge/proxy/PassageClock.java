package app.molos.edge.proxy;

import io.vertx.core.Vertx;
import org.jspecify.annotations.Nullable;

/**
 * The deadlines of all requests that are on their way on one event loop. One sweep looks at all of them: a request sets no
 * timer, and moving its deadline is one assignment.
 */
final class PassageClock {
    /** Something with a deadline; linked into the clock while it runs. */
    abstract static class Timed {
        private @Nullable Timed before;
        private @Nullable Timed after;
        private boolean isRunning;

        /** Called with every sweep; may end the passage. */
        abstract void check(long nowNanos);
    }

    /** No deadline is passed by more than this. */
    private static final long SWEEP_MILLIS = 100;

    private @Nullable Timed first;

    PassageClock(Vertx vertx) {
        vertx.setPeriodic(SWEEP_MILLIS, t -> sweep());
    }

    void start(Timed timed) {
        timed.isRunning = true;
        timed.after = first;
        if (first != null) {
            first.before = timed;
        }
        first = timed;
    }

    void stop(Timed timed) {
        if (!timed.isRunning) {
            return;
        }
        timed.isRunning = false;
        if (timed.before == null) {
            first = timed.after;
        } else {
            timed.before.after = timed.after;
        }
        if (timed.after != null) {
            timed.after.before = timed.before;
        }
        timed.before = null;
        timed.after = null;
    }

    private void sweep() {
        long now = System.nanoTime();
        for (Timed timed = first; timed != null;) {
            Timed next = timed.after;
            timed.check(now);
            // Whoever was next may have been ended by the check: then the rest waits for the next sweep.
            timed = next == null || next.isRunning ? next : null;
        }
    }
}
