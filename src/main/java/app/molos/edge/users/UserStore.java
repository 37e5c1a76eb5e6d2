package app.molos.edge.users;

import app.molos.edge.db.Database;
import app.molos.edge.db.Row;
import app.molos.edge.db.Sql;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** SQL of users, their credential accounts, and the owner row. */
public final class UserStore {
    /** A user with the stored hash of the password, null when there is no credential account. */
    public record Credentials(UserRecord user, @Nullable String passwordHash) {}

    private final Database database;

    public UserStore(Database database) {
        this.database = database;
    }

    public Future<Optional<Credentials>> findByEmail(String email) {
        return database.read(
                        "SELECT " + UserRecord.COLUMNS + ", a.password FROM users u LEFT JOIN accounts a"
                                + " ON a.user_id = u.id AND a.provider_id = 'credential' WHERE u.email = ?",
                        email)
                .map(rows -> first(rows).map(r -> new Credentials(UserRecord.of(r), r.optionalText("password"))));
    }

    public Future<Boolean> hasOwner() {
        return database.read("SELECT id FROM owner").map(rows -> !rows.isEmpty());
    }

    /** Succeeds when the table can be read, whatever is in it. */
    public Future<Void> probe() {
        return database.read("SELECT id FROM users LIMIT 1").mapEmpty();
    }

    /** Fails with {@link app.molos.edge.db.UniqueViolation} when the address is taken. */
    public Future<Void> insert(Sql sql, UserRecord user) {
        return sql.update(
                        "INSERT INTO users (id, name, email, email_verified, image, role, banned, created_at, updated_at)"
                                + " VALUES (?, ?, ?, ?, ?, ?, 0, ?, ?)",
                        user.id(), user.name(), user.email(), user.isEmailVerified() ? 1 : 0, user.image(), user.role(),
                        user.createdAt().toEpochMilli(), user.updatedAt().toEpochMilli())
                .mapEmpty();
    }

    public Future<Void> insertCredential(Sql sql, String accountId, UserRecord user, String passwordHash) {
        return sql.update(
                        "INSERT INTO accounts (id, account_id, provider_id, user_id, password, created_at, updated_at)"
                                + " VALUES (?, ?, 'credential', ?, ?, ?, ?)",
                        accountId, user.id(), user.id(), passwordHash,
                        user.createdAt().toEpochMilli(), user.createdAt().toEpochMilli())
                .mapEmpty();
    }

    /** Whether this user became the owner: true for one caller ever, whoever runs beside it. */
    public Future<Boolean> claimOwnership(Sql sql, String userId, Instant now) {
        return sql.query(
                        "INSERT INTO owner (id, user_id, created_at) VALUES (1, ?, ?) ON CONFLICT DO NOTHING RETURNING id",
                        userId, now.toEpochMilli())
                .map(rows -> !rows.isEmpty());
    }

    public Future<Void> setRole(Sql sql, String userId, String role) {
        return sql.update("UPDATE users SET role = ? WHERE id = ?", role, userId).mapEmpty();
    }

    /** Clears a ban whose time is over. */
    public Future<Void> liftBan(String userId, Instant now) {
        return database.write(
                        "UPDATE users SET banned = 0, ban_reason = NULL, ban_expires = NULL, updated_at = ? WHERE id = ?",
                        now.toEpochMilli(), userId)
                .mapEmpty();
    }

    private static Optional<Row> first(List<Row> rows) {
        return rows.isEmpty() ? Optional.empty() : Optional.of(rows.get(0));
    }
}
