package app.molos.edge.auth;

import app.molos.edge.session.SessionJson;
import app.molos.edge.session.SessionReader;
import app.molos.edge.session.SignedIn;
import app.molos.edge.web.ErrorShape;
import app.molos.edge.web.Exchange;
import app.molos.edge.web.HttpError;
import app.molos.edge.web.TrustedOrigins;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;

/** The auth wire under {@code /api/auth}. One per event loop. */
public final class AuthRoutes {
    private static final int MAX_BODY = 64 * 1024;
    private static final int MAX_NAME = 200;
    private static final int MAX_URL = 2048;
    private static final CharSequence JSON = HttpHeaders.createOptimized("application/json");
    private static final Buffer NULL = Buffer.buffer("null");
    private static final Pattern MALFORMED_ESCAPE = Pattern.compile("%(?![0-9A-Fa-f]{2})");
    private static final List<String> ADMIN_FIELDS = List.of("role", "banReason", "banExpires");

    private final AuthService auth;
    private final SessionReader sessions;
    private final CallbackUrls callbacks;

    public AuthRoutes(AuthService auth, SessionReader sessions, TrustedOrigins trusted) {
        this.auth = auth;
        this.sessions = sessions;
        this.callbacks = new CallbackUrls(trusted);
    }

    public Router router(Vertx vertx) {
        Router router = Router.router(vertx);
        BodyHandler body = BodyHandler.create(false).setBodyLimit(MAX_BODY);
        router.route().setName("auth path").handler(AuthRoutes::refuseOtherSpellings);
        router.get("/get-session").setName("auth get-session").handler(this::getSession);
        router.post("/sign-up/email").setName("auth sign-up").handler(body).handler(answering(this::signUp));
        router.post("/sign-in/email").setName("auth sign-in").handler(body).handler(answering(this::signIn));
        router.post("/sign-out").setName("auth sign-out").handler(body).handler(answering(this::signOut));
        router.route().setName("auth unknown").handler(ctx -> ctx.fail(404));
        return router;
    }

    /** Marks a request as the wire's: from here on failures have its shape. Mounted before the origin guard. */
    public static void shape(RoutingContext ctx) {
        ErrorShape.WIRE.on(ctx);
        ctx.next();
    }

    /** The Router reads {@code //} as {@code /} and forgives a slash at the end; the wire knows no such paths. */
    private static void refuseOtherSpellings(RoutingContext ctx) {
        String path = ctx.request().path();
        if (path.contains("//") || path.endsWith("/")) {
            ctx.fail(404);
        } else if (ctx.request().query() != null && MALFORMED_ESCAPE.matcher(ctx.request().query()).find()) {
            ctx.fail(HttpError.of(400, "BAD_REQUEST", "The query has a malformed escape"));
        } else {
            ctx.next();
        }
    }

    private void getSession(RoutingContext ctx) {
        // Any value counts as true on this wire, "false" too.
        String flag = ctx.request().query() == null ? null : ctx.request().getParam("disableRefresh");
        Future<Optional<SignedIn>> found =
                flag == null || flag.isEmpty() ? sessions.use(ctx) : sessions.read(ctx);
        found.onSuccess(signedIn -> ctx.response()
                        .putHeader(HttpHeaders.CONTENT_TYPE, JSON)
                        .end(signedIn.map(SignedIn::render).orElse(NULL)))
                .onFailure(ctx::fail);
    }

    private Future<JsonObject> signUp(RoutingContext ctx) {
        WireBody body = WireBody.read(ctx);
        callbacks.check(body.fields(), ctx.request().getParam("callbackURL"));
        String name = body.string("name", MAX_NAME);
        String email = body.email("email");
        String password = body.nonEmptyString("password", Integer.MAX_VALUE);
        String image = body.optionalString("image", MAX_URL);
        if (image != null && !isWebUrl(image)) {
            body.fault("image", "Invalid input: expected an http or https URL");
        }
        body.optionalString("callbackURL", MAX_URL);
        boolean isRemembered = body.flag("rememberMe", true);
        body.throwIfFaulty();
        refuseAdminFields(body.fields());
        String header = ctx.request().getHeader("X-Setup-Token");
        String setupToken = header != null ? header : body.fields().getValue("setupToken") instanceof String s ? s : "";
        return auth.signUp(
                        new AuthService.SignUp(name, email, password, image, isRemembered, setupToken), client(ctx))
                .map(signedIn -> {
                    sessions.issue(ctx, signedIn);
                    return new JsonObject()
                            .put("token", signedIn.token())
                            .put("user", SessionJson.user(signedIn.user()));
                });
    }

    private Future<JsonObject> signIn(RoutingContext ctx) {
        WireBody body = WireBody.read(ctx);
        callbacks.check(body.fields(), ctx.request().getParam("callbackURL"));
        String email = body.string("email", Integer.MAX_VALUE);
        String password = body.string("password", Integer.MAX_VALUE);
        String callback = body.optionalString("callbackURL", MAX_URL);
        boolean isRemembered = body.flag("rememberMe", true);
        body.throwIfFaulty();
        if (!WireBody.isEmail(email)) {
            return Future.failedFuture(HttpError.of(400, "INVALID_EMAIL", "Invalid email"));
        }
        return auth.signIn(email.toLowerCase(Locale.ROOT), password, isRemembered, client(ctx))
                .map(signedIn -> {
                    sessions.issue(ctx, signedIn);
                    boolean isRedirected = callback != null && !callback.isEmpty();
                    JsonObject answer = new JsonObject().put("redirect", isRedirected).put("token", signedIn.token());
                    if (isRedirected) {
                        answer.put("url", callback);
                        ctx.response().putHeader(HttpHeaders.LOCATION, callback);
                    }
                    return answer.put("user", SessionJson.user(signedIn.user()));
                });
    }

    private Future<JsonObject> signOut(RoutingContext ctx) {
        WireBody.read(ctx);
        return sessions.end(ctx).map(v -> new JsonObject().put("success", true));
    }

    /** Runs an endpoint; what it throws or fails with becomes the answer in the wire's shape. */
    private static Handler<RoutingContext> answering(Function<RoutingContext, Future<JsonObject>> endpoint) {
        return ctx -> Future.succeededFuture(ctx)
                .compose(endpoint)
                .onSuccess(answer -> ctx.response().putHeader(HttpHeaders.CONTENT_TYPE, JSON).end(answer.toBuffer()))
                .onFailure(ctx::fail);
    }

    private static void refuseAdminFields(JsonObject fields) {
        for (String field : ADMIN_FIELDS) {
            Object value = fields.getValue(field);
            boolean isTruthy = value != null && !value.equals("") && !value.equals(false) && !value.equals(0);
            if (isTruthy) {
                String code = field.replaceAll("([A-Z])", "_$1").toUpperCase(Locale.ROOT).replace("_", "");
                throw HttpError.of(400, code + "_IS_NOT_ALLOWED_TO_BE_SET", field + " is not allowed to be set");
            }
        }
    }

    private static boolean isWebUrl(String text) {
        try {
            URI uri = new URI(text);
            return ("https".equals(uri.getScheme()) || "http".equals(uri.getScheme())) && uri.getHost() != null;
        } catch (URISyntaxException e) {
            return false;
        }
    }

    private static AuthService.Client client(RoutingContext ctx) {
        String agent = ctx.request().getHeader(HttpHeaders.USER_AGENT);
        return new AuthService.Client(Exchange.of(ctx).client(), agent == null ? "" : agent);
    }
}
