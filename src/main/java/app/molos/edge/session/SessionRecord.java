package app.molos.edge.session;

import app.molos.edge.db.Row;
import app.molos.edge.users.Timestamps;
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
        Client client,
        @Nullable String impersonatedBy,
        Timestamps times) {

    static final String COLUMNS =
            "s.id, s.user_id AS session_user_id, s.remembered, s.expires_at, s.ends_at, s.ip_address,"
                    + " s.user_agent, s.impersonated_by, s.created_at, s.updated_at";

    static SessionRecord of(Row row) {
        return new SessionRecord(
                row.text("id"),
                row.text("session_user_id"),
                row.flag("remembered"),
                Instant.ofEpochMilli(row.number("expires_at")),
                Instant.ofEpochMilli(row.number("ends_at")),
                new Client(orEmpty(row.optionalText("ip_address")), orEmpty(row.optionalText("user_agent"))),
                row.optionalText("impersonated_by"),
                new Timestamps(
                        Instant.ofEpochMilli(row.number("created_at")),
                        Instant.ofEpochMilli(row.number("updated_at"))));
    }

    public String ipAddress() {
        return client.address();
    }

    public String userAgent() {
        return client.agent();
    }

    public Instant createdAt() {
        return times.createdAt();
    }

    public Instant updatedAt() {
        return times.updatedAt();
    }

    /** Both ends are enforced here, whatever the browser's cookie says. */
    public boolean isLiveAt(Instant now) {
        return expiresAt.isAfter(now) && endsAt.isAfter(now);
    }

    SessionRecord extended(Instant newEnd, Instant now) {
        return new SessionRecord(
                id, userId, isRemembered, newEnd, endsAt, client, impersonatedBy, times.changedAt(now));
    }

    private static String orEmpty(@Nullable String text) {
        return text == null ? "" : text;
    }
}
