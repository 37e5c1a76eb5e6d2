package app.molos.edge.auth.api;

import app.molos.edge.auth.AdminService.NewUser;
import app.molos.edge.users.Times;
import app.molos.edge.users.UserChange;
import app.molos.edge.users.UserRecord;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** The bodies of the admin endpoints, each with how it is read. */
final class AdminRequests {
    private static final int MAX_REASON = 1000;
    private static final int MAX_TOKEN = 200;

    private AdminRequests() {}

    /** A body that names a user and nothing else. */
    static String userId(AuthRequest request) {
        return request.body().id("userId");
    }

    static String sessionToken(AuthRequest request) {
        return request.body().string("sessionToken", MAX_TOKEN);
    }

    record SetRole(String userId, String role) {
        static SetRole read(AuthRequest request) {
            return new SetRole(request.body().id("userId"), request.body().role("role"));
        }
    }

    record SetPassword(String userId, String password) {
        static SetPassword read(AuthRequest request) {
            return new SetPassword(
                    request.body().id("userId"), request.body().nonEmptyString("newPassword", Integer.MAX_VALUE));
        }
    }

    /** @param life of the ban; null: without end */
    record BanUser(
            String userId,
            @Nullable String reason,
            @Nullable Duration life) {
        static BanUser read(AuthRequest request) {
            AuthRequestBody body = request.body();
            return new BanUser(
                    body.id("userId"),
                    body.optionalString("banReason", MAX_REASON),
                    body.optionalSeconds("banExpiresIn"));
        }
    }

    /** Reads all but whether the address is one, which is judged after who asks. */
    static NewUser newUser(AuthRequest request) {
        AuthRequestBody body = request.body();
        String email = body.string("email", Integer.MAX_VALUE);
        String name = body.string("name", UserRecord.MAX_NAME);
        String password = body.optionalString("password", Integer.MAX_VALUE);
        String role = body.has("role") ? body.role("role") : UserRecord.USER;
        UserChange more = new UserChange();
        AuthRequestBody data = body.inside("data");
        if (data.has("image")) {
            more.image(data.optionalWebUrl("image"));
        }
        if (data.has("emailVerified")) {
            more.isEmailVerified(data.flag("emailVerified", false));
        }
        return new NewUser(name, email, password == null || password.isEmpty() ? null : password, role, more);
    }

    /** @param isRoleGood whether the role is of a type that can be one, which is judged after who asks */
    record UpdateUser(String userId, UserChange change, boolean isBan, boolean isRoleGood) {
        static UpdateUser read(AuthRequest request) {
            String id = request.body().id("userId");
            AuthRequestBody data = request.body().inside("data");
            Object role = data.fields().getValue("role");
            boolean isRoleGood = !data.has("role") || role instanceof String || role instanceof JsonArray;
            UserChange change = profile(data);
            if (data.has("role") && isRoleGood) {
                change.role(data.role("role"));
            }
            boolean isBan = data.has("banned") && data.flag("banned", false);
            if (isBan) {
                String reason = data.optionalString("banReason", MAX_REASON);
                change.ban(reason == null ? "No reason" : reason, banExpires(data));
            } else if (data.has("banned")) {
                change.unban();
            }
            return new UpdateUser(id, change, isBan, isRoleGood);
        }

        private static UserChange profile(AuthRequestBody data) {
            UserChange change = new UserChange();
            if (data.has("name")) {
                change.name(data.string("name", UserRecord.MAX_NAME));
            }
            if (data.has("email")) {
                change.email(data.email("email"));
            }
            if (data.has("image")) {
                change.image(data.optionalWebUrl("image"));
            }
            if (data.has("emailVerified")) {
                change.isEmailVerified(data.flag("emailVerified", false));
            }
            return change;
        }

        private static @Nullable Instant banExpires(AuthRequestBody data) {
            Object value = data.fields().getValue("banExpires");
            if (value == null) {
                return null;
            }
            Instant time = Times.parse(value.toString()).orElse(null);
            if (time == null) {
                data.fault("banExpires", "Invalid input: expected date");
            }
            return time;
        }
    }

    /** Reads the actions that are asked about, by resource. */
    static JsonObject permissions(AuthRequest request) {
        AuthRequestBody body = request.body();
        boolean isOld = body.has("permission");
        if (isOld == body.has("permissions")) {
            body.fault("permissions", "Invalid input: expected exactly one of permissions and permission");
        }
        JsonObject asked = body.object(isOld ? "permission" : "permissions");
        asked.forEach(entry -> {
            boolean isList = entry.getValue() instanceof JsonArray actions
                    && actions.stream().allMatch(String.class::isInstance);
            if (!isList) {
                body.fault("permissions." + entry.getKey(), "Invalid input: expected array of strings");
            }
        });
        return asked;
    }
}
