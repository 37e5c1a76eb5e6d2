package app.molos.edge.imports;

import app.molos.edge.imports.ImportReport.Kind;
import app.molos.edge.session.SessionConfig;
import app.molos.edge.session.SessionService;
import app.molos.edge.users.EmailAddress;
import app.molos.edge.users.UserRecord;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Takes people, their passwords and their live sessions along, in one transaction. A row that is here already is left
 * as it is, so that a second run changes nothing. Blocking.
 */
public final class MolosImport {
    private static final int MAX_TEXT = 2048;
    private static final String USER_LEFT = "its user was not taken";

    private final Connection target;
    private final SessionConfig sessions;
    private final Predicate<String> isHash;
    private final Instant now;
    private final ImportReport report = new ImportReport();
    /** Who of the source is here after the import, by their id there; the same id here. */
    private final Map<String, Boolean> isHere = new HashMap<>();
    /** Who came with this run: only their sessions are taken, because what is missing of others was ended here. */
    private final Set<String> isNew = new HashSet<>();

    private @Nullable String firstAdmin;
    private Instant firstAdminSince = Instant.MAX;

    /** @param isHash whether a stored password is one that can be verified here */
    public MolosImport(Connection target, SessionConfig sessions, Predicate<String> isHash, Instant now) {
        this.target = target;
        this.sessions = sessions;
        this.isHash = isHash;
        this.now = now;
    }

    /** Imports, and commits unless this is a dry run: then everything is tried and taken back. */
    public ImportReport run(MolosDatabase source, boolean isDryRun) throws SQLException {
        target.setAutoCommit(false);
        try {
            source.users(row -> whole(Kind.USERS, row, this::user));
            source.accounts(row -> whole(Kind.PASSWORDS, row, this::account));
            source.sessions(row -> whole(Kind.SESSIONS, row, this::session));
            claimOwnership();
            if (isDryRun) {
                target.rollback();
            } else {
                target.commit();
            }
            return report;
        } catch (SQLException | RuntimeException e) {
            target.rollback();
            throw e;
        }
    }

    /** A time that no clock shows is a reason to leave its row, not the whole import. */
    private void whole(Kind kind, MolosDatabase.Source row, MolosDatabase.RowReader reader) throws SQLException {
        try {
            reader.read(row);
        } catch (DateTimeException e) {
            report.skip(kind, row.text("id"), "one of its times is one that no clock shows");
            if (kind == Kind.USERS) {
                isHere.put(row.text("id"), false);
            }
        }
    }

    private void user(MolosDatabase.Source row) throws SQLException {
        String id = row.text("id");
        String email = EmailAddress.normalized(row.text("email").strip());
        Instant created = row.time("createdAt").orElse(now);
        String role = row.text("role").isEmpty() ? UserRecord.USER : row.text("role");
        if (exists("SELECT 1 FROM users WHERE id = ?", id)) {
            report.found(Kind.USERS);
            isHere.put(id, true);
            noteAdmin(id, storedRole(id), created);
            return;
        }
        String fault = faultOf(row, id, email);
        if (fault.isEmpty() && exists("SELECT 1 FROM users WHERE email = ?", email)) {
            fault = "the address " + email + " belongs to another account here";
        }
        if (!fault.isEmpty()) {
            report.skip(Kind.USERS, id, fault);
            isHere.put(id, false);
            return;
        }
        insert(row, id, email, role, created);
        report.took(Kind.USERS);
        isHere.put(id, true);
        if (!row.flag("banned")) {
            isNew.add(id);
        }
        noteAdmin(id, role, created);
    }

