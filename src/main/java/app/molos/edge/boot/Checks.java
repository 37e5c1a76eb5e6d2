package app.molos.edge.boot;

import app.molos.edge.db.Heartbeat;
import app.molos.edge.health.HealthCheck;
import app.molos.edge.health.HealthCheck.Kind;
import app.molos.edge.health.HealthCheck.Scope;
import app.molos.edge.health.HealthCheck.State;
import app.molos.edge.health.HealthCheck.Timing;
import app.molos.edge.health.HealthConfig;
import app.molos.edge.health.LoopLag;
import app.molos.edge.health.ProcessChecks;
import app.molos.edge.intrusion.IntrusionService;
import app.molos.edge.mail.MailQueue;
import app.molos.edge.modules.Module;
import app.molos.edge.modules.ModuleProber;
import app.molos.edge.modules.reload.LiveModules;
import app.molos.edge.passwords.PasswordHasher;
import app.molos.edge.session.SecretConfig;
import app.molos.edge.tls.CertificateWatch;
import app.molos.edge.users.UserStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** The health checks: lower parts say how they are in their own words, and here these become states. */
final class Checks {
    static final String DATABASE = "database";

    /** What signing in needs. */
    record Auth(Vertx vertx, UserStore users, PasswordHasher hasher, SecretConfig secrets) {
        Future<State> state() {
            return users.probe()
                    .compose(v -> vertx.executeBlocking(secrets::onDisk, false))
                    .map(this::state);
        }

        private State state(SecretConfig.OnDisk secret) {
            return switch (secret) {
                case CHANGED -> State.degraded("secret_changed", "the next start signs everybody out");
                case UNREADABLE -> State.degraded("secret_unreadable", "the next start would be refused");
                case SAME -> hasher.isFull() ? State.degraded("hash_queue_full") : State.UP;
            };
        }
    }

    private final HealthConfig config;
    private final Scope databaseScope;
    private final List<HealthCheck> checks = new ArrayList<>();

    /** @param isDatabaseShared whether other nodes have the same one */
    Checks(HealthConfig config, boolean isDatabaseShared) {
        this.config = config;
        this.databaseScope = isDatabaseShared ? Scope.SHARED : Scope.LOCAL;
    }

    List<HealthCheck> all() {
        return List.copyOf(checks);
    }

    /** What requests need. A module is never critical: one that is sick must not take the edge out. */
    void serving(Heartbeat heartbeat, LiveModules live, ModuleProber prober, Auth auth, Optional<MailQueue> mail) {
        add(
                DATABASE,
                Kind.CRITICAL,
                databaseScope,
                config.fast(),
                () -> heartbeat.check().map(Checks::writing));
        // Boot has decided it: nothing is served, and so nothing asks, before the migrations have succeeded.
        add("migrations", Kind.CRITICAL, Scope.LOCAL, config.slow(), () -> Future.succeededFuture(State.UP));
        add("auth", Kind.CRITICAL, databaseScope, config.fast(), auth::state);
        add("modules", Kind.DEGRADING, Scope.LOCAL, config.fast(), () -> Future.succeededFuture(modules(live, prober)));
        mail.ifPresent(queue -> add(
                "mail",
                Kind.DEGRADING,
                Scope.SHARED,
                config.fast(),
                () -> Future.succeededFuture(queue.isFailing() ? State.degraded("mail_not_sent") : State.UP)));
    }

    /** Says when the guard has stopped itself. */
    void intrusion(IntrusionService intrusion) {
        add(
                "intrusion",
                Kind.DEGRADING,
                Scope.LOCAL,
                config.fast(),
                () -> Future.succeededFuture(
                        intrusion.isPaused()
                                ? State.degraded(
                                        "bans_paused",
                                        "too many were banned at once: scenarios only observe for a while")
                                : State.UP));
    }

    /** Says when limits are not shared any more. */
    void redis(Supplier<State> state) {
        add("redis", Kind.DEGRADING, Scope.SHARED, config.fast(), () -> Future.succeededFuture(state.get()));
    }

    /** What the process has of its own. Only loops that stand still keep a node from being ready. */
    void process(Vertx vertx, LoopLag lag, Path dataDir, Clock clock) {
        add("loops", Kind.CRITICAL, Scope.LOCAL, config.fast(), ProcessChecks.loops(lag));
        add("heap", Kind.DEGRADING, Scope.LOCAL, config.slow(), ProcessChecks.heap());
        add(
                "disk",
                Kind.DEGRADING,
                Scope.LOCAL,
                config.slow(),
                ProcessChecks.disk(vertx, dataDir, config.limits().diskMiB()));
        add("files", Kind.DEGRADING, Scope.LOCAL, config.slow(), ProcessChecks.files(vertx));
        add("clock", Kind.DEGRADING, Scope.LOCAL, config.fast(), ProcessChecks.clock(clock));
    }

    /** Before browsers refuse it, and while files that should have renewed it are no good. */
    static HealthCheck certificate(HealthConfig config, CertificateWatch watch) {
        return new HealthCheck(
                "certificate",
                Kind.DEGRADING,
                Scope.LOCAL,
                config.slow(),
                () -> Future.succeededFuture(certificate(watch, config.limits().certificate())));
    }

    private static State certificate(CertificateWatch watch, Duration atLeast) {
        Duration left = watch.left();
        String detail = "until " + watch.expires();
        if (left.isNegative()) {
            return State.down("certificate_expired", detail);
        }
        return !watch.problem().isEmpty()
                ? State.degraded("certificate_not_renewed", watch.problem())
                : left.compareTo(atLeast) < 0 ? State.degraded("certificate_expires", detail) : State.UP;
    }

    private void add(String id, Kind kind, Scope scope, Timing timing, Supplier<Future<State>> ask) {
        checks.add(new HealthCheck(id, kind, scope, timing, ask));
    }

    /** A database that can be read still serves: no reason to take the edge out of a balancer. */
    private static State writing(Heartbeat.Writing writing) {
        return switch (writing) {
            case FINE -> State.UP;
            case DISK_FULL -> State.degraded("disk_full", "the disk of the database is full");
            case REFUSED -> State.degraded("not_writable", "the database answers and takes no writes");
        };
    }

    private static State modules(LiveModules live, ModuleProber prober) {
        if (!prober.down().isEmpty()) {
            return State.degraded("module_down", String.join("; ", prober.down()));
        }
        if (!prober.otherVersions().isEmpty()) {
            return State.degraded("module_version", String.join("; ", prober.otherVersions()));
        }
        return live.modules().stream().allMatch(Module::isFetched) ? State.UP : State.degraded("module_not_fetched");
    }
}
