package app.molos.edge.backup;

import app.molos.edge.config.ExitCode;
import app.molos.edge.config.Refusal;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes backups by themselves, on a worker of its own, and removes old ones. Goes by the clock on the wall and by what lies in
 * the directory: what was missed while nothing ran is made up for once, and a backup that somebody else made counts. Thread-safe.
 */
public final class ScheduledBackups {
    /**
     * How things stand.
     *
     * @param newest the newest that is verified; null: there is none
     * @param problem what is wrong; empty when nothing is
     */
    public record Standing(@Nullable Backup newest, String problem) {
        public boolean isGood() {
            return problem.isEmpty();
        }
    }

    private record Failure(String text, Instant at) {}

    private static final Logger LOG = LoggerFactory.getLogger(ScheduledBackups.class);

    private final Vertx vertx;
    private final BackupConfig config;
    private final BackupMaker maker;
    private final Supplier<Map<String, byte[]>> files;
    private final Consumer<Standing> reader;
    private final Clock clock;
    private final AtomicBoolean isLooking = new AtomicBoolean();
    private final AtomicBoolean isTelling = new AtomicBoolean();
    /** When the look began that is under way; null: none is. */
    private volatile @Nullable Instant lookingSince;

    private @Nullable WorkerExecutor worker;
    private volatile long timer = -1;
    private volatile boolean isClosed;
    private volatile Instant begun;
    private volatile @Nullable Backup newest;
    private volatile @Nullable Failure failure;

    /** What is due waits until then: for the jitter, or after a failure. Touched by the one that looks. */
    private @Nullable Instant notBefore;

    /**
     * @param files that go along with each
     * @param reader told after each look how things stand, and in the middle of one that does not end; on a worker, by one
     *     thread at a time
     */
    public ScheduledBackups(
            Vertx vertx,
            BackupConfig config,
            BackupMaker maker,
            Supplier<Map<String, byte[]>> files,
            Consumer<Standing> reader,
            Clock clock) {
        this.vertx = vertx;
        this.config = config;
        this.maker = maker;
        this.files = files;
        this.reader = reader;
        this.clock = clock;
        this.begun = clock.instant();
    }

    /** Judged when it is asked for: a look that hangs must not leave the last word. */
    public Standing standing() {
        Backup last = newest;
        return new Standing(last, problem(last, clock.instant()));
    }

    /** Until it is closed. */
    public void start() {
        worker = vertx.createSharedWorkerExecutor("edge-backup", 1, 1, TimeUnit.DAYS);
        timer = vertx.setPeriodic(0, config.timing().checkInterval().toMillis(), t -> look());
    }

    /** What is being made is not waited for: the next one that makes backups here removes it. */
    public Future<Void> close() {
        isClosed = true;
        vertx.cancelTimer(timer);
        return worker == null ? Future.succeededFuture() : worker.close();
    }

    private void look() {
        WorkerExecutor on = worker;
        if (on == null || isClosed) {
            return;
        }
        if (!isLooking.compareAndSet(false, true)) {
            tellMeanwhile();
            return;
        }
        on.executeBlocking(() -> {
                    lookNow();
                    return null;
                })
                .onComplete(done -> isLooking.set(false))
                .onFailure(e -> LOG.warn("The look for backups failed; the next one tries again", e));
    }

    /** A second place that hangs keeps the worker from saying anything. */
    private void tellMeanwhile() {
        if (standing().isGood()) {
            return;
        }
        vertx.executeBlocking(
                        () -> {
                            tell();
                            return null;
                        },
                        false)
                .onFailure(e -> LOG.warn("How backups stand was not told", e));
    }

    private void tell() {
        if (isTelling.compareAndSet(false, true)) {
            try {
                reader.accept(standing());
            } finally {
                isTelling.set(false);
            }
        }
    }

