package app.molos.edge.health;

import app.molos.edge.health.HealthCheck.Level;
import app.molos.edge.health.HealthCheck.State;
import app.molos.edge.web.LimitedLog;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs one check on its schedule and keeps what came of it. One run at a time: while one is under way no other is
 * begun, and each interval that passes meanwhile counts as a failure. Confined to one event loop, but for
 * {@link #status} and the counts.
 */
final class CheckRunner {
    /** Receives what becomes of a check. */
    interface Listener {
        /** A result is in; {@code before} is the status until now. */
        void observed(CheckRunner runner, CheckStatus before);
    }

    private static final Logger LOG = LoggerFactory.getLogger(CheckRunner.class);
    private static final LimitedLog LIMITED = new LimitedLog(LOG);
    private static final double JITTER = 0.2;
    /** A result that contradicts what is believed is looked at again sooner. */
    private static final int CONFIRMING = 5;

    private static final long LEAST_MILLIS = 10;
    private static final long SUSPICION_NANOS = Duration.ofMillis(100).toNanos();

    private final Vertx vertx;
    private final Context context;
    private final HealthCheck check;
    private final Clock clock;
    private final Listener listener;
    private final Flapping flapping;
    private final Promise<Void> first = Promise.promise();
    private volatile CheckStatus status;
    private volatile long runs;
    private volatile long timeouts;
    private volatile long transitions;
    private boolean isRunning;
    private long startedNanos;
    private long suspectedNanos = System.nanoTime() - SUSPICION_NANOS;
    private int failures;
    private int successes;
    private long timer = -1;

    CheckRunner(Vertx vertx, HealthCheck check, Duration hold, Clock clock, Listener listener) {
        this.vertx = vertx;
        this.context = vertx.getOrCreateContext();
        this.check = check;
        this.clock = clock;
        this.listener = listener;
        this.flapping = new Flapping(hold);
        long now = System.nanoTime();
        this.status = new CheckStatus(check, State.UNKNOWN, now, 0, clock.instant(), now, 0, false);
    }

    CheckStatus status() {
        return status;
    }

    /** How often the check was run. */
    long runs() {
        return runs;
    }

    /** How often it was not done by its deadline. */
    long timeouts() {
        return timeouts;
    }

    /** How often its level changed. */
    long transitions() {
        return transitions;
    }

    /** Begins the schedule; completes with the first result. Call on the event loop it is confined to. */
    Future<Void> start() {
        tick();
        return first.future();
    }

    void stop() {
        vertx.cancelTimer(timer);
    }

    /** Runs the check now, unless it is running. */
    void probe() {
        if (!isRunning) {
            run();
        }
    }

    /** Takes a failure that real work met for one of the check's own, and has it run at once: only that may raise. */
    void suspect(String code) {
        long now = System.nanoTime();
        // The run under way meets the same failure, and would be counted twice.
        if (isRunning || status.state().level() == Level.UNKNOWN || now - suspectedNanos < SUSPICION_NANOS) {
            return;
        }
        suspectedNanos = now;
        observe(State.down(code), 0);
        probe();
    }

    private void tick() {
        if (isRunning) {
            observe(State.TIMEOUT, millisSince(startedNanos));
        } else {
            run();
        }
        timer = vertx.setTimer(nextMillis(), t -> tick());
    }

    private long nextMillis() {
        long millis = check.timing().interval().toMillis();
        if (failures > 0 != status.state().isDown()) {
            millis /= CONFIRMING;
        }
        double factor = 1 - JITTER + 2 * JITTER * ThreadLocalRandom.current().nextDouble();
        return Math.max(LEAST_MILLIS, (long) (millis * factor));
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // Written on one event loop only.
    private void run() {
        isRunning = true;
        long begun = System.nanoTime();
        startedNanos = begun;
        runs++;
        Future<State> asked = ask();
        if (asked.isComplete()) {
            done(asked);
            return;
        }
        long deadline = vertx.setTimer(check.timing().deadline().toMillis(), t -> {
            timeouts++;
            observe(State.TIMEOUT, millisSince(begun));
        });
        asked.onComplete(done -> context.runOnContext(v -> {
            vertx.cancelTimer(deadline);
            done(asked);
        }));
    }

    private Future<State> ask() {
        try {
            return check.ask().get();
        } catch (RuntimeException e) {
            LIMITED.warn(check.id(), "The {} check broke: {}", check.id(), e.toString());
            return Future.failedFuture(e);
        }
    }

    /** However late: what it says is true now. */
    private void done(Future<State> asked) {
        isRunning = false;
        if (asked.failed()) {
            LIMITED.warn(check.id(), "The {} check failed: {}", check.id(), String.valueOf(asked.cause()));
        }
        observe(asked.succeeded() ? asked.result() : State.down("unreachable"), millisSince(startedNanos));
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // Written on one event loop only.
    private void observe(State seen, long durationMillis) {
        long now = System.nanoTime();
        CheckStatus before = status;
        failures = seen.isDown() ? failures + 1 : 0;
        successes = seen.isDown() ? 0 : successes + 1;
        State next = settled(before.state(), seen);
        boolean isOther = next.level() != before.state().level();
        if (isOther) {
            transitions++;
            if (before.state().level() != Level.UNKNOWN
                    && (next.isDown() || before.state().isDown())
                    && flapping.changed(now)) {
                LOG.warn("Health: {} goes up and down; it is called flapping until it is calm", check.id());
            }
        }
        if (flapping.calms(now)) {
            LOG.info("Health: {} is calm again", check.id());
        }
        status = new CheckStatus(
                check,
                next,
                now,
                durationMillis,
                isOther ? clock.instant() : before.since(),
                isOther ? now : before.sinceNanos(),
                flapping.count(),
                flapping.isHeld());
        first.tryComplete();
        listener.observed(this, before);
    }

    /** Rise and fall: only what was seen often enough in a row changes between down and not down. */
    private State settled(State believed, State seen) {
        if (believed.level() == Level.UNKNOWN) {
            return seen;
        }
        if (seen.isDown() && !believed.isDown() && failures < check.timing().fall()) {
            return believed;
        }
        if (!seen.isDown() && believed.isDown() && successes < check.timing().rise()) {
            return believed;
        }
        return seen;
    }

    private static long millisSince(long nanos) {
        return (System.nanoTime() - nanos) / 1_000_000;
    }
}
