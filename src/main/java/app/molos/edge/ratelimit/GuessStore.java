package app.molos.edge.ratelimit;

import app.molos.edge.db.Database;
import app.molos.edge.db.Row;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** SQL of wrong passwords that outlive a restart. Whose they are stands there as a keyed hash. */
final class GuessStore {
    /** @param count 0: it is forgiven */
    record Guesses(int count, Instant until) {}

    private static final int MOST = 100_000;

    private final Database database;

    GuessStore(Database database) {
        this.database = database;
    }

    /** Writes all in one transaction. */
    Future<Void> save(Map<Long, Guesses> changed) {
        return database.inTransaction(sql -> {
            Future<?> written = Future.succeededFuture();
            for (Map.Entry<Long, Guesses> entry : changed.entrySet()) {
                Guesses guesses = entry.getValue();
                written = written.compose(v -> guesses.count() == 0
                        ? sql.update("DELETE FROM guesses WHERE subject = ?", entry.getKey())
                        : sql.update(
                                "INSERT INTO guesses (subject, failures, forgotten_at) VALUES (?, ?, ?)"
                                        + " ON CONFLICT (subject) DO UPDATE SET failures = excluded.failures,"
                                        + " forgotten_at = excluded.forgotten_at",
                                entry.getKey(),
                                guesses.count(),
                                guesses.until().toEpochMilli()));
            }
            return written.mapEmpty();
        });
    }

    /** Returns rows of what is not forgotten by then: {@code subject}, {@code failures}, {@code forgotten_at} in milliseconds. */
    Future<List<Row>> load(Instant now) {
        return database.read(
                "SELECT subject, failures, forgotten_at FROM guesses WHERE forgotten_at > ?"
                        + " ORDER BY forgotten_at DESC LIMIT " + MOST,
                now.toEpochMilli());
    }

    /** Removes what is forgotten by then. */
    Future<Void> sweep(Instant now) {
        return database.write("DELETE FROM guesses WHERE forgotten_at <= ?", now.toEpochMilli())
                .mapEmpty();
    }
}
