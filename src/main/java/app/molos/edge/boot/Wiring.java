package app.molos.edge.boot;

import app.molos.edge.assertions.Assertions;
import app.molos.edge.auth.AccountParts;
import app.molos.edge.auth.AccountService;
import app.molos.edge.auth.AdminService;
import app.molos.edge.auth.EmailTokens;
import app.molos.edge.auth.MailLinks;
import app.molos.edge.auth.PasswordVerifier;
import app.molos.edge.auth.SetupToken;
import app.molos.edge.auth.SignInService;
import app.molos.edge.auth.SignUpService;
import app.molos.edge.auth.VerificationStore;
import app.molos.edge.auth.api.AuthRoutes;
import app.molos.edge.config.BoundedOutput;
import app.molos.edge.config.Secret;
import app.molos.edge.csp.CspReports;
import app.molos.edge.db.Database;
import app.molos.edge.db.Dialect;
import app.molos.edge.db.Heartbeat;
import app.molos.edge.health.HealthConfig;
import app.molos.edge.health.HealthMetrics;
import app.molos.edge.health.HealthService;
import app.molos.edge.health.LoopLag;
import app.molos.edge.health.Node;
import app.molos.edge.http.AccessLog;
import app.molos.edge.http.HttpConfig;
import app.molos.edge.http.PublicServer;
import app.molos.edge.http.RedirectListener;
import app.molos.edge.http.RequestMetrics;
import app.molos.edge.intrusion.IntrusionService;
import app.molos.edge.mail.MailQueue;
import app.molos.edge.modules.Module;
import app.molos.edge.modules.ModuleProber;
import app.molos.edge.modules.ModuleRegistry;
import app.molos.edge.modules.reload.LiveModules;
import app.molos.edge.modules.reload.ModuleReload;
import app.molos.edge.pages.FormTokens;
import app.molos.edge.passwords.PasswordHasher;
import app.molos.edge.proxy.ProxyParts;
import app.molos.edge.proxy.upstream.UpstreamGroups;
import app.molos.edge.ratelimit.GuessDelay;
import app.molos.edge.ratelimit.GuessJournal;
import app.molos.edge.ratelimit.KeyHash;
import app.molos.edge.ratelimit.LocalMeter;
import app.molos.edge.ratelimit.RequestLimits;
import app.molos.edge.ratelimit.SignInThrottle;
import app.molos.edge.session.SessionAuthentication;
import app.molos.edge.session.SessionCookies;
import app.molos.edge.session.SessionReader;
import app.molos.edge.session.SessionService;
import app.molos.edge.session.SessionStore;
import app.molos.edge.session.Signatures;
import app.molos.edge.tls.CertificateWatch;
import app.molos.edge.tls.Certificates;
import app.molos.edge.users.Ids;
import app.molos.edge.users.UserStore;
import app.molos.edge.web.InboundBudget;
import app.molos.edge.web.Origin;
import app.molos.edge.web.Origins;
import app.molos.edge.web.SecurityHeaders;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Vertx;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Makes every object that serves, in floor order, once the preflight is through. Used once, by one thread. */
final class Wiring {
    /** What knows how the process is, from before anything else was made. */
    record Processing(Node node, LoopLag lag) {}

    private final Vertx vertx;
    private final EdgeConfig config;
    private final List<Secret> secrets;
    private final Bounds bounds;
    private final Optional<Cluster> cluster;
    private final RequestLimits limits;
    private final MeterRegistry meters;
    private final Clock clock = Clock.systemUTC();
    private final SecureRandom random = new SecureRandom();
    private final Ids ids = new Ids(random);
    private final Database database;
    private final UserStore users;
    private final SessionService sessions;
    private final VerificationStore verifications;
    private final PasswordHasher hasher;
    private final SetupToken setupToken;
    private final Signatures signatures;
    private final Map<Boolean, SessionCookies> cookies = new HashMap<>();
    private final Optional<MailQueue> mail;
    private final GuessJournal journal;
    private final IntrusionService intrusion;
    private final CspReports reports = new CspReports();

