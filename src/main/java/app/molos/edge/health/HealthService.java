package app.molos.edge.health;

import app.molos.edge.health.HealthCheck.Kind;
import app.molos.edge.health.HealthCheck.Level;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs every check on a schedule of its own and keeps one result for each; who asks only reads, so that a flood of
 * probes costs nothing. Thread-safe.
 */
public final class HealthService {
    private static final Logger LOG = LoggerFactory.getLogger(HealthService.class);

    private final Vertx vertx;
    private final Context context;
    private final Node node;
    private final HealthConfig config;
    private final Clock clock;
    private final List<CheckRunner> runners = new CopyOnWriteArrayList<>();
    private final Map<String, CheckRunner> byId = new ConcurrentSkipListMap<>();
    private volatile HealthReport current;
    private volatile Consumer<CheckRunner> added = runner -> {};
    private volatile boolean isStarted;

    public HealthService(Vertx vertx, Node node, List<HealthCheck> checks, HealthConfig config, Clock clock) {
        if (checks.isEmpty()) {
            throw new IllegalArgumentException("an edge that checks nothing would always be healthy");
        }
        this.vertx = vertx;
        this.context = vertx.getOrCreateContext();
        this.node = node;
        this.config = config;
        this.clock = clock;
        checks.forEach(this::add);
        this.current = report(System.nanoTime());
    }

    /** Begins the schedule; completes with a first result of every check. Never fails. */
    public Future<Void> start() {
        return Future.future(begun -> context.runOnContext(v -> {
            isStarted = true;
            Future.join(runners.stream().map(CheckRunner::start).toList())
                    .<Void>mapEmpty()
                    .onComplete(begun);
        }));
    }

    /** Ends the schedule; the last results stay. */
    public void stop() {
        context.runOnContext(v -> runners.forEach(CheckRunner::stop));
    }

    /** Adds a check of an embedder, which begins at once if the others have. */
    public void register(HealthCheck check) {
        context.runOnContext(v -> {
            CheckRunner runner = add(check);
            if (isStarted) {
                runner.start();
            }
        });
    }

    private CheckRunner add(HealthCheck check) {
        CheckRunner runner = new CheckRunner(vertx, check, config.flapHold(), clock, this::observed);
        CheckRunner before = byId.put(check.id(), runner);
        if (before != null) {
            before.stop();
            runners.remove(before);
        }
        runners.add(runner);
        added.accept(runner);
        return runner;
    }

    /** Returns what is known now. Asks nothing and waits for nothing. */
    public HealthReport report() {
        HealthReport known = current;
        if (System.nanoTime() - known.validUntilNanos() > 0) {
            // The schedule is behind: its event loop is busy, or the machine slept.
            context.runOnContext(v -> catchUp());
        } else if (known.node() == node.state()) {
            return known;
        }
        HealthReport fresh = report(System.nanoTime());
        current = fresh;
        return fresh;
    }

    private void catchUp() {
        runners.stream()
                .filter(runner -> runner.status().isStale(System.nanoTime()))
                .forEach(CheckRunner::probe);
        update();
    }

    /** Reports that real work failed on what a check looks at: that may lower it, and has it run at once. */
    public void suspect(String id, String code) {
        CheckRunner runner = byId.get(id);
        if (runner != null) {
            context.runOnContext(v -> runner.suspect(code));
        }
    }

    /** How often a check was run since the start; 0 for one that is not known. */
    public long runs(String id) {
        CheckRunner runner = byId.get(id);
        return runner == null ? 0 : runner.runs();
    }

    /** Tells of every check that there is, and of each that will be added. */
    void whenAdded(Consumer<CheckRunner> then) {
        added = then;
        runners.forEach(then);
    }

    private HealthReport report(long now) {
        return HealthReport.of(
                runners.stream().map(CheckRunner::status).toList(),
                node,
                config.sharedPatience().orElse(null),
                clock.instant(),
                now);
    }

    private void observed(CheckRunner runner, CheckStatus before) {
        CheckStatus now = runner.status();
        if (before.state().level() != now.state().level() && before.state().level() != Level.UNKNOWN) {
            node.history().check(now.check().id(), before.state(), now.state());
            say(now, before.isHeld() && now.isHeld());
        } else if (before.state().level() == Level.UNKNOWN && now.state().level() != Level.UP) {
            node.history().check(now.check().id(), before.state(), now.state());
            say(now, false);
        }
        update();
    }

    private static void say(CheckStatus now, boolean isFlapping) {
        String id = now.check().id();
        if (isFlapping) {
            return;
        }
        if (now.state().level() == Level.UP) {
            LOG.info("Health: {} is up", id);
        } else if (now.check().kind() == Kind.INFO) {
            LOG.info(
                    "Health: {} is {} ({})",
                    id,
                    now.state().level().word(),
                    now.state().code());
        } else {
            LOG.warn(
                    "Health: {} is {} ({})",
                    id,
                    now.state().level().word(),
                    now.state().code());
        }
    }

    private void update() {
        HealthReport next = report(System.nanoTime());
        node.sound(next.isSound());
        current = next;
    }

    /** Returns one check's status; null when none has that id. */
    public @Nullable CheckStatus status(String id) {
        return report().checks().stream()
                .filter(status -> status.check().id().equals(id))
                .findFirst()
                .orElse(null);
    }
}
