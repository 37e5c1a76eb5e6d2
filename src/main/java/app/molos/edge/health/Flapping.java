package app.molos.edge.health;

import java.time.Duration;
import java.util.ArrayDeque;

/**
 * Notices a check that goes up and down, and for how long it is not believed: twice as long each time it begins again.
 * Holds delay what is shown and logged, never readiness. Confined to one event loop.
 */
final class Flapping {
    private static final long WINDOW_NANOS = Duration.ofMinutes(10).toNanos();
    private static final int MOST_CHANGES = 4;
    private static final int MOST_DOUBLINGS = 5;

    private final long holdNanos;
    private final ArrayDeque<Long> changes = new ArrayDeque<>();
    private int doublings;
    private long heldUntil;
    private boolean isHeld;

    /** @param hold after the last change of a first episode */
    Flapping(Duration hold) {
        holdNanos = hold.toNanos();
    }

    /** Notes a change between up and down; returns whether an episode begins with it. */
    boolean changed(long now) {
        forget(now);
        changes.addLast(now);
        boolean begins = !isHeld && changes.size() > MOST_CHANGES;
        if (begins) {
            isHeld = true;
        }
        if (isHeld) {
            heldUntil = now + (holdNanos << doublings);
        }
        return begins;
    }

    /** Returns whether an episode ends now. */
    boolean calms(long now) {
        forget(now);
        boolean ends = isHeld && now - heldUntil > 0;
        if (ends) {
            isHeld = false;
            doublings = Math.min(MOST_DOUBLINGS, doublings + 1);
        } else if (!isHeld && changes.isEmpty()) {
            doublings = 0;
        }
        return ends;
    }

    boolean isHeld() {
        return isHeld;
    }

    int count() {
        return changes.size();
    }

    private void forget(long now) {
        while (!changes.isEmpty() && (changes.size() > 64 || now - changes.getFirst() > WINDOW_NANOS)) {
            changes.removeFirst();
        }
    }
}
