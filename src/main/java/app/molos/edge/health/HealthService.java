package app.molos.edge.health;

import app.molos.edge.health.HealthCheck.State;
import app.molos.edge.web.LimitedLog;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.healthchecks.CheckResult;
import io.vertx.ext.healthchecks.HealthChecks;
import io.vertx.ext.healthchecks.Status;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs all checks at the same time, each with a deadline. One run at a time for the whole process and one result that
 * all who ask within its age share, so that a flood of probes costs what one probe costs. Thread-safe.
 */
public final class HealthService {
    private static final Logger LOG = LoggerFactory.getLogger(HealthService.class);
    private static final LimitedLog LIMITED = new LimitedLog(LOG);
    private static final String LEVEL = "level";
    private static final String CODE = "code";
    private static final String DETAIL = "detail";

    private final List<HealthCheck> checks;
    private final HealthChecks procedures;
    private final HealthConfig config;
    private final Clock clock;
    private final AtomicReference<@Nullable HealthReport> last = new AtomicReference<>();
    private final AtomicReference<@Nullable Promise<HealthReport>> running = new AtomicReference<>();
    private final AtomicLong runs = new AtomicLong();

    public HealthService(Vertx vertx, List<HealthCheck> checks, HealthConfig config, Clock clock) {
        if (checks.isEmpty()) {
            throw new IllegalArgumentException("an edge that checks nothing would always be healthy");
        }
        this.checks = checks;
        this.config = config;
        this.clock = clock;
        this.procedures = HealthChecks.create(vertx);
        checks.forEach(check -> procedures.register(
                check.name(),
                config.deadline().toMillis(),
                promise -> check.ask()
                        .get()
                        .onSuccess(state -> promise.tryComplete(status(state)))
                        .onFailure(failure -> {
                            LIMITED.warn(check.name(), "The {} check failed: {}", check.name(), failure.toString());
                            promise.tryComplete(status(State.down("unreachable")));
                        })));
    }

    /** The last report if it is young enough, else the one that is being made. Never fails. */
    public Future<HealthReport> report() {
        HealthReport report = last.get();
        if (report != null
                && System.nanoTime() - report.atNanos() <= config.maxAge().toNanos()) {
            return Future.succeededFuture(report);
        }
        Promise<HealthReport> mine = Promise.promise();
        Promise<HealthReport> present = running.compareAndExchange(null, mine);
        if (present != null) {
            return present.future();
        }
        HealthReport justMade = last.get();
        if (justMade != null && justMade != report) {
            // A run ended between the look and the claim: its result is as young as ours would be.
            running.set(null);
            mine.complete(justMade);
            return mine.future();
        }
        run().onComplete(done -> {
            last.set(done.result());
            running.set(null);
            mine.complete(done.result());
        });
        return mine.future();
    }

    /** How often the checks were run since the start. */
    public long runs() {
        return runs.get();
    }

    private Future<HealthReport> run() {
        runs.incrementAndGet();
        long startNanos = System.nanoTime();
        List<Future<HealthReport.Result>> results = checks.stream()
                .map(check -> procedures
                        .checkStatus(check.name())
                        .map(HealthService::state)
                        .recover(failure -> {
                            LOG.warn("The {} check broke", check.name(), failure);
                            return Future.succeededFuture(State.down("failed"));
                        })
                        .map(state -> new HealthReport.Result(
                                check.name(), state, (System.nanoTime() - startNanos) / 1_000_000)))
                .toList();
        return Future.join(results)
                .map(all ->
                        new HealthReport(results.stream().map(Future::result).toList(), clock.instant(), startNanos));
    }

    /** vertx-health-check knows up and down only; degraded travels in its data. */
    private static Status status(State state) {
        JsonObject data = new JsonObject()
                .put(LEVEL, state.level().name())
                .put(CODE, state.code())
                .put(DETAIL, state.detail());
        return state.level() == HealthCheck.Level.DOWN ? Status.KO(data) : Status.OK(data);
    }

    /**
     * A result without data was made by vertx-health-check itself: the deadline passed, or the procedure threw.
     */
    private static State state(CheckResult result) {
        JsonObject data = result.getData();
        if (data == null || !data.containsKey(LEVEL)) {
            return State.down("timeout");
        }
        return new State(
                HealthCheck.Level.valueOf(data.getString(LEVEL)), data.getString(CODE), data.getString(DETAIL));
    }
}