    /** @param secrets the one that signs, then those that still verify */
    Wiring(Vertx vertx, EdgeConfig config, List<Secret> secrets, Bounds bounds, MeterRegistry meters) {
        this.vertx = vertx;
        this.config = config;
        this.secrets = secrets;
        this.bounds = bounds;
        this.meters = meters;
        EdgeConfig.Accounts accounts = config.accounts();
        database = Database.open(vertx, config.database());
        users = new UserStore(database);
        sessions = new SessionService(database, new SessionStore(database), accounts.session(), ids, clock);
        signatures = new Signatures(secrets);
        cluster = Cluster.of(vertx, accounts.defence().redis(), signatures);
        KeyHash keys = new KeyHash(signatures.sign("molos-edge limits"));
        limits = new RequestLimits(
                bounds.table(),
                cluster.map(shared -> shared.meter(bounds.table(), keys))
                        .orElseGet(() -> new LocalMeter(bounds.table())),
                bounds.scope());
        List.of(true, false)
                .forEach(isHttps -> cookies.put(
                        isHttps,
                        new SessionCookies(
                                signatures, isHttps, accounts.secrets().acceptsLegacyCookies())));
        verifications = new VerificationStore(database);
        hasher = new PasswordHasher(vertx, random, accounts.passwords());
        setupToken = new SetupToken(verifications, ids, accounts.auth().setupTokenLife(), clock);
        journal = new GuessJournal(
                vertx,
                database,
                accounts.throttle().guesses().memory(),
                accounts.defence().limits().saveInterval(),
                clock);
        intrusion = new IntrusionService(
                vertx,
                database,
                accounts.defence().intrusion(),
                config.site().trustedProxies(),
                bounds.scope().unlisted(),
                accounts.defence().limits().saveInterval(),
                clock);
        mail = accounts.mail().server().map(server -> new MailQueue(vertx, accounts.mail(), server));
    }

    /** @param modules that the start read */
    Components wire(
            List<Module> modules, Processing process, SecurityHeaders securityHeaders, BoundedOutput accessLogOutput) {
        LiveModules live = new LiveModules(new ModuleRegistry(modules));
        ModuleProber prober = new ModuleProber(vertx, live.current(), config.modules());
        Optional<Certificates> certificates = config.http().secure().tls().certificates();
        GuessDelay guesses = new GuessDelay(
                bounds.table(),
                config.accounts().throttle().guesses(),
                new KeyHash(signatures.sign("molos-edge limits")),
                journal);
        SignInThrottle throttle = new SignInThrottle(config.accounts().throttle(), limits, guesses);
        Components.Defence defence = new Components.Defence(journal, guesses, intrusion, cluster);
        UpstreamGroups groups = new UpstreamGroups(vertx, prober, config.proxy().group());
        HealthService health = health(process, live, prober);
        PublicServer listener = new PublicServer(
                vertx,
                new PublicServer.Parts(
                        config.http(),
                        certificates,
                        new PublicServer.Health(
                                process.node(),
                                health,
                                process.lag(),
                                config.lifecycle().health().aliases()),
                        people(throttle),
                        live,
                        proxy(groups, securityHeaders),
                        traffic(accessLogOutput)));
        Components.Doors doors = doors(listener, certificates);
        doors.certificates()
                .ifPresent(watch ->
                        health.register(Checks.certificate(config.lifecycle().health(), watch)));
        Backups backups = Backups.of(vertx, config, users, mail, clock);
        backups.check().ifPresent(health::register);
        backups.measure(meters);
        gauge("edge_connections", "Connections of clients", listener::connections);
        gauge("edge_requests_shed", "Requests that were given up because an event loop was late", listener::shed);
        gauge("edge_drain_inflight", "Requests, WebSockets and event streams under way", listener::busy);
        HealthMetrics.bind(health, process.node(), meters);
        gauge(
                "edge_modules_revision",
                "Which change of the module list is served; 1 is what the start read",
                live::revision);
        ModuleReload reload = new ModuleReload(vertx, config.modules(), live, next -> {
            prober.use(next);
            reports.retain(next.modules().stream().map(Module::id).collect(Collectors.toSet()));
            return listener.use(next).onSuccess(v -> groups.retain(next));
        });
        return new Components(
                database,
                new Components.Accounts(users, hasher, setupToken, mail, defence),
                new Sweeper(
                        vertx,
                        config.accounts().session().sweepInterval(),
                        sessions,
                        verifications,
                        users,
                        defence,
                        clock),
                new Components.Modules(live, prober, reload, reports),
                health,
                doors,
                backups,
                new Drain(
                        vertx,
                        process.node(),
                        listener,
                        config.lifecycle().shutdown(),
                        Counter.builder("edge_drain_cut")
                                .description("Requests, WebSockets and event streams that a stop cut")
                                .register(meters)));
    }

    private Components.Doors doors(PublicServer listener, Optional<Certificates> certificates) {
        return new Components.Doors(
                listener,
                config.http()
                        .secure()
                        .redirect()
                        .map(redirect -> new RedirectListener(
                                vertx, config.http(), redirect, config.site().origin())),
                certificates.map(served ->
                        new CertificateWatch(vertx, config.http().secure().tls(), served, clock, listener::use)));
    }

