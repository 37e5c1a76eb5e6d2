package app.molos.edge.users;

import app.molos.edge.db.Database;
import app.molos.edge.db.Row;
import app.molos.edge.db.Sql;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** SQL of users, their accounts, and the owner row. */
public final class UserStore {
    /** A user with the stored hash of the password, null when there is no credential account. */
    public record Credentials(UserRecord user, @Nullable String passwordHash) {}

    /** One page of users and how many there are in all. */
    public record Page(List<UserRecord> users, long total) {}

    private static final String WITH_PASSWORD = "SELECT " + UserRecord.COLUMNS + ", a.password FROM users u LEFT JOIN"
            + " accounts a ON a.user_id = u.id AND a.provider_id = 'credential' WHERE ";

    private static final int FOLD_BATCH = 200;
    private static final int MOST_ADMINISTRATORS = 50;

    private final Database database;

    public UserStore(Database database) {
        this.database = database;
    }

    public Future<Optional<Credentials>> findByEmail(String email) {
        return database.read(WITH_PASSWORD + "u.email = ?", email).map(UserStore::credentials);
    }

    public Future<Optional<Credentials>> findById(String id) {
        return database.read(WITH_PASSWORD + "u.id = ?", id).map(UserStore::credentials);
    }

    /** As it is inside the transaction. */
    public Future<Optional<UserRecord>> findById(Sql sql, String id) {
        return sql.query("SELECT " + UserRecord.COLUMNS + " FROM users u WHERE u.id = ?", id)
                .map(rows -> first(rows).map(UserRecord::of));
    }

    public Future<Page> list(UserQuery query) {
        if (query.isImpossible()) {
            return Future.succeededFuture(new Page(List.of(), 0));
        }
        return database.read("SELECT COUNT(*) AS total FROM users u" + query.where(), query.arguments())
                .compose(count -> database.read(
                                "SELECT " + UserRecord.COLUMNS + " FROM users u" + query.where() + query.page(),
                                query.arguments())
                        .map(rows -> new Page(
                                rows.stream().map(UserRecord::of).toList(),
                                count.get(0).number("total"))));
    }

    /** Those who administer and are not kept out, the first ones first; fifty at most. */
    public Future<List<UserRecord>> administrators(Instant now) {
        return database.read("SELECT " + UserRecord.COLUMNS
                        + " FROM users u WHERE u.role LIKE '%admin%' ORDER BY u.created_at, u.id LIMIT "
                        + MOST_ADMINISTRATORS)
                .map(rows -> rows.stream()
                        .map(UserRecord::of)
                        .filter(user -> user.isAdmin() && !user.isBannedAt(now))
                        .toList());
    }

    /** The one who came last, password and all; empty when there is nobody. */
    public Future<Optional<Credentials>> newest() {
        return database.read("SELECT id FROM users ORDER BY created_at DESC, id LIMIT 1")
                .compose(rows -> rows.isEmpty()
                        ? Future.succeededFuture(Optional.empty())
                        : findById(rows.get(0).text("id")));
    }

    public Future<Boolean> hasOwner() {
        return database.read("SELECT id FROM owner").map(rows -> !rows.isEmpty());
    }

    /** Whether anybody has an account. */
    public Future<Boolean> hasAny() {
        return database.read("SELECT id FROM users LIMIT 1").map(rows -> !rows.isEmpty());
    }

    /** Succeeds when the table can be read, whatever is in it. */
    public Future<Void> probe() {
        return database.read("SELECT id FROM users LIMIT 1").mapEmpty();
    }

    /** Fails with {@link app.molos.edge.db.UniqueViolation} when the address is taken. */
    public Future<Void> insert(Sql sql, UserRecord user) {
        return sql.update(
                        "INSERT INTO users (id, name, name_folded, email, email_verified, image, role, banned, created_at, updated_at)"
                                + " VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?, ?)",
                        user.id(),
                        user.name(),
                        FoldedName.of(user.name()),
                        user.email(),
                        user.isEmailVerified() ? 1 : 0,
                        user.image(),
                        user.role(),
                        user.createdAt().toEpochMilli(),
                        user.updatedAt().toEpochMilli())
                .mapEmpty();
    }

    /** The user after the change; empty when there is none. Fails as {@link #insert} does. */
    public Future<Optional<UserRecord>> change(Sql sql, String id, UserChange change, Instant now) {
        List<@Nullable Object> arguments = new ArrayList<>(change.values());
        arguments.add(now.toEpochMilli());
        arguments.add(id);
        return sql.update(
                        "UPDATE users SET " + change.assignments() + ", updated_at = ? WHERE id = ?",
                        arguments.toArray())
                .compose(count -> findById(sql, id));
    }

