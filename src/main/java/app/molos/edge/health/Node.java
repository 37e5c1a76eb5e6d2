package app.molos.edge.health;

import java.time.Duration;

/**
 * This process as balancers see it. Boot and the drain say how far it is, {@link HealthService} whether its critical
 * checks hold, every listener reads it. Thread-safe.
 */
public final class Node {
    static final String ID = "node";

    private enum Phase {
        STARTING,
        SERVING,
        DRAINING,
        STOPPED
    }

    private final HealthHistory history;
    private volatile Phase phase = Phase.STARTING;
    private volatile boolean isSound;
    private volatile boolean isEmpty;
    private volatile String words = "starting";
    private volatile boolean wasStarted;
    private volatile boolean wasProbed;
    private volatile long probedNanos;

    public Node(HealthHistory history) {
        this.history = history;
    }

    public HealthHistory history() {
        return history;
    }

    public NodeState state() {
        return switch (phase) {
            case STARTING -> NodeState.STARTING;
            case SERVING -> isSound ? NodeState.READY : NodeState.NOT_READY;
            case DRAINING -> NodeState.DRAINING;
            case STOPPED -> NodeState.STOPPED;
        };
    }

    /** Stays true once it is. */
    public boolean isStarted() {
        return wasStarted;
    }

    /** The present step of the start, in words for an operator; afterwards the state. */
    public String words() {
        return phase == Phase.STARTING ? words : state().word();
    }

    public void say(String step) {
        words = step;
    }

    public void started() {
        wasStarted = true;
        become(Phase.SERVING);
    }

    /** Not ready from now on; what is asked is still served. */
    public void drain() {
        if (phase == Phase.SERVING) {
            become(Phase.DRAINING);
        }
    }

    /** Takes a drain back; returns whether there was one. */
    public boolean cancelDrain() {
        boolean wasDraining = phase == Phase.DRAINING;
        if (wasDraining) {
            isEmpty = false;
            become(Phase.SERVING);
        }
        return wasDraining;
    }

    public void stopped() {
        become(Phase.STOPPED);
    }

    /** A drain has nothing left to wait for. */
    public void emptied() {
        isEmpty = phase == Phase.DRAINING;
    }

    /** Whether it drains and nothing is under way any more. */
    public boolean isEmpty() {
        return isEmpty;
    }

    void sound(boolean isNowSound) {
        if (isSound != isNowSound) {
            NodeState before = state();
            isSound = isNowSound;
            note(before);
        }
    }

    /** Notes that a balancer asked. The container's own health check is none. */
    public void probed() {
        probedNanos = System.nanoTime();
        wasProbed = true;
    }

    /** Whether a balancer has asked within so long. */
    public boolean wasProbedWithin(Duration span) {
        return wasProbed && System.nanoTime() - probedNanos <= span.toNanos();
    }

    private synchronized void become(Phase next) {
        NodeState before = state();
        phase = next;
        note(before);
    }

    private void note(NodeState before) {
        NodeState now = state();
        if (now != before) {
            history.node(before, now);
        }
    }
}
