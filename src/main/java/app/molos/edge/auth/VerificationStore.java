package app.molos.edge.auth;

import app.molos.edge.db.Database;
import app.molos.edge.db.Sql;
import app.molos.edge.session.SessionService;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;

/** SQL of what was mailed or handed out and is good once. Tokens are stored as their hash. */
public final class VerificationStore {
    /** The purpose of a token. */
    enum Kind {
        RESET_PASSWORD,
        EMAIL,
        /** Takes a change of address back; its value is the user's id and the address before. */
        UNDO_EMAIL,
        /** An address that can still be taken back; its "token" is the address, its value the user's id. */
        HELD_EMAIL,
        INVITE
    }

    private static final String SETUP = "setup";
    private static final int SWEEP_BATCH = 500;
    private static final String PUT =
            "INSERT INTO verifications (identifier, value, expires_at, created_at) VALUES (?, ?, ?, ?)"
                    + " ON CONFLICT (identifier) DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at";
    private static final String UNDO_OF_USER = "identifier LIKE ? AND substr(value, 1, length(?)) = ?";

    private final Database database;

    public VerificationStore(Database database) {
        this.database = database;
    }

    Future<Void> put(Kind kind, String token, String value, Instant expires, Instant now) {
        return database.write(PUT, identifier(kind, token), value, expires.toEpochMilli(), now.toEpochMilli())
                .mapEmpty();
    }

    /** The same inside a transaction. */
    Future<Void> put(Sql sql, Kind kind, String token, String value, Instant expires, Instant now) {
        return sql.update(PUT, identifier(kind, token), value, expires.toEpochMilli(), now.toEpochMilli())
                .mapEmpty();
    }

    /**
     * Makes this the one setup token, unless there is one whose end is later than {@code replacing}. Whether it did: of
     * nodes that start together one does.
     */
    Future<Boolean> putSetup(String token, Instant expires, Instant now, Instant replacing) {
        return database.write(
                        PUT + " WHERE verifications.expires_at <= ?",
                        SETUP,
                        SessionService.hash(token),
                        expires.toEpochMilli(),
                        now.toEpochMilli(),
                        replacing.toEpochMilli())
                .map(count -> count > 0);
    }

    /** Whether it is the setup token, and good now. */
    Future<Boolean> isSetup(String token, Instant now) {
        // By its hash, so that the time of the comparison tells nothing of the token.
        return database.read(
                        "SELECT value FROM verifications WHERE identifier = ? AND value = ? AND expires_at > ?",
                        SETUP,
                        SessionService.hash(token),
                        now.toEpochMilli())
                .map(rows -> !rows.isEmpty());
    }

    /** There is an owner: nobody needs it any more. */
    Future<Void> dropSetup(Sql sql) {
        return sql.update("DELETE FROM verifications WHERE identifier = ?", SETUP)
                .mapEmpty();
    }

    /**
     * Lets the mailbox of an address that was replaced take it back, and keeps the address from others for as long.
     * Later ones of a user are later by their time too, whatever the clock says.
     */
    Future<Void> putUndo(Sql sql, String token, String userId, String email, Instant expires, Instant now) {
        return sql.query(
                        "SELECT MAX(created_at) AS latest FROM verifications WHERE " + UNDO_OF_USER,
                                prefix(Kind.UNDO_EMAIL) + "%",
                        userId + " ", userId + " ")
                .compose(rows -> {
                    Long latest = rows.get(0).optionalNumber("latest");
                    Instant made =
                            latest == null || latest < now.toEpochMilli() ? now : Instant.ofEpochMilli(latest + 1);
                    return put(sql, Kind.UNDO_EMAIL, token, userId + " " + email, expires, made);
                })
                .compose(v -> put(sql, Kind.HELD_EMAIL, email, userId, expires, now));
    }

    /**
     * Ends the links that later changes of address left in the mailboxes between, which belong to the one who made
     * them.
     */
    Future<Void> dropUndoAfter(Sql sql, String token, String userId) {
        String identifier = identifier(Kind.UNDO_EMAIL, token);
        return sql.update(
                        "DELETE FROM verifications WHERE " + UNDO_OF_USER + " AND identifier <> ?"
                                + " AND created_at >= (SELECT created_at FROM verifications WHERE identifier = ?)",
                        prefix(Kind.UNDO_EMAIL) + "%",
                        userId + " ",
                        userId + " ",
                        identifier,
                        identifier)
                .mapEmpty();
    }

    /** Whether somebody else may still take this address back. */
    Future<Boolean> isHeld(Sql sql, String email, String userId, Instant now) {
        return sql.query(
                        "SELECT value FROM verifications WHERE identifier = ? AND expires_at > ? AND value <> ?",
                        identifier(Kind.HELD_EMAIL, email),
                        now.toEpochMilli(),
                        userId)
                .map(rows -> !rows.isEmpty());
    }

    /** Its value when it is good now; it is used up with the transaction. */
    Future<Optional<String>> take(Sql sql, Kind kind, String token, Instant now) {
        return sql.query(
                        "DELETE FROM verifications WHERE identifier = ? AND expires_at > ? RETURNING value",
                        identifier(kind, token),
                        now.toEpochMilli())
                .map(rows -> rows.isEmpty()
                        ? Optional.empty()
                        : Optional.of(rows.get(0).text("value")));
    }

    /** Whether it would be taken now. */
    Future<Boolean> isGood(Kind kind, String token, Instant now) {
        return peek(kind, token, now).map(Optional::isPresent);
    }

    /** All of a kind that lead to this value: of several links to one account, using one uses up the others. */
    private Future<Void> drop(Sql sql, Kind kind, String value) {
        return sql.update("DELETE FROM verifications WHERE value = ? AND identifier LIKE ?", value, prefix(kind) + "%")
                .mapEmpty();
    }

    /** Ends the mailed links that would still change a user's account: a new password ends those too. */
    Future<Void> dropAll(Sql sql, String userId) {
        return drop(sql, Kind.RESET_PASSWORD, userId)
                .compose(v -> sql.update(
                        "DELETE FROM verifications WHERE identifier LIKE ? AND value IN (SELECT email FROM users WHERE id = ?)",
                        prefix(Kind.EMAIL) + "%",
                        userId))
                .mapEmpty();
    }

    /** The value of a token that would be taken now; it stays good. */
    Future<Optional<String>> peek(Kind kind, String token, Instant now) {
        return database.read(
                        "SELECT value FROM verifications WHERE identifier = ? AND expires_at > ?",
                        identifier(kind, token),
                        now.toEpochMilli())
                .map(rows -> rows.isEmpty()
                        ? Optional.empty()
                        : Optional.of(rows.get(0).text("value")));
    }

    public Future<Void> sweep(Instant now) {
        return database.write(
                        "DELETE FROM verifications WHERE identifier IN (SELECT identifier FROM verifications"
                                + " WHERE expires_at <= ? LIMIT " + SWEEP_BATCH + ")",
                        now.toEpochMilli())
                .compose(count -> count < SWEEP_BATCH ? Future.succeededFuture() : sweep(now));
    }

    private static String identifier(Kind kind, String token) {
        return prefix(kind) + SessionService.hash(token);
    }

    private static String prefix(Kind kind) {
        return kind.name().toLowerCase(Locale.ROOT) + ":";
    }
}
