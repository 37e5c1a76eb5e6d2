package app.molos.edge.ratelimit;

import app.molos.edge.db.Database;
import app.molos.edge.db.Row;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps wrong passwords over a restart: what changed is written in batches, and read once at the start. A database that is
 * away costs nobody a sign-in: what is counted stays in memory, and is written when it is back. Thread-safe.
 */
public final class GuessJournal implements GuessDelay.Journal {
    private static final Logger LOG = LoggerFactory.getLogger(GuessJournal.class);
    /** Beyond that new ones are not written until a batch is through: memory still counts them. */
    private static final int MOST_CHANGED = 20_000;

    private static final int BATCH = 500;

    private final Vertx vertx;
    private final GuessStore store;
    private final Duration memory;
    private final Duration interval;
    private final Clock clock;
    private final ConcurrentHashMap<Long, Integer> changed = new ConcurrentHashMap<>();
    private final AtomicBoolean isWriting = new AtomicBoolean();
    private volatile Future<Void> writing = Future.succeededFuture();

    /** @param memory how long a wrong password is remembered */
    public GuessJournal(Vertx vertx, Database database, Duration memory, Duration interval, Clock clock) {
        this.vertx = vertx;
        this.store = new GuessStore(database);
        this.memory = memory;
        this.interval = interval;
        this.clock = clock;
    }

    @Override
    public void changed(long key, int count) {
        if (changed.size() < MOST_CHANGED || changed.containsKey(key)) {
            changed.put(key, count);
        }
    }

    /** Reads what was counted before, and writes what is counted from now on, until Vert.x is closed. */
    public Future<Void> start(GuessDelay guesses) {
        return store.load(clock.instant()).map(rows -> {
            restore(rows, guesses);
            vertx.setPeriodic(interval.toMillis(), t -> flush());
            return null;
        });
    }

    private void restore(List<Row> rows, GuessDelay guesses) {
        long now = clock.millis();
        // A clock that went back must not lengthen anything: GuessDelay takes no more than its memory.
        rows.forEach(row -> guesses.restore(
                row.number("subject"),
                (int) row.number("failures"),
                Duration.ofMillis(row.number("forgotten_at") - now)));
    }

    /** Writes all that changed, before the database closes. Never fails. */
    public Future<Void> close() {
        return writing.otherwiseEmpty().compose(v -> {
            int before = changed.size();
            return flush().compose(
                            w -> changed.isEmpty() || changed.size() >= before ? Future.succeededFuture() : close());
        });
    }

    private Future<Void> flush() {
        if (changed.isEmpty() || !isWriting.compareAndSet(false, true)) {
            return Future.succeededFuture();
        }
        Instant until = clock.instant().plus(memory);
        Map<Long, Integer> taken = new HashMap<>();
        for (Map.Entry<Long, Integer> entry : changed.entrySet()) {
            if (taken.size() == BATCH) {
                break;
            }
            taken.put(entry.getKey(), entry.getValue());
        }
        Map<Long, GuessStore.Guesses> batch = new HashMap<>();
        taken.forEach((key, count) -> batch.put(key, new GuessStore.Guesses(count, until)));
        writing = store.save(batch)
                // What changed again meanwhile has another count, and stays for the next batch.
                .onSuccess(v -> taken.forEach(changed::remove))
                .onFailure(e -> LOG.debug("Wrong passwords are not written yet", e))
                .onComplete(v -> isWriting.set(false))
                .otherwiseEmpty();
        return writing;
    }

    /** Removes what is forgotten by now. */
    public Future<Void> sweep() {
        return store.sweep(clock.instant());
    }
}
