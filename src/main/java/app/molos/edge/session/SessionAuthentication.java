package app.molos.edge.session;

import app.molos.edge.web.HttpError;
import io.vertx.core.Future;
import io.vertx.ext.auth.User;
import io.vertx.ext.auth.authentication.AuthenticationProvider;
import io.vertx.ext.auth.authentication.Credentials;
import io.vertx.ext.auth.authentication.TokenCredentials;

/** A session token is the credential; the person behind it is the {@link User}. */
public final class SessionAuthentication implements AuthenticationProvider {
    /** Fails a token without a live session; a database that is down fails otherwise and is never "signed out". */
    static final HttpError NO_SESSION = HttpError.of(401, "UNAUTHORIZED", "Unauthorized");

    private final SessionService sessions;

    public SessionAuthentication(SessionService sessions) {
        this.sessions = sessions;
    }

    @Override
    public Future<User> authenticate(Credentials credentials) {
        if (!(credentials instanceof TokenCredentials token)) {
            return Future.failedFuture(NO_SESSION);
        }
        return sessions.find(token.getToken())
                .compose(found -> found.isPresent()
                        ? Future.succeededFuture(found.get().asUser())
                        : Future.failedFuture(NO_SESSION));
    }
}
