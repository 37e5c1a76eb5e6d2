package app.molos.edge.http;

import app.molos.edge.auth.api.AuthRoutes;
import app.molos.edge.csp.CspReports;
import app.molos.edge.health.HealthConfig;
import app.molos.edge.health.HealthService;
import app.molos.edge.health.LoopLag;
import app.molos.edge.health.Node;
import app.molos.edge.intrusion.IntrusionService;
import app.molos.edge.modules.ModuleRegistry;
import app.molos.edge.modules.reload.LiveModules;
import app.molos.edge.pages.FormTokens;
import app.molos.edge.pages.PageRenderer;
import app.molos.edge.pages.PageRoutes;
import app.molos.edge.proxy.ModuleHandler;
import app.molos.edge.proxy.ProxyParts;
import app.molos.edge.ratelimit.ConnectionRate;
import app.molos.edge.ratelimit.LimitsConfig;
import app.molos.edge.ratelimit.LoadShedder;
import app.molos.edge.ratelimit.RequestLimits;
import app.molos.edge.session.AccessGuard;
import app.molos.edge.session.SessionReader;
import app.molos.edge.tls.Certificates;
import app.molos.edge.web.BodyReader;
import app.molos.edge.web.ClientAddress;
import app.molos.edge.web.InboundBudget;
import app.molos.edge.web.SiteConfig;
import app.molos.edge.web.TrustedOrigins;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.ext.web.Router;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** The public listener as a whole: one {@link EdgeVerticle} an event loop, opened and drained together. Thread-safe. */
public final class PublicServer {
    /** The parts that all event loops share. */
    public record Parts(
            HttpConfig http,
            Optional<Certificates> certificates,
            Health health,
            People people,
            LiveModules modules,
            ProxyParts proxy,
            Traffic traffic) {}

    /** What probes are told. */
    public record Health(Node node, HealthService checks, LoopLag lag, Set<HealthConfig.Alias> aliases) {}

    /** Who is signed in, and what they may do about it. */
    public record People(SessionReader sessions, AuthRoutes.Services auth, FormTokens formTokens) {}

    /** Counts, logs and bounds all requests. */
    public record Traffic(
            @Nullable AccessLog accessLog,
            RequestMetrics metrics,
            InboundBudget budget,
            ConnectionRate connections,
            RequestLimits limits,
            IntrusionService intrusion,
            CspReports reports) {}

    private static final long SETTLING_MILLIS = 50;

    private final Vertx vertx;
    private final Parts parts;
    private final ConnectionLimit limit;
    private final List<EdgeVerticle> verticles = new CopyOnWriteArrayList<>();
    private final List<ModuleHandler> handlers = new CopyOnWriteArrayList<>();
    private final LongAdder shed = new LongAdder();
    private volatile String deployment = "";

    public PublicServer(Vertx vertx, Parts parts) {
        this.vertx = vertx;
        this.parts = parts;
        this.limit = new ConnectionLimit(
                "open",
                parts.http().inbound().maxConnections(),
                parts.proxy().site().trustedProxies());
    }

    /** Connections that are open now. */
    public int connections() {
        return limit.open();
    }

    /** Requests that were given up because an event loop was late. */
    public long shed() {
        return shed.sum();
    }

    /** Deploys the verticles; a port that was taken meanwhile is a refusal with exit code 5. */
    public Future<Integer> open() {
        return vertx.deployVerticle(
                        this::verticle,
                        new DeploymentOptions().setInstances(parts.http().eventLoops()))
                .map(id -> {
                    deployment = id;
                    return verticles.get(0).port();
                })
                .recover(failure -> Future.failedFuture(
                        failure instanceof IOException
                                ? Ports.taken(
                                        "server.port",
                                        "PORT",
                                        parts.http().site().host(),
                                        parts.http().site().port())
                                : failure));
    }

    /** Has every response be its connection's last, and sends WebSockets and event streams away within the spread. */
    public void leave(Duration spread) {
        verticles.forEach(v -> v.leave(spread));
    }

    /** Takes {@link #leave} back, for what is still here. */
    public void stay() {
        verticles.forEach(EdgeVerticle::stay);
    }

    /** Requests, WebSockets and event streams under way, as counted a moment ago. */
    public int busy() {
        return verticles.stream().mapToInt(EdgeVerticle::busy).sum();
    }

    /** Whether no client is connected, as counted a moment ago. */
    public boolean isEmpty() {
        return verticles.stream().allMatch(v -> v.open() == 0);
    }

    /**
     * Takes no new connections, lets what is under way finish within the grace, cuts the rest and closes everything;
     * how much was cut. Never fails.
     */
    public Future<Integer> close(Duration grace) {
        List<Future<Integer>> closed = new ArrayList<>();
        return Future.join(verticles.stream().map(EdgeVerticle::shut).toList())
                .otherwiseEmpty()
                // What was accepted last is on its way to its event loop.
                .compose(v -> vertx.timer(SETTLING_MILLIS))
                .compose(v -> {
                    verticles.forEach(verticle -> closed.add(verticle.close(grace)));
                    return Future.join(closed);
                })
                .otherwiseEmpty()
                .compose(v -> deployment.isEmpty() ? Future.succeededFuture() : vertx.undeploy(deployment))
                .otherwiseEmpty()
                .compose(v -> Future.join(
                                handlers.stream().map(ModuleHandler::close).toList())
                        .<Void>mapEmpty())
                .otherwiseEmpty()
                .compose(v -> closeLog())
                .map(v -> closed.stream()
                        .filter(Future::succeeded)
                        .mapToInt(Future::result)
                        .sum());
    }

