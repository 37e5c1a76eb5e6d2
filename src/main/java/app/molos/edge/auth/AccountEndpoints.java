package app.molos.edge.auth;

import app.molos.edge.session.SessionJson;
import app.molos.edge.session.SessionReader;
import app.molos.edge.users.UserChange;
import app.molos.edge.users.UserRecord;
import app.molos.edge.web.HttpError;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;

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

    Future<?> update(AuthRequest call) {
        AuthRequestBody body = call.body();
        UserChange change = new UserChange();
        if (body.has("name")) {
            change.name(body.string("name", UserRecord.MAX_NAME));
        }
        if (body.has("image")) {
            change.image(body.optionalWebUrl("image"));
        }
        body.throwIfFaulty();
        return call.signedIn().compose(me -> {
            if (body.isTruthy("email")) {
                throw HttpError.of(400, "EMAIL_CAN_NOT_BE_UPDATED", "Email can not be updated");
            }
            SignEndpoints.refuseAdminFields(body, ADMIN_FIELDS);
            if (change.isEmpty()) {
                throw HttpError.of(400, "NO_FIELDS_TO_UPDATE", "No fields to update");
            }
            return account.update(me, change).map(user -> {
                sessions.issue(call.ctx().request(), me);
                return DONE;
            });
        });
    }

    Future<?> changePassword(AuthRequest call) {
        AuthRequestBody body = call.body();
        String current = body.string("currentPassword", Integer.MAX_VALUE);
        String chosen = body.string("newPassword", Integer.MAX_VALUE);
        boolean isNewSession = body.flag("revokeOtherSessions", false);
        body.throwIfFaulty();
        return call.signedIn().compose(me -> account.changePassword(me, current, chosen, call.client())
                .compose(v -> {
                    JsonObject answer = new JsonObject().putNull("token").put("user", SessionJson.user(me.user()));
                    return !isNewSession ? Future.succeededFuture(answer) : account.renewSession(me, call.client()).map(renewed -> {
                        sessions.issue(call.ctx().request(), renewed);
                        return answer.put("token", renewed.token());
                    });
                }));
    }

    Future<?> verifyPassword(AuthRequest call) {
        String password = call.body().string("password", Integer.MAX_VALUE);
        call.body().throwIfFaulty();
        return call.signedIn().compose(me -> account.requirePassword(me, password, call.client())).map(v -> DONE);
    }

    Future<?> delete(AuthRequest call) {
        AuthRequestBody body = call.body();
        String password = body.optionalString("password", Integer.MAX_VALUE);
        String token = body.optionalString("token", Integer.MAX_VALUE);
        body.throwIfFaulty();
        return call.signedIn().compose(me -> {
            if (token != null && !token.isEmpty()) {
                // Only a mailed link would bring one, and none is mailed for this.
                throw HttpError.of(404, "INVALID_TOKEN", "Invalid token");
            }
            return account.delete(me, password, call.client()).map(v -> {
                sessions.forget(call.ctx().request());
                return new JsonObject().put("success", true).put("message", "User deleted");
            });
        });
    }

    Future<?> accounts(AuthRequest call) {
        return call.signedIn().compose(account::accounts).map(all -> {
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

    Future<?> ok(AuthRequest call) {
        return Future.succeededFuture(new JsonObject().put("ok", true));
    }
}