    /** As it is stored now, and stays until the transaction ends; empty when there is none. */
    public Future<Optional<UserRecord>> lock(Sql sql, String id) {
        return sql.update("UPDATE users SET updated_at = updated_at WHERE id = ?", id)
                .compose(count -> findById(sql, id));
    }

    /** Whether there was one. Accounts and sessions go with it. */
    public Future<Boolean> delete(Sql sql, String id) {
        return sql.update("DELETE FROM users WHERE id = ?", id).map(count -> count > 0);
    }

    public Future<Void> insertCredential(Sql sql, String accountId, UserRecord user, String passwordHash) {
        return setPassword(sql, accountId, user.id(), passwordHash, user.createdAt());
    }

    /** Gives a user a password, or another one; {@code accountId} is used when there was none. */
    public Future<Void> setPassword(Sql sql, String accountId, String userId, String passwordHash, Instant now) {
        return sql.update(
                        "INSERT INTO accounts (id, account_id, provider_id, user_id, password, created_at, updated_at)"
                                + " VALUES (?, ?, 'credential', ?, ?, ?, ?) ON CONFLICT (provider_id, account_id)"
                                + " DO UPDATE SET password = excluded.password, updated_at = excluded.updated_at",
                        accountId,
                        userId,
                        userId,
                        passwordHash,
                        now.toEpochMilli(),
                        now.toEpochMilli())
                .mapEmpty();
    }

    /** Whether this is still the user's password; it stays so until the transaction ends. */
    public Future<Boolean> confirmPassword(Sql sql, String userId, String hash) {
        return sql.update(
                        "UPDATE accounts SET updated_at = updated_at WHERE user_id = ? AND provider_id = 'credential'"
                                + " AND password = ?",
                        userId,
                        hash)
                .map(count -> count > 0);
    }

    /** Replaces a hash by a stronger one of the same password, unless the password was changed meanwhile. */
    public Future<Void> renewHash(String userId, String oldHash, String newHash) {
        return database.write(
                        "UPDATE accounts SET password = ? WHERE user_id = ? AND provider_id = 'credential' AND password = ?",
                        newHash,
                        userId,
                        oldHash)
                .mapEmpty();
    }

    public Future<List<AccountRecord>> accounts(String userId) {
        return database.read(
                        "SELECT " + AccountRecord.COLUMNS + " FROM accounts WHERE user_id = ? ORDER BY created_at, id",
                        userId)
                .map(rows -> rows.stream().map(AccountRecord::of).toList());
    }

    /** Whether this user became the owner: true for one caller ever, however many run at once. */
    public Future<Boolean> claimOwnership(Sql sql, String userId, Instant now) {
        return sql.query(
                        "INSERT INTO owner (id, user_id, created_at) VALUES (1, ?, ?) ON CONFLICT DO NOTHING RETURNING id",
                        userId,
                        now.toEpochMilli())
                .map(rows -> !rows.isEmpty());
    }

    /**
     * Whether somebody else than this user could administer: who has no password cannot come in to do it. Takes the
     * owner row's lock first, so that of two admins who take each other's role away at the same time the second sees
     * what the first did.
     */
    public Future<Boolean> hasOtherAdmin(Sql sql, String userId, Instant now) {
        return sql.update("UPDATE owner SET user_id = user_id WHERE id = 1")
                .compose(v -> sql.query(
                        "SELECT " + UserRecord.COLUMNS
                                + " FROM users u WHERE u.id <> ? AND u.role LIKE '%admin%' AND EXISTS"
                                + " (SELECT 1 FROM accounts a WHERE a.user_id = u.id AND a.provider_id = 'credential' AND a.password <> '')",
                        userId))
                .map(rows -> rows.stream().map(UserRecord::of).anyMatch(u -> u.isAdmin() && !u.isBannedAt(now)));
    }

    /**
     * Folds the names that somebody else stored, or an earlier version; a batch at a time, so that nobody waits behind
     * it.
     */
    public Future<Void> foldNames() {
        return database.read("SELECT id, name FROM users WHERE name_folded IS NULL LIMIT " + FOLD_BATCH)
                .compose(rows -> {
                    Future<Integer> folded = Future.succeededFuture(0);
                    for (Row row : rows) {
                        folded = folded.compose(v -> database.write(
                                "UPDATE users SET name_folded = ? WHERE id = ? AND name = ?",
                                FoldedName.of(row.text("name")),
                                row.text("id"),
                                row.text("name")));
                    }
                    return folded.compose(v -> rows.size() < FOLD_BATCH ? Future.succeededFuture() : foldNames());
                });
    }

    private static Optional<Credentials> credentials(List<Row> rows) {
        return first(rows).map(row -> new Credentials(UserRecord.of(row), row.optionalText("password")));
    }

    private static Optional<Row> first(List<Row> rows) {
        return rows.isEmpty() ? Optional.empty() : Optional.of(rows.get(0));
    }
}