    private void insert(MolosDatabase.Source row, String id, String email, String role, Instant created)
            throws SQLException {
        String image = row.optionalText("image");
        if (image != null && !image.isEmpty() && !isImage(image)) {
            report.skip(
                    Kind.IMAGES,
                    id,
                    "it is no address of a picture on the web, or too long; the user was taken without it");
            image = null;
        }
        Optional<Instant> updated = row.time("updatedAt");
        Optional<Instant> banExpires = row.time("banExpires");
        update(
                "INSERT INTO users (id, name, email, email_verified, image, role, banned, ban_reason, ban_expires, created_at,"
                        + " updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                id,
                row.text("name"),
                email,
                row.flag("emailVerified") ? 1 : 0,
                image,
                role,
                row.flag("banned") ? 1 : 0,
                row.optionalText("banReason"),
                banExpires.map(Instant::toEpochMilli).orElse(null),
                created.toEpochMilli(),
                updated.orElse(created).toEpochMilli());
    }

    private static String faultOf(MolosDatabase.Source row, String id, String email) throws SQLException {
        if (id.isEmpty()) {
            return "it has no id";
        }
        if (!EmailAddress.is(email)) {
            return "\"" + email + "\" is not an e-mail address";
        }
        if (row.text("name").length() > UserRecord.MAX_NAME) {
            return "its name is longer than " + UserRecord.MAX_NAME + " characters";
        }
        if (!row.text("role").isEmpty() && !UserRecord.isRole(row.text("role"))) {
            return "its role \"" + row.text("role") + "\" is none: letters, digits, - and _, commas between several";
        }
        for (String name : List.of("id", "name", "image", "role", "banReason")) {
            // PostgreSQL takes no NUL, and a whole import must not fail for one row.
            if (row.text(name).indexOf('\0') >= 0) {
                return name + " has characters that cannot be stored";
            }
        }
        return "";
    }

    private void account(MolosDatabase.Source row) throws SQLException {
        String id = row.text("id");
        String userId = row.text("userId");
        String provider = row.text("providerId");
        String password = row.text("password");
        if (!isHere.getOrDefault(userId, false)) {
            report.skip(Kind.PASSWORDS, id, isHere.containsKey(userId) ? USER_LEFT : "it belongs to nobody");
        } else if (!provider.equals("credential")) {
            report.skip(
                    Kind.PASSWORDS,
                    id,
                    "people cannot sign in by " + provider + " here; a new password can be set for them");
        } else if (!isHash.test(password)) {
            report.skip(
                    Kind.PASSWORDS,
                    id,
                    "its hash is of no form that is known here, or asks for more work than is done here; a new password can be set");
        } else if (exists("SELECT 1 FROM accounts WHERE user_id = ? AND provider_id = 'credential'", userId)
                || exists("SELECT 1 FROM accounts WHERE id = ?", id)) {
            report.found(Kind.PASSWORDS);
        } else {
            Instant created = row.time("createdAt").orElse(now);
            update(
                    "INSERT INTO accounts (id, account_id, provider_id, user_id, password, created_at, updated_at)"
                            + " VALUES (?, ?, 'credential', ?, ?, ?, ?)",
                    id,
                    userId,
                    userId,
                    password,
                    created.toEpochMilli(),
                    row.time("updatedAt").orElse(created).toEpochMilli());
            report.took(Kind.PASSWORDS);
        }
    }

    private void session(MolosDatabase.Source row) throws SQLException {
        String id = row.text("id");
        String userId = row.text("userId");
        Instant expires = row.time("expiresAt").orElse(Instant.EPOCH);
        if (!expires.isAfter(now)) {
            report.skip(Kind.SESSIONS, id, "it has ended");
        } else if (!isHere.getOrDefault(userId, false)) {
            report.skip(Kind.SESSIONS, id, isHere.containsKey(userId) ? USER_LEFT : "it belongs to nobody");
        } else if (!row.text("impersonatedBy").isEmpty()) {
            report.skip(Kind.SESSIONS, id, "an administrator is somebody else in it; that ends with the move");
        } else {
            store(row, id, userId, expires);
        }
    }

