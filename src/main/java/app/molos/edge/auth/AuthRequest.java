package app.molos.edge.auth;

import app.molos.edge.session.Client;
import app.molos.edge.session.SessionReader;
import app.molos.edge.session.SignedIn;
import app.molos.edge.web.HttpError;
import io.vertx.core.Future;
import io.vertx.ext.web.RoutingContext;

/**
 * One call of the wire: what was sent, and who sent it. Endpoints look at the body first and ask who it is afterwards, as the
 * wire has it: an anonymous call with a bad body is 400, not 401.
 */
record AuthRequest(RoutingContext ctx, AuthRequestBody body, SessionReader sessions) {
    /** Whoever is signed in, as a use of the session; fails with 401. */
    Future<SignedIn> signedIn() {
        return sessions.use(ctx.request()).compose(found -> found.map(Future::succeededFuture)
                .orElseGet(() -> Future.failedFuture(AuthErrors.UNAUTHORIZED)));
    }

    /**
     * An admin; fails with 401, or with 403 in the endpoint's own words. Enough to read; what writes goes on as
     * {@code Actor.admin(me, refusal)}.
     */
    Future<SignedIn> admin(HttpError refusal) {
        return signedIn().compose(signedIn ->
                signedIn.user().isAdmin() ? Future.succeededFuture(signedIn) : Future.failedFuture(refusal));
    }

    Client client() {
        return Client.of(ctx);
    }

    /** A query parameter, or an empty text. Throws 400 for a NUL: no stored text has one, and PostgreSQL takes none. */
    String query(String name) {
        String value = ctx.request().query() == null ? null : ctx.request().getParam(name);
        if (value != null && value.indexOf('\0') >= 0) {
            throw HttpError.of(400, "VALIDATION_ERROR",
                    "[query." + name + "] Invalid input: text with characters that cannot be stored");
        }
        return value == null ? "" : value;
    }
}
