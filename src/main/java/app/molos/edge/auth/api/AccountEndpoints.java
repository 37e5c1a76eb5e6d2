package app.molos.edge.auth.api;

import app.molos.edge.auth.AccountService;
import app.molos.edge.session.SessionJson;
import app.molos.edge.session.SessionReader;
import app.molos.edge.users.UserChange;
import app.molos.edge.users.UserRecord;
import app.molos.edge.web.HttpError;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One's own account. */
final class AccountEndpoints {
    private static final JsonObject DONE = new JsonObject().put("status", true);
    private static final List<String> ADMIN_FIELDS = List.of("role", "banned", "banReason", "banExpires");

    private final AccountService account;
    private final SessionReader sessions;

    AccountEndpoints(AccountService account, SessionReader sessions) {
        this.account = account;
        this.sessions = sessions;
    }

    static UserChange profile(AuthRequest request) {
        AuthRequestBody body = request.body();
        UserChange change = new UserChange();
        if (body.has("name")) {
            change.name(body.string("name", UserRecord.MAX_NAME));
        }
        if (body.has("image")) {
            change.image(body.optionalWebUrl("image"));
        }
        return change;
    }

    Future<?> update(AuthCall call, UserChange change) {
        AuthRequestBody body = call.request().body();
        if (body.isTruthy("email")) {
            throw HttpError.of(400, "EMAIL_CAN_NOT_BE_UPDATED", "Email can not be updated");
        }
        SignEndpoints.refuseAdminFields(body, ADMIN_FIELDS);
        if (change.isEmpty()) {
            throw HttpError.of(400, "NO_FIELDS_TO_UPDATE", "No fields to update");
        }
        return account.update(call.me(), change).map(user -> {
            sessions.issue(call.http(), call.me());
            return DONE;
        });
    }

    record ChangePassword(String current, String chosen, boolean isNewSession) {
        static ChangePassword read(AuthRequest request) {
            AuthRequestBody body = request.body();
            return new ChangePassword(
                    body.string("currentPassword", Integer.MAX_VALUE),
                    body.string("newPassword", Integer.MAX_VALUE),
                    body.flag("revokeOtherSessions", false));
        }
    }

    Future<?> changePassword(AuthCall call, ChangePassword input) {
        return account.changePassword(call.me(), input.current(), input.chosen(), call.client())
                .compose(v -> {
                    JsonObject answer = new JsonObject()
                            .putNull("token")
                            .put("user", SessionJson.user(call.me().user()));
                    if (!input.isNewSession()) {
                        return Future.succeededFuture(answer);
                    }
                    return account.renewSession(call.me(), call.client()).map(renewed -> {
                        sessions.issue(call.http(), renewed);
                        return answer.put("token", renewed.token());
                    });
                });
    }

    static String password(AuthRequest request) {
        return request.body().string("password", Integer.MAX_VALUE);
    }

    Future<?> verifyPassword(AuthCall call, String password) {
        return account.requirePassword(call.me(), password, call.client()).map(v -> DONE);
    }

    record Delete(@Nullable String password, @Nullable String token) {
        static Delete read(AuthRequest request) {
            AuthRequestBody body = request.body();
            return new Delete(
                    body.optionalString("password", Integer.MAX_VALUE),
                    body.optionalString("token", Integer.MAX_VALUE));
        }
    }

    Future<?> delete(AuthCall call, Delete input) {
        if (input.token() != null && !input.token().isEmpty()) {
            // Only a mailed link would bring one, and none is mailed for this.
            throw HttpError.of(404, "INVALID_TOKEN", "Invalid token");
        }
        return account.delete(call.me(), input.password(), call.client()).map(v -> {
            sessions.forget(call.http());
            return new JsonObject().put("success", true).put("message", "User deleted");
        });
    }

    Future<?> accounts(AuthCall call, AuthRequest nothing) {
        return account.accounts(call.me()).map(all -> {
            JsonArray array = new JsonArray();
            all.forEach(a -> array.add(new JsonObject()
                    .put("accountId", a.accountId())
                    .put("providerId", a.providerId())
                    .put("userId", a.userId())
                    .put("createdAt", SessionJson.date(a.createdAt()))
                    .put("updatedAt", SessionJson.date(a.updatedAt()))
                    .put("id", a.id())
                    .put("scopes", new JsonArray())));
            return array;
        });
    }

    static Future<?> ok(AuthRequest request, AuthRequest nothing) {
        return Future.succeededFuture(new JsonObject().put("ok", true));
    }
}
