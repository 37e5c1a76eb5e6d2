package app.molos.edge.http;

/** Notices a client that takes nothing of what waits for it since so long that it never will. Confined to one event loop. */
final class WriteClock {
    private final long limitNanos;
    private long unwritten;
    private long writtenAt;
    private boolean isStuck;

    WriteClock(long limitNanos) {
        this.limitNanos = limitNanos;
    }

    /** @param mark a number that changes whenever the client takes something; 0 when nothing waits */
    boolean isStuck(long mark, long now) {
        if (mark == 0 || mark != unwritten) {
            unwritten = mark;
            writtenAt = now;
            isStuck = false;
        } else {
            isStuck = now - writtenAt > limitNanos;
        }
        return isStuck;
    }

    /** Returns what was found last. */
    boolean isStuck() {
        return isStuck;
    }
}
