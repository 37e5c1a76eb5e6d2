package app.molos.edge.auth.api;

import app.molos.edge.session.Actor;
import app.molos.edge.session.Client;
import app.molos.edge.session.SignedIn;
import io.vertx.core.http.HttpServerRequest;

/**
 * A request of somebody who may make it.
 *
 * @param actor as whom the caller acts: every write checks again, in its transaction, that they still may
 */
record AuthCall(AuthRequest request, SignedIn me, Actor actor) {
    HttpServerRequest http() {
        return request.ctx().request();
    }

    Client client() {
        return request.client();
    }

    String userId() {
        return me.user().id();
    }
}
