package app.molos.edge.auth;

import app.molos.edge.ratelimit.SignInThrottle;
import app.molos.edge.session.SessionReader;
import app.molos.edge.web.BodyReader;
import app.molos.edge.web.ErrorShape;
import app.molos.edge.web.RequestContext;
import app.molos.edge.web.QueryGuard;
import app.molos.edge.web.SiteConfig;
import app.molos.edge.web.TrustedOrigins;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.Json;
import io.vertx.ext.web.Route;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.function.Function;

/** The auth wire under {@code /api/auth}: the table of its endpoints. One per event loop. */
public final class AuthRoutes {
    /** What the wire is made of; one per process. */
    public record Services(
            SignUpService signUp,
            SignInService signIn,
            AccountService account,
            AdminService admin,
            MailLinks links,
            SignInThrottle throttle) {}

    /** An endpoint: what it returns becomes the JSON of a 200; null means that it has answered itself. */
    interface Endpoint extends Function<AuthRequest, Future<?>> {}

    private static final CharSequence JSON = HttpHeaders.createOptimized("application/json");
    private static final String BASE = "/api/auth";
    private static final String RESET_LINK = "/api/auth/reset-password/";

    public static final String GET_SESSION = "/api/auth/get-session";

    private final Services services;
    private final SessionReader sessions;
    private final SiteConfig site;
    private final BodyReader body;
    private final CallbackUrls callbacks;
    private final RequestThrottle throttle;
    private final SignEndpoints sign;

    public AuthRoutes(Services services, SessionReader sessions, SiteConfig site, TrustedOrigins trusted, BodyReader body) {
        this.body = body;
        this.services = services;
        this.sessions = sessions;
        this.site = site;
        this.callbacks = new CallbackUrls(trusted);
        this.throttle = new RequestThrottle(services.throttle(), sessions);
        this.sign = new SignEndpoints(services.signUp(), services.signIn(), sessions, throttle);
    }

    /** What every page asks first, so it stands in the main table: of what the router below does first it needs nothing. */
    public void getSession(RoutingContext ctx) {
        if (!ctx.request().path().equals(GET_SESSION)) {
            ctx.fail(404);
        } else {
            sign.getSession(ctx);
        }
    }

    public Router router(Vertx vertx) {
        Router router = Router.router(vertx);
        AccountEndpoints account = new AccountEndpoints(services.account(), sessions);
        SessionEndpoints own = new SessionEndpoints(sessions);
        MailEndpoints mail = new MailEndpoints(services.links(), services.account(), callbacks, site, sessions);
        AdminEndpoints admin = new AdminEndpoints(services.admin(), sessions);
        AdminSessionEndpoints others = new AdminSessionEndpoints(services.admin(), sessions);
        Table table = new Table(router);

        router.route().setName("auth path").handler(AuthRoutes::refuseOtherSpellings);
        router.route().setName("auth query").handler(new QueryGuard());

        table.form("/sign-up/email", sign::signUp);
        table.form("/sign-in/email", sign::signIn);
        table.post("/sign-out", sign::signOut);

        table.get("/list-sessions", own::list);
        table.post("/revoke-session", own::revoke);
        table.post("/revoke-sessions", own::revokeAll);
        table.post("/revoke-other-sessions", own::revokeOthers);

        table.post("/update-user", account::update);
        table.post("/change-password", account::changePassword);
        table.post("/verify-password", account::verifyPassword);
        table.post("/delete-user", account::delete);
        table.get("/list-accounts", account::accounts);
        table.get("/ok", account::ok);

        table.post("/request-password-reset", mail::requestReset);
        table.get("/reset-password/:token", mail::openReset);
        table.post("/reset-password", mail::reset);
        table.post("/send-verification-email", mail::requestVerification);
        table.get("/verify-email", mail::verify);
        table.post("/change-email", mail::changeEmail);
        table.get("/error", mail::error);

        table.get("/admin/list-users", admin::list);
        table.get("/admin/get-user", admin::get);
        table.post("/admin/create-user", admin::create);
        table.post("/admin/update-user", admin::update);
        table.post("/admin/set-role", admin::setRole);
        table.post("/admin/set-user-password", admin::setPassword);
        table.post("/admin/ban-user", admin::ban);
        table.post("/admin/unban-user", admin::unban);
        table.post("/admin/remove-user", admin::remove);
        table.post("/admin/has-permission", admin::hasPermission);
        table.post("/admin/list-user-sessions", others::list);
        table.post("/admin/revoke-user-session", others::revoke);
        table.post("/admin/revoke-user-sessions", others::revokeAll);
        table.post("/admin/impersonate-user", others::impersonate);
        table.post("/admin/stop-impersonating", others::stop);

        router.route().setName("auth unknown").handler(ctx -> ctx.fail(404));
        return router;
    }

    /** Whether a path is the wire's. */
    public static boolean cover(String path) {
        return path.startsWith(BASE) && (path.length() == BASE.length() || path.charAt(BASE.length()) == '/');
    }

    /** Marks a request as the wire's: failures have its shape, those of the guards included. */
    public static void shape(RequestContext context) {
        context.setShape(ErrorShape.BETTER_AUTH);
        if (context.path().startsWith(RESET_LINK)) {
            // Whatever becomes of it, a refusal included, its token is a secret.
            context.logPathAs(RESET_LINK + ":token");
        }
    }

    /** The Router reads {@code //} as {@code /} and forgives a slash at the end; the wire knows no such paths. */
    private static void refuseOtherSpellings(RoutingContext ctx) {
        String path = ctx.request().path();
        if (path.contains("//") || path.endsWith("/")) {
            ctx.fail(404);
        } else {
            ctx.next();
        }
    }

    private final class Table {
        private final Router router;

        Table(Router router) {
            this.router = router;
        }

        void get(String path, Endpoint endpoint) {
            limited(router.get(path), path).handler(ctx -> answer(ctx, false, endpoint));
        }

        void post(String path, Endpoint endpoint) {
            limited(router.post(path), path).handler(body).handler(ctx -> answer(ctx, false, endpoint));
        }

        /** As {@link #post}, and plain HTML forms are taken too. */
        void form(String path, Endpoint endpoint) {
            limited(router.post(path), path).handler(body).handler(ctx -> answer(ctx, true, endpoint));
        }

        /** Only what a route takes is counted: three GETs to where one signs in would otherwise lock a network out. */
        private Route limited(Route route, String path) {
            Handler<RoutingContext> limit = throttle.before(path);
            route.setName("auth" + path.replace('/', ' '));
            return limit == null ? route : route.handler(limit);
        }

        /** What the endpoint throws or fails with becomes the answer in the wire's shape. */
        private void answer(RoutingContext ctx, boolean takesForms, Endpoint endpoint) {
            Future.succeededFuture()
                    .compose(v -> {
                        if (ctx.request().method() == HttpMethod.GET) {
                            return endpoint.apply(new AuthRequest(ctx, AuthRequestBody.none(), sessions)).map(answer -> (Object) answer);
                        }
                        AuthRequest call = new AuthRequest(ctx, AuthRequestBody.read(ctx, takesForms), sessions);
                        callbacks.check(call.body().fields(), call.query("callbackURL"));
                        return endpoint.apply(call).map(answer -> (Object) answer);
                    })
                    .onSuccess(answer -> {
                        if (answer != null) {
                            Buffer json = answer instanceof Buffer buffer ? buffer : Json.encodeToBuffer(answer);
                            ctx.response().putHeader(HttpHeaders.CONTENT_TYPE, JSON).end(json);
                        }
                    })
                    .onFailure(ctx::fail);
        }
    }
}
