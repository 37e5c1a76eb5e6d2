package app.molos.edge.auth.api;

import app.molos.edge.auth.AdminService;
import app.molos.edge.auth.AuthErrors;
import app.molos.edge.session.SessionJson;
import app.molos.edge.session.SessionReader;
import app.molos.edge.users.EmailAddress;
import app.molos.edge.users.UserChange;
import app.molos.edge.users.UserRecord;
import app.molos.edge.web.HttpError;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.Set;

/** Users in an admin's hands. Who may is the row's matter, see {@link AuthRoutes}. */
final class AdminEndpoints {
    private static final JsonObject SUCCESS = new JsonObject().put("success", true);
    /** The rights of an admin; any other role has none of them. */
    private static final Map<String, Set<String>> PERMISSIONS = Map.of(
            "user",
                    Set.of(
                            "create",
                            "list",
                            "set-role",
                            "ban",
                            "impersonate",
                            "delete",
                            "set-password",
                            "get",
                            "update"),
            "session", Set.of("list", "revoke", "delete"));

    private final AdminService admin;
    private final SessionReader sessions;

    AdminEndpoints(AdminService admin, SessionReader sessions) {
        this.admin = admin;
        this.sessions = sessions;
    }

    Future<?> list(AuthCall call, UserListQuery query) {
        return admin.list(query.users()).map(page -> {
            JsonArray users = new JsonArray();
            page.users().forEach(user -> users.add(SessionJson.user(user)));
            JsonObject answer = new JsonObject().put("users", users).put("total", page.total());
            query.limit().ifPresent(limit -> answer.put("limit", limit));
            query.offset().ifPresent(offset -> answer.put("offset", offset));
            return answer;
        });
    }

    Future<?> get(AuthCall call, String id) {
        return admin.get(id).map(SessionJson::user);
    }

    Future<?> create(AuthCall call, AdminService.NewUser user) {
        if (!EmailAddress.is(user.email())) {
            throw AuthErrors.INVALID_EMAIL;
        }
        return admin.create(call.actor(), user.withNormalizedEmail()).map(AdminEndpoints::wrapped);
    }

    Future<?> update(AuthCall call, AdminRequests.UpdateUser input) {
        if (!input.isRoleGood()) {
            throw HttpError.of(400, "INVALID_ROLE_TYPE", "Invalid role type");
        }
        if (input.change().isEmpty()) {
            throw HttpError.of(400, "NO_DATA_TO_UPDATE", "No data to update");
        }
        if (input.isBan()) {
            refuseMyself(call, input.userId(), "ban");
        }
        Future<UserRecord> updated = input.isBan()
                ? admin.endingAll(call.actor(), input.userId(), input.change())
                : admin.update(call.actor(), input.userId(), input.change());
        return updated.map(SessionJson::user);
    }

    Future<?> setRole(AuthCall call, AdminRequests.SetRole input) {
        return admin.update(call.actor(), input.userId(), new UserChange().role(input.role()))
                .map(AdminEndpoints::wrapped);
    }

    Future<?> setPassword(AuthCall call, AdminRequests.SetPassword input) {
        boolean isOwn = input.userId().equals(call.userId());
        String kept = isOwn ? call.me().session().id() : null;
        return admin.setPassword(call.actor(), input.userId(), kept, input.password())
                // The admin's own other sessions end; the one at hand gets a new token.
                .compose(v -> isOwn ? renew(call) : Future.succeededFuture())
                .map(v -> new JsonObject().put("status", true));
    }

    Future<?> ban(AuthCall call, AdminRequests.BanUser input) {
        refuseMyself(call, input.userId(), "ban");
        return admin.ban(call.actor(), input.userId(), input.reason(), input.life())
                .map(AdminEndpoints::wrapped);
    }

    Future<?> unban(AuthCall call, String userId) {
        return admin.update(call.actor(), userId, new UserChange().unban()).map(AdminEndpoints::wrapped);
    }

    Future<?> remove(AuthCall call, String userId) {
        refuseMyself(call, userId, "remove");
        return admin.remove(call.actor(), userId).map(v -> SUCCESS);
    }

    /** Answers about the caller; a role or user named in the body is not looked at. */
    Future<?> hasPermission(AuthCall call, JsonObject asked) {
        boolean isGranted = call.me().user().isAdmin()
                && asked.stream()
                        .allMatch(entry -> PERMISSIONS
                                .getOrDefault(entry.getKey(), Set.of())
                                .containsAll(((JsonArray) entry.getValue()).getList()));
        return Future.succeededFuture(new JsonObject().putNull("error").put("success", isGranted));
    }

    private Future<Void> renew(AuthCall call) {
        return sessions.service().renew(call.me(), call.client()).map(renewed -> {
            sessions.issue(call.http(), renewed);
            return null;
        });
    }

    private static void refuseMyself(AuthCall call, String userId, String what) {
        if (userId.equals(call.userId())) {
            throw AuthErrors.notYourself(what);
        }
    }

    private static JsonObject wrapped(UserRecord user) {
        return new JsonObject().put("user", SessionJson.user(user));
    }
}
