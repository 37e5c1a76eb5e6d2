package app.molos.edge.health.dialects;

import app.molos.edge.health.HealthReport;
import app.molos.edge.health.HealthReport.Aspect;

/** The line of HAProxy's agent-check (configuration manual 2.6, {@code agent-check}). */
public final class AgentDialect {
    /** Up to here a loop is on time. */
    private static final long ON_TIME_MILLIS = 100;

    private static final long LATE_MILLIS = 1000;
    private static final int LEAST_PERCENT = 10;

    private AgentDialect() {}

    /**
     * Returns the line with its end.
     *
     * @param lagMillis of the latest event loop; a late node is sent less
     * @param isEmpty whether a draining node has nothing left under way
     */
    public static String line(HealthReport report, long lagMillis, boolean isEmpty) {
        return switch (report.node()) {
            case READY, NOT_READY ->
                report.isGood(Aspect.READY) ? "ready up " + percent(lagMillis) + "%\n" : "ready down\n";
            case DRAINING -> isEmpty ? "maint\n" : "drain\n";
            case STARTING, STOPPED -> "ready down\n";
        };
    }

    private static long percent(long lagMillis) {
        if (lagMillis <= ON_TIME_MILLIS) {
            return 100;
        }
        long share = 100 - 100 * (lagMillis - ON_TIME_MILLIS) / (LATE_MILLIS - ON_TIME_MILLIS);
        return Math.max(LEAST_PERCENT, share);
    }
}
