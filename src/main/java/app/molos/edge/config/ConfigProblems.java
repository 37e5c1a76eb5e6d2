package app.molos.edge.config;

import java.util.ArrayList;
import java.util.List;

/**
 * Every configuration fault found so far; reading goes on after a fault so that all are reported at once. Used by one
 * thread.
 */
public final class ConfigProblems {
    /** {@code where} is a file and line or a variable; {@code fix} is the line to write, or the command to run. */
    public record Problem(String where, String what, String fix) {
        private static final String COMMAND = "molos-edge ";

        @Override
        public String toString() {
            String verb = fix.startsWith(COMMAND) ? "run: " : "write: ";
            return where + ": " + what + (fix.isEmpty() ? "" : System.lineSeparator() + "    " + verb + fix);
        }
    }

    private final List<Problem> problems = new ArrayList<>();

    public void add(String where, String what, String fix) {
        problems.add(new Problem(where, what, fix));
    }

    public List<Problem> all() {
        return List.copyOf(problems);
    }

    public boolean isEmpty() {
        return problems.isEmpty();
    }

    public void throwIfAny() {
        if (!problems.isEmpty()) {
            throw new Refusal(ExitCode.CONFIGURATION, toString());
        }
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(
                problems.size() == 1 ? "One configuration problem:" : problems.size() + " configuration problems:");
        problems.forEach(p -> text.append(System.lineSeparator()).append("  ").append(p));
        return text.toString();
    }
}
