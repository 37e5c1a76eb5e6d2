package app.molos.edge.session;

import app.molos.edge.users.UserRecord;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The wire's objects, keys in its order, nullable keys present as null. */
public final class SessionJson {
    /** Exactly three digits: better-auth's client reads the fraction as a count of milliseconds. */
    private static final DateTimeFormatter DATE =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

    private SessionJson() {}

    public static JsonObject user(UserRecord user) {
        return new JsonObject()
                .put("name", user.name())
                .put("email", user.email())
                .put("emailVerified", user.isEmailVerified())
                .put("image", user.image())
                .put("createdAt", date(user.createdAt()))
                .put("updatedAt", date(user.updatedAt()))
                .put("role", user.role())
                .put("banned", user.isBanned())
                .put("banReason", user.banReason())
                .put("banExpires", date(user.banExpires()))
                .put("id", user.id());
    }

    /**
     * Renders a session.
     *
     * @param token the real token for the caller's own session, a handle anywhere else
     */
    public static JsonObject session(SessionRecord session, String token) {
        return new JsonObject()
                .put("expiresAt", date(session.expiresAt()))
                .put("token", token)
                .put("createdAt", date(session.createdAt()))
                .put("updatedAt", date(session.updatedAt()))
                .put("ipAddress", session.ipAddress())
                .put("userAgent", session.userAgent())
                .put("userId", session.userId())
                .put("impersonatedBy", session.impersonatedBy())
                .put("id", session.id());
    }

    /** Lists sessions by their handles; only the caller's own shows its token. */
    public static JsonArray list(List<SessionRecord> sessions, SignedIn caller) {
        JsonArray array = new JsonArray();
        sessions.forEach(
                s -> array.add(session(s, s.id().equals(caller.session().id()) ? caller.token() : s.id())));
        return array;
    }

    /** Null stays null. */
    public static @Nullable String date(@Nullable Instant instant) {
        return instant == null ? null : DATE.format(instant);
    }
}
