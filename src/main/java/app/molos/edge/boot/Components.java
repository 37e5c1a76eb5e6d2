package app.molos.edge.boot;

import app.molos.edge.auth.AuthService;
import app.molos.edge.auth.PasswordHasher;
import app.molos.edge.auth.SetupToken;
import app.molos.edge.config.Secret;
import app.molos.edge.db.Database;
import app.molos.edge.health.HealthService;
import app.molos.edge.http.AccessLog;
import app.molos.edge.http.BootPhase;
import app.molos.edge.http.PublicListener;
import app.molos.edge.http.RequestMetrics;
import app.molos.edge.modules.Module;
import app.molos.edge.modules.ModuleProber;
import app.molos.edge.modules.ModuleRegistry;
import app.molos.edge.session.SessionAuthentication;
import app.molos.edge.session.SessionCookies;
import app.molos.edge.session.SessionReader;
import app.molos.edge.session.SessionService;
import app.molos.edge.session.SessionStore;
import app.molos.edge.users.Ids;
import app.molos.edge.users.UserStore;
import app.molos.edge.web.SecurityHeaders;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Vertx;
import java.io.OutputStream;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.List;

/** Every object that serves, made in floor order once the preflight is through. */
record Components(
        Database database,
        UserStore users,
        PasswordHasher hasher,
        SetupToken setupToken,
        ModuleRegistry registry,
        ModuleProber prober,
        HealthService health,
        PublicListener listener) {

    static Components of(
            Vertx vertx,
            EdgeConfig config,
            Secret secret,
            List<Module> modules,
            BootPhase phase,
            SecurityHeaders securityHeaders,
            MeterRegistry meters,
            OutputStream accessLogOutput) {
        Clock clock = Clock.systemUTC();
        SecureRandom random = new SecureRandom();
        Ids ids = new Ids(random);

        Database database = Database.open(vertx, config.database());
        ModuleRegistry registry = new ModuleRegistry(modules);
        ModuleProber prober = new ModuleProber(vertx, registry, config.modules());
        UserStore users = new UserStore(database);

        SessionService sessions =
                new SessionService(database, new SessionStore(database), config.session(), ids, clock);
        SessionCookies cookies = new SessionCookies(secret, config.site().origin().isHttps());
        SessionReader reader = new SessionReader(new SessionAuthentication(sessions), sessions, cookies);

        PasswordHasher hasher =
                new PasswordHasher(vertx, random, config.auth().hashThreads(), config.auth().hashQueue());
        SetupToken setupToken = new SetupToken(ids::next, config.auth().setupTokenLife(), clock);
        AuthService auth = new AuthService(users, sessions, hasher, setupToken, config.auth(), ids, clock);

        HealthService health = new HealthService(
                vertx, Checks.of(database, registry, prober, users, hasher), config.health(), clock);

        AccessLog accessLog = config.http().isAccessLogged()
                ? new AccessLog(vertx, accessLogOutput, clock, config.http().accessLogFlush())
                : null;
        if (accessLog != null) {
            Gauge.builder("edge_access_log_dropped_lines", accessLog, AccessLog::dropped)
                    .description("Lines that the output could not take")
                    .register(meters);
        }
        PublicListener listener = new PublicListener(
                vertx,
                new PublicListener.Parts(
                        config.site(), config.http(), config.proxy(), securityHeaders, phase, health, reader, auth,
                        registry, config.modules().homeIn(registry), accessLog, new RequestMetrics(meters)));
        return new Components(database, users, hasher, setupToken, registry, prober, health, listener);
    }
}
