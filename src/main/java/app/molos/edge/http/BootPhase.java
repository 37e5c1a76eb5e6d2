package app.molos.edge.http;

/**
 * Where the process is between start and stop; what the probes tell. Written by boot, read by every listener.
 * Thread-safe.
 */
public final class BootPhase {
    private enum State {
        STARTING,
        READY,
        STOPPING
    }

    private volatile State state = State.STARTING;
    private volatile boolean wasReady;
    private volatile String words = "starting";

    /** The present step, in words for an operator. */
    public void say(String phase) {
        words = phase;
    }

    public void ready() {
        words = "ready";
        wasReady = true;
        state = State.READY;
    }

    public void stopping() {
        words = "stopping";
        state = State.STOPPING;
    }

    public boolean isReady() {
        return state == State.READY;
    }

    /** Stays true once it is. */
    public boolean isStarted() {
        return wasReady;
    }

    public String words() {
        return words;
    }
}
