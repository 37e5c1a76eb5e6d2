package app.molos.edge.http;

import static org.assertj.core.api.Assertions.assertThat;

import app.molos.edge.auth.AuthRoutes;
import app.molos.edge.config.EdgeMode;
import app.molos.edge.config.Secret;
import app.molos.edge.health.HealthCheck.State;
import app.molos.edge.health.HealthCheck;
import app.molos.edge.health.HealthConfig;
import app.molos.edge.health.HealthService;
import app.molos.edge.modules.ModuleRegistry;
import app.molos.edge.modules.ReservedPaths;
import app.molos.edge.pages.PageRenderer;
import app.molos.edge.pages.PageRoutes;
import app.molos.edge.proxy.ModuleHandler;
import app.molos.edge.proxy.ModuleStates;
import app.molos.edge.proxy.ModuleTimers;
import app.molos.edge.proxy.ProxyConfig;
import app.molos.edge.ratelimit.SignInThrottle;
import app.molos.edge.ratelimit.ThrottleConfig;
import app.molos.edge.session.AccessGuard;
import app.molos.edge.session.SessionCookies;
import app.molos.edge.session.SessionReader;
import app.molos.edge.session.Signatures;
import app.molos.edge.web.Origin;
import app.molos.edge.web.SecurityHeaders;
import app.molos.edge.web.SiteConfig;
import app.molos.edge.web.TrustedOrigins;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.internal.net.RFC3986;
import io.vertx.ext.web.Route;
import io.vertx.junit5.VertxExtension;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The order of the route table is a security property: guards before what they guard, modules last. */
@ExtendWith(VertxExtension.class)
class RouteTableTest {
    @Test
    void routes_standInThisOrder(Vertx vertx) {
        Origin origin = Origin.parse("http://localhost:4173").orElseThrow();
        SiteConfig site = new SiteConfig(EdgeMode.DEVELOPMENT, origin, Set.of(), List.of(), "site");
        TrustedOrigins trusted = new TrustedOrigins(site);
        // Nothing is asked here: the table is built and read, so what would serve may be absent.
        SessionCookies cookies = new SessionCookies(new Signatures(List.of(new Secret("s"))), false, false);
        SessionReader sessions = new SessionReader(null, null, cookies);
        AuthRoutes.Services auth = new AuthRoutes.Services(null, null, null, null, null, new SignInThrottle(
                new ThrottleConfig(false, 1, Duration.ofSeconds(1), Duration.ofSeconds(1), 1, Duration.ofSeconds(1), 1, Duration.ofSeconds(1),
                        Duration.ofSeconds(1)), System::nanoTime));
        HealthService health = new HealthService(
                vertx, List.of(new HealthCheck("a", () -> Future.succeededFuture(State.UP))),
                new HealthConfig(Duration.ofSeconds(1), Duration.ofSeconds(1), Duration.ofSeconds(10)), Clock.systemUTC());
        ModuleRegistry registry = new ModuleRegistry(List.of());
        ProxyConfig proxy = new ProxyConfig(
                new ModuleTimers(Duration.ofSeconds(1), Duration.ofSeconds(1), Duration.ofSeconds(1), Duration.ofSeconds(1), Duration.ZERO),
                Duration.ofSeconds(1), Duration.ofSeconds(1), 1, 1, 1, 1, 1, Duration.ofSeconds(1), Duration.ofSeconds(1), Duration.ofSeconds(1), Duration.ofSeconds(1),
                Duration.ofSeconds(1));
        ModuleHandler modules = new ModuleHandler(
                vertx, registry, new ModuleStates(vertx, null, proxy), r -> Optional.empty(), new AccessGuard(sessions), null, null,
                new SecurityHeaders(origin, true), cookies, site, proxy, ctx -> ctx.fail(404));
        List<String> names = EdgeRouter.of(
                        vertx, new HostGuard(site, trusted), new OriginGuard(origin, trusted, cookies, ctx -> false), new BootPhase(), health, sessions, new AuthRoutes(auth, sessions, site, trusted, null),
                        new PageRoutes(auth, sessions, new PageRenderer(), null, site, trusted, null, List::of, () -> "/"), null, modules,
                        new ErrorResponder(new PageRenderer()))
                .getRoutes().stream().map(Route::getName).toList();
        assertThat(names).containsExactly(
                "exchange", "livez", "readyz", "health", "auth shape", "host guard", "origin guard", "auth get-session", "auth", "pages", "assertion keys", "reserved",
                "modules", "errors");
    }

    /** What takes the short way is nothing of the edge's own, however its path may be read. */
    @ParameterizedTest
    @ValueSource(strings = {
        "/livez", "/readyz", "/api/health", "/api/auth/get-session", "/edge", "/edge/", "/edge/sign-in", "/.well-known/jwks.json",
        "//edge/sign-in", "/x//../edge", "/x/../edge/", "/./edge", "/%65dge/", "/edge%2Fsign-in", "/x/..", "edge", "", "*",
        "http://localhost/edge/", "/a/.hidden", "/.well-known/other"})
    void pathThatMayBeTheEdgesOwn_goesThroughTheWholeTable(String path) {
        assertThat(ReservedPaths.isPlainlyNone(path)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/modules/notes/", "/edges", "/edge.html", "/api/other", "/api/authors", "/livezz", "/a;b=c/d.e..f", "/a+b"})
    void pathOfAModule_goesTheShortWay_asItIs(String path) {
        assertThat(ReservedPaths.isPlainlyNone(path)).isTrue();
        assertThat(RFC3986.normalizePath(path)).isEqualTo(path);
    }
}
