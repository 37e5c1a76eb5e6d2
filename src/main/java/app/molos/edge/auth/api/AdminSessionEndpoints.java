package app.molos.edge.auth.api;

import app.molos.edge.auth.AdminService;
import app.molos.edge.session.SessionJson;
import app.molos.edge.session.SessionReader;
import app.molos.edge.session.SignedIn;
import app.molos.edge.web.HttpError;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;

/**
 * Others' sessions in an admin's hands, and being somebody else for a while. Who may is the row's matter, see
 * {@link AuthRoutes}.
 */
final class AdminSessionEndpoints {
    private static final JsonObject SUCCESS = new JsonObject().put("success", true);
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

    Future<?> list(AuthCall call, String userId) {
        return admin.sessions(userId).map(all -> new JsonObject().put("sessions", SessionJson.list(all, call.me())));
    }

    Future<?> revoke(AuthCall call, String handle) {
        return admin.endSession(call.actor(), handle).map(v -> SUCCESS);
    }

    Future<?> revokeAll(AuthCall call, String userId) {
        return admin.endSessions(call.actor(), userId).map(v -> SUCCESS);
    }

    Future<?> impersonate(AuthCall call, String userId) {
        return admin.impersonate(call.actor(), call.userId(), userId, call.client())
                .map(signedIn -> {
                    sessions.issueImpersonation(call.http(), call.me(), signedIn);
                    return json(signedIn);
                });
    }

    /** For the one who is somebody else now, and so no admin: the right is the kept session's. */
    Future<?> stop(AuthCall call, AuthRequest nothing) {
        String adminId = call.me().session().impersonatedBy();
        if (adminId == null) {
            throw NOBODY;
        }
        return sessions.keptAdmin(call.http()).compose(kept -> {
            if (kept.isEmpty() || !kept.get().user().id().equals(adminId)) {
                throw ENDED;
            }
            return sessions.service().end(call.me().token()).map(v -> {
                sessions.issueAdmin(call.http(), kept.get());
                return json(kept.get());
            });
        });
    }

    private static JsonObject json(SignedIn signedIn) {
        return new JsonObject()
                .put("session", SessionJson.session(signedIn.session(), signedIn.token()))
                .put("user", SessionJson.user(signedIn.user()));
    }
}
