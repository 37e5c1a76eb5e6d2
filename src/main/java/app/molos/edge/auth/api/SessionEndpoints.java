package app.molos.edge.auth.api;

import app.molos.edge.session.SessionJson;
import app.molos.edge.session.SessionReader;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;

/** One's own sessions. In a list a session goes by its handle; only the caller's own shows its token. */
final class SessionEndpoints {
    private static final int MAX_TOKEN = 200;
    private static final JsonObject DONE = new JsonObject().put("status", true);

    private final SessionReader sessions;

    SessionEndpoints(SessionReader sessions) {
        this.sessions = sessions;
    }

    static String handle(AuthRequest request) {
        return request.body().string("token", MAX_TOKEN);
    }

    Future<?> list(AuthCall call, AuthRequest nothing) {
        return sessions.service().list(call.userId()).map(all -> SessionJson.list(all, call.me()));
    }

    Future<?> revoke(AuthCall call, String handle) {
        return sessions.service().endOne(call.actor(), call.userId(), handle).map(v -> DONE);
    }

    Future<?> revokeAll(AuthCall call, AuthRequest nothing) {
        return sessions.service().endAll(call.actor(), call.userId(), null).map(v -> {
            sessions.forget(call.http());
            return DONE;
        });
    }

    Future<?> revokeOthers(AuthCall call, AuthRequest nothing) {
        return sessions.service()
                .endAll(call.actor(), call.userId(), call.me().session().id())
                .map(v -> DONE);
    }
}
