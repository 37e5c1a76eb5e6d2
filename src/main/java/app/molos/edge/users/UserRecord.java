package app.molos.edge.users;

import app.molos.edge.db.Row;
import java.time.Instant;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A person as stored. {@code email} is lower case; {@code role} is a comma-separated list. */
public record UserRecord(
        String id,
        String name,
        String email,
        boolean isEmailVerified,
        @Nullable String image,
        String role,
        Ban ban,
        Timestamps times) {
    /**
     * Whether and until when somebody is kept out.
     *
     * @param expires null: never by itself
     */
    public record Ban(
            boolean isSet,
            @Nullable String reason,
            @Nullable Instant expires) {
        public static final Ban NONE = new Ban(false, null, null);
    }

    /** In UTF-16 code units. */
    public static final int MAX_NAME = 200;

    public static final String USER = "user";
    public static final String ADMIN = "admin";

    private static final Pattern ROLES = Pattern.compile("[A-Za-z0-9_-]{1,50}(?:,[A-Za-z0-9_-]{1,50}){0,19}");

    /** The columns that {@link #of} needs, under names that a join cannot confuse. */
    public static final String COLUMNS =
            "u.id AS user_id, u.name AS user_name, u.email, u.email_verified, u.image, u.role,"
                    + " u.banned, u.ban_reason, u.ban_expires, u.created_at AS user_created_at, u.updated_at AS user_updated_at";

    public static UserRecord of(Row row) {
        Long banExpires = row.optionalNumber("ban_expires");
        return new UserRecord(
                row.text("user_id"),
                row.text("user_name"),
                row.text("email"),
                row.flag("email_verified"),
                row.optionalText("image"),
                row.text("role"),
                new Ban(
                        row.flag("banned"),
                        row.optionalText("ban_reason"),
                        banExpires == null ? null : Instant.ofEpochMilli(banExpires)),
                new Timestamps(
                        Instant.ofEpochMilli(row.number("user_created_at")),
                        Instant.ofEpochMilli(row.number("user_updated_at"))));
    }

    public boolean isBanned() {
        return ban.isSet();
    }

    public @Nullable String banReason() {
        return ban.reason();
    }

    public @Nullable Instant banExpires() {
        return ban.expires();
    }

    public Instant createdAt() {
        return times.createdAt();
    }

    public Instant updatedAt() {
        return times.updatedAt();
    }

    /** Whether a text is one role or several with commas between them: letters, digits, - and _. */
    public static boolean isRole(String text) {
        return ROLES.matcher(text).matches();
    }

    public boolean isAdmin() {
        return role.equals(ADMIN) || List.of(role.split(",")).contains(ADMIN);
    }

    /** Whether a ban holds at that time. */
    public boolean isBannedAt(Instant now) {
        return ban.isSet() && (ban.expires() == null || ban.expires().isAfter(now));
    }
}
