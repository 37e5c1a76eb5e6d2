package app.molos.edge.health;

import io.vertx.core.Future;
import java.time.Duration;
import java.util.Locale;
import java.util.function.Supplier;

/**
 * One part that can say how it is. A failed future means down; its text goes to the log and never into an answer.
 *
 * @param id stands in answers, metrics and the history; lower case
 * @param ask runs on the event loop of the schedule, never twice at once; must not block
 */
public record HealthCheck(String id, Kind kind, Scope scope, Timing timing, Supplier<Future<State>> ask) {
    /** What follows when a check is down. */
    public enum Kind {
        /** The node is not ready. */
        CRITICAL,
        /** The report is degraded; the node stays ready. */
        DEGRADING,
        /** It is shown, nothing follows. */
        INFO
    }

    /** Whose trouble it is. */
    public enum Scope {
        LOCAL,
        /** Every node has the same one, so that all of them would be taken out of a balancer together. */
        SHARED
    }

    /**
     * How a check is scheduled.
     *
     * @param interval between two runs, ± 20 %
     * @param deadline after which a run counts as down; its late result is still taken
     * @param fall failures in a row that make it down
     * @param rise successes in a row that raise it again
     * @param freshness after which a result without a successor counts for nothing
     */
    public record Timing(Duration interval, Duration deadline, int fall, int rise, Duration freshness) {}

    /** How a part is, in a word why, and in words for the operator only; both are empty for UP. */
    public record State(Level level, String code, String detail) {
        public static final State UP = new State(Level.UP, "", "");
        static final State UNKNOWN = new State(Level.UNKNOWN, "not_checked_yet", "");
        static final State STALE = new State(Level.DOWN, "stale", "");
        static final State TIMEOUT = new State(Level.DOWN, "timeout", "");

        public static State degraded(String code) {
            return degraded(code, "");
        }

        public static State degraded(String code, String detail) {
            return new State(Level.DEGRADED, code, detail);
        }

        public static State down(String code) {
            return down(code, "");
        }

        public static State down(String code, String detail) {
            return new State(Level.DOWN, code, detail);
        }

        public boolean isDown() {
            return level == Level.DOWN;
        }
    }

    /** From best to worst. */
    public enum Level {
        UP(0),
        DEGRADED(1),
        UNKNOWN(2),
        DOWN(3);

        private final int severity;

        Level(int severity) {
            this.severity = severity;
        }

        /** Returns it as metrics show it. */
        int severity() {
            return severity;
        }

        /** Returns its name as it stands in answers. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
