package app.molos.edge.pages;

import app.molos.edge.auth.api.AuthRoutes;
import app.molos.edge.auth.api.RequestThrottle;
import app.molos.edge.session.SessionReader;
import app.molos.edge.web.BodyReader;
import app.molos.edge.web.ClientAddress;
import app.molos.edge.web.EdgePaths;
import app.molos.edge.web.QueryGuard;
import app.molos.edge.web.SiteConfig;
import app.molos.edge.web.TrustedOrigins;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.function.Supplier;

/** The pages under {@code /edge}. One per event loop. */
public final class PageRoutes {

    private final AuthRoutes.Services services;
    private final PageContext parts;
    private final BodyReader body;
    private final FrontPage front;

    /**
     * Where the pages stand.
     *
     * @param modules that the front page leads to
     * @param home where people land who were going nowhere in particular
     */
    public record Site(
            SiteConfig config, TrustedOrigins trusted, Supplier<List<AppLink>> modules, Supplier<String> home) {}

    public PageRoutes(
            AuthRoutes.Services services,
            SessionReader sessions,
            PageRenderer renderer,
            FormTokens tokens,
            Site site,
            BodyReader body) {
        this.body = body;
        this.services = services;
        this.parts = new PageContext(
                renderer,
                sessions,
                tokens,
                new RequestThrottle(services.throttle(), sessions),
                new CookieTrouble(
                        site.config(),
                        site.trusted(),
                        new ClientAddress(site.config().trustedProxies())),
                site.home());
        this.front = new FrontPage(parts, site.modules());
    }

    /** Returns the page at {@code /} where no module is. */
    public FrontPage front() {
        return front;
    }

    public Router router(Vertx vertx) {
        Router router = Router.router(vertx);
        SignInPages signIn = new SignInPages(services.signUp(), services.signIn(), services.links(), parts);
        SignUpPages signUp = new SignUpPages(services.signUp(), parts);
        PasswordPages password = new PasswordPages(services.links(), parts);
        AccountPages account = new AccountPages(services.account(), services.links(), parts);

        router.route().setName("edge query").handler(new QueryGuard());
        read(router, EdgePaths.HOME, "edge home", signIn::home);
        read(router, Stylesheet.get().path(), "edge stylesheet", Stylesheet.get()::serve);

        read(router, EdgePaths.WELCOME, "edge welcome", signUp::welcome);
        form(router, body, EdgePaths.WELCOME, "edge welcome form", signUp::submitWelcome);
        read(router, EdgePaths.SIGN_UP, "edge sign-up", signUp::show);
        form(router, body, EdgePaths.SIGN_UP, "edge sign-up form", signUp::submit);
        read(router, EdgePaths.SIGN_IN, "edge sign-in", signIn::show);
        form(router, body, EdgePaths.SIGN_IN, "edge sign-in form", signIn::submit);
        read(router, EdgePaths.LANDED, "edge landed", signIn::landed);
        read(router, EdgePaths.SIGN_OUT, "edge sign-out", signIn::showOut);
        form(router, body, EdgePaths.SIGN_OUT, "edge sign-out form", signIn::submitOut);
        read(router, EdgePaths.FORGOT, "edge forgot", password::showForgot);
        form(router, body, EdgePaths.FORGOT, "edge forgot form", password::submitForgot);
        read(router, EdgePaths.NEW_PASSWORD, "edge new-password", password::showNew);
        form(router, body, EdgePaths.NEW_PASSWORD, "edge new-password form", password::submitNew);

        read(router, EdgePaths.UNDO_ADDRESS, "edge undo-address", password::showUndo);
        form(router, body, EdgePaths.UNDO_ADDRESS, "edge undo-address form", password::submitUndo);

        read(router, EdgePaths.ACCOUNT, "edge account", account::show);
        form(router, body, EdgePaths.ACCOUNT + "/name", "edge account name", account::submitName);
        form(router, body, EdgePaths.ACCOUNT + "/address", "edge account address", account::submitAddress);
        form(router, body, EdgePaths.ACCOUNT + "/password", "edge account password", account::submitPassword);
        form(router, body, EdgePaths.ACCOUNT + "/end-session", "edge account end-session", account::submitEndOne);
        form(router, body, EdgePaths.ACCOUNT + "/end-others", "edge account end-others", account::submitEndOthers);
        form(router, body, EdgePaths.ACCOUNT + "/delete", "edge account delete", account::submitDelete);

        router.route().setName("edge unknown").handler(ctx -> ctx.fail(404));
        return router;
    }

    private static void read(Router router, String path, String name, Handler<RoutingContext> page) {
        router.route(relative(path))
                .method(HttpMethod.GET)
                .method(HttpMethod.HEAD)
                .setName(name)
                .handler(page);
    }

    private static void form(Router router, BodyReader body, String path, String name, Handler<RoutingContext> page) {
        router.post(relative(path))
                .consumes("application/x-www-form-urlencoded")
                .setName(name)
                .handler(body)
                .handler(page);
    }

    /** The table is mounted below {@link EdgePaths#BASE}. */
    private static String relative(String path) {
        return path.substring(EdgePaths.BASE.length());
    }
}
