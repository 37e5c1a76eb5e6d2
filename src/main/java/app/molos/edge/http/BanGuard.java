package app.molos.edge.http;

import app.molos.edge.auth.api.AuthRoutes;
import app.molos.edge.intrusion.Ban;
import app.molos.edge.intrusion.IntrusionService;
import app.molos.edge.session.SessionReader;
import app.molos.edge.session.SignedIn;
import app.molos.edge.web.Decision;
import app.molos.edge.web.EdgePaths;
import app.molos.edge.web.HttpError;
import app.molos.edge.web.RequestContext;
import app.molos.edge.web.RequestGuard;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Refuses who is banned, and leaves in the context who is known. The ban of an address keeps nobody out who is signed in,
 * nor a browser that was signed in from before, where it signs in.
 */
final class BanGuard implements RequestGuard {
    private final IntrusionService intrusion;
    private final SessionReader sessions;
    private @Nullable Ban last;
    private long lastSecond;
    private @Nullable HttpError lastRefusal;
    /** Whose address was looked up last, and what was found: both looks at a request are in one turn of the loop. */
    private @Nullable RequestContext asked;

    private @Nullable Ban found;

    BanGuard(IntrusionService intrusion, SessionReader sessions) {
        this.intrusion = intrusion;
        this.sessions = sessions;
    }

    /**
     * Returns what refuses a request before anything else of it is looked at: of an address that is banned, without a
     * cookie by which anybody could be known. All others are for {@link #decide}, and so are these where this says null.
     */
    @Nullable
    HttpError atOnce(HttpServerRequest request, RequestContext context) {
        Ban ban = intrusion.ofAddress(context.client());
        asked = context;
        found = ban;
        return ban == null || sessions.mayBeKnown(request) ? null : refusal(ban);
    }

    @Override
    public Decision decide(HttpServerRequest request, RequestContext context) {
        if (request.headers().contains(HttpHeaders.COOKIE)) {
            sessions.recognize(request, context);
        }
        if (context.recognized() instanceof SignedIn known) {
            return ofSession(known);
        }
        Ban ban = asked == context ? found : intrusion.ofAddress(context.client());
        boolean mayBeSignedIn = context.token() != null && (ban != null || intrusion.bansSessions());
        return mayBeSignedIn
                ? Decision.when(sessions.peek(request).map(found -> judge(found, ban, request, context)))
                : ofAddress(ban, request, context);
    }

    private Decision judge(
            Optional<SignedIn> found, @Nullable Ban ban, HttpServerRequest request, RequestContext context) {
        // Not recognized: its use may have to move its end, which is for whoever uses it.
        return found.isPresent() ? ofSession(found.get()) : ofAddress(ban, request, context);
    }

    private Decision ofSession(SignedIn known) {
        Ban ban = intrusion.ofSession(known.session().id());
        return ban == null ? Decision.ALLOW : Decision.refuse(refusal(ban));
    }

    private Decision ofAddress(@Nullable Ban ban, HttpServerRequest request, RequestContext context) {
        if (ban == null) {
            return Decision.ALLOW;
        }
        HttpError refusal = refusal(ban);
        if (isWhereOneSignsIn(context.path()) && sessions.saysToBeKnown(request)) {
            // Whether it is known is a question of the address in the body: see RequestThrottle.
            context.admitKnownOnly(refusal);
            return Decision.ALLOW;
        }
        return Decision.refuse(refusal);
    }

    /** Who is banned asks often, and their refusal changes by the second. */
    private HttpError refusal(Ban ban) {
        long second = intrusion.millis() / 1000;
        HttpError known = lastRefusal;
        if (known == null || !ban.equals(last) || second != lastSecond) {
            known = intrusion.refusal(ban);
            last = ban;
            lastSecond = second;
            lastRefusal = known;
        }
        return known;
    }

    private static boolean isWhereOneSignsIn(String path) {
        return path.equals(AuthRoutes.SIGN_IN) || path.equals(EdgePaths.SIGN_IN) || path.equals(EdgePaths.LANDED);
    }
}
