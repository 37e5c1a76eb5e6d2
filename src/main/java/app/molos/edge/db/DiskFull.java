package app.molos.edge.db;

import app.molos.edge.config.ExitCode;
import app.molos.edge.config.Refusal;
import java.sql.SQLException;

/** Tells a full disk from every other failure, in the words of both databases and of the system. */
public final class DiskFull {
    private static final int SQLITE_FULL = 13;
    /** The shared memory beside a write-ahead log could not be made as large as it must be. */
    private static final int SQLITE_IOERR_SHMSIZE = 4874;

    private DiskFull() {}

    public static boolean is(Throwable failure) {
        for (Throwable t = failure; t != null; t = t.getCause()) {
            if (t instanceof SQLException e
                    && ((e.getErrorCode() & 0xFF) == SQLITE_FULL
                            || e.getErrorCode() == SQLITE_IOERR_SHMSIZE
                            || "53100".equals(e.getSQLState()))) {
                return true;
            }
            String message = t.getMessage();
            // The driver for SQLite loses the extended code where a connection cannot be opened.
            if (message != null
                    && (message.contains("No space left on device")
                            || message.contains("[SQLITE_FULL]")
                            || message.contains("[SQLITE_IOERR_SHMSIZE]"))) {
                return true;
            }
        }
        return false;
    }

    public static Refusal refusal(String what) {
        return new Refusal(
                ExitCode.DATABASE,
                "The disk is full: " + what + "; nothing is half done." + System.lineSeparator()
                        + "    make room there and start again");
    }
}
