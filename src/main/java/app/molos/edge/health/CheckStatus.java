package app.molos.edge.health;

import app.molos.edge.health.HealthCheck.Level;
import app.molos.edge.health.HealthCheck.State;
import java.time.Instant;

/**
 * What is known of one check at one moment.
 *
 * @param state after rise and fall
 * @param observedNanos of the last result, by {@link System#nanoTime}
 * @param durationMillis that the last run took
 * @param since when its level is what it is
 * @param sinceNanos the same, by {@link System#nanoTime}
 * @param flaps changes between up and down within the last ten minutes
 * @param isHeld whether it flaps: what it says is not believed to last
 */
public record CheckStatus(
        HealthCheck check,
        State state,
        long observedNanos,
        long durationMillis,
        Instant since,
        long sinceNanos,
        int flaps,
        boolean isHeld) {
    /** Returns what is shown: a check that flaps is not called up before it has been calm for a while. */
    public State shown() {
        return isHeld && state.level() == Level.UP ? State.degraded("flapping") : state;
    }

    boolean isStale(long nowNanos) {
        return state.level() != Level.UNKNOWN
                && nowNanos - observedNanos > check.timing().freshness().toNanos();
    }

    /** Returns what counts when no result has come for too long. */
    CheckStatus stale() {
        return new CheckStatus(check, State.STALE, observedNanos, durationMillis, since, observedNanos, flaps, isHeld);
    }
}