    /** Has new handshakes get other certificates; nothing that is open is touched. */
    public Future<?> use(Certificates renewed) {
        // The event loops share the port, and with it the certificates.
        return verticles.get(0).use(renewed);
    }

    /** Serves other modules on every event loop. */
    public Future<Void> use(ModuleRegistry modules) {
        return Future.join(
                        handlers.stream().map(handler -> handler.use(modules)).toList())
                .mapEmpty();
    }

    private Future<Void> closeLog() {
        AccessLog log = parts.traffic().accessLog();
        return log == null
                ? Future.succeededFuture()
                : vertx.executeBlocking(() -> {
                    log.close();
                    return null;
                });
    }

    private EdgeVerticle verticle() {
        EdgeVerticle verticle = new EdgeVerticle(parts.http(), parts.health().lag(), parts.certificates(), this::wire);
        verticles.add(verticle);
        return verticle;
    }

    /** Everything that belongs to one event loop; called on it. */
    private EdgeVerticle.EdgeLoop wire(Vertx vertx) {
        SiteConfig site = parts.proxy().site();
        TrustedOrigins trusted = new TrustedOrigins(site);
        PageRenderer renderer = new PageRenderer(site.name());
        ErrorResponder errors = new ErrorResponder(renderer);
        ModuleHandler modules = new ModuleHandler(vertx, parts.modules().current(), parts.proxy());
        handlers.add(modules);
        parts.traffic().limits().join();
        LimitsConfig limits = parts.traffic().limits().scope().config();
        LoadShedder shedder = new LoadShedder(limits.volume().overloadLag(), limits.isOn(), shed);
        RequestGuards guards = new RequestGuards(
                new BanGuard(parts.traffic().intrusion(), parts.people().sessions()),
                new LimitGuard(
                        parts.traffic().limits(),
                        id -> parts.modules().current().limit(id)),
                new LoadGuard(shedder, parts.people().sessions(), limits.mode() == LimitsConfig.Mode.ENFORCE),
                new HostGuard(site, trusted),
                new OriginGuard(site.origins(), trusted, parts.proxy().cookies()),
                new AccessGuard(parts.people().sessions()));
        RequestMatcher matcher = new RequestMatcher(
                new Probes(
                        parts.health().node(),
                        parts.health().checks(),
                        parts.health().aliases()),
                modules,
                new RouteTable(router(vertx, trusted, renderer, errors)));
        ConnectionTimeouts timeouts = new ConnectionTimeouts(parts.http().timeouts());
        InboundBudget budget = parts.traffic().budget();
        ConnectionAdmission admission = new ConnectionAdmission(
                timeouts,
                limit,
                budget,
                parts.http().inbound().proxyProtocolPeers(),
                Arrivals.count(parts.http()) ? address -> true : parts.traffic().connections()::admits);
        RequestLifecycle lifecycle = new RequestLifecycle(
                parts.proxy().securityHeaders(),
                new ClientAddress(
                        site.trustedProxies(), parts.traffic().limits().scope().unlisted()),
                errors,
                timeouts,
                admission,
                parts.traffic().accessLog() == null
                        ? null
                        : parts.traffic().accessLog().loop(),
                parts.traffic().metrics(),
                new RequestWitness(parts.traffic().intrusion(), parts.people().sessions()));
        return new EdgeVerticle.EdgeLoop(
                timeouts,
                admission,
                lifecycle,
                new RequestDispatcher(admission, lifecycle, timeouts, budget, errors, guards, matcher),
                modules,
                shedder);
    }

    private Router router(Vertx vertx, TrustedOrigins trusted, PageRenderer renderer, ErrorResponder errors) {
        People people = parts.people();
        SiteConfig site = parts.proxy().site();
        BodyReader bodies = new BodyReader(
                vertx, parts.traffic().budget(), parts.http().timeouts().body());
        ModuleLinks links = new ModuleLinks(parts.modules(), parts.proxy().home());
        PageRoutes.Site pageSite = new PageRoutes.Site(site, trusted, links::all, links::home);
        return EdgeRouter.of(
                vertx,
                new AuthRoutes(people.auth(), people.sessions(), site, trusted, bodies),
                new PageRoutes(people.auth(), people.sessions(), renderer, people.formTokens(), pageSite, bodies),
                new AssertionKeysHandler(vertx, parts.proxy().assertions()),
                new EdgeRouter.CspReporting(
                        bodies, new CspReportHandler(parts.traffic().reports(), parts.modules())),
                errors);
    }
}
