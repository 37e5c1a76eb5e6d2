package app.molos.edge.session;

import app.molos.edge.db.Row;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A stored session.
 *
 * @param expiresAt the sliding end, moved by use
 * @param endsAt the absolute end, never moved
 */
public record SessionRecord(
        String id,
        String userId,
        boolean isRemembered,
        Instant expiresAt,
        Instant endsAt,
        String ipAddress,
        String userAgent,
        @Nullable String impersonatedBy,
        Instant createdAt,
        Instant updatedAt) {

    static final String COLUMNS = "s.id, s.user_id AS session_user_id, s.remembered, s.expires_at, s.ends_at, s.ip_address,"
            + " s.user_agent, s.impersonated_by, s.created_at, s.updated_at";

    static SessionRecord of(Row row) {
        return new SessionRecord(
                row.text("id"),
                row.text("session_user_id"),
                row.flag("remembered"),
                Instant.ofEpochMilli(row.number("expires_at")),
                Instant.ofEpochMilli(row.number("ends_at")),
                orEmpty(row.optionalText("ip_address")),
                orEmpty(row.optionalText("user_agent")),
                row.optionalText("impersonated_by"),
                Instant.ofEpochMilli(row.number("created_at")),
                Instant.ofEpochMilli(row.number("updated_at")));
    }

    /** Both ends are enforced here, whatever the browser's cookie says. */
    public boolean isLiveAt(Instant now) {
        return expiresAt.isAfter(now) && endsAt.isAfter(now);
    }

    SessionRecord extended(Instant newEnd, Instant now) {
        return new SessionRecord(
                id, userId, isRemembered, newEnd, endsAt, ipAddress, userAgent, impersonatedBy, createdAt, now);
    }

    private static String orEmpty(@Nullable String text) {
        return text == null ? "" : text;
    }
}
