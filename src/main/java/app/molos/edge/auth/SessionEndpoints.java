package app.molos.edge.auth;

import app.molos.edge.session.Actor;
import app.molos.edge.session.SessionJson;
import app.molos.edge.session.SessionReader;
import app.molos.edge.session.SessionRecord;
import app.molos.edge.session.SignedIn;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;

/** One's own sessions. In a list a session goes by its handle; only the caller's own shows its token. */
final class SessionEndpoints {
    private static final int MAX_TOKEN = 200;
    private static final JsonObject DONE = new JsonObject().put("status", true);

    private final SessionReader sessions;

    SessionEndpoints(SessionReader sessions) {
        this.sessions = sessions;
    }

    Future<?> list(AuthRequest call) {
        return call.signedIn().compose(me -> sessions.service().list(me.user().id()).map(all -> json(all, me)));
    }

    Future<?> revoke(AuthRequest call) {
        String handle = call.body().string("token", MAX_TOKEN);
        call.body().throwIfFaulty();
        return call.signedIn()
                .compose(me -> sessions.service().endOne(Actor.self(me), me.user().id(), handle))
                .map(v -> DONE);
    }

    Future<?> revokeAll(AuthRequest call) {
        return call.signedIn()
                .compose(me -> sessions.service().endAll(Actor.self(me), me.user().id(), null))
                .map(v -> {
                    sessions.forget(call.ctx().request());
                    return DONE;
                });
    }

    Future<?> revokeOthers(AuthRequest call) {
        return call.signedIn()
                .compose(me -> sessions.service().endAll(Actor.self(me), me.user().id(), me.session().id()))
                .map(v -> DONE);
    }

    private static JsonArray json(List<SessionRecord> all, SignedIn me) {
        JsonArray array = new JsonArray();
        all.forEach(s -> array.add(SessionJson.session(s, s.id().equals(me.session().id()) ? me.token() : s.id())));
        return array;
    }
}
