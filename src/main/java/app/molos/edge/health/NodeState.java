package app.molos.edge.health;

import java.util.Locale;

/** Where a node is between start and stop: {@code STARTING -> READY <-> NOT_READY -> DRAINING -> STOPPED}. */
public enum NodeState {
    STARTING(0),
    READY(1),
    NOT_READY(2),
    /** Serves on, and asks not to be sent anything new; may be cancelled. */
    DRAINING(3),
    STOPPED(4);

    private final int number;

    NodeState(int number) {
        this.number = number;
    }

    /** Returns it as metrics show it. */
    int number() {
        return number;
    }

    /** Returns its name as it stands in answers. */
    public String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
}
