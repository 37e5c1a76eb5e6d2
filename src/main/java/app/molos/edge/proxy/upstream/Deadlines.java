package app.molos.edge.proxy.upstream;

import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Checks the deadlines of everything under way on one event loop. One sweep looks at all of them: a request sets no
 * timer, and moving its deadline is one assignment. Confined to one event loop.
 */
public final class Deadlines {
    /** Something with a deadline; linked into the list while it runs. */
    public abstract static class Deadline {
        private @Nullable Deadline before;
        private @Nullable Deadline after;
        private boolean isRunning;

        /** Called with every sweep; may end this or others. */
        protected abstract void check(long nowNanos);

        /** Returns what {@link #endAll} names it by; null: nothing. */
        protected @Nullable Object owner() {
            return null;
        }

        /** Ends it, whatever it is waiting for. */
        protected void end() {}
    }

    /** No deadline is passed by more than this. */
    private static final long SWEEP_MILLIS = 100;

    private @Nullable Deadline first;

    public Deadlines(Vertx vertx) {
        vertx.setPeriodic(SWEEP_MILLIS, t -> sweep());
    }

    public void start(Deadline deadline) {
        deadline.isRunning = true;
        deadline.after = first;
        if (first != null) {
            first.before = deadline;
        }
        first = deadline;
    }

    public void stop(Deadline deadline) {
        if (!deadline.isRunning) {
            return;
        }
        deadline.isRunning = false;
        if (deadline.before == null) {
            first = deadline.after;
        } else {
            deadline.before.after = deadline.after;
        }
        if (deadline.after != null) {
            deadline.after.before = deadline.before;
        }
        deadline.before = null;
        deadline.after = null;
    }

    /** Ends what is still under way for an owner that is not used any more. */
    public void endAll(Object owner) {
        List<Deadline> owned = new ArrayList<>();
        for (Deadline deadline = first; deadline != null; deadline = deadline.after) {
            if (deadline.owner() == owner) {
                owned.add(deadline);
            }
        }
        owned.forEach(Deadline::end);
    }

    private void sweep() {
        long now = System.nanoTime();
        for (Deadline deadline = first; deadline != null; ) {
            Deadline next = deadline.after;
            deadline.check(now);
            // The next one may have been ended by the check: then the rest waits for the next sweep.
            deadline = next == null || next.isRunning ? next : null;
        }
    }
}
