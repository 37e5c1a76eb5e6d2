package app.molos.edge.session;

import app.molos.edge.db.Database;
import app.molos.edge.db.Sql;
import app.molos.edge.users.UserRecord;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** SQL of sessions. Tokens come in as their hash only. */
public final class SessionStore {
    /** A session with its user. */
    record Found(SessionRecord session, UserRecord user) {}

    private static final int LIST_LIMIT = 100;
    static final int MAX_ASKED = 500;

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

    /** Reads the one that was opened last, with its user, as a request would; fails when that cannot be done. */
    public Future<Void> readNewest() {
        return database.read("SELECT token_hash FROM sessions ORDER BY created_at DESC, id LIMIT 1")
                .compose(rows -> rows.isEmpty()
                        ? Future.succeededFuture()
                        : find(rows.get(0).text("token_hash")).compose(SessionStore::demand));
    }

    private static Future<Void> demand(Optional<Found> found) {
        return found.isPresent()
                ? Future.succeededFuture()
                : Future.failedFuture(new IllegalStateException("a session of nobody"));
    }

    /** As it is inside the transaction. */
    Future<Optional<Found>> findById(Sql sql, String id) {
        return sql.query(
                        "SELECT " + SessionRecord.COLUMNS + ", " + UserRecord.COLUMNS
                                + " FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.id = ?",
                        id)
                .map(rows -> rows.isEmpty()
                        ? Optional.empty()
                        : Optional.of(new Found(SessionRecord.of(rows.get(0)), UserRecord.of(rows.get(0)))));
    }

    /** Has every other change of who may administer wait until this transaction ends; whether there is an owner. */
    Future<Boolean> lockOwner(Sql sql) {
        return sql.update("UPDATE owner SET user_id = user_id WHERE id = 1").map(count -> count > 0);
    }

    /** Has every other change of this user wait until this transaction ends. */
    Future<Void> lockUser(Sql sql, String userId) {
        return sql.update("UPDATE users SET updated_at = updated_at WHERE id = ?", userId)
                .mapEmpty();
    }

    /** Those of the sessions, by their ids, that are stored; no more than {@link #MAX_ASKED} at once. */
    Future<List<Found>> findAll(List<String> ids) {
        return database.read(
                        "SELECT " + SessionRecord.COLUMNS + ", " + UserRecord.COLUMNS
                                + " FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.id IN ("
                                + String.join(", ", Collections.nCopies(ids.size(), "?")) + ")",
                        ids.toArray())
                .map(rows -> rows.stream()
                        .map(row -> new Found(SessionRecord.of(row), UserRecord.of(row)))
                        .toList());
    }

    /**
     * A user's sessions that live, the newest first, at most 100; those in which an admin is that user are not among
     * them.
     */
    Future<List<SessionRecord>> list(String userId, Instant now) {
        return database.read(
                        "SELECT " + SessionRecord.COLUMNS
                                + " FROM sessions s WHERE s.user_id = ? AND s.impersonated_by IS NULL"
                                + " AND s.expires_at > ? AND s.ends_at > ? ORDER BY s.created_at DESC, s.id LIMIT "
                                + LIST_LIMIT,
                        userId,
                        now.toEpochMilli(),
                        now.toEpochMilli())
                .map(rows -> rows.stream().map(SessionRecord::of).toList());
    }

    Future<Void> insert(Sql sql, SessionRecord session, String tokenHash) {
        return sql.update(
                        "INSERT INTO sessions (id, token_hash, user_id, remembered, expires_at, ends_at, ip_address,"
                                + " user_agent, impersonated_by, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                        session.id(),
                        tokenHash,
                        session.userId(),
                        session.isRemembered() ? 1 : 0,
                        session.expiresAt().toEpochMilli(),
                        session.endsAt().toEpochMilli(),
                        session.ipAddress(),
                        session.userAgent(),
                        session.impersonatedBy(),
                        session.createdAt().toEpochMilli(),
                        session.updatedAt().toEpochMilli())
                .mapEmpty();
    }

    /** Whether the row was still there. */
    Future<Boolean> extend(String id, Instant expiresAt, Instant now) {
        return database.write(
                        "UPDATE sessions SET expires_at = ?, updated_at = ? WHERE id = ?",
                        expiresAt.toEpochMilli(),
                        now.toEpochMilli(),
                        id)
                .map(count -> count > 0);
    }

    Future<Void> delete(String tokenHash) {
        return database.write("DELETE FROM sessions WHERE token_hash = ?", tokenHash)
                .mapEmpty();
    }

    /**
     * One session by its id or its token's hash; only of that user, unless {@code userId} is null. The owner's id, if
     * any.
     */
    Future<Optional<String>> deleteOne(Sql sql, @Nullable String userId, String id, String tokenHash) {
        String ofUser = userId == null ? "" : " AND user_id = ?";
        @Nullable
        Object[] arguments = userId == null
                ? new @Nullable Object[] {id, tokenHash}
                : new @Nullable Object[] {id, tokenHash, userId};
        return sql.query(
                        "DELETE FROM sessions WHERE (id = ? OR token_hash = ?)" + ofUser + " RETURNING user_id",
                        arguments)
                .map(rows -> rows.isEmpty()
                        ? Optional.empty()
                        : Optional.of(rows.get(0).text("user_id")));
    }

    /** All sessions of a user, and those in which they are somebody else, but one, if that is named; the number. */
    Future<Integer> deleteOf(Sql sql, String userId, @Nullable String exceptId) {
        return exceptId == null
                ? sql.update("DELETE FROM sessions WHERE user_id = ? OR impersonated_by = ?", userId, userId)
                : sql.update(
                        "DELETE FROM sessions WHERE (user_id = ? OR impersonated_by = ?) AND id <> ?",
                        userId,
                        userId,
                        exceptId);
    }

    Future<Void> deleteImpersonations(Sql sql, String adminId) {
        return sql.update("DELETE FROM sessions WHERE impersonated_by = ?", adminId)
                .mapEmpty();
    }

    /** Leaves a user the newest {@code keep} sessions, so that one more fits; the number of those that ended. */
    Future<Integer> deleteOldest(Sql sql, String userId, int keep) {
        // The user's row is locked first: two who sign in at the same time must not both find room.
        return lockUser(sql, userId)
                .compose(v -> sql.update(
                        "DELETE FROM sessions WHERE user_id = ? AND impersonated_by IS NULL AND id NOT IN (SELECT id FROM sessions"
                                + " WHERE user_id = ? AND impersonated_by IS NULL ORDER BY created_at DESC, id LIMIT "
                                + keep + ")",
                        userId,
                        userId));
    }

    /** Removes what ended before that time, so many at most; the number. */
    Future<Integer> sweep(Instant now, int limit) {
        return database.write(
                "DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE expires_at <= ? LIMIT " + limit + ")",
                now.toEpochMilli());
    }
}
