package app.molos.edge.http;

import app.molos.edge.auth.AuthRoutes;
import app.molos.edge.health.HealthService;
import app.molos.edge.modules.ReservedPaths;
import app.molos.edge.pages.PageRoutes;
import app.molos.edge.proxy.ModuleHandler;
import app.molos.edge.session.SessionReader;
import app.molos.edge.web.ExchangeLocal;
import app.molos.edge.web.QueryGuard;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Route;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.Objects;

/** The route table of the public listener. The order on the page is the order at run time. */
final class EdgeRouter {
    private EdgeRouter() {}

    static Router of(
            Vertx vertx,
            HostGuard hostGuard,
            OriginGuard originGuard,
            BootPhase phase,
            HealthService health,
            SessionReader sessions,
            AuthRoutes auth,
            PageRoutes pages,
            AssertionKeysHandler assertions,
            ModuleHandler modules,
            ErrorResponder errors) {
        Router router = Router.router(vertx);
        ProbeRoutes probes = new ProbeRoutes(phase, health);

        router.route().setName("exchange").handler(EdgeRouter::attach);

        // Probes: asked by address, so before the host guard; no session, no body, no log line.
        read(router, ProbeRoutes.LIVE_PATH).setName("livez").handler(ProbeRoutes::mark).handler(probes.live());
        read(router, ProbeRoutes.READY_PATH).setName("readyz").handler(ProbeRoutes::mark).handler(probes.ready());
        read(router, ProbeRoutes.HEALTH_PATH).setName("health").handler(ProbeRoutes::mark).handler(probes.health());

        // What everything below stands behind.
        router.route("/api/auth/*").setName("auth shape").handler(AuthRoutes::shape);
        router.route().setName("host guard").handler(hostGuard);
        router.route().setName("origin guard").handler(originGuard);

        // Features; each endpoint names its own guard.
        router.get(AuthRoutes.GET_SESSION).setName("auth get-session").handler(new QueryGuard()).handler(auth::getSession);
        router.route("/api/auth/*").setName("auth").subRouter(auth.router(vertx));

        router.route("/edge/*").setName("pages").subRouter(pages.router(vertx));

        read(router, "/.well-known/jwks.json").setName("assertion keys").handler(assertions);

        // Reserved for the edge: never a module's.
        router.route().setName("reserved").handler(ctx -> {
            if (ReservedPaths.cover(ctx.normalizedPath())) {
                ctx.fail(404);
            } else {
                ctx.next();
            }
        });

        // Everything else belongs to the modules, each behind its own access.
        router.route().setName("modules").handler(modules);
        router.route().setName("errors").failureHandler(errors);
        return router;
    }

    private static void attach(RoutingContext ctx) {
        Objects.requireNonNull(ExchangeLocal.get()).attach(ctx);
        ctx.next();
    }

    private static Route read(Router router, String path) {
        return router.route(path).method(HttpMethod.GET).method(HttpMethod.HEAD);
    }
}
