package app.molos.edge.boot;

import app.molos.edge.config.ExitCode;
import app.molos.edge.config.Refusal;
import app.molos.edge.db.migration.Migrator;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stops the process on a signal. The JVM would exit with 143 and {@code System.exit} would hang inside a hook, so the
 * hook ends with a halt. Runs on the hook's thread.
 */
public final class Shutdown {
    private static final Logger LOG = LoggerFactory.getLogger(Shutdown.class);
    /** For what a stop or a start that was broken off takes beyond its deadline. */
    private static final Duration SLACK = Duration.ofSeconds(5);
    /** The deadline is total: beyond it only the last line is written. */
    private static final Duration LAST_LINE = Duration.ofMillis(300);

    private final Boot boot;
    private final Future<Void> started;
    private final Duration deadline;
    private final Runnable drain;
    private final Consumer<String> refuse;
    private final Watchdog watchdog;
    private volatile boolean isRunning;

    /**
     * @param drain waits a moment for what is not printed yet
     * @param refuse prints why a start was given up
     */
    public Shutdown(
            Boot boot,
            Future<Void> started,
            Duration deadline,
            Runnable drain,
            Consumer<String> refuse,
            Watchdog watchdog) {
        this.boot = boot;
        this.started = started;
        this.deadline = deadline;
        this.drain = drain;
        this.refuse = refuse;
        this.watchdog = watchdog;
    }

    public void install() {
        Runtime.getRuntime().addShutdownHook(new Thread(this::run, "edge-shutdown"));
    }

    /** Whether a signal came: then this decides the exit code. */
    public boolean isRunning() {
        return isRunning;
    }

    /** A start that failed by itself has closed everything already; the hook then has nothing to do. */
    private void run() {
        if (started.failed()) {
            return;
        }
        isRunning = true;
        watchdog.close();
        ExitCode code = started.isComplete() ? stop() : abandonStart();
        drain.run();
        Runtime.getRuntime().halt(code.number());
    }

    private ExitCode stop() {
        long begun = System.nanoTime();
        SecondSignal.listen(this::stopNow);
        try {
            int cut = boot.stop()
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get(deadline.plus(LAST_LINE).toMillis(), TimeUnit.MILLISECONDS);
            sayStopped(cut, begun);
        } catch (ExecutionException | TimeoutException | InterruptedException e) {
            LOG.warn("The stop took longer than SHUTDOWN_DEADLINE ({} s); what was left was cut", deadline.toSeconds());
        }
        return ExitCode.OK;
    }

    private static void sayStopped(int cut, long begunNanos) {
        long millis = (System.nanoTime() - begunNanos) / 1_000_000;
        if (cut > 0) {
            LOG.warn("Stopped after {} ms; {} requests, WebSockets or event streams were cut", millis, cut);
        } else {
            LOG.info("Stopped after {} ms; nothing was cut", millis);
        }
    }

    /** Whoever asks twice does not want to wait. */
    private void stopNow() {
        LOG.warn("Stopped by a second signal; {} requests, WebSockets or event streams were cut", boot.busy());
        drain.run();
        Runtime.getRuntime().halt(ExitCode.OK.number());
    }

    /** The migration rolls back; the start fails with the refusal that says so. */
    private ExitCode abandonStart() {
        LOG.info("Stopping before the start was done");
        if (boot.isFetching()) {
            // A repository that does not answer cannot be interrupted, and there is nothing to wait for.
            LOG.info("Modules were being fetched; the next start begins that again");
            return ExitCode.OK;
        }
        boot.cancel();
        ExitCode code = codeOf(
                started.toCompletionStage().toCompletableFuture(),
                deadline.plus(SLACK),
                refusal -> refuse.accept(refusal.getMessage()));
        return code == ExitCode.OK ? stop() : code;
    }

    /**
     * How an interrupted start or migration ended; a refusal is told, and what did not end in time is the database's to
     * undo.
     */
    private static ExitCode codeOf(CompletableFuture<?> interrupted, Duration limit, Consumer<Refusal> refusals) {
        try {
            interrupted.get(limit.toMillis(), TimeUnit.MILLISECONDS);
            return ExitCode.OK;
        } catch (ExecutionException e) {
            Refusal refusal = Refusal.in(e);
            if (refusal != null) {
                refusals.accept(refusal);
                return refusal.exitCode();
            }
            LOG.error("It failed while it was being stopped", e);
            return ExitCode.MIGRATION;
        } catch (TimeoutException | InterruptedException e) {
            LOG.warn("It could not be interrupted in time; the database rolls back what was open");
            return ExitCode.MIGRATION;
        }
    }

    /**
     * Migrates on this thread; a signal meanwhile interrupts it, lets it roll back and ends the process with its code.
     */
    public static int interruptibly(Migrator migrator, Consumer<String> refuse) {
        CompletableFuture<Integer> outcome = new CompletableFuture<>();
        Thread hook = new Thread(
                () -> {
                    migrator.cancel();
                    ExitCode code = codeOf(outcome, SLACK, refusal -> refuse.accept(refusal.getMessage()));
                    Runtime.getRuntime().halt(code.number());
                },
                "edge-cancel");
        Runtime.getRuntime().addShutdownHook(hook);
        try {
            outcome.complete(migrator.migrate());
        } catch (RuntimeException e) {
            outcome.completeExceptionally(e);
        }
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            awaitHalt();
        }
        try {
            return outcome.join();
        } catch (CompletionException e) {
            throw (RuntimeException) e.getCause();
        }
    }

    /** The hook halts the process when it is done; leaving earlier would race it for the exit code. */
    public static void awaitHalt() {
        try {
            new CountDownLatch(1).await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
