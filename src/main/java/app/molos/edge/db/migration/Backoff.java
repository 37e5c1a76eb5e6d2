package app.molos.edge.db.migration;

import app.molos.edge.config.ExitCode;
import app.molos.edge.config.Refusal;
import java.time.Duration;

/** Waiting between two tries on a worker thread. */
final class Backoff {
    private Backoff() {}

    static void sleep(Duration pause) {
        try {
            Thread.sleep(pause.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Refusal(ExitCode.DATABASE, "The start was interrupted while it waited for the database.");
        }
    }
}
