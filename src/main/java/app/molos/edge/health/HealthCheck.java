package app.molos.edge.health;

import io.vertx.core.Future;
import java.util.function.Supplier;

/** One part that can say how it is. A failed future means down; its text goes to the log and never into an answer. */
public record HealthCheck(String name, Supplier<Future<State>> ask) {
    /** How a part is, in a word why, and in words for the operator only; both are empty for UP. */
    public record State(Level level, String code, String detail) {
        public static final State UP = new State(Level.UP, "", "");

        public static State degraded(String code) {
            return degraded(code, "");
        }

        public static State degraded(String code, String detail) {
            return new State(Level.DEGRADED, code, detail);
        }

        public static State down(String code) {
            return new State(Level.DOWN, code, "");
        }
    }

    /** From best to worst. */
    public enum Level {
        UP,
        DEGRADED,
        DOWN
    }
}
