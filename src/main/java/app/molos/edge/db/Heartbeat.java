package app.molos.edge.db;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether the database answers, and whether it takes anything: one row is written every so often. Reading alone would
 * call a database on a full disk healthy. Thread-safe.
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

    /** A write that has not come back for so long waits for somebody who does not let go. */
    private static final long STUCK_NANOS = Duration.ofSeconds(2).toNanos();

    private final Database database;
    private final long intervalNanos;
    private final Duration patience;
    private final Clock clock;
    private final AtomicReference<@Nullable Future<Writing>> beating = new AtomicReference<>();
    private volatile Writing last = Writing.FINE;
    private volatile long nextNanos = System.nanoTime();
    private volatile long begunNanos;

    /**
     * @param interval between two writes; real ones that fail for want of space are seen at once
     * @param patience how long a check waits for its write; one that takes longer tells the next check
     */
    public Heartbeat(Database database, Duration interval, Duration patience, Clock clock) {
        this.database = database;
        this.intervalNanos = interval.toNanos();
        this.patience = patience;
        this.clock = clock;
    }

    /** Fails when the database does not answer. */
    public Future<Writing> check() {
        return database.ping().compose(v -> {
            Future<Writing> beat = current();
            return beat == null
                    ? Future.succeededFuture(known())
                    : beat.timeout(patience.toMillis(), TimeUnit.MILLISECONDS)
                            .transform(done -> Future.succeededFuture(known()));
        });
    }

    /** The write that is under way, begun now if one is due; null when there is none. */
    private @Nullable Future<Writing> current() {
        Future<Writing> running = beating.get();
        long now = System.nanoTime();
        if (running != null || now - nextNanos < 0) {
            return running;
        }
        Promise<Writing> beat = Promise.promise();
        if (!beating.compareAndSet(null, beat.future())) {
            return beating.get();
        }
        nextNanos = now + intervalNanos;
        begunNanos = now;
        beat().onComplete(done -> {
            beating.set(null);
            told(done.result());
            beat.complete(done.result());
        });
        return beat.future();
    }

    private void told(Writing written) {
        if (written != last) {
            LOG.warn(
                    "The database {}",
                    switch (written) {
                        case FINE -> "takes writes again";
                        case DISK_FULL -> "takes no writes: its disk is full. Make room; nothing has to be restarted";
                        case REFUSED -> "takes no writes, though it answers: is it read-only, or locked?";
                    });
        }
        last = written;
    }

    private Writing known() {
        boolean isStuck = beating.get() != null && System.nanoTime() - begunNanos > STUCK_NANOS;
        return database.ranOutOfSpace() ? Writing.DISK_FULL : isStuck ? Writing.REFUSED : last;
    }

    private Future<Writing> beat() {
        return database.write(
                        "INSERT INTO heartbeat (id, beaten_at) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET beaten_at = excluded.beaten_at",
                        clock.millis())
                .map(Writing.FINE)
                .otherwise(failure -> DiskFull.is(failure) ? Writing.DISK_FULL : Writing.REFUSED);
    }
}
