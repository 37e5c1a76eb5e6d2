package app.molos.edge.backup;

import app.molos.edge.config.ExitCode;
import app.molos.edge.config.Refusal;
import java.util.concurrent.locks.LockSupport;

/**
 * How much of one processor some work may take: an event loop that wakes on a core which is taken waits for it. Confined to one
 * thread.
 */
public final class Pace {
    private static final int ALL = 100;
    /** One turn; from this to 5 ms no difference was measured, and pauses in between stay short. */
    private static final long LEAST_NANOS = 300_000;
    /** A machine or a disk that stood still for a minute was no work that a pause of ten would make up for. */
    private static final long MOST_NANOS = 50_000_000;

    private final int percent;
    private final Runnable check;
    private long since;

    /**
     * Makes a pace.
     *
     * @param percent of one processor, from 1 to 100
     * @param check done now and then; ends the work by what it throws
     */
    Pace(int percent, Runnable check) {
        this.percent = percent;
        this.check = check;
    }

    /** As fast as it can. */
    public static Pace full() {
        return new Pace(ALL, () -> {});
    }

    /** After each row: pauses when that was enough for a while. */
    void row() {
        if (since == 0) {
            since = System.nanoTime();
        }
        long worked = Math.min(MOST_NANOS, System.nanoTime() - since);
        if (worked < LEAST_NANOS) {
            return;
        }
        check.run();
        if (percent < ALL) {
            LockSupport.parkNanos(worked * (ALL - percent) / percent);
            if (Thread.interrupted()) {
                Thread.currentThread().interrupt();
                throw new Refusal(ExitCode.REFUSED, "Interrupted.");
            }
        }
        since = System.nanoTime();
    }
}
