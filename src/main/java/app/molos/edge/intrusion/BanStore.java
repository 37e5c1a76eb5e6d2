package app.molos.edge.intrusion;

import app.molos.edge.db.Database;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;

/** SQL of bans. */
final class BanStore {
    private static final int MOST = 50_000;
    private static final String COLUMNS = "subject, reference, cause, offences, banned_at, banned_until, evidence";
    /** Kept for the ladder after a ban has ended. */
    private static final Duration KEPT = Duration.ofDays(30);

    private final Database database;

    BanStore(Database database) {
        this.database = database;
    }

    /** Writes all in one transaction. */
    Future<Void> save(Collection<Ban> bans, Instant now) {
        return database.inTransaction(sql -> {
            Future<?> written = Future.succeededFuture();
            for (Ban ban : bans) {
                written = written.compose(v -> sql.update(
                        "INSERT INTO bans (" + COLUMNS + ", updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
                                + " ON CONFLICT (subject) DO UPDATE SET reference = excluded.reference, cause = excluded.cause,"
                                + " offences = excluded.offences, banned_at = excluded.banned_at,"
                                + " banned_until = excluded.banned_until, evidence = excluded.evidence,"
                                + " updated_at = excluded.updated_at",
                        ban.subject(),
                        ban.reference(),
                        ban.cause(),
                        ban.offences(),
                        ban.since().toEpochMilli(),
                        ban.until().toEpochMilli(),
                        new JsonArray(ban.evidence()).encode(),
                        now.toEpochMilli()));
            }
            return written.mapEmpty();
        });
    }

    /** Returns what was written since then or is on now, the newest first. */
    Future<List<Ban>> known(Instant since, Instant now) {
        return database.read(
                        "SELECT " + COLUMNS + " FROM bans WHERE updated_at >= ? OR banned_until > ?"
                                + " ORDER BY updated_at DESC LIMIT " + MOST,
                        since.toEpochMilli(),
                        now.toEpochMilli())
                .map(rows -> rows.stream().map(Ban::of).toList());
    }

    /** Returns what was written since then, the newest first. */
    Future<List<Ban>> changedSince(Instant time) {
        return database.read(
                        "SELECT " + COLUMNS + " FROM bans WHERE updated_at >= ? ORDER BY updated_at DESC LIMIT " + MOST,
                        time.toEpochMilli())
                .map(rows -> rows.stream().map(Ban::of).toList());
    }

    /** Returns the addresses from which administrators signed in since then. */
    Future<List<String>> administrators(Instant since) {
        return database.read(
                        "SELECT DISTINCT s.ip_address FROM sessions s JOIN users u ON u.id = s.user_id"
                                + " WHERE (u.role = 'admin' OR u.role LIKE 'admin,%' OR u.role LIKE '%,admin'"
                                + " OR u.role LIKE '%,admin,%') AND s.created_at >= ? AND s.ip_address IS NOT NULL",
                        since.toEpochMilli())
                .map(rows -> rows.stream().map(row -> row.text("ip_address")).toList());
    }

    /** Removes what ended long ago. */
    Future<Void> sweep(Instant now) {
        return database.write(
                        "DELETE FROM bans WHERE banned_until <= ? AND updated_at <= ?",
                        now.toEpochMilli(),
                        now.minus(KEPT).toEpochMilli())
                .mapEmpty();
    }
}
