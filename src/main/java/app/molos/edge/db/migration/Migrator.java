package app.molos.edge.db.migration;

import app.molos.edge.config.ExitCode;
import app.molos.edge.config.FileTrouble;
import app.molos.edge.config.PrivateDirectory;
import app.molos.edge.config.Refusal;
import app.molos.edge.db.Connector;
import app.molos.edge.db.DatabaseConfig;
import app.molos.edge.db.DatabaseUrl;
import app.molos.edge.db.Dialect;
import app.molos.edge.db.DiskFull;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.flywaydb.core.api.FlywayException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings the database to the version of this program, or refuses with nothing half done. Blocking throughout: it
 * belongs on a worker thread or in a command.
 */
public final class Migrator {
    /**
     * Applied and pending migrations, in order.
     *
     * @param where the set was read from: a directory, or the program
     */
    public record State(List<Entry> entries, String where) {
        /** One migration; {@code installedOn} is empty when it is pending. */
        public record Entry(int version, String name, String installedOn) {
            public boolean isPending() {
                return installedOn.isEmpty();
            }
        }

        /** Returns the number of the last one that is applied; 0 when none is. */
        public int version() {
            return entries.stream()
                    .filter(entry -> !entry.isPending())
                    .mapToInt(Entry::version)
                    .max()
                    .orElse(0);
        }

        public List<Entry> pending() {
            return entries.stream().filter(Entry::isPending).toList();
        }
    }

    /** The table that says which migrations a database has. */
    public static final String HISTORY = "edge_schema_history";

    private static final Logger LOG = LoggerFactory.getLogger(Migrator.class);
    private static final long SAY_EVERY_NANOS = 5_000_000_000L;

    private final DatabaseConfig config;
    private final Connector connector;
    private final MigrationConnections connections;
    private final Consumer<String> phases;
    private volatile @Nullable MigrationSet verified;

    /** @param phases hears what is being done now, in words for an operator */
    public Migrator(DatabaseConfig config, Consumer<String> phases) {
        this.config = config;
        this.connector = new Connector(config.url(), config.queryTimeout());
        this.connections = new MigrationConnections(connector);
        this.phases = phases;
    }

    /** Tells what is applied and what would run; writes nothing, not even an empty file. */
    public State state() {
        MigrationSet set = verifiedSet();
        SchemaHistory history = reachable(() -> SchemaHistory.look(config.url(), connector));
        history.refuseNewerThan(set, config.url());
        return new State(
                set.files().stream()
                        .map(f -> new State.Entry(
                                f.version(),
                                f.description(),
                                history.applied().stream()
                                        .filter(a -> a.version() == f.version())
                                        .map(SchemaHistory.Applied::installedOn)
                                        .findFirst()
                                        .orElse("")))
                        .toList(),
                set.where());
    }

    /** Migrates and returns how many migrations ran. */
    public int migrate() {
        return migrate(Integer.MAX_VALUE);
    }

    /** As {@link #migrate()}, up to a migration of this number and no further. */
    public int migrate(int last) {
        MigrationMutex turn = turn();
        try {
            return migrateInTurn(last);
        } finally {
            turn.close();
        }
    }

    /**
     * Waits until no other process migrates, restores, moves or changes this database from a command line, and keeps them out
     * until it is closed.
     */
    public MigrationMutex turn() {
        verifiedSet();
        DatabaseUrl url = config.url();
        phases.accept("waiting for the database");
        if (url.dialect() == Dialect.SQLITE && !Files.exists(MigrationMutex.lockFile(url))) {
            // No edge has been here: a file that exists is looked at before even a lock file is put beside it.
            reachable(() -> SchemaHistory.look(url, connector));
        }
        if (url.dialect() == Dialect.SQLITE) {
            prepareDirectory(Objects.requireNonNull(url.file()));
        }
        return reachable(() -> MigrationMutex.await(url, connector, config.connectTimeout(), this::checkpoint, phases));
    }

    /** As {@link #migrate(int)}, for who has the turn. */
    public int migrateInTurn(int last) {
        MigrationSet set = verifiedSet();
        try {
            return migrateInTurn(set.upTo(last), set, config.url());
        } catch (FlywayException e) {
            checkpoint();
            if (DiskFull.is(e)) {
                throw DiskFull.refusal("the migration of " + config.url() + " was rolled back");
            }
            throw new Refusal(
                    ExitCode.MIGRATION,
                    "The migration of " + config.url() + " failed; what it had begun was rolled back."
                            + System.lineSeparator()
                            + indented(String.valueOf(e.getMessage())));
        }
    }

