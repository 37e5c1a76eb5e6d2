package app.molos.edge.boot;

import app.molos.edge.config.BoundedOutput;
import java.io.PrintStream;
import java.time.Instant;

/**
 * Standard output and standard error of a process that serves, neither of which waits for its reader. Commands keep the
 * plain ones: what they print must all arrive, and nobody waits behind them.
 */
public final class UnblockedStreams implements AutoCloseable {
    private static final int OUT_LIMIT = 4 << 20;
    private static final int ERR_LIMIT = 1 << 20;
    private static final long DRAIN_MILLIS = 1000;

    private final PrintStream plainOut;
    private final PrintStream plainErr;
    private final BoundedOutput out;
    private final BoundedOutput err;

    /** Takes the place of the process's own streams too, if these are they: the log goes there. */
    public UnblockedStreams(PrintStream plainOut, PrintStream plainErr) {
        this.plainOut = plainOut;
        this.plainErr = plainErr;
        out = new BoundedOutput(
                plainOut,
                "edge-stdout",
                OUT_LIMIT,
                lines -> "{\"time\":\"" + Instant.now() + "\",\"droppedLines\":" + lines + "}\n");
        err = new BoundedOutput(
                plainErr,
                "edge-stderr",
                ERR_LIMIT,
                lines ->
                        Instant.now() + " WARN  " + lines + " lines of this log were dropped: nobody was reading it\n");
        if (plainOut == System.out) {
            System.setOut(out.printing());
        }
        if (plainErr == System.err) {
            System.setErr(err.printing());
        }
    }

    public BoundedOutput out() {
        return out;
    }

    public BoundedOutput err() {
        return err;
    }

    /** Waits a moment for what is not written yet: a reader that stopped must not keep the process from ending. */
    public void drain() {
        err.drain(DRAIN_MILLIS);
        out.drain(DRAIN_MILLIS);
    }

    @Override
    public void close() {
        drain();
        if (System.out == out.printing()) {
            System.setOut(plainOut);
        }
        if (System.err == err.printing()) {
            System.setErr(plainErr);
        }
    }
}
