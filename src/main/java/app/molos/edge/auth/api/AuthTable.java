package app.molos.edge.auth.api;

import app.molos.edge.auth.AuthErrors;
import app.molos.edge.session.Actor;
import app.molos.edge.session.SessionReader;
import app.molos.edge.session.SignedIn;
import app.molos.edge.web.BodyReader;
import app.molos.edge.web.HttpError;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.Json;
import io.vertx.ext.web.Route;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Turns rows into routes: method, path, who may, how the request is read, what runs. The order is the wire's: first the
 * request's shape (415, 400), then who asks (401, 403), then the rules. Confined to one event loop.
 */
final class AuthTable {
    /** Reads a request; throws 400 for what is wrong with it, and collects the faults of its body's fields. */
    interface Reader<T> extends Function<AuthRequest, T> {}

    /** Runs for anybody. What it returns becomes the JSON of a 200; null means that it has answered itself. */
    interface Action<T> {
        Future<?> run(AuthRequest request, T input);
    }

    /** Runs for somebody who may; returns as {@link Action} does. */
    interface PersonalAction<T> {
        Future<?> run(AuthCall call, T input);
    }

    /** Reads nothing, not even whether there is a body. */
    static final Reader<AuthRequest> NOTHING = request -> request;

    private static final CharSequence JSON = HttpHeaders.createOptimized("application/json");

    private final Router router;
    private final SessionReader sessions;
    private final BodyReader body;
    private final CallbackUrls callbacks;
    private final RequestThrottle throttle;

    AuthTable(
            Router router, SessionReader sessions, BodyReader body, CallbackUrls callbacks, RequestThrottle throttle) {
        this.router = router;
        this.sessions = sessions;
        this.body = body;
        this.callbacks = callbacks;
        this.throttle = throttle;
    }

    <T> void anyone(HttpMethod method, String path, Reader<T> reader, Action<T> action) {
        row(method, path, false, request -> action.run(request, read(request, reader)));
    }

    /** As {@link #anyone}, and plain HTML forms are taken too. */
    <T> void form(String path, Reader<T> reader, Action<T> action) {
        row(HttpMethod.POST, path, true, request -> action.run(request, read(request, reader)));
    }

    <T> void signedIn(HttpMethod method, String path, Reader<T> reader, PersonalAction<T> action) {
        row(method, path, false, request -> {
            T input = read(request, reader);
            return caller(request).compose(me -> action.run(new AuthCall(request, me, Actor.self(me)), input));
        });
    }

    /** @param right what others are told they are not allowed to do */
    <T> void admin(HttpMethod method, String path, String right, Reader<T> reader, PersonalAction<T> action) {
        HttpError refusal = AuthErrors.notAllowedTo(right);
        row(method, path, false, request -> {
            T input = read(request, reader);
            return caller(request).compose(me -> {
                if (!me.user().isAdmin()) {
                    return Future.failedFuture(refusal);
                }
                Future<Void> admitted =
                        method.equals(HttpMethod.GET) ? Future.succeededFuture() : throttle.admitAdmin(me);
                return admitted.compose(v -> action.run(new AuthCall(request, me, Actor.admin(me, refusal)), input));
            });
        });
    }

    private static <T> T read(AuthRequest request, Reader<T> reader) {
        T input = reader.apply(request);
        if (reader != NOTHING && request.hasBody()) {
            request.body().throwIfFaulty();
        }
        return input;
    }

    /** Who is signed in, as a use of the session; fails with 401. */
    private Future<SignedIn> caller(AuthRequest request) {
        return sessions.use(request.ctx().request())
                .compose(found -> found.map(Future::succeededFuture)
                        .orElseGet(() -> Future.failedFuture(AuthErrors.UNAUTHORIZED)));
    }

    private void row(HttpMethod method, String path, boolean takesForms, Function<AuthRequest, Future<?>> run) {
        Route route = router.route(method, path).setName("auth" + path.replace('/', ' '));
        // Only what a route takes is counted: three GETs to where one signs in would otherwise lock a network out.
        Handler<RoutingContext> limit = throttle.before(path);
        if (limit != null) {
            route.handler(limit);
        }
        if (!method.equals(HttpMethod.GET)) {
            route.handler(body);
        }
        route.handler(ctx -> Future.succeededFuture()
                .compose(v -> run.apply(request(ctx, takesForms)).map(AuthTable::asObject))
                .onSuccess(answer -> send(ctx, answer))
                .onFailure(ctx::fail));
    }

    private AuthRequest request(RoutingContext ctx, boolean takesForms) {
        if (ctx.request().method().equals(HttpMethod.GET)) {
            return new AuthRequest(ctx, AuthRequestBody.none());
        }
        AuthRequest request = new AuthRequest(ctx, AuthRequestBody.read(ctx, takesForms));
        callbacks.check(request.body().fields(), request.query("callbackURL"));
        return request;
    }

    private static @Nullable Object asObject(@Nullable Object answer) {
        return answer;
    }

    private static void send(RoutingContext ctx, @Nullable Object answer) {
        if (answer != null) {
            Buffer json = answer instanceof Buffer buffer ? buffer : Json.encodeToBuffer(answer);
            ctx.response().putHeader(HttpHeaders.CONTENT_TYPE, JSON).end(json);
        }
    }
}
