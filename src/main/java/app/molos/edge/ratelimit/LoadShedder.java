package app.molos.edge.ratelimit;

import java.time.Duration;
import java.util.concurrent.atomic.LongAdder;

/**
 * Gives up some requests so that the others are answered in time. As long as an event loop is late, ever more is given up,
 * rank by rank; once it is in time again, ever less. So it settles where the loop does what it can. A pause, as of
 * a garbage collection, and a machine that is busy with others, gives up nothing. Confined to one event loop.
 */
public final class LoadShedder {
    /** What requests are given up as, the first one first; what has no rank is always answered. */
    public enum Rank {
        /** Of somebody who is not signed in. */
        ANONYMOUS(0),
        /** To a module of low priority. */
        LOW(1),
        NORMAL(2),
        HIGH(3),
        /** To the edge itself, of somebody who is signed in. */
        OWN(4);

        private final int place;

        Rank(int place) {
            this.place = place;
        }
    }

    private static final int RANKS = Rank.values().length;

    /** Looks in a row that find the loop late, before anything is given up. */
    private static final int PATIENCE = 5;
    /** With less, it is late because the machine does something else: to do less of its own work would help nobody. */
    private static final double BUSY = 0.25;
    /** Ranks that are given up with each look that finds the loop late. */
    private static final double RISE = 0.25;
    /** And taken back with each one that does not. */
    private static final double FALL = 0.05;

    private final long tolerableNanos;
    private final boolean isOn;
    private final LongAdder shed;
    /** How much of each rank's last request is given up, in whole requests; so exactly that share is. */
    private final double[] owed = new double[RANKS];

    private int lateInARow;
    private double pressure;

    /**
     * Makes one for an event loop.
     *
     * @param tolerable how late a loop may be
     * @param shed counts what was given up
     */
    public LoadShedder(Duration tolerable, boolean isOn, LongAdder shed) {
        this.tolerableNanos = tolerable.toNanos();
        this.isOn = isOn;
        this.shed = shed;
    }

    /**
     * Takes how late the loop was, each time that it is looked at.
     *
     * @param busy for what share of the time it was on a processor
     */
    public void sample(long lateNanos, double busy) {
        lateInARow = lateNanos > tolerableNanos && busy >= BUSY ? lateInARow + 1 : 0;
        if (lateInARow >= PATIENCE && isOn) {
            pressure = Math.min(RANKS, pressure + RISE);
        } else if (lateInARow == 0) {
            pressure = Math.max(0, pressure - FALL);
        }
    }

    /** Whether anything is given up. */
    public boolean isUnderPressure() {
        return pressure > 0;
    }

    /** How many ranks are given up now, with fractions. */
    double pressure() {
        return pressure;
    }

    /** Whether this request is one that is given up. */
    public boolean sheds(Rank rank) {
        double due = owed[rank.place] + Math.max(0, Math.min(1, pressure - rank.place));
        boolean isShed = due >= 1;
        owed[rank.place] = isShed ? due - 1 : due;
        return isShed;
    }

    /** Counts a request that is given up. */
    public void gaveUp() {
        shed.increment();
    }
}
