package app.molos.edge.boot;

import app.molos.edge.config.BoundedOutput;
import app.molos.edge.config.Secret;
import app.molos.edge.db.migration.Migrator;
import app.molos.edge.http.BootPhase;
import app.molos.edge.http.Ports;
import app.molos.edge.http.management.ManagementListener;
import app.molos.edge.modules.Module;
import app.molos.edge.modules.reload.ModuleWatch;
import app.molos.edge.web.SecurityHeaders;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.ThreadingModel;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.dns.AddressResolverOptions;
import io.vertx.micrometer.Label;
import io.vertx.micrometer.MetricsDomain;
import io.vertx.micrometer.MicrometerMetricsFactory;
import io.vertx.micrometer.MicrometerMetricsOptions;
import io.vertx.micrometer.VertxPrometheusOptions;
import java.security.SecureRandom;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.TimeUnit;
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

    /**
     * Our own counters stand in for Vert.x's HTTP metrics: theirs look a label set up per request. Pools, event loops
     * and SQL are measured by Vert.x.
     */
    private static final EnumSet<MetricsDomain> UNMEASURED = EnumSet.of(
            MetricsDomain.HTTP_SERVER,
            MetricsDomain.HTTP_CLIENT,
            MetricsDomain.NET_SERVER,
            MetricsDomain.NET_CLIENT,
            MetricsDomain.EVENT_BUS,
            MetricsDomain.DATAGRAM_SOCKET);

    private final EdgeConfig config;
    private final BoundedOutput accessLogOutput;
    private final Consumer<String> announcements;
    private final BootPhase phase = new BootPhase();
    private final Vertx vertx;
    private final Migrator migrator;
    private final SecurityHeaders securityHeaders;
    private final PrometheusMeterRegistry meters;
    private final ManagementListener management;
    private final long startNanos = System.nanoTime();
    private volatile @Nullable Components components;
    private volatile @Nullable PreflightVerticle starting;
    private volatile int port;
    private volatile int managementPort;

    /** @param announcements hears what only the operator at the terminal may read: the setup token */
    public Boot(EdgeConfig config, BoundedOutput accessLogOutput, Consumer<String> announcements) {
        this.config = config;
        this.accessLogOutput = accessLogOutput;
        this.announcements = announcements;
        this.meters = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        this.vertx = vertx(config, meters);
        this.migrator = new Migrator(config.database(), phase::say);
        this.securityHeaders =
                new SecurityHeaders(config.site().origin(), config.http().hstsIncludesSubDomains());
        this.management = new ManagementListener(vertx, config.http(), phase, securityHeaders, meters);
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

    /** Not ready, drained, closed, the database last. Never fails. */
    public Future<Void> stop() {
        phase.stopping();
        Components parts = components;
        Future<Void> drained = parts == null
                ? Future.succeededFuture()
                : parts.listener().drain(config.lifecycle().shutdown().deadline());
        return unbound(drained).transform(done -> close());
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
        phase.say("opening the management listener");
        return management.open().map(opened -> {
            managementPort = opened;
            return null;
        });
    }

    private Future<Void> probePort() {
        phase.say("checking the port");
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
        PreflightVerticle preflight = new PreflightVerticle(config.modules(), migrator, phase);
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
        phase.say("wiring");
        return vertx.executeBlocking(() -> {
            List<Secret> secrets = config.accounts()
                    .secrets()
                    .withSigning(
                            () -> DevelopmentSecret.obtain(config.database().dataDir(), new SecureRandom()));
            Components parts =
                    new Wiring(vertx, config, secrets, meters).wire(modules, phase, securityHeaders, accessLogOutput);
            components = parts;
            return parts;
        });
    }

    private Future<Components> openDoors(Components parts) {
        phase.say("opening the doors");
        // The report also opens the first database connections, so that no visitor waits for them.
        return parts.health()
                .report()
                .compose(report -> parts.listener().open())
                .compose(opened -> {
                    port = opened;
                    parts.modules().prober().start();
                    parts.sweeper().start();
                    return openManagementActions(parts);
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
                    management.use(new ManagementListener.Parts(
                            parts.health(), parts.modules().reload(), token));
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
        phase.ready();
        long fetched = modules().stream().filter(Module::isFetched).count();
        LOG.info("Modules: {} of {} ready", fetched, modules().size());
        List<String> external = modules().stream()
                .filter(m -> m.isEnabled() && m.external().isPresent())
                .map(Module::id)
                .toList();
        if (!external.isEmpty()) {
            LOG.info(
                    "Modules that somebody else deploys (external; nothing here pins their code): {}",
                    String.join(", ", external));
        }
        modules().stream()
                .filter(Module::isEnabled)
                .forEach(module -> module.forwarding()
                        .exceptions()
                        .forEach(exception -> LOG.warn("Module {}: {}", module.id(), exception)));
        LOG.info(
                "Serving {} on {}:{} ({} event loops, {}); management on {}:{}; ready after {} ms",
                config.site().origin(),
                config.http().site().host(),
                port,
                config.http().eventLoops(),
                vertx.isNativeTransportEnabled() ? "epoll" : "NIO",
                config.http().management().host(),
                managementPort,
                (System.nanoTime() - startNanos) / 1_000_000);
        Announcements.optOuts(config).forEach(LOG::warn);
    }

    private List<Module> modules() {
        Components parts = components;
        return parts == null ? List.of() : parts.modules().live().modules();
    }

    /** The management listener answers until here; the database goes last. */
    private Future<Void> close() {
        Components parts = components;
        if (parts != null) {
            parts.modules().prober().close();
            parts.modules().reload().close().onFailure(e -> LOG.warn("The worker of reloads did not close", e));
            parts.accounts().hasher().close();
            parts.accounts()
                    .mail()
                    .ifPresent(mail -> mail.close().onFailure(e -> LOG.warn("The mail connections did not close", e)));
        }
        return unbound(management.close())
                .transform(closed -> parts == null
                        ? Future.succeededFuture()
                        : unbound(parts.database().close()))
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

    private static Vertx vertx(EdgeConfig config, PrometheusMeterRegistry meters) {
        MicrometerMetricsOptions metrics = new MicrometerMetricsOptions()
                .setEnabled(true)
                .setJvmMetricsEnabled(true)
                .setLabels(EnumSet.of(Label.POOL_TYPE, Label.POOL_NAME))
                .setPrometheusOptions(new VertxPrometheusOptions().setEnabled(true));
        UNMEASURED.forEach(metrics::addDisabledMetricsCategory);
        return Vertx.builder()
                .with(new VertxOptions()
                        .setEventLoopPoolSize(config.http().eventLoops())
                        .setPreferNativeTransport(true)
                        // A connection that is opened again is to find where the name leads by then.
                        .setAddressResolverOptions(new AddressResolverOptions()
                                .setCacheMaxTimeToLive((int)
                                        config.proxy().requestPool().lifetime().toSeconds())
                                .setHostsRefreshPeriod((int) Math.min(
                                        Integer.MAX_VALUE,
                                        config.proxy().requestPool().lifetime().toMillis())))
                        .setMetricsOptions(metrics))
                .withMetrics(new MicrometerMetricsFactory(meters))
                .build();
    }
}
