package app.molos.edge.http;

import app.molos.edge.auth.api.AuthRoutes;
import app.molos.edge.pages.PageRoutes;
import app.molos.edge.web.BodyReader;
import app.molos.edge.web.EdgePaths;
import app.molos.edge.web.QueryGuard;
import app.molos.edge.web.RequestContextLocal;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Route;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.Objects;

/**
 * The route table: what the edge answers itself. Guards have allowed a request before it comes here, and modules are
 * matched before the table is. The order on the page is the order at run time.
 */
final class EdgeRouter {
    /** What takes the reports of browsers. */
    record CspReporting(BodyReader body, CspReportHandler handler) {}

    private EdgeRouter() {}

    static Router of(
            Vertx vertx,
            AuthRoutes auth,
            PageRoutes pages,
            AssertionKeysHandler assertions,
            CspReporting csp,
            ErrorResponder errors) {
        Router router = Router.router(vertx);

        router.route().setName("context").handler(EdgeRouter::attach);

        // Features; each endpoint asks for itself who may.
        router.get(AuthRoutes.GET_SESSION)
                .setName("auth get-session")
                .handler(new QueryGuard())
                .handler(auth::getSession);
        router.route("/api/auth/*").setName("auth").subRouter(auth.router(vertx));
        router.post(EdgePaths.CSP_REPORT + ":module")
                .setName("csp report")
                .handler(csp.body())
                .handler(csp.handler());
        router.route(EdgePaths.HOME + "*").setName("pages").subRouter(pages.router(vertx));
        read(router, "/.well-known/jwks.json").setName("assertion keys").handler(assertions);
        read(router, "/").setName("front page").handler(pages.front()::show);

        router.route().setName("unknown").handler(ctx -> ctx.fail(404));
        router.route().setName("errors").failureHandler(errors);
        return router;
    }

    private static void attach(RoutingContext ctx) {
        Objects.requireNonNull(RequestContextLocal.get()).attach(ctx);
        ctx.next();
    }

    private static Route read(Router router, String path) {
        return router.route(path).method(HttpMethod.GET).method(HttpMethod.HEAD);
    }
}
