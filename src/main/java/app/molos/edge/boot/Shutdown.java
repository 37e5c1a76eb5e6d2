package app.molos.edge.boot;

import app.molos.edge.config.ExitCode;
import app.molos.edge.config.Refusal;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a signal sets off. The JVM would exit with 143 and {@code System.exit} would hang inside a hook, so the hook ends
 * with a halt.
 */
final class Shutdown {
    private static final Logger LOG = LoggerFactory.getLogger(Shutdown.class);
    /** What closing needs on top of the requests' own deadline. */
    private static final Duration SLACK = Duration.ofSeconds(5);

    private final Boot boot;
    private final Future<Void> started;
    private final Duration deadline;
    private final Consumer<Refusal> refusals;
    private volatile boolean isRunning;

    Shutdown(Boot boot, Future<Void> started, Duration deadline, Consumer<Refusal> refusals) {
        this.boot = boot;
        this.started = started;
        this.deadline = deadline;
        this.refusals = refusals;
    }

    void install() {
        Runtime.getRuntime().addShutdownHook(new Thread(this::run, "edge-shutdown"));
    }

    /** Whether a signal came: then this decides the exit code. */
    boolean isRunning() {
        return isRunning;
    }

    /** A start that failed by itself has closed everything already; the hook then has nothing to do. */
    private void run() {
        if (started.failed()) {
            return;
        }
        isRunning = true;
        Runtime.getRuntime().halt((started.isComplete() ? stop() : abandonStart()).number());
    }

    private ExitCode stop() {
        LOG.info("Stopping: requests in flight have {} s", deadline.toSeconds());
        try {
            await(boot.stop());
            LOG.info("Stopped");
        } catch (ExecutionException | TimeoutException | InterruptedException e) {
            LOG.warn("The stop took longer than it may", e);
        }
        return ExitCode.OK;
    }

    /** The migration rolls back; the start fails with the refusal that says so. */
    private ExitCode abandonStart() {
        LOG.info("Stopping before the start was done");
        boot.cancel();
        try {
            await(started);
            return stop();
        } catch (ExecutionException e) {
            Refusal refusal = Refusal.in(e);
            if (refusal != null) {
                refusals.accept(refusal);
                return refusal.exitCode();
            }
            LOG.error("The start failed", e);
        } catch (TimeoutException | InterruptedException e) {
            LOG.warn("The start could not be interrupted in time; the database rolls back what was open");
        }
        return ExitCode.MIGRATION;
    }

    private void await(Future<Void> future) throws ExecutionException, InterruptedException, TimeoutException {
        future.toCompletionStage()
                .toCompletableFuture()
                .get(deadline.plus(SLACK).toMillis(), TimeUnit.MILLISECONDS);
    }
}
