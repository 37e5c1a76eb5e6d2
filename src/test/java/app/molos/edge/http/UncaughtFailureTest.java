package app.molos.edge.http;

import static org.assertj.core.api.Assertions.assertThat;

import app.molos.edge.boot.EdgeConfig;
import app.molos.edge.config.EdgeMode;
import app.molos.edge.config.Secret;
import app.molos.edge.health.HealthCheck;
import app.molos.edge.health.HealthConfig;
import app.molos.edge.health.HealthHistory;
import app.molos.edge.health.HealthService;
import app.molos.edge.health.LoopLag;
import app.molos.edge.health.Node;
import app.molos.edge.pages.PageRenderer;
import app.molos.edge.ratelimit.LoadShedder;
import app.molos.edge.session.AccessGuard;
import app.molos.edge.session.SessionCookies;
import app.molos.edge.session.Signatures;
import app.molos.edge.testing.RawConnection;
import app.molos.edge.testing.RawHttp;
import app.molos.edge.testing.TestLimits;
import app.molos.edge.tls.TlsConfig;
import app.molos.edge.web.ClientAddress;
import app.molos.edge.web.InboundBudget;
import app.molos.edge.web.Origin;
import app.molos.edge.web.Origins;
import app.molos.edge.web.RequestContextLocal;
import app.molos.edge.web.SecurityHeaders;
import app.molos.edge.web.SiteConfig;
import app.molos.edge.web.TrustedOrigins;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.ext.web.Router;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What fails in a continuation, where no handler catches it: its request is answered all the same. */
class UncaughtFailureTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    private static final HttpConfig CONFIG = new HttpConfig(
            new HttpConfig.Listeners(new HttpConfig.Address("127.0.0.1", 0), new HttpConfig.Address("127.0.0.1", 0)),
            new HttpConfig.Secure(
                    new TlsConfig(Optional.empty(), SECOND),
                    new Http2Config(false, 1, 4096, SECOND, 1, 1, 1, 1),
                    Optional.empty()),
            1,
            new HttpConfig.Timeouts(SECOND, SECOND, SECOND, SECOND, SECOND, SECOND),
            new HttpConfig.Inbound(List.of(), 100, 1),
            new HttpConfig.AccessLogging(false, SECOND),
            false,
            SECOND);

    private final Vertx vertx = Vertx.vertx();
    private EdgeVerticle verticle;

    @BeforeEach
    void serve() throws Exception {
        verticle = new EdgeVerticle(CONFIG, new LoopLag(Duration.ofMillis(100)), Optional.empty(), this::loop);
        vertx.deployVerticle(verticle).await(10, TimeUnit.SECONDS);
    }

    @AfterEach
    void close() throws Exception {
        vertx.close().await(10, TimeUnit.SECONDS);
    }

    private EdgeVerticle.EdgeLoop loop(Vertx vertx) {
        Origin origin = Origin.parse("http://localhost").orElseThrow();
        SiteConfig site = new SiteConfig(EdgeMode.DEVELOPMENT, Origins.of(origin), Set.of(), List.of(), "site");
        TrustedOrigins trusted = new TrustedOrigins(site);
        SessionCookies cookies = new SessionCookies(new Signatures(List.of(new Secret("s"))), false, false);
        Router router = Router.router(vertx);
        router.route().handler(ctx -> {
            Objects.requireNonNull(RequestContextLocal.get()).attach(ctx);
            ctx.next();
        });
        router.route("/edge/later")
                .handler(ctx -> vertx.timer(10, TimeUnit.MILLISECONDS).onSuccess(v -> {
                    throw new IllegalStateException("not for strangers");
                }));
        router.route("/edge/half").handler(ctx -> {
            ctx.response().setChunked(true).write("half");
            vertx.timer(10, TimeUnit.MILLISECONDS).onSuccess(v -> {
                throw new IllegalStateException("not for strangers");
            });
        });
        router.route("/edge/done")
                .handler(ctx -> ctx.response().end("done").onSuccess(v -> {
                    throw new IllegalStateException("not for strangers");
                }));
        router.route("/edge/paused").handler(ctx -> {
            ctx.request().pause();
            ctx.response().end("paused");
        });
        InboundBudget budget = new InboundBudget(1 << 20, List.of());
        ErrorResponder errors = new ErrorResponder(new PageRenderer());
        ConnectionTimeouts timeouts = new ConnectionTimeouts(CONFIG.timeouts());
        ConnectionAdmission admission = new ConnectionAdmission(
                timeouts, new ConnectionLimit("open", 100, List.of()), budget, List.of(), address -> true);
        RequestLifecycle lifecycle = new RequestLifecycle(
                new SecurityHeaders(Origins.of(origin), false),
                new ClientAddress(List.of()),
                errors,
                timeouts,
                admission,
                null,
                new RequestMetrics(new SimpleMeterRegistry()),
                new RequestWitness(TestLimits.BLIND, null));
        LoadShedder shedder = new LoadShedder(Duration.ofSeconds(1), false, new LongAdder());
        RequestGuards guards = new RequestGuards(
                new BanGuard(TestLimits.BLIND, null),
                new LimitGuard(TestLimits.OFF, id -> null),
                new LoadGuard(shedder, null, false),
                new HostGuard(site, trusted),
                new OriginGuard(Origins.of(origin), trusted, cookies),
                new AccessGuard(null));
        return new EdgeVerticle.EdgeLoop(
                timeouts,
                admission,
                lifecycle,
                new RequestDispatcher(
                        admission,
                        lifecycle,
                        timeouts,
                        budget,
                        errors,
                        guards,
                        new RequestMatcher(probes(vertx), null, new RouteTable(router))),
                null,
                shedder);
    }

    private static final HealthConfig HEALTH =
            EdgeConfig.read(Map.of("EDGE_CONFIG", "")).lifecycle().health();

    private static Probes probes(Vertx vertx) {
        Node node = new Node(new HealthHistory(Clock.systemUTC()));
        HealthCheck check = new HealthCheck(
                "any",
                HealthCheck.Kind.CRITICAL,
                HealthCheck.Scope.LOCAL,
                HEALTH.fast(),
                () -> Future.succeededFuture(HealthCheck.State.UP));
        return new Probes(node, new HealthService(vertx, node, List.of(check), HEALTH, Clock.systemUTC()), Set.of());
    }

    private String get(String path) {
        return RawHttp.exchange(
                verticle.port(), "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", 5000);
    }

    @Test
    void failureBeforeTheAnswer_isA500_withTheEdgesHeaders_andNoWordOfIt() {
        assertThat(get("/edge/later"))
                .startsWith("HTTP/1.1 500")
                .contains("INTERNAL_ERROR", "x-request-id: ", "x-content-type-options: nosniff")
                .doesNotContain("strangers");
    }

    @Test
    void failureInTheMiddle_endsTheConnection_soThatHalfIsNotTakenForTheWhole() {
        assertThat(get("/edge/half"))
                .startsWith("HTTP/1.1 200")
                .contains("half")
                .doesNotEndWith("0\r\n\r\n")
                .doesNotContain("strangers");
    }

    /** Nothing must wait for ever behind a request that was paused, and then answered in the turn that it came in. */
    @Test
    void pausedRequest_isReadToItsEnd_onceItIsAnswered_whereverThatIs() throws Exception {
        String get = "GET /edge/paused HTTP/1.1\r\nHost: localhost\r\n";
        String body = "x".repeat(1_000_000);
        String head = "POST /edge/paused HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + body.length() + "\r\n\r\n";
        try (RawConnection connection = new RawConnection(verticle.port())) {
            assertThat(connection.exchange(get + "\r\n")).endsWith("paused");
            assertThat(connection.exchange(head)).endsWith("paused");
            assertThat(connection.exchange(body + head)).endsWith("paused");
            assertThat(connection.exchange(body + get + "\r\n")).endsWith("paused");
            assertThat(connection.exchange(head + body)).endsWith("paused");
            assertThat(connection.exchange(get + "\r\n")).endsWith("paused");
        }
        String four = (get + "\r\n").repeat(3) + get + "Connection: close\r\n\r\n";
        assertThat(RawHttp.exchange(verticle.port(), four, 5000).split("HTTP/1.1 200", -1))
                .hasSize(5);
    }

    @Test
    void failureAfterTheAnswer_takesNothingFromIt() {
        assertThat(get("/edge/done")).startsWith("HTTP/1.1 200").endsWith("done");
    }
}
