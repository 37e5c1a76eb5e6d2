package app.molos.edge.boot;

import app.molos.edge.auth.AccountService;
import app.molos.edge.auth.AdminService;
import app.molos.edge.auth.api.AuthRoutes;
import app.molos.edge.auth.MailLinks;
import app.molos.edge.auth.PasswordVerifier;
import app.molos.edge.passwords.PasswordHasher;
import app.molos.edge.auth.SetupToken;
import app.molos.edge.auth.SignInService;
import app.molos.edge.auth.SignUpService;
import app.molos.edge.auth.VerificationStore;
import app.molos.edge.config.BoundedOutput;
import app.molos.edge.config.Secret;
import app.molos.edge.db.Database;
import app.molos.edge.db.Heartbeat;
import app.molos.edge.health.HealthService;
import app.molos.edge.http.AccessLog;
import app.molos.edge.http.BootPhase;
import app.molos.edge.http.PublicServer;
import app.molos.edge.http.RequestMetrics;
import app.molos.edge.mail.MailQueue;
import app.molos.edge.modules.reload.LiveModules;
import app.molos.edge.modules.Module;
import app.molos.edge.modules.ModuleProber;
import app.molos.edge.modules.ModuleRegistry;
import app.molos.edge.modules.reload.ModuleReload;
import app.molos.edge.pages.FormTokens;
import app.molos.edge.ratelimit.SignInThrottle;
import app.molos.edge.proxy.ProxyParts;
import app.molos.edge.proxy.upstream.UpstreamGroups;
import app.molos.edge.assertions.Assertions;
import app.molos.edge.session.SessionAuthentication;
import app.molos.edge.session.SessionCookies;
import app.molos.edge.session.SessionReader;
import app.molos.edge.session.SessionService;
import app.molos.edge.session.SessionStore;
import app.molos.edge.session.Signatures;
import app.molos.edge.users.Ids;
import app.molos.edge.users.UserStore;
import app.molos.edge.web.InboundBudget;
import app.molos.edge.web.SecurityHeaders;
import com.github.benmanes.caffeine.cache.Ticker;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Vertx;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.List;
import java.util.Optional;

/** Every object that serves, made in floor order once the preflight is through. */
record Components(
        Database database,
        UserStore users,
        PasswordHasher hasher,
        SetupToken setupToken,
        Optional<MailQueue> mail,
        Sweeper sweeper,
        LiveModules modules,
        ModuleReload reload,
        ModuleProber prober,
        HealthService health,
        PublicServer listener) {

    static Components of(
            Vertx vertx,
            EdgeConfig config,
            List<Secret> secrets,
            List<Module> modules,
            BootPhase phase,
            SecurityHeaders securityHeaders,
            MeterRegistry meters,
            BoundedOutput accessLogOutput) {
        Clock clock = Clock.systemUTC();
        SecureRandom random = new SecureRandom();
        Ids ids = new Ids(random);

        Database database = Database.open(vertx, config.database());
        LiveModules live = new LiveModules(new ModuleRegistry(modules));
        ModuleProber prober = new ModuleProber(vertx, live.current(), config.modules());
        UserStore users = new UserStore(database);

        SessionService sessions =
                new SessionService(database, new SessionStore(database), config.session(), ids, clock);
        Signatures signatures = new Signatures(secrets);
        SessionCookies cookies = new SessionCookies(
                signatures, config.site().origin().isHttps(), config.secrets().acceptsLegacyCookies());
        SessionReader reader = new SessionReader(new SessionAuthentication(sessions), sessions, cookies);

        PasswordHasher hasher = new PasswordHasher(vertx, random, config.passwords());
        SignInThrottle throttle = new SignInThrottle(config.throttle(), Ticker.systemTicker());
        PasswordVerifier gate = new PasswordVerifier(vertx, throttle, hasher);
        VerificationStore verifications = new VerificationStore(database);
        Optional<MailQueue> mail = config.mail().server().map(server -> new MailQueue(vertx, config.mail(), server));
        MailLinks links = new MailLinks(
                vertx, mail, database, users, sessions, verifications, hasher, secrets, config.site().origin(), config.auth(),
                ids, clock);
        SetupToken setupToken = new SetupToken(verifications, ids, config.auth().setupTokenLife(), clock);
        AuthRoutes.Services auth = new AuthRoutes.Services(
                new SignUpService(
                        database, users, sessions, verifications, links, hasher, setupToken, config.auth(), ids, clock),
                new SignInService(users, sessions, hasher, gate, config.auth(), clock),
                new AccountService(users, sessions, verifications, hasher, gate, ids, clock),
                new AdminService(users, sessions, verifications, hasher, ids, clock),
                links,
                throttle);
        Sweeper sweeper = new Sweeper(vertx, config.session().sweepInterval(), sessions, verifications, users, clock);

        HealthService health = new HealthService(
                vertx, Checks.of(new Heartbeat(
                        database, config.health().writeInterval(), config.health().deadline().dividedBy(2), clock), live, prober, users, hasher, mail), config.health(), clock);

        AccessLog accessLog = config.http().isAccessLogged()
                ? new AccessLog(vertx, accessLogOutput, clock, config.http().accessLogFlush())
                : null;
        if (accessLog != null) {
            Gauge.builder("edge_access_log_dropped_lines", accessLog, AccessLog::dropped)
                    .description("Lines that the output could not take")
                    .register(meters);
        }
        Gauge.builder("edge_modules_revision", live, LiveModules::revision)
                .description("Which change of the module list is served; 1 is what the start read")
                .register(meters);
        InboundBudget budget = new InboundBudget((long) config.http().inboundMemory() << 20, config.site().trustedProxies());
        Gauge.builder("edge_inbound_bytes", budget, InboundBudget::used)
                .description("Kept of requests that are not whole")
                .register(meters);
        UpstreamGroups groups = new UpstreamGroups(vertx, prober, config.proxy().group());
        Assertions assertions = new Assertions(
                vertx, secrets.get(0), config.site().origin().toString(), config.session().assertionLife(), clock);
        PublicServer listener = new PublicServer(
                vertx,
                new PublicServer.Parts(
                        config.http(), phase, health, new PublicServer.People(reader, auth, new FormTokens(signatures)), live,
                        new ProxyParts(
                                groups, config.modules()::homeIn, sessions, assertions, securityHeaders, cookies, config.site(),
                                config.proxy()),
                        new PublicServer.Traffic(accessLog, new RequestMetrics(meters), budget)));
        Gauge.builder("edge_connections", listener, PublicServer::connections)
                .description("Connections of clients")
                .register(meters);
        ModuleReload reload = new ModuleReload(vertx, config.modules(), live, next -> {
            prober.use(next);
            return listener.use(next).onSuccess(v -> groups.retain(next));
        });
        return new Components(database, users, hasher, setupToken, mail, sweeper, live, reload, prober, health, listener);
    }
}
