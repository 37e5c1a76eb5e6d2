package app.molos.edge.http;

import app.molos.edge.session.AccessGuard;
import app.molos.edge.web.BodyReader;
import app.molos.edge.web.Decision;
import app.molos.edge.web.EdgePaths;
import app.molos.edge.web.HttpError;
import app.molos.edge.web.InboundBudget;
import app.molos.edge.web.LastOfConnection;
import app.molos.edge.web.LimitedLog;
import app.molos.edge.web.Navigation;
import app.molos.edge.web.RedirectTarget;
import app.molos.edge.web.RequestContext;
import app.molos.edge.web.RequestTarget;
import app.molos.edge.web.RoutedPath;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * Takes every request the same way: validate, probe?, match (a module or a row of the route table), guards, answer.
 * Confined to one event loop.
 */
final class RequestDispatcher {
    private static final LimitedLog LIMITED = new LimitedLog(LoggerFactory.getLogger(RequestDispatcher.class));
    private static final String SIGN_IN_PAGE = EdgePaths.SIGN_IN + "?to=";

    private final ConnectionAdmission admission;
    private final RequestLifecycle lifecycle;
    private final ConnectionTimeouts timeouts;
    private final InboundBudget budget;
    private final ErrorResponder errors;
    private final RequestGuards guards;
    private final RequestMatcher matcher;
    /** Made once: it is asked for with each request. */
    private final Predicate<HttpServerRequest> mayLackHost;

    RequestDispatcher(
            ConnectionAdmission admission,
            RequestLifecycle lifecycle,
            ConnectionTimeouts timeouts,
            InboundBudget budget,
            ErrorResponder errors,
            RequestGuards guards,
            RequestMatcher matcher) {
        this.admission = admission;
        this.lifecycle = lifecycle;
        this.timeouts = timeouts;
        this.budget = budget;
        this.errors = errors;
        this.guards = guards;
        this.matcher = matcher;
        this.mayLackHost = matcher::mayLackHost;
    }

    void handle(HttpServerRequest request) {
        if (!admission.isAdmitted(request.connection())) {
            return;
        }
        ConnectionClock clock = timeouts.of(request);
        RequestContext context = lifecycle.begin(request, clock);
        try {
            HttpError banned = guards.atOnce(request, context);
            if (banned != null && isWhole(request, clock) && !matcher.isProbe(request)) {
                TokenPaths.hide(request, context);
                errors.refuseLean(request, context, banned);
                return;
            }
            HttpError violation = violation(request, context, clock);
            if (violation == null) {
                dispatch(request, context);
            } else {
                lifecycle.putOwnHeaders(request, context);
                errors.fail(request, context, violation);
                if (clock.failure() != null) {
                    // Closing while the client still sends would reset the connection, and the response would be lost
                    // with it.
                    clock.linger(request);
                }
            }
        } catch (RuntimeException e) {
            context.fail(e);
        }
    }

    /** Whether the head is one that was read to its end, and nobody waits to be told to send the rest. */
    private static boolean isWhole(HttpServerRequest request, ConnectionClock clock) {
        return clock.failure() == null && !request.headers().contains(HttpHeaders.EXPECT);
    }

    private void dispatch(HttpServerRequest request, RequestContext context) {
        String path = RoutedPath.of(request.path());
        RequestTarget target = matcher.find(request, path);
        context.route(path, target);
        RouteTable.prepare(context);
        Decision decision = Probes.are(target) ? Decision.ALLOW : guards.decide(request, context);
        if (decision == Decision.ALLOW && target.isForwarded()) {
            target.answer(request, context, failure -> {
                lifecycle.putOwnHeaders(request, context);
                errors.fail(request, context, failure);
            });
            return;
        }
        if (decision instanceof Decision.Later later) {
            later.decision()
                    .onSuccess(decided -> follow(decided, request, context))
                    .onFailure(failure -> {
                        lifecycle.putOwnHeaders(request, context);
                        errors.fail(request, context, failure);
                    });
        } else {
            follow(decision, request, context);
        }
    }

    private void follow(Decision decision, HttpServerRequest request, RequestContext context) {
        if (decision instanceof Decision.Refuse refusal && ErrorResponder.isLean(request, refusal.error())) {
            errors.refuseLean(request, context, refusal.error());
            return;
        }
        lifecycle.putOwnHeaders(request, context);
        follow(decision, request, context, failure -> errors.fail(request, context, failure));
    }

    private static void follow(
            Decision decision, HttpServerRequest request, RequestContext context, Consumer<Throwable> failed) {
        if (!(decision instanceof Decision.Refuse refusal)) {
            context.target().answer(request, context, failed);
        } else if (refusal.error() == AccessGuard.SIGN_IN && Navigation.is(request)) {
            context.refusedWith(refusal.error().code(), refusal.error().limit());
            String wanted = URLEncoder.encode(request.uri(), StandardCharsets.UTF_8);
            new RedirectTarget("", true, 302, SIGN_IN_PAGE + wanted).answer(request, context, failed);
        } else {
            failed.accept(refusal.error());
        }
    }

    /** Why the request is refused whatever it is for; null when it is not. */
    private @Nullable HttpError violation(HttpServerRequest request, RequestContext context, ConnectionClock clock) {
        Throwable malformed = clock.failure();
        if (malformed != null) {
            LastOfConnection.announce(request);
            return RequestValidator.malformed(malformed);
        }
        Throwable tooLong = LastOfConnection.isStream(request) ? Http2Requests.tooLong(request) : null;
        if (tooLong != null) {
            return RequestValidator.malformed(tooLong);
        }
        if (request.headers().contains(HttpHeaders.EXPECT)) {
            // Unless a module is sent the body (its response has a head of its own): nobody can tell whether one still
            // comes.
            LastOfConnection.announce(request);
        }
        if (!clock.admits(request, budget, context.client())) {
            LIMITED.warn(
                    "room",
                    "Requests of {} and others are refused: their heads together are larger than what may be kept"
                            + " (SERVER_INBOUND_MEMORY, a quarter for one network)",
                    context.client());
            return BodyReader.NO_ROOM;
        }
        HttpError violation = RequestValidator.violation(request, mayLackHost);
        if (violation != null) {
            TokenPaths.hide(request, context);
        }
        return violation;
    }
}
