package app.molos.edge.auth;

import app.molos.edge.session.Actor;
import app.molos.edge.session.SessionJson;
import app.molos.edge.session.SessionReader;
import app.molos.edge.session.SignedIn;
import app.molos.edge.users.EmailAddress;
import app.molos.edge.users.Times;
import app.molos.edge.users.UserChange;
import app.molos.edge.users.UserRecord;
import app.molos.edge.web.HttpError;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Users in an admin's hands. */
final class AdminEndpoints {
    private static final int MAX_REASON = 1000;
    private static final JsonObject SUCCESS = new JsonObject().put("success", true);
    /** What an admin may do; any other role may do none of it. */
    private static final Map<String, Set<String>> PERMISSIONS = Map.of(
            "user", Set.of("create", "list", "set-role", "ban", "impersonate", "delete", "set-password", "get", "update"),
            "session", Set.of("list", "revoke", "delete"));

    private static final HttpError LIST = refusal("list users");
    private static final HttpError GET = refusal("get user");
    private static final HttpError CREATE = refusal("create users");
    private static final HttpError UPDATE = refusal("update users");
    private static final HttpError ROLE = HttpError.of(403, "YOU_ARE_NOT_ALLOWED_TO_CHANGE_USERS_ROLE",
            "You are not allowed to change users role");
    private static final HttpError PASSWORD = HttpError.of(403, "YOU_ARE_NOT_ALLOWED_TO_SET_USERS_PASSWORD",
            "You are not allowed to set users password");
    private static final HttpError BAN = refusal("ban users");
    private static final HttpError DELETE = refusal("delete users");
    private static final HttpError NOT_YOURSELF = HttpError.of(400, "YOU_CANNOT_BAN_YOURSELF", "You cannot ban yourself");

    private final AdminService admin;
    private final SessionReader sessions;

    AdminEndpoints(AdminService admin, SessionReader sessions) {
        this.admin = admin;
        this.sessions = sessions;
    }

    Future<?> list(AuthRequest call) {
        UserListQuery query = UserListQuery.read(call);
        return call.admin(LIST).compose(me -> admin.list(query.users())).map(page -> {
            JsonArray users = new JsonArray();
            page.users().forEach(user -> users.add(SessionJson.user(user)));
            JsonObject answer = new JsonObject().put("users", users).put("total", page.total());
            query.limit().ifPresent(limit -> answer.put("limit", limit));
            query.offset().ifPresent(offset -> answer.put("offset", offset));
            return answer;
        });
    }

    Future<?> get(AuthRequest call) {
        String id = call.query("id");
        if (id.isEmpty()) {
            throw HttpError.of(400, "VALIDATION_ERROR", "[query.id] Invalid input: expected string, received undefined");
        }
        return call.admin(GET).compose(me -> admin.get(id)).map(SessionJson::user);
    }

    Future<?> create(AuthRequest call) {
        AuthRequestBody body = call.body();
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
        body.throwIfFaulty();
        return call.admin(CREATE).compose(me -> {
            if (!EmailAddress.is(email)) {
                throw AuthErrors.INVALID_EMAIL;
            }
            return admin.create(Actor.admin(me, CREATE), new AdminService.NewUser(
                    name, EmailAddress.normalized(email), password == null || password.isEmpty() ? null : password,
                    role, more));
        }).map(AdminEndpoints::wrapped);
    }

    Future<?> update(AuthRequest call) {
        AuthRequestBody body = call.body();
        String id = body.id("userId");
        AuthRequestBody data = body.inside("data");
        UserChange change = new UserChange();
        boolean isRoleGood = !data.has("role") || data.fields().getValue("role") instanceof String
                || data.fields().getValue("role") instanceof JsonArray;
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
        body.throwIfFaulty();
        return call.admin(UPDATE).compose(me -> {
            if (!isRoleGood) {
                throw HttpError.of(400, "INVALID_ROLE_TYPE", "Invalid role type");
            }
            if (change.isEmpty()) {
                throw HttpError.of(400, "NO_DATA_TO_UPDATE", "No data to update");
            }
            if (isBan) {
                refuseMyself(me, id);
            }
            return isBan
                    ? admin.endingAll(Actor.admin(me, UPDATE), id, change)
                    : admin.update(Actor.admin(me, UPDATE), id, change);
        }).map(SessionJson::user);
    }

