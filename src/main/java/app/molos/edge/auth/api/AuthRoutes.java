package app.molos.edge.auth.api;

import static app.molos.edge.auth.api.AuthTable.NOTHING;
import static io.vertx.core.http.HttpMethod.GET;
import static io.vertx.core.http.HttpMethod.POST;

import app.molos.edge.auth.AccountService;
import app.molos.edge.auth.AdminService;
import app.molos.edge.auth.MailLinks;
import app.molos.edge.auth.SignInService;
import app.molos.edge.auth.SignUpService;
import app.molos.edge.auth.api.AdminRequests.BanUser;
import app.molos.edge.auth.api.AdminRequests.SetPassword;
import app.molos.edge.auth.api.AdminRequests.SetRole;
import app.molos.edge.auth.api.AdminRequests.UpdateUser;
import app.molos.edge.auth.api.MailEndpoints.MailRequest;
import app.molos.edge.ratelimit.SignInThrottle;
import app.molos.edge.session.SessionReader;
import app.molos.edge.web.BodyReader;
import app.molos.edge.web.ErrorShape;
import app.molos.edge.web.QueryGuard;
import app.molos.edge.web.RequestContext;
import app.molos.edge.web.SiteConfig;
import app.molos.edge.web.TrustedOrigins;
import io.vertx.core.Vertx;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;

/** The auth wire under {@code /api/auth}: the table of its endpoints. One per event loop. */
public final class AuthRoutes {
    /** The services behind the wire; one each per process. */
    public record Services(
            SignUpService signUp,
            SignInService signIn,
            AccountService account,
            AdminService admin,
            MailLinks links,
            SignInThrottle throttle) {}

    private static final String BASE = "/api/auth";
    private static final String RESET_LINK = "/api/auth/reset-password/";

    public static final String SIGN_IN = BASE + RequestThrottle.SIGN_IN;
    public static final String SIGN_OUT = BASE + "/sign-out";
    public static final String GET_SESSION = "/api/auth/get-session";

    private final Services services;
    private final SessionReader sessions;
    private final SiteConfig site;
    private final BodyReader body;
    private final CallbackUrls callbacks;
    private final RequestThrottle throttle;
    private final SignEndpoints sign;

    public AuthRoutes(
            Services services, SessionReader sessions, SiteConfig site, TrustedOrigins trusted, BodyReader body) {
        this.body = body;
        this.services = services;
        this.sessions = sessions;
        this.site = site;
        this.callbacks = new CallbackUrls(trusted);
        this.throttle = new RequestThrottle(services.throttle(), sessions);
        this.sign = new SignEndpoints(services.signUp(), services.signIn(), sessions, throttle);
    }

    /**
     * Answers what every page asks first. It stands in the main table, because it needs nothing that the router below
     * does first.
     */
    public void getSession(RoutingContext ctx) {
        if (!ctx.request().path().equals(GET_SESSION)) {
            ctx.fail(404);
        } else {
            sign.getSession(ctx);
        }
    }

    public Router router(Vertx vertx) {
        Router router = Router.router(vertx);
        router.route().setName("auth path").handler(AuthRoutes::refuseOtherSpellings);
        router.route().setName("auth query").handler(new QueryGuard());
        AuthTable table = new AuthTable(router, sessions, body, callbacks, throttle);
        signing(table);
        sessions(table);
        account(table);
        mail(table);
        adminUsers(table);
        adminSessions(table);
        router.route().setName("auth unknown").handler(ctx -> ctx.fail(404));
        return router;
    }

    private void signing(AuthTable table) {
        table.form("/sign-up/email", SignEndpoints.SignUp::read, sign::signUp);
        table.form("/sign-in/email", SignEndpoints.SignIn::read, sign::signIn);
        table.anyone(POST, SIGN_OUT.substring(BASE.length()), NOTHING, sign::signOut);
        table.anyone(GET, "/ok", NOTHING, AccountEndpoints::ok);
    }