    private PublicServer.People people(SignInThrottle throttle) {
        Origins origins = config.site().origins();
        SessionCookies ofMain = cookiesOf(origins.main());
        SessionReader reader = new SessionReader(
                new SessionAuthentication(sessions),
                sessions,
                origins.all().size() == 1 ? request -> ofMain : request -> cookiesOf(origins.of(request)));
        return new PublicServer.People(reader, auth(throttle), new FormTokens(signatures));
    }

    private SessionCookies cookiesOf(Origin origin) {
        return Objects.requireNonNull(cookies.get(origin.isHttps()));
    }

    private ProxyParts proxy(UpstreamGroups groups, SecurityHeaders securityHeaders) {
        return new ProxyParts(
                groups,
                config.modules()::homeIn,
                sessions,
                assertions(),
                securityHeaders,
                cookiesOf(config.site().origin()),
                config.site(),
                config.proxy());
    }

    private AuthRoutes.Services auth(SignInThrottle throttle) {
        EdgeConfig.Accounts accounts = config.accounts();
        AccountParts parts = new AccountParts(database, users, sessions, verifications, hasher, ids, clock);
        PasswordVerifier verifier = new PasswordVerifier(vertx, throttle, hasher);
        EmailTokens tokens = new EmailTokens(vertx, secrets, accounts.auth().linkLife());
        MailLinks links = new MailLinks(parts, mail, tokens, config.site().origin(), accounts.auth());
        return new AuthRoutes.Services(
                new SignUpService(parts, links, setupToken, accounts.auth()),
                new SignInService(parts, verifier, accounts.auth()),
                new AccountService(parts, verifier),
                new AdminService(parts),
                links,
                throttle);
    }

    private HealthService health(Processing process, LiveModules live, ModuleProber prober) {
        HealthConfig health = config.lifecycle().health();
        Heartbeat heartbeat = new Heartbeat(
                database, health.writeInterval(), health.fast().deadline().dividedBy(2), clock);
        Checks checks = new Checks(health, config.database().url().dialect() == Dialect.POSTGRESQL);
        checks.serving(
                heartbeat,
                live,
                prober,
                new Checks.Auth(vertx, users, hasher, config.accounts().secrets()),
                mail);
        checks.intrusion(intrusion);
        cluster.ifPresent(shared -> checks.redis(shared::state));
        checks.process(vertx, process.lag(), config.database().dataDir(), clock);
        HealthService service = new HealthService(vertx, process.node(), checks.all(), health, clock);
        database.whenUnreachable(() -> service.suspect(Checks.DATABASE, "unreachable"));
        return service;
    }

    private Assertions assertions() {
        return new Assertions(
                vertx,
                secrets.get(0),
                config.site().origin().toString(),
                config.accounts().session().assertionLife(),
                clock);
    }

    private PublicServer.Traffic traffic(BoundedOutput accessLogOutput) {
        HttpConfig http = config.http();
        InboundBudget budget = new InboundBudget(
                (long) http.inbound().memory() << 20, config.site().trustedProxies());
        gauge("edge_inbound_bytes", "Kept of requests that are not whole", budget::used);
        gauge("edge_bans", "Addresses and sessions that are banned", intrusion::banned);
        gauge("edge_bans_spared", "Bans that scenarios asked for and nobody got", intrusion::observed);
        gauge("edge_limit_excesses", "Requests beyond a limit, refused or only observed", limits::excesses);
        gauge(
                "edge_connection_excesses",
                "Connections beyond a limit, refused or only observed",
                bounds.connections()::excesses);
        gauge(
                "edge_nodes",
                "Nodes that share limits, as far as this one knows",
                () -> cluster.map(shared -> shared.nodes().count()).orElse(1));
        return new PublicServer.Traffic(
                accessLog(accessLogOutput),
                new RequestMetrics(meters),
                budget,
                bounds.connections(),
                limits,
                intrusion,
                reports);
    }

    private @Nullable AccessLog accessLog(BoundedOutput output) {
        if (!config.http().accessLog().isOn()) {
            return null;
        }
        AccessLog log =
                new AccessLog(vertx, output, clock, config.http().accessLog().flush());
        gauge("edge_access_log_dropped_lines", "Lines that the output could not take", log::dropped);
        return log;
    }

    private void gauge(String name, String description, Supplier<Number> value) {
        Gauge.builder(name, value).description(description).register(meters);
    }
}