    Future<?> setRole(AuthRequest call) {
        String id = call.body().id("userId");
        String role = call.body().role("role");
        call.body().throwIfFaulty();
        return call.admin(ROLE).compose(me -> admin.update(Actor.admin(me, ROLE), id, new UserChange().role(role))).map(AdminEndpoints::wrapped);
    }

    Future<?> setPassword(AuthRequest call) {
        String id = call.body().id("userId");
        String password = call.body().nonEmptyString("newPassword", Integer.MAX_VALUE);
        call.body().throwIfFaulty();
        return call.admin(PASSWORD)
                .compose(me -> {
                    boolean isOwn = id.equals(me.user().id());
                    return admin.setPassword(Actor.admin(me, PASSWORD), id, isOwn ? me.session().id() : null, password)
                            // The admin's own other sessions end; the one at hand is given anew.
                            .compose(v -> isOwn ? renew(call, me) : Future.succeededFuture());
                })
                .map(v -> new JsonObject().put("status", true));
    }

    Future<?> ban(AuthRequest call) {
        String id = call.body().id("userId");
        String reason = call.body().optionalString("banReason", MAX_REASON);
        Duration life = call.body().optionalSeconds("banExpiresIn");
        call.body().throwIfFaulty();
        return call.admin(BAN).compose(me -> {
            refuseMyself(me, id);
            return admin.ban(Actor.admin(me, BAN), id, reason, life);
        }).map(AdminEndpoints::wrapped);
    }

    Future<?> unban(AuthRequest call) {
        String id = call.body().id("userId");
        call.body().throwIfFaulty();
        return call.admin(BAN).compose(me -> admin.update(Actor.admin(me, BAN), id, new UserChange().unban())).map(AdminEndpoints::wrapped);
    }

    Future<?> remove(AuthRequest call) {
        String id = call.body().id("userId");
        call.body().throwIfFaulty();
        return call.admin(DELETE).compose(me -> {
            if (id.equals(me.user().id())) {
                throw HttpError.of(400, "YOU_CANNOT_REMOVE_YOURSELF", "You cannot remove yourself");
            }
            return admin.remove(Actor.admin(me, DELETE), id);
        }).map(v -> SUCCESS);
    }

    /** Asks about the caller; a role or user named in the body is not looked at. */
    Future<?> hasPermission(AuthRequest call) {
        AuthRequestBody body = call.body();
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
        body.throwIfFaulty();
        return call.signedIn().map(me -> new JsonObject()
                .putNull("error")
                .put("success", me.user().isAdmin() && asked.stream().allMatch(entry ->
                        PERMISSIONS.getOrDefault(entry.getKey(), Set.of()).containsAll(((JsonArray) entry.getValue()).getList()))));
    }

    private Future<Void> renew(AuthRequest call, SignedIn me) {
        return sessions.service().renew(me, call.client()).map(renewed -> {
            sessions.issue(call.ctx().request(), renewed);
            return null;
        });
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

    private static void refuseMyself(SignedIn me, String id) {
        if (id.equals(me.user().id())) {
            throw NOT_YOURSELF;
        }
    }

    private static JsonObject wrapped(UserRecord user) {
        return new JsonObject().put("user", SessionJson.user(user));
    }

    static HttpError refusal(String what) {
        String text = "You are not allowed to " + what;
        return HttpError.of(403, text.toUpperCase(Locale.ROOT).replace(' ', '_'), text);
    }
}
