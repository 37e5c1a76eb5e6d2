package app.molos.edge.proxy;

import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The deadlines of all requests that are on their way on one event loop. One sweep looks at all of them: a request sets no
 * timer, and moving its deadline is one assignment.
 */
final class Deadlines {
    /** Something with a deadline; linked into the clock while it runs. */
    abstract static class Deadline {
        private @Nullable Deadline before;
        private @Nullable Deadline after;
        private boolean isRunning;

        /** Called with every sweep; may end the exchange. */
        abstract void check(long nowNanos);

        /** Whose it is when its module goes away; null: nobody's. */
        @Nullable UpstreamProxy owner() {
            return null;
        }

        /** Ends it, whatever it is waiting for. */
        void end() {}
    }

    /** No deadline is passed by more than this. */
    private static final long SWEEP_MILLIS = 100;

    private @Nullable Deadline first;

    Deadlines(Vertx vertx) {
        vertx.setPeriodic(SWEEP_MILLIS, t -> sweep());
    }

    void start(Deadline timed) {
        timed.isRunning = true;
        timed.after = first;
        if (first != null) {
            first.before = timed;
        }
        first = timed;
    }

    void stop(Deadline timed) {
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

    /** Ends what is still on its way through a proxy that is not used any more. */
    void endAll(UpstreamProxy owner) {
        List<Deadline> theirs = new ArrayList<>();
        for (Deadline timed = first; timed != null; timed = timed.after) {
            if (timed.owner() == owner) {
                theirs.add(timed);
            }
        }
        theirs.forEach(Deadline::end);
    }

    private void sweep() {
        long now = System.nanoTime();
        for (Deadline timed = first; timed != null;) {
            Deadline next = timed.after;
            timed.check(now);
            // Whoever was next may have been ended by the check: then the rest waits for the next sweep.
            timed = next == null || next.isRunning ? next : null;
        }
    }
}
