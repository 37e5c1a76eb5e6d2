package app.molos.edge.health;

import app.molos.edge.health.HealthCheck.Level;
import app.molos.edge.health.HealthCheck.State;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * The last transitions of checks and of the node. Trouble that begins while other trouble lasts names the check that
 * broke first, which is mostly the cause. Thread-safe.
 */
public final class HealthHistory {
    /**
     * One change.
     *
     * @param id of the check; the node has one, too
     * @param code why, in a word; may be empty
     * @param first the check that broke first of all that were not up then; empty: all were
     */
    public record Transition(Instant at, String id, String from, String to, String code, String first) {}

    private static final int KEPT = 100;

    private final Clock clock;
    private final ArrayDeque<Transition> transitions = new ArrayDeque<>();
    private final Set<String> broken = new TreeSet<>();
    private String first = "";

    public HealthHistory(Clock clock) {
        this.clock = clock;
    }

    /** Returns the last hundred, the oldest first. */
    public synchronized List<Transition> all() {
        return List.copyOf(transitions);
    }

    /** Returns the check that broke first of those that are not up now; empty when all are. */
    public synchronized String first() {
        return first;
    }

    synchronized void check(String id, State from, State to) {
        boolean isBroken = to.level() != Level.UP && to.level() != Level.UNKNOWN;
        if (isBroken && broken.isEmpty()) {
            first = id;
        }
        if (isBroken) {
            broken.add(id);
        }
        add(id, from.level().word(), to.level().word(), to.code());
        if (!isBroken && broken.remove(id) && broken.isEmpty()) {
            first = "";
        }
    }

    synchronized void node(NodeState from, NodeState to) {
        add(Node.ID, from.word(), to.word(), "");
    }

    private void add(String id, String from, String to, String code) {
        if (transitions.size() == KEPT) {
            transitions.removeFirst();
        }
        transitions.addLast(new Transition(clock.instant(), id, from, to, code, first));
    }
}
