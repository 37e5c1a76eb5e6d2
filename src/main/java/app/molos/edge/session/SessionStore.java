package app.molos.edge.session;

import app.molos.edge.db.Database;
import app.molos.edge.db.Sql;
import app.molos.edge.users.UserRecord;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.Optional;

/** SQL of sessions. Tokens come in as their hash only. */
public final class SessionStore {
    /** A session with its user. */
    record Found(SessionRecord session, UserRecord user) {}

    private final Database database;

    public SessionStore(Database database) {
        this.database = database;
    }

    Future<Optional<Found>> find(String tokenHash) {
        return database.read(
                        "SELECT " + SessionRecord.COLUMNS + ", " + UserRecord.COLUMNS
                                + " FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.token_hash = ?",
                        tokenHash)
                .map(rows -> rows.isEmpty()
                        ? Optional.empty()
                        : Optional.of(new Found(SessionRecord.of(rows.get(0)), UserRecord.of(rows.get(0)))));
    }

    Future<Void> insert(Sql sql, SessionRecord session, String tokenHash) {
        return sql.update(
                        "INSERT INTO sessions (id, token_hash, user_id, remembered, expires_at, ends_at, ip_address,"
                                + " user_agent, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                        session.id(), tokenHash, session.userId(), session.isRemembered() ? 1 : 0,
                        session.expiresAt().toEpochMilli(), session.endsAt().toEpochMilli(), session.ipAddress(),
                        session.userAgent(), session.createdAt().toEpochMilli(), session.updatedAt().toEpochMilli())
                .mapEmpty();
    }

    /** Whether the row was still there. */
    Future<Boolean> extend(String id, Instant expiresAt, Instant now) {
        return database.write(
                        "UPDATE sessions SET expires_at = ?, updated_at = ? WHERE id = ?",
                        expiresAt.toEpochMilli(), now.toEpochMilli(), id)
                .map(count -> count > 0);
    }

    Future<Void> delete(String tokenHash) {
        return database.write("DELETE FROM sessions WHERE token_hash = ?", tokenHash).mapEmpty();
    }
}