    /** Makes one if it is due. Blocking. */
    void lookNow() {
        Instant now = clock.instant();
        if (now.isBefore(begun)) {
            begun = now;
        }
        lookingSince = now;
        try {
            Backup last = maker.newest(now).orElse(null);
            newest = last;
            act(now, last);
        } catch (Refusal e) {
            failed(now, String.valueOf(e.getMessage()));
        } catch (SQLException | IOException | RuntimeException e) {
            LOG.error("The look for backups failed", e);
            failed(now, "Backups cannot be looked at: " + e.getMessage());
        } finally {
            lookingSince = null;
        }
        tell();
    }

    private void act(Instant now, @Nullable Backup last) throws IOException {
        boolean isDue =
                last == null || !config.timing().schedule().after(last.asOf()).isAfter(now);
        if (!isDue && pending(last) == null) {
            notBefore = null;
        } else if (isTime(now) && !maker.folder().isTaken()) {
            if (last != null && !isDue) {
                // It was made and verified; what failed came afterwards.
                maker.copy(last, phase -> goOn());
            } else {
                make(now);
            }
            failure = null;
            notBefore = null;
        }
    }

    private boolean isTime(Instant now) {
        Instant wait = notBefore;
        if (wait == null || wait.isAfter(now.plus(config.timing().schedule().interval()))) {
            wait = now.plus(jitter());
            notBefore = wait;
        }
        return !wait.isAfter(now);
    }

    private Duration jitter() {
        long quarter = config.timing().schedule().interval().dividedBy(4).toMillis();
        long most = Math.min(config.timing().jitter().toMillis(), quarter);
        return Duration.ofMillis(most == 0 ? 0 : ThreadLocalRandom.current().nextLong(most));
    }

    private void make(Instant now) {
        Pace pace = new Pace(config.timing().share(), this::goOn);
        try {
            Backup backup = maker.createHere(new BackupMaker.Request(files.get(), false, true, pace), phase -> goOn());
            newest = backup;
            LOG.info(
                    backup.createdAt().isBefore(now)
                            ? "Nothing has changed since the backup {}, which is still as it was written"
                            : "Backed up and verified: {}",
                    fileName(backup.file()));
            maker.copy(backup, phase -> goOn());
        } finally {
            // Also of those that failed, which would fill the disk.
            maker.folder().prune(false).forEach(old -> LOG.info("Removed the old backup {}", fileName(old.file())));
        }
    }

    private void failed(Instant now, String text) {
        if (isClosed) {
            return;
        }
        Failure before = failure;
        String first = text.lines().findFirst().orElse("");
        failure = new Failure(first, clock.instant());
        notBefore = now.plus(pause());
        if (before == null || !before.text().equals(first)) {
            LOG.error("A backup failed, next try at {}: {}", notBefore, text);
        }
    }

    /** Thrown out of what takes long, so that a stop does not wait for it. */
    private void goOn() {
        if (isClosed) {
            throw new Refusal(ExitCode.REFUSED, "The edge stops.");
        }
    }

    private Duration pause() {
        Duration tenth = config.timing().schedule().interval().dividedBy(10);
        return tenth.compareTo(Schedule.SHORTEST) < 0 ? Schedule.SHORTEST : tenth;
    }

    /** Returns the last try when it failed and nobody has made a good one since. */
    private @Nullable Failure pending(@Nullable Backup last) {
        Failure failed = failure;
        return failed != null && last != null && last.asOf().isAfter(failed.at()) ? null : failed;
    }

    private String problem(@Nullable Backup last, Instant now) {
        Failure failed = pending(last);
        if (failed != null) {
            return failed.text();
        }
        Instant since = lookingSince;
        if (since != null && since.plus(config.timing().schedule().interval()).isBefore(now)) {
            return "What began at " + since + " to make or copy a backup has not come to an end.";
        }
        Duration twice = config.timing().schedule().interval().multipliedBy(2);
        if (last == null) {
            return begun.plus(twice).isBefore(now) ? "There is no backup." : "";
        }
        return last.asOf().plus(twice).isBefore(now) ? "The newest verified backup is of " + last.asOf() + "." : "";
    }

    private static String fileName(Path file) {
        return String.valueOf(file.getFileName());
    }
}
