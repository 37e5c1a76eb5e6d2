package app.molos.edge.auth.api;

import app.molos.edge.ratelimit.SignInThrottle;
import app.molos.edge.session.SessionReader;
import app.molos.edge.session.SignedIn;
import app.molos.edge.web.HeldBody;
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
    public static final String REQUEST_RESET = "/request-password-reset";
    static final String SEND_VERIFICATION = "/send-verification-email";
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
            if (isDecidedByBody(ctx, path)) {
                // Whether it is known is a question of the address in the body: see admitAddressed.
                ctx.next();
                return;
            }
            Future<@Nullable String> known = OWN.contains(path) || throttle.isMailing(path)
                    ? sessions.read(ctx.request())
                            .map(found -> found.map(RequestThrottle::session).orElse(null))
                    : Future.succeededFuture();
            Future<Void> admitted = known.compose(name -> admit(ctx, path, name));
            if (!admitted.isComplete()) {
                HeldBody.hold(ctx.request());
            }
            admitted.onSuccess(v -> ctx.next()).onFailure(ctx::fail);
        };
    }

    /**
     * For what is about an address of a mail, once the body with it is read. Fails with 429.
     *
     * @param email normalized
     */
    Future<Void> admitAddressed(RoutingContext ctx, String path, String email) {
        return isDecidedByBody(ctx, path) ? admitKnown(ctx, path, email) : Future.succeededFuture();
    }

    /** As {@link #admit}, under the name of a browser that the address was signed in from before, if it is one. */
    public Future<Void> admitKnown(RoutingContext ctx, String path, String email) {
        return admit(ctx, path, sessions.device(ctx.request(), email));
    }

    private boolean isDecidedByBody(RoutingContext ctx, String path) {
        return (path.equals(SIGN_IN) || throttle.isMailing(path)) && sessions.saysToBeKnown(ctx.request());
    }

    /**
     * Fails with 429 when there were too many in a row.
     *
     * @param path of the endpoint that does the same
     * @param known the name of a session or a known browser; null: the network's
     */
    public Future<Void> admit(RoutingContext ctx, String path, @Nullable String known) {
        HttpError knownOnly = RequestContext.of(ctx).knownOnly();
        if (knownOnly != null && known == null) {
            return Future.failedFuture(knownOnly);
        }
        return throttle.admit(RequestContext.of(ctx).client(), path, known);
    }

    /** Fails with 429 when an administrator does too much to others. */
    Future<Void> admitAdmin(SignedIn admin) {
        return throttle.admitAdmin(admin.user().id());
    }

    /** The name that somebody who is signed in is counted under. */
    public static String session(SignedIn signedIn) {
        return "session " + signedIn.session().id();
    }
}