    private void sessions(AuthTable table) {
        SessionEndpoints own = new SessionEndpoints(sessions);
        table.signedIn(GET, "/list-sessions", NOTHING, own::list);
        table.signedIn(POST, "/revoke-session", SessionEndpoints::handle, own::revoke);
        table.signedIn(POST, "/revoke-sessions", NOTHING, own::revokeAll);
        table.signedIn(POST, "/revoke-other-sessions", NOTHING, own::revokeOthers);
    }

    private void account(AuthTable table) {
        AccountEndpoints account = new AccountEndpoints(services.account(), sessions);
        table.signedIn(POST, "/update-user", AccountEndpoints::profile, account::update);
        table.signedIn(POST, "/change-password", AccountEndpoints.ChangePassword::read, account::changePassword);
        table.signedIn(POST, "/verify-password", AccountEndpoints::password, account::verifyPassword);
        table.signedIn(POST, "/delete-user", AccountEndpoints.Delete::read, account::delete);
        table.signedIn(GET, "/list-accounts", NOTHING, account::accounts);
    }

    private void mail(AuthTable table) {
        MailEndpoints mail =
                new MailEndpoints(services.links(), services.account(), callbacks, site, sessions, throttle);
        table.anyone(POST, RequestThrottle.REQUEST_RESET, MailRequest::readReset, mail::requestReset);
        table.anyone(GET, "/reset-password/:token", MailEndpoints::callback, mail::openReset);
        table.anyone(POST, "/reset-password", MailEndpoints.Reset::read, mail::reset);
        table.anyone(POST, RequestThrottle.SEND_VERIFICATION, MailRequest::readVerification, mail::requestVerification);
        table.anyone(GET, "/verify-email", request -> request.requiredQuery("token"), mail::verify);
        table.signedIn(POST, "/change-email", MailEndpoints.ChangeEmail::read, mail::changeEmail);
        table.anyone(GET, "/error", NOTHING, mail::error);
    }

    private void adminUsers(AuthTable table) {
        AdminEndpoints admin = new AdminEndpoints(services.admin(), sessions);
        table.admin(GET, "/admin/list-users", "list users", UserListQuery::read, admin::list);
        table.admin(GET, "/admin/get-user", "get user", request -> request.requiredQuery("id"), admin::get);
        table.admin(POST, "/admin/create-user", "create users", AdminRequests::newUser, admin::create);
        table.admin(POST, "/admin/update-user", "update users", UpdateUser::read, admin::update);
        table.admin(POST, "/admin/set-role", "change users role", SetRole::read, admin::setRole);
        table.admin(POST, "/admin/set-user-password", "set users password", SetPassword::read, admin::setPassword);
        table.admin(POST, "/admin/ban-user", "ban users", BanUser::read, admin::ban);
        table.admin(POST, "/admin/unban-user", "ban users", AdminRequests::userId, admin::unban);
        table.admin(POST, "/admin/remove-user", "delete users", AdminRequests::userId, admin::remove);
        table.signedIn(POST, "/admin/has-permission", AdminRequests::permissions, admin::hasPermission);
    }

    private void adminSessions(AuthTable table) {
        AdminSessionEndpoints others = new AdminSessionEndpoints(services.admin(), sessions);
        table.admin(POST, "/admin/list-user-sessions", "list users sessions", AdminRequests::userId, others::list);
        table.admin(
                POST,
                "/admin/revoke-user-session",
                "revoke users sessions",
                AdminRequests::sessionToken,
                others::revoke);
        table.admin(
                POST, "/admin/revoke-user-sessions", "revoke users sessions", AdminRequests::userId, others::revokeAll);
        table.admin(POST, "/admin/impersonate-user", "impersonate users", AdminRequests::userId, others::impersonate);
        table.signedIn(POST, "/admin/stop-impersonating", NOTHING, others::stop);
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
}
