package app.molos.edge.http;

import app.molos.edge.auth.api.AuthRoutes;
import app.molos.edge.ratelimit.LimitsConfig;
import app.molos.edge.ratelimit.LoadShedder;
import app.molos.edge.ratelimit.LoadShedder.Rank;
import app.molos.edge.session.SessionReader;
import app.molos.edge.session.SignedIn;
import app.molos.edge.web.Decision;
import app.molos.edge.web.EdgePaths;
import app.molos.edge.web.HttpError;
import app.molos.edge.web.LimitedLog;
import app.molos.edge.web.RequestContext;
import app.molos.edge.web.RequestGuard;
import io.vertx.core.http.HttpServerRequest;
import org.slf4j.LoggerFactory;

/**
 * Refuses some requests while the event loop is late: of strangers first, then to modules by their priority, then to the
 * edge itself. Signing out and what an administrator does are never refused for that.
 */
final class LoadGuard implements RequestGuard {
    private static final LimitedLog LIMITED = new LimitedLog(LoggerFactory.getLogger(LoadGuard.class));
    private static final int RETRY_SECONDS = 5;
    private static final HttpError OVERLOADED = HttpError.unavailable(
                    "OVERLOADED",
                    "There is too much to do just now. Please try again in a moment.",
                    RETRY_SECONDS,
                    null)
            .withLimit(LimitsConfig.OVERLOAD_LAG.name());

    private final LoadShedder shedder;
    private final SessionReader sessions;
    private final boolean isEnforced;

    LoadGuard(LoadShedder shedder, SessionReader sessions, boolean isEnforced) {
        this.isEnforced = isEnforced;
        this.shedder = shedder;
        this.sessions = sessions;
    }

    @Override
    public Decision decide(HttpServerRequest request, RequestContext context) {
        if (!shedder.isUnderPressure()) {
            return Decision.ALLOW;
        }
        if (context.recognized() instanceof SignedIn known) {
            return judge(known, context);
        }
        boolean mayBeSignedIn = context.token() != null;
        if ((mayBeSignedIn && isSignOut(context.path())) || !shedder.sheds(Rank.ANONYMOUS)) {
            return Decision.ALLOW;
        }
        if (!mayBeSignedIn) {
            return giveUp();
        }
        // A cookie says nothing of whether its session is still alive; a database that is away is no reason to refuse.
        return Decision.when(sessions.peek(request)
                .map(found -> found.map(known -> judge(known, context)).orElseGet(this::giveUp))
                .otherwise(Decision.ALLOW));
    }

    private Decision judge(SignedIn known, RequestContext context) {
        boolean isSpared = known.user().isAdmin() || isSignOut(context.path());
        return isSpared || !shedder.sheds(rank(context)) ? Decision.ALLOW : giveUp();
    }

    private Decision giveUp() {
        shedder.gaveUp();
        LIMITED.warn(
                "overload",
                "This event loop is late (limits.overloadLag), so some requests {}",
                isEnforced ? "are answered with 503" : "would be answered with 503 (limits.mode)");
        return isEnforced ? Decision.refuse(OVERLOADED) : Decision.ALLOW;
    }

    private static Rank rank(RequestContext context) {
        if (context.target().module().isEmpty()) {
            return Rank.OWN;
        }
        return switch (context.target().priority()) {
            case LOW -> Rank.LOW;
            case NORMAL -> Rank.NORMAL;
            case HIGH -> Rank.HIGH;
        };
    }

    private static boolean isSignOut(String path) {
        return path.equals(EdgePaths.SIGN_OUT) || path.equals(AuthRoutes.SIGN_OUT);
    }
}
