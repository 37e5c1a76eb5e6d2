package app.molos.edge.db;

import io.vertx.core.Future;
import java.time.Clock;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether the database answers, and whether it takes anything: one row is written every so often. Reading alone would call a
 * database on a full disk healthy. Thread-safe.
 */
public final class Heartbeat {
    /** How writing goes. */
    public enum Writing {
        FINE,
        DISK_FULL,
        /** Read-only, or locked for longer than anybody waits. */
        REFUSED
    }

    private static final Logger LOG = LoggerFactory.getLogger(Heartbeat.class);

    private final Database database;
    private final long intervalNanos;
    private final Clock clock;
    private volatile Writing last = Writing.FINE;
    private volatile long nextNanos = System.nanoTime();

    /** @param interval between two writes; real ones that fail for want of space are seen at once */
    public Heartbeat(Database database, Duration interval, Clock clock) {
        this.database = database;
        this.intervalNanos = interval.toNanos();
        this.clock = clock;
    }

    /** Fails when the database does not answer. */
    public Future<Writing> check() {
        return database.ping().compose(v -> {
            long now = System.nanoTime();
            if (now - nextNanos < 0) {
                return Future.succeededFuture(known());
            }
            nextNanos = now + intervalNanos;
            return beat().map(written -> {
                if (written != last) {
                    LOG.warn("The database {}", switch (written) {
                        case FINE -> "takes writes again";
                        case DISK_FULL -> "takes no writes: its disk is full. Make room; nothing has to be restarted";
                        case REFUSED -> "takes no writes, though it answers: is it read-only, or locked?";
                    });
                }
                last = written;
                return known();
            });
        });
    }

    private Writing known() {
        return database.ranOutOfSpace() ? Writing.DISK_FULL : last;
    }

    private Future<Writing> beat() {
        return database.write(
                        "INSERT INTO heartbeat (id, beaten_at) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET beaten_at = excluded.beaten_at",
                        clock.millis())
                .map(Writing.FINE)
                .otherwise(failure -> DiskFull.is(failure) ? Writing.DISK_FULL : Writing.REFUSED);
    }
}
