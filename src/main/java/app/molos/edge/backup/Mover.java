package app.molos.edge.backup;

import app.molos.edge.backup.Schema.Table;
import app.molos.edge.backup.archive.Manifest;
import app.molos.edge.config.ExitCode;
import app.molos.edge.config.Refusal;
import app.molos.edge.db.DatabaseConfig;
import app.molos.edge.db.Dialect;
import app.molos.edge.db.DiskFull;
import app.molos.edge.db.migration.Migrator;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/**
 * Moves an installation to another, empty database: nobody writes meanwhile, every row is read back there and compared, and the
 * old database is marked so that it is not served by mistake. Run again, it finishes what was killed. For an edge that is
 * stopped. Blocking.
 */
public final class Mover {
    /**
     * What was moved, or would be.
     *
     * @param faults values that keep it from being moved, a hundred at most
     * @param faultCount how many there are in all
     */
    public record Report(List<Manifest.Part> tables, List<Preflight.Fault> faults, long faultCount) {
        public long rows() {
            return tables.stream().mapToLong(Manifest.Part::rows).sum();
        }
    }

    private static final int SAY_EVERY = 20_000;

    private final BackupSource source;
    private final DatabaseConfig target;
    private final BackupFolder folder;
    private final Consumer<String> progress;
    private final Clock clock;

    /** @param config of backups, in whose directory a scratch database may lie */
    public Mover(
            DatabaseConfig source, DatabaseConfig target, BackupConfig config, Consumer<String> progress, Clock clock) {
        this.source = new BackupSource(source);
        this.target = target;
        this.folder = BackupFolder.of(config);
        this.progress = progress;
        this.clock = clock;
    }

    /**
     * Looks at everything and moves nothing, or moves it.
     *
     * @return with faults nothing was moved
     */
    public Report move(boolean isDryRun) {
        try {
            if (source.database().url().isSame(target.url())) {
                throw new Refusal(ExitCode.USAGE, "That is where it is: " + target.url() + ".");
            }
            return folder.inTurn(() -> inTurn(isDryRun));
        } catch (SQLException | IOException e) {
            throw refusal(e);
        }
    }

    private Refusal refusal(Exception e) {
        return new Refusal(
                ExitCode.REFUSED,
                (DiskFull.is(e) ? "A disk is full" : "It failed: " + e.getMessage()) + "; "
                        + source.database().url()
                        + " is as it was, and still the one that counts." + System.lineSeparator()
                        + "    mend that, then run this again");
    }

    private Report inTurn(boolean isDryRun) throws SQLException, IOException {
        Migrator migrator = new Migrator(source.database(), phase -> {});
        int version = source.version();
        if (!migrator.state().pending().isEmpty()) {
            throw new Refusal(
                    ExitCode.PENDING,
                    "The database " + source.database().url() + " is not at this version yet." + System.lineSeparator()
                            + "    run `migrate apply` first, or start the edge once");
        }
        MovedAway.demandHere(source.database());
        try (Scratch scratch = Scratch.make(folder.scratch("move"), source.database(), version)) {
            Schema schema = scratch.schema();
            MoveTarget there = new MoveTarget(target, schema, version);
            // What cannot be moved to is refused before anything is read.
            there.isEmpty();
            Preflight preflight = preflight(version, schema);
            if (isDryRun || preflight.count() > 0) {
                return new Report(counts(version, schema), preflight.faults(), preflight.count());
            }
            // Of both: nobody migrates, serves or changes either meanwhile, and one that is the other is never had
            // twice.
            return migrator.inTurn(
                    () -> new Migrator(target, phase -> {}).inTurn(() -> moveAll(there, schema, version)));
        } catch (SQLException | IOException | Refusal e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private Preflight preflight(int version, Schema schema) throws SQLException {
        Preflight preflight = new Preflight();
        if (source.database().url().dialect() == Dialect.SQLITE && target.url().dialect() == Dialect.POSTGRESQL) {
            progress.accept("looking for values that PostgreSQL does not take");
            try (Snapshot snapshot = source.open(version)) {
                preflight.look(snapshot.connection(), schema);
            }
        }
        return preflight;
    }

    private List<Manifest.Part> counts(int version, Schema schema) throws SQLException {
        List<Manifest.Part> counts = new ArrayList<>();
        try (Snapshot snapshot = source.open(version)) {
            for (Table table : schema.tables()) {
                counts.add(new Manifest.Part(table.name(), snapshot.count(table), 0, ""));
            }
        }
        return counts;
    }

    private Report moveAll(MoveTarget there, Schema schema, int version) throws SQLException, IOException {
        RestoreTarget.of(source.database(), folder).claim();
        RestoreTarget.of(target, folder).claim();
        // Once more: an edge may have begun there since the first look.
        boolean isEmpty = there.isEmpty();
        Installation.ensure(source.connector(), clock);
        try (Frozen frozen = Frozen.of(source.database(), schema);
                Snapshot snapshot = source.open(version)) {
            // Whatever the look found, values that came since are found by the database itself, and nothing is left
            // there.
            List<Manifest.Part> here;
            List<Manifest.Part> moved;
            if (isEmpty) {
                Tee tee = new Tee(snapshot, schema, progress);
                moved = there.load(tee, copy -> new Tee(copy, schema, progress).read(), this::loaded);
                here = tee.parts();
            } else {
                here = new Tee(snapshot, schema, progress).read();
                moved = there.read(copy -> new Tee(copy, schema, progress).read());
            }
            if (!here.equals(moved)) {
                throw new Refusal(
                        ExitCode.REFUSED,
                        target.url() + (isEmpty ? " does not have what was put in" : " is not empty") + ": "
                                + different(here, moved) + " is not as it is here. "
                                + source.database().url()
                                + " is still the one that counts." + System.lineSeparator()
                                + "    make an empty database, and run this again");
            }
            if (!snapshot.unsound().isEmpty()) {
                throw new Refusal(
                        ExitCode.REFUSED,
                        "Not all text is UTF-8: " + String.join("; ", snapshot.unsound()) + ". "
                                + source.database().url() + " is still the one that counts, and what is in "
                                + target.url() + " does not." + System.lineSeparator()
                                + "    mend it where it is, remove what is there, and run this again");
            }
            frozen.mark(target.url().toString(), clock.instant());
            return new Report(here, List.of(), 0);
        }
    }

    private static String different(List<Manifest.Part> here, List<Manifest.Part> there) {
        return here.stream()
                .filter(part -> !there.contains(part))
                .map(Manifest.Part::table)
                .findFirst()
                .orElse("a table");
    }

    private void loaded(long rows) {
        if (rows % SAY_EVERY == 0) {
            progress.accept(String.format(Locale.ROOT, "moving, %,d rows", rows));
        }
    }
}