    /** The absolute end is counted from the move: a session that was used for months shall not end by moving. */
    private void store(MolosDatabase.Source row, String id, String userId, Instant expires) throws SQLException {
        String hash = SessionService.hash(row.text("token"));
        if (exists("SELECT 1 FROM sessions WHERE token_hash = ?", hash)
                || exists("SELECT 1 FROM sessions WHERE id = ?", id)) {
            report.found(Kind.SESSIONS);
            return;
        }
        if (!isNew.contains(userId)) {
            report.skip(
                    Kind.SESSIONS,
                    id,
                    "its user is banned, or was here already: what is missing of their sessions has ended here");
            return;
        }
        Instant created = row.time("createdAt").orElse(now);
        Instant updated = row.time("updatedAt").orElse(created);
        Instant ends = now.plus(sessions.lifetimes().absolute());
        Instant idleEnd = now.plus(sessions.lifetimes().idle());
        Instant sliding = expires.isBefore(idleEnd) ? expires : idleEnd;
        // better-auth stores no "remember me"; a session that was given a day was not remembered.
        boolean isRemembered = Duration.between(updated, expires).compareTo(Duration.ofHours(25)) > 0;
        update(
                "INSERT INTO sessions (id, token_hash, user_id, remembered, expires_at, ends_at, ip_address, user_agent,"
                        + " created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                id,
                hash,
                userId,
                isRemembered ? 1 : 0,
                (sliding.isBefore(ends) ? sliding : ends).toEpochMilli(),
                ends.toEpochMilli(),
                storable(row.text("ipAddress")),
                storable(row.text("userAgent")),
                created.toEpochMilli(),
                updated.toEpochMilli());
        report.took(Kind.SESSIONS);
    }

    private static boolean isImage(String text) {
        return text.length() <= MAX_TEXT
                && (text.startsWith("https://") || text.startsWith("http://") || text.startsWith("/"))
                && text.chars().allMatch(c -> c > ' ' && c != 127);
    }

    private void noteAdmin(String id, String role, Instant created) {
        if (List.of(role.split(",")).contains(UserRecord.ADMIN) && created.isBefore(firstAdminSince)) {
            firstAdmin = id;
            firstAdminSince = created;
        }
    }

    /** Makes the first administrator of the old installation the owner of this one, unless it has one. */
    private void claimOwnership() throws SQLException {
        if (firstAdmin != null
                && update(
                                "INSERT INTO owner (id, user_id, created_at) VALUES (1, ?, ?) ON CONFLICT DO NOTHING",
                                firstAdmin,
                                now.toEpochMilli())
                        > 0) {
            try (PreparedStatement statement = prepared("SELECT email FROM users WHERE id = ?", firstAdmin);
                    ResultSet rows = statement.executeQuery()) {
                report.owns(rows.next() ? rows.getString(1) : "");
            }
        }
    }

    private String storedRole(String id) throws SQLException {
        try (PreparedStatement statement = prepared("SELECT role FROM users WHERE id = ?", id);
                ResultSet rows = statement.executeQuery()) {
            return rows.next() ? rows.getString(1) : "";
        }
    }

    private static String storable(String text) {
        String plain = text.replace("\0", "");
        return plain.length() > MAX_TEXT ? plain.substring(0, MAX_TEXT) : plain;
    }

    private boolean exists(String sql, Object argument) throws SQLException {
        try (PreparedStatement statement = prepared(sql, argument);
                ResultSet rows = statement.executeQuery()) {
            return rows.next();
        }
    }

    private int update(String sql, @Nullable Object... arguments) throws SQLException {
        try (PreparedStatement statement = prepared(sql, arguments)) {
            return statement.executeUpdate();
        }
    }

    private PreparedStatement prepared(String sql, @Nullable Object... arguments) throws SQLException {
        PreparedStatement statement = target.prepareStatement(sql);
        for (int i = 0; i < arguments.length; i++) {
            statement.setObject(i + 1, arguments[i]);
        }
        return statement;
    }
}
