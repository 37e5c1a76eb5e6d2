package app.molos.edge.auth;

import app.molos.edge.session.Actor;
import app.molos.edge.session.SessionJson;
import app.molos.edge.session.SessionReader;
import app.molos.edge.session.SignedIn;
import app.molos.edge.web.HttpError;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/** Others' sessions in an admin's hands, and being somebody else for a while. */
final class AdminSessionEndpoints {
    private static final int MAX_TOKEN = 200;
    private static final JsonObject SUCCESS = new JsonObject().put("success", true);
    private static final HttpError LIST = HttpError.of(403, "YOU_ARE_NOT_ALLOWED_TO_LIST_USERS_SESSIONS",
            "You are not allowed to list users sessions");
    private static final HttpError REVOKE = HttpError.of(403, "YOU_ARE_NOT_ALLOWED_TO_REVOKE_USERS_SESSIONS",
            "You are not allowed to revoke users sessions");
    private static final HttpError IMPERSONATE = AdminEndpoints.refusal("impersonate users");
    private static final HttpError NOBODY =
            HttpError.of(400, "YOU_ARE_NOT_IMPERSONATING_ANYONE", "You are not impersonating anyone");
    /** The admin's own session ended meanwhile: nothing is broken here, they sign in again. */
    private static final HttpError ENDED =
            HttpError.of(401, "FAILED_TO_FIND_ADMIN_SESSION", "Failed to find admin session");

    private final AdminService admin;
    private final SessionReader sessions;

    AdminSessionEndpoints(AdminService admin, SessionReader sessions) {
        this.admin = admin;
        this.sessions = sessions;
    }

    Future<?> list(AuthRequest call) {
        String id = call.body().id("userId");
        call.body().throwIfFaulty();
        return call.admin(LIST).compose(me -> admin.sessions(id).map(all -> {
            JsonArray array = new JsonArray();
            all.forEach(s -> array.add(SessionJson.session(s, s.id().equals(me.session().id()) ? me.token() : s.id())));
            return new JsonObject().put("sessions", array);
        }));
    }

    Future<?> revoke(AuthRequest call) {
        String handle = call.body().string("sessionToken", MAX_TOKEN);
        call.body().throwIfFaulty();
        return call.admin(REVOKE).compose(me -> admin.endSession(Actor.admin(me, REVOKE), handle)).map(v -> SUCCESS);
    }

    Future<?> revokeAll(AuthRequest call) {
        String id = call.body().id("userId");
        call.body().throwIfFaulty();
        return call.admin(REVOKE).compose(me -> admin.endSessions(Actor.admin(me, REVOKE), id)).map(v -> SUCCESS);
    }

    Future<?> impersonate(AuthRequest call) {
        String id = call.body().id("userId");
        call.body().throwIfFaulty();
        return call.admin(IMPERSONATE).compose(me -> admin.impersonate(Actor.admin(me, IMPERSONATE), me.user().id(), id, call.client()).map(signedIn -> {
            sessions.issueImpersonation(call.ctx().request(), me, signedIn);
            return json(signedIn);
        }));
    }

    Future<?> stop(AuthRequest call) {
        return call.signedIn().compose(me -> {
            String adminId = me.session().impersonatedBy();
            if (adminId == null) {
                throw NOBODY;
            }
            return sessions.keptAdmin(call.ctx().request()).compose(kept -> {
                if (kept.isEmpty() || !kept.get().user().id().equals(adminId)) {
                    throw ENDED;
                }
                return sessions.service().end(me.token()).map(v -> {
                    sessions.issueAdmin(call.ctx().request(), kept.get());
                    return json(kept.get());
                });
            });
        });
    }

    private static JsonObject json(SignedIn signedIn) {
        return new JsonObject()
                .put("session", SessionJson.session(signedIn.session(), signedIn.token()))
                .put("user", SessionJson.user(signedIn.user()));
    }
}
