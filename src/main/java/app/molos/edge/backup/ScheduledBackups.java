package app.molos.edge.backup;

import app.molos.edge.config.ExitCode;
import app.molos.edge.config.Refusal;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
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
    private final Instant begun;
    private final AtomicBoolean isLooking = new AtomicBoolean();
    private @Nullable WorkerExecutor worker;
    private long timer = -1;
    private volatile boolean isClosed;
    private volatile Standing standing = new Standing(null, "");
    /** The last try, if it failed. Touched by the one that looks, as the next field is. */
    private @Nullable Failure failure;

    /** What is due waits until then: for the jitter, or after a failure. */
    private @Nullable Instant notBefore;

    /**
     * @param files that go along with each
     * @param reader told after each look how things stand, on a worker
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

    public Standing standing() {
        return standing;
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
        if (on == null || isClosed || !isLooking.compareAndSet(false, true)) {
            return;
        }
        on.executeBlocking(() -> {
                    lookNow();
                    return null;
                })
                .onComplete(done -> isLooking.set(false))
                .onFailure(e -> LOG.warn("The look for backups failed; the next one tries again", e));
    }

    /** Makes one if it is due. Blocking. */
    void lookNow() throws IOException {
        Instant now = clock.instant();
        if (isDue(now) && !maker.folder().isTaken()) {
            make(now);
        }
        Backup newest = newest(clock.instant()).orElse(null);
        standing = new Standing(newest, problem(newest, clock.instant()));
        reader.accept(standing);
    }

    /** One from the future was made before the clock was set back: it says nothing about now. */
    private Optional<Backup> newest(Instant now) {
        return maker.folder().list().stream()
                .filter(backup -> backup.isVerified() && !backup.asOf().isAfter(now))
                .max(Comparator.comparing(Backup::asOf));
    }

    private boolean isDue(Instant now) {
        Optional<Backup> newest = newest(now);
        Instant due = newest.map(backup -> config.timing().schedule().after(backup.asOf()))
                .orElse(begun);
        if (due.isAfter(now) && pending(newest.orElse(null)) == null) {
            notBefore = null;
            return false;
        }
        Instant wait = notBefore;
        if (wait == null || wait.isAfter(now.plus(config.timing().schedule().interval()))) {
            wait = now.plus(jitter());
            notBefore = wait;
        }
        return !wait.isAfter(now);
    }

    private Duration jitter() {
        long most = config.timing().jitter().toMillis();
        return Duration.ofMillis(most == 0 ? 0 : ThreadLocalRandom.current().nextLong(most));
    }

    private void make(Instant now) {
        try {
            Backup backup = maker.create(new BackupMaker.Request(files.get(), false, true), this::goOn);
            LOG.info(
                    backup.createdAt().isBefore(now)
                            ? "Nothing has changed since the backup {}, which is still as it was written"
                            : "Backed up and verified: {}",
                    fileName(backup.file()));
            maker.folder().prune(false).forEach(old -> LOG.info("Removed the old backup {}", fileName(old.file())));
            failure = null;
            notBefore = null;
        } catch (Refusal e) {
            if (isClosed) {
                return;
            }
            String text = String.valueOf(e.getMessage());
            failure = new Failure(text.lines().findFirst().orElse(""), clock.instant());
            notBefore = now.plus(pause());
            LOG.error("The backup that was due failed, next try at {}: {}", notBefore, text);
        }
    }

    /** Thrown out of what takes long, so that a stop does not wait for it. */
    private void goOn(String phase) {
        if (isClosed) {
            throw new Refusal(ExitCode.REFUSED, "The edge stops.");
        }
    }

    private Duration pause() {
        Duration tenth = config.timing().schedule().interval().dividedBy(10);
        return tenth.compareTo(Schedule.SHORTEST) < 0 ? Schedule.SHORTEST : tenth;
    }

    /** Returns the last try when it failed and nobody has made a good one since. */
    private @Nullable Failure pending(@Nullable Backup newest) {
        Failure last = failure;
        return last != null && newest != null && newest.asOf().isAfter(last.at()) ? null : last;
    }

    private String problem(@Nullable Backup newest, Instant now) {
        Failure last = pending(newest);
        if (last != null) {
            return last.text();
        }
        Duration twice = config.timing().schedule().interval().multipliedBy(2);
        if (newest == null) {
            return begun.plus(twice).isBefore(now) ? "There is no backup." : "";
        }
        return newest.asOf().plus(twice).isBefore(now) ? "The newest verified backup is of " + newest.asOf() + "." : "";
    }

    private static String fileName(Path file) {
        return String.valueOf(file.getFileName());
    }
}
