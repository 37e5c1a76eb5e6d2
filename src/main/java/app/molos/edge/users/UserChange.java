package app.molos.edge.users;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The columns to write and nothing else: two changes at the same time then never undo each other (a rename does not
 * bring back a role that was taken away meanwhile). Used by one thread.
 */
public final class UserChange {
    private final List<String> columns = new ArrayList<>();
    private final List<@Nullable Object> values = new ArrayList<>();

    public UserChange name(String name) {
        set("name_folded", FoldedName.of(name));
        return set("name", name);
    }

    public UserChange email(String email) {
        return set("email", email);
    }

    public UserChange isEmailVerified(boolean isVerified) {
        return set("email_verified", isVerified ? 1 : 0);
    }

    public UserChange image(@Nullable String image) {
        return set("image", image);
    }

    public UserChange role(String role) {
        return set("role", role);
    }

    /**
     * Bans the user.
     *
     * @param expires when the ban ends by itself, or null for never
     */
    public UserChange ban(String reason, @Nullable Instant expires) {
        set("banned", 1);
        set("ban_reason", reason);
        return set("ban_expires", expires == null ? null : expires.toEpochMilli());
    }

    public UserChange unban() {
        set("banned", 0);
        set("ban_reason", null);
        return set("ban_expires", null);
    }

    public boolean isEmpty() {
        return columns.isEmpty();
    }

    /** Whether it may leave the installation without an admin. */
    public boolean touchesRoleOrBan() {
        return columns.contains("role") || columns.contains("banned");
    }

    /** {@code name = ?, image = ?}: the names are ours, the values are arguments. */
    String assignments() {
        return String.join(", ", columns.stream().map(column -> column + " = ?").toList());
    }

    List<@Nullable Object> values() {
        return values;
    }

    private UserChange set(String column, @Nullable Object value) {
        columns.add(column);
        values.add(value);
        return this;
    }
}
