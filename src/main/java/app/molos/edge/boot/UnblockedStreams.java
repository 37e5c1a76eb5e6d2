package app.molos.edge.boot;

import app.molos.edge.config.BoundedOutput;
import java.io.PrintStream;
import java.time.Instant;

/**
 * Standard output and standard error of a process that serves, neither of which waits for its reader. Commands keep the plain
 * ones: what they print must all arrive, and nobody waits behind them.
 */
final class UnblockedStreams implements AutoCloseable {
    private static final int OUT_LIMIT = 4 << 20;
    private static final int ERR_LIMIT = 1 << 20;
    private static final long DRAIN_MILLIS = 1000;

    private final PrintStream plainOut;
    private final PrintStream plainErr;
    private final BoundedOutput out;
    private final BoundedOutput err;
    private final Terminal terminal;

    /** Takes the place of the process's own streams too, if the terminal prints to them: the log goes there. */
    UnblockedStreams(Terminal plain) {
        plainOut = plain.out();
        plainErr = plain.err();
        out = new BoundedOutput(plainOut, "edge-stdout", OUT_LIMIT, lines -> "{\"time\":\"" + Instant.now() + "\",\"droppedLines\":" + lines + "}\n");
        err = new BoundedOutput(plainErr, "edge-stderr", ERR_LIMIT, lines -> Instant.now() + " WARN  " + lines
                + " lines of this log were dropped: nobody was reading it\n");
        terminal = new Terminal(out.printing(), err.printing(), plain.isColoured());
        if (plainOut == System.out) {
            System.setOut(terminal.out());
        }
        if (plainErr == System.err) {
            System.setErr(terminal.err());
        }
    }

    Terminal terminal() {
        return terminal;
    }

    BoundedOutput out() {
        return out;
    }

    BoundedOutput err() {
        return err;
    }

    /** Waits a moment for what is not written yet: a reader that stopped must not keep the process from ending. */
    void drain() {
        err.drain(DRAIN_MILLIS);
        out.drain(DRAIN_MILLIS);
    }

    @Override
    public void close() {
        drain();
        if (System.out == terminal.out()) {
            System.setOut(plainOut);
        }
        if (System.err == terminal.err()) {
            System.setErr(plainErr);
        }
    }
}
