package app.molos.edge.boot;

import app.molos.edge.backup.ScheduledBackups;
import app.molos.edge.config.BoundedOutput;
import app.molos.edge.config.Secret;
import app.molos.edge.db.migration.Migrator;
import app.molos.edge.health.HealthHistory;
import app.molos.edge.health.LoopLag;
import app.molos.edge.health.Node;
import app.molos.edge.health.RegisteredChecks;
import app.molos.edge.http.Ports;
import app.molos.edge.http.RedirectListener;
import app.molos.edge.http.management.AgentListener;
import app.molos.edge.http.management.ManagementEndpoints;
import app.molos.edge.http.management.ManagementListener;
import app.molos.edge.modules.Module;
import app.molos.edge.modules.reload.ModuleWatch;
import app.molos.edge.tls.CertificateWatch;
import app.molos.edge.web.SecurityHeaders;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.ThreadingModel;
import io.vertx.core.Vertx;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One running edge. The order in {@link #start} is the product's promise: management listener, preflight on a worker,
 * and only then the doors. Thread-safe.
 */
public final class Boot {
    private static final Logger LOG = LoggerFactory.getLogger(Boot.class);

    private final EdgeConfig config;
    private final BoundedOutput accessLogOutput;
    private final Consumer<String> announcements;
    private final Node node = new Node(new HealthHistory(Clock.systemUTC()));
    private final LoopLag lag;
    private final Optional<AgentListener> agent;
    private final Bounds bounds;
    private final Vertx vertx;
    private final Migrator migrator;
    private final SecurityHeaders securityHeaders;
    private final PrometheusMeterRegistry meters;
    private final ManagementListener management;
    private final long startNanos = System.nanoTime();
    private volatile @Nullable Components components;
    private volatile @Nullable PreflightVerticle starting;
    private final AtomicReference<@Nullable Promise<Integer>> stopping = new AtomicReference<>();
    private volatile int port;
    private volatile int managementPort;

    /** @param announcements hears what only the operator at the terminal may read: the setup token */
    public Boot(EdgeConfig config, BoundedOutput accessLogOutput, Consumer<String> announcements) {
        this.config = config;
        this.accessLogOutput = accessLogOutput;
        this.announcements = announcements;
        this.meters = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        this.bounds = Bounds.of(config);
        this.vertx = EdgeVertx.make(config, meters, bounds.connections());
        this.migrator = new Migrator(config.database(), node::say);
        this.securityHeaders =
                new SecurityHeaders(config.site().origins(), config.http().hstsIncludesSubDomains());
        this.management = new ManagementListener(vertx, config.http(), node, securityHeaders, meters);
        this.lag = new LoopLag(config.lifecycle().health().loopInterval());
        this.agent = config.lifecycle().agent().address().map(address -> new AgentListener(vertx, address, node, lag));
    }

    /**
     * Succeeds when the doors are open; otherwise everything that was opened is closed and the reason is the failure.
     */
    public Future<Void> start() {
        return unbound(opening()).transform(done -> done.succeeded() ? Future.succeededFuture() : unwind(done.cause()));
    }

    private Future<Void> opening() {
        return openManagement()
                .compose(v -> probePort())
                .compose(v -> preflight())
                .compose(this::wire)
                .compose(this::openDoors)
                .compose(this::announceOwnership)
                .onSuccess(v -> sayReady());
    }

    private Future<Void> unwind(Throwable failure) {
        return close().transform(closed -> Future.failedFuture(failure));
    }

    /** Interrupts a migration that is under way; {@link #start} then fails. */
    public void cancel() {
        migrator.cancel();
    }

    /** Whether the start may be broken off by ending the process. */
    boolean isFetching() {
        PreflightVerticle preflight = starting;
        return preflight != null && preflight.isFetching();
    }

    /**
     * Not ready, drained, closed, the database last; how many requests and streams were cut. A second call gets the first
     * one's outcome. Never fails.
     */
    public Future<Integer> stop() {
        Promise<Integer> mine = Promise.promise();
        if (!stopping.compareAndSet(null, mine)) {
            return Objects.requireNonNull(stopping.get()).future();
        }
        Components parts = components;
        Future<Integer> drained =
                parts == null ? Future.succeededFuture(0) : parts.drain().stop();
        unbound(drained).otherwise(0).compose(cut -> close().map(cut)).onComplete(mine);
        return mine.future();
    }

    /** Returns why the certificates' files are not served with; empty when they are. */
    public String certificateProblem() {
        Components parts = components;
        return parts == null
                ? ""
                : parts.doors().certificates().map(CertificateWatch::problem).orElse("");
    }

    /** Requests and streams that would be cut if the process ended now. */
    int busy() {
        Components parts = components;
        return parts == null ? 0 : parts.listener().busy();
    }

    /** Returns where an embedder registers checks of its own, once started. */
    public RegisteredChecks checks() {
        Components parts = components;
        if (parts == null) {
            throw new IllegalStateException("checks are registered with an edge that has started");
        }
        return new RegisteredChecks(parts.health(), config.lifecycle().health());
    }

    /** Returns the Vert.x that this edge runs on. */
    public Vertx vertx() {
        return vertx;
    }

    /** The port people reach, once started. */
    public int port() {
        return port;
    }

    /** The port of the management listener, once started. */
    public int managementPort() {
        return managementPort;
    }

    private Future<Void> openManagement() {
        node.say("opening the management listener");
        return management.open().compose(opened -> {
            managementPort = opened;
            return agent.map(AgentListener::open).orElseGet(Future::succeededFuture);
        });
    }

    private Future<Void> probePort() {
        node.say("checking the port");
        return vertx.executeBlocking(() -> {
            Ports.probe(
                    "server.port",
                    "PORT",
                    config.http().site().host(),
                    config.http().site().port());
            return null;
        });
    }

    private Future<List<Module>> preflight() {
        PreflightVerticle preflight = new PreflightVerticle(config.modules(), config.database(), migrator, node);
        starting = preflight;
        DeploymentOptions worker = new DeploymentOptions()
                .setThreadingModel(ThreadingModel.WORKER)
                .setWorkerPoolName("edge-preflight")
                .setWorkerPoolSize(1)
                .setMaxWorkerExecuteTime(1)
                .setMaxWorkerExecuteTimeUnit(TimeUnit.DAYS);
        return vertx.deployVerticle(preflight, worker).compose(vertx::undeploy).map(v -> {
            LOG.info(
                    "Database: {}, {}",
                    config.database().url(),
                    preflight.migrated() == 0 ? "up to date" : preflight.migrated() + " migrations applied");
            return preflight.modules();
        });
    }

    private Future<Components> wire(List<Module> modules) {
        node.say("wiring");
        return vertx.executeBlocking(() -> {
            List<Secret> secrets = config.accounts()
                    .secrets()
                    .withSigning(
                            () -> DevelopmentSecret.obtain(config.database().dataDir(), new SecureRandom()));
            Components parts = new Wiring(vertx, config, secrets, bounds, meters)
                    .wire(modules, new Wiring.Processing(node, lag), securityHeaders, accessLogOutput);
            components = parts;
            return parts;
        });
    }

    private Future<Components> openDoors(Components parts) {
        node.say("opening the doors");
        // The checks also open the first database connections, so that no visitor waits for them.
        return parts.accounts()
                .defence()
                .join()
                .compose(v -> parts.health().start())
                .compose(v -> endTurn())
                .compose(v -> parts.accounts().defence().start())
                .compose(v -> parts.listener().open())
                .compose(opened -> {
                    port = opened;
                    parts.modules().prober().start();
                    parts.sweeper().start();
                    parts.doors().certificates().ifPresent(CertificateWatch::start);
                    parts.backups().schedule().ifPresent(ScheduledBackups::start);
                    return parts.doors().redirect().map(RedirectListener::open).orElseGet(Future::succeededFuture);
                })
                .compose(v -> openManagementActions(parts));
    }

    private Future<Void> endTurn() {
        PreflightVerticle preflight = starting;
        return preflight == null
                ? Future.succeededFuture()
                : vertx.executeBlocking(() -> {
                    preflight.endTurn();
                    return null;
                });
    }

    /**
     * Last of all: who acts here changes what is served, and an edge that could not open its doors must not take the
     * place of one that did.
     */
    private Future<Components> openManagementActions(Components parts) {
        return vertx.executeBlocking(
                        () -> ManagementToken.issue(config.database().dataDir(), managementPort, new SecureRandom()))
                .map(token -> {
                    management.use(new ManagementEndpoints.Parts(
                            parts.health(),
                            parts.modules().reload(),
                            parts.accounts().defence().intrusion(),
                            parts.modules().reports(),
                            new ManagementEndpoints.DrainSwitch(parts.drain()::begin, parts.drain()::cancel),
                            token));
                    agent.ifPresent(listener -> listener.use(parts.health()::report));
                    if (config.modules().watching().isOn()) {
                        new ModuleWatch(vertx, config.modules(), parts.modules().reload()).start();
                    }
                    return parts;
                });
    }

    private Future<Void> announceOwnership(Components parts) {
        if (!config.accounts().auth().isSetupTokenNeeded()) {
            return Future.succeededFuture();
        }
        return parts.accounts()
                .users()
                .hasOwner()
                .compose(hasOwner -> hasOwner
                        ? Future.<Void>succeededFuture()
                        : parts.accounts().setupToken().issue().map(token -> {
                            announcements.accept(token.map(made -> Announcements.setup(
                                            config.site().origin(),
                                            made,
                                            parts.accounts().setupToken().life()))
                                    .orElseGet(() -> Announcements.setupElsewhere(
                                            config.site().origin())));
                            return null;
                        }));
    }

    private void sayReady() {
        node.started();
        new ReadyLog(config, modules()).say(port, managementPort, EdgeVertx.isNative(), System.nanoTime() - startNanos);
    }

    private List<Module> modules() {
        Components parts = components;
        return parts == null ? List.of() : parts.modules().live().modules();
    }

    /** The management listener answers until here; the database goes last. */
    private Future<Void> close() {
        Components parts = components;
        node.stopped();
        if (parts != null) {
            parts.health().stop();
            parts.doors()
                    .redirect()
                    .ifPresent(
                            door -> door.close().onFailure(e -> LOG.warn("The port that redirects did not close", e)));
            parts.modules().prober().close();
            parts.backups()
                    .schedule()
                    .ifPresent(backups ->
                            backups.close().onFailure(e -> LOG.warn("The worker of backups did not close", e)));
            parts.modules().reload().close().onFailure(e -> LOG.warn("The worker of reloads did not close", e));
            parts.accounts().hasher().close();
            parts.accounts()
                    .mail()
                    .ifPresent(mail -> mail.close().onFailure(e -> LOG.warn("The mail connections did not close", e)));
        }
        return unbound(agent.map(AgentListener::close).orElseGet(Future::succeededFuture))
                .transform(closed -> unbound(endTurn()))
                .transform(closed -> unbound(management.close()))
                .transform(closed -> parts == null
                        ? Future.succeededFuture()
                        : unbound(parts.accounts().defence().close())
                                .transform(v -> unbound(parts.database().close())))
                .transform(closed -> unbound(vertx.close()))
                .transform(closed -> {
                    if (closed.failed()) {
                        LOG.warn("The stop was not clean", closed.cause());
                    }
                    return Future.succeededFuture();
                });
    }

    /** The same future without its event loop: that loop is gone before the last step is told. */
    private static <T> Future<T> unbound(Future<T> future) {
        return Future.fromCompletionStage(future.toCompletionStage());
    }
}
