package app.molos.edge.auth.api;

import app.molos.edge.ratelimit.SignInThrottle;
import app.molos.edge.session.SessionReader;
import app.molos.edge.session.SignedIn;
import app.molos.edge.web.HttpError;
import app.molos.edge.web.RequestContext;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.ext.web.RoutingContext;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Counts what looks at passwords, makes accounts or sends mail, where a route takes it, and under whose name: a
 * session, a browser that the account was signed in from before, or the network. What strangers in a network do is not
 * counted against those who are known. Pages and wire share one budget.
 */
public final class RequestThrottle {
    public static final String SIGN_IN = "/sign-in/email";
    /** Paths of what people do to their own account. */
    private static final Set<String> OWN =
            Set.of("/change-password", "/change-email", "/verify-password", "/delete-user");

    private final SignInThrottle throttle;
    private final SessionReader sessions;

    public RequestThrottle(SignInThrottle throttle, SessionReader sessions) {
        this.throttle = throttle;
        this.sessions = sessions;
    }

    /** For one endpoint of the wire, before its body is read; null when it is not limited. */
    @Nullable
    Handler<RoutingContext> before(String path) {
        if (!throttle.isLimited(path)) {
            return null;
        }
        return ctx -> {
            if (path.equals(SIGN_IN) && sessions.saysToBeKnown(ctx.request())) {
                // Whether it is known is a question of the address in the body: see signIn.
                ctx.next();
                return;
            }
            Future<@Nullable String> known = OWN.contains(path)
                    ? sessions.read(ctx.request())
                            .map(found -> found.map(RequestThrottle::session).orElse(null))
                    : Future.succeededFuture();
            known.compose(name -> admit(ctx, path, name))
                    .onSuccess(v -> ctx.next())
                    .onFailure(ctx::fail);
        };
    }

    /** For a sign-in of the wire, once its body is read. Fails with 429. */
    Future<Void> signIn(RoutingContext ctx, @Nullable String device) {
        return sessions.saysToBeKnown(ctx.request()) ? admit(ctx, SIGN_IN, device) : Future.succeededFuture();
    }

    /**
     * Fails with 429 when there were too many in a row.
     *
     * @param path of the endpoint that does the same
     * @param known the name of a session or a known browser; null: the network's
     */
    public Future<Void> admit(RoutingContext ctx, String path, @Nullable String known) {
        int seconds = throttle.secondsToWait(RequestContext.of(ctx).client(), path, known);
        return seconds > 0 ? Future.failedFuture(HttpError.tooMany(seconds)) : Future.succeededFuture();
    }

    /** The name that somebody who is signed in is counted under. */
    public static String session(SignedIn signedIn) {
        return "session " + signedIn.session().id();
    }
}