    private int migrateInTurn(MigrationSet set, MigrationSet known, DatabaseUrl url) {
        SchemaHistory history = reachable(() -> SchemaHistory.look(url, connector));
        history.refuseNewerThan(known, url);
        if (url.dialect() == Dialect.SQLITE) {
            createPrivately(Objects.requireNonNull(url.file()));
        }
        checkpoint();
        int pending = history.pending(set).size();
        phases.accept(pending == 0 ? "checking migrations" : "migrating, " + pending + " to run");
        return FlywaySettings.of(url.dialect(), url.schema(), connections, set)
                .load()
                .migrate()
                .migrationsExecuted;
    }

    /** Does something in its {@link #turn}. */
    public <T> T inTurn(Callable<T> work) throws Exception {
        MigrationMutex turn = turn();
        try {
            return work.call();
        } finally {
            turn.close();
        }
    }

    /** Interrupts a running migration: its transaction rolls back and {@link #migrate} refuses. From any thread. */
    public void cancel() {
        connections.cancel();
    }

    /** Read and verified once: what is run is what was looked at. */
    private MigrationSet verifiedSet() {
        MigrationSet known = verified;
        if (known == null) {
            known = MigrationSet.load(config.migrationsDir());
            MigrationsLockFile.verify(known);
            verified = known;
        }
        return known;
    }

    private void checkpoint() {
        if (connections.isCancelled()) {
            throw new Refusal(
                    ExitCode.MIGRATION,
                    "Stopped by a signal before the migration was done; what it had begun was"
                            + " rolled back. The next start begins it again.");
        }
    }

    private interface Attempt<T> {
        T run() throws SQLException;
    }

    /** Tries until the database answers: it may be starting beside us. What will not pass by waiting ends at once. */
    private <T> T reachable(Attempt<T> attempt) {
        long begun = System.nanoTime();
        long deadline = begun + config.connectTimeout().toNanos();
        long sayAgain = begun;
        Duration pause = Duration.ofMillis(100);
        while (true) {
            checkpoint();
            try {
                return attempt.run();
            } catch (SQLException e) {
                if (DiskFull.is(e)) {
                    throw DiskFull.refusal(config.url() + " cannot be opened");
                }
                if (!passesByWaiting(e) || System.nanoTime() > deadline) {
                    throw new Refusal(
                            ExitCode.DATABASE,
                            config.url() + " cannot be used: " + e.getMessage() + System.lineSeparator()
                                    + "    check DATABASE_URL, and that the database runs and lets us in");
                }
                if (System.nanoTime() - sayAgain >= 0) {
                    sayAgain = System.nanoTime() + SAY_EVERY_NANOS;
                    String waited = (System.nanoTime() - begun) / 1_000_000_000 + " s of "
                            + config.connectTimeout().toSeconds() + " s";
                    phases.accept("waiting for the database (" + waited + ")");
                    LOG.info("Waiting for {} ({}): {}", config.url(), waited, firstLine(e));
                }
                Backoff.sleep(pause);
                pause = pause.multipliedBy(2).compareTo(Duration.ofSeconds(2)) > 0
                        ? Duration.ofSeconds(2)
                        : pause.multipliedBy(2);
            }
        }
    }

    private static String firstLine(SQLException e) {
        return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    }

    /** Connection errors (08), a server that starts or stops (57P), too many clients (53), a busy SQLite file. */
    private static boolean passesByWaiting(SQLException e) {
        String state = e.getSQLState() == null ? "" : e.getSQLState();
        int sqlite = e.getErrorCode() & 0xFF;
        return state.startsWith("08")
                || state.startsWith("57P")
                || state.startsWith("53")
                || (state.isEmpty() && (sqlite == 5 || sqlite == 6));
    }

    private static void prepareDirectory(Path file) {
        Path directory = file.toAbsolutePath().getParent();
        try {
            if (directory != null) {
                PrivateDirectory.make(directory);
            }
        } catch (IOException e) {
            if (DiskFull.is(e)) {
                throw DiskFull.refusal("the directory " + directory + " cannot be made");
            }
            throw new Refusal(
                    ExitCode.DATABASE,
                    "The directory " + directory + " cannot be made: " + FileTrouble.of(directory, e));
        }
    }

    /** SQLite's -wal and -shm inherit the mode of the file, so it exists as 0600 before SQLite opens it. */
    private static void createPrivately(Path file) {
        try {
            Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        } catch (FileAlreadyExistsException e) {
            // It keeps the mode its owner gave it.
        } catch (IOException e) {
            if (DiskFull.is(e)) {
                throw DiskFull.refusal("the database file " + file + " cannot be made");
            }
            throw new Refusal(
                    ExitCode.DATABASE,
                    "The database file " + file + " cannot be made: "
                            + FileTrouble.of(
                                    Objects.requireNonNull(file.toAbsolutePath().getParent()), e));
        }
    }

    private static String indented(String text) {
        return "  " + text.strip().replace("\n", System.lineSeparator() + "  ");
    }
}
