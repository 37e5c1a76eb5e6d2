package app.molos.edge.http;

import static org.assertj.core.api.Assertions.assertThat;

import app.molos.edge.auth.api.AuthRoutes;
import app.molos.edge.config.EdgeMode;
import app.molos.edge.config.Secret;
import app.molos.edge.pages.PageRenderer;
import app.molos.edge.pages.PageRoutes;
import app.molos.edge.ratelimit.LoadShedder;
import app.molos.edge.session.AccessGuard;
import app.molos.edge.session.SessionCookies;
import app.molos.edge.session.SessionReader;
import app.molos.edge.session.Signatures;
import app.molos.edge.testing.TestLimits;
import app.molos.edge.web.Origin;
import app.molos.edge.web.Origins;
import app.molos.edge.web.SiteConfig;
import app.molos.edge.web.TrustedOrigins;
import io.vertx.core.Vertx;
import io.vertx.ext.web.Route;
import io.vertx.junit5.VertxExtension;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The order of the guards and of the route table is a security property. */
@ExtendWith(VertxExtension.class)
class RouteTableTest {
    @Test
    void routes_standInThisOrder(Vertx vertx) {
        Origin origin = Origin.parse("http://localhost:4173").orElseThrow();
        SiteConfig site = new SiteConfig(EdgeMode.DEVELOPMENT, Origins.of(origin), Set.of(), List.of(), "site");
        TrustedOrigins trusted = new TrustedOrigins(site);
        // Nothing is asked here: the table is built and read, so what would serve may be absent.
        SessionCookies cookies = new SessionCookies(new Signatures(List.of(new Secret("s"))), false, false);
        SessionReader sessions = new SessionReader(null, null, request -> cookies);
        AuthRoutes.Services auth = new AuthRoutes.Services(null, null, null, null, null, TestLimits.THROTTLE);
        List<String> names = EdgeRouter.of(
                        vertx,
                        new AuthRoutes(auth, sessions, site, trusted, null),
                        new PageRoutes(
                                auth,
                                sessions,
                                new PageRenderer(),
                                null,
                                new PageRoutes.Site(site, trusted, List::of, () -> "/"),
                                null),
                        null,
                        new EdgeRouter.CspReporting(null, null),
                        new ErrorResponder(new PageRenderer()))
                .getRoutes()
                .stream()
                .map(Route::getName)
                .toList();
        assertThat(names)
                .containsExactly(
                        "context",
                        "auth get-session",
                        "auth",
                        "csp report",
                        "pages",
                        "assertion keys",
                        "front page",
                        "unknown",
                        "errors");
    }

    /** The one list: a guard that moves or goes opens what stood behind it. */
    @Test
    void guards_standInThisOrder() {
        Origin origin = Origin.parse("http://localhost:4173").orElseThrow();
        SiteConfig site = new SiteConfig(EdgeMode.DEVELOPMENT, Origins.of(origin), Set.of(), List.of(), "site");
        TrustedOrigins trusted = new TrustedOrigins(site);
        RequestGuards guards = new RequestGuards(
                new BanGuard(TestLimits.BLIND, null),
                new LimitGuard(TestLimits.OFF, id -> null),
                new LoadGuard(new LoadShedder(Duration.ofSeconds(1), false, new LongAdder()), null, false),
                new HostGuard(site, trusted),
                new OriginGuard(Origins.of(origin), trusted, null),
                new AccessGuard(null));
        assertThat(guards.list())
                .extracting(guard -> (Object) guard.getClass())
                .containsExactly(
                        BanGuard.class,
                        LimitGuard.class,
                        LoadGuard.class,
                        HostGuard.class,
                        OriginGuard.class,
                        AmbiguityGuard.class,
                        AccessGuard.class);
    }
}
