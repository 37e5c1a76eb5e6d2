package app.molos.edge.backup;

import app.molos.edge.backup.archive.DamagedArchive;
import app.molos.edge.backup.archive.Manifest;
import app.molos.edge.config.ExitCode;
import app.molos.edge.config.Refusal;
import app.molos.edge.db.Connector;
import app.molos.edge.db.DatabaseConfig;
import app.molos.edge.db.Dialect;
import app.molos.edge.db.DiskFull;
import app.molos.edge.db.migration.MigrationSet;
import app.molos.edge.db.migration.Migrator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Puts an archive in the place of the database: verified, staged beside it, proved, and then swapped in one step. Until that step
 * nothing is changed. For an edge that is stopped. Blocking.
 */
public final class Restorer {
    /**
     * What an operator wants.
     *
     * @param identities that open it, if it is encrypted
     * @param keepsSessions whether people stay signed in who were at the time
     * @param fromAnother whether data of another installation may take the place of this one's
     */
    public record Wish(List<String> identities, boolean keepsSessions, boolean fromAnother) {}

    /**
     * What was done.
     *
     * @param safety the backup of what was there; empty when nothing was
     */
    public record Restored(Manifest manifest, Optional<Backup> safety, Path was) {}

    private final DatabaseConfig database;
    private final BackupMaker maker;
    private final Consumer<String> progress;

    /** @param maker of the backup of what is there now */
    public Restorer(DatabaseConfig database, BackupMaker maker, Consumer<String> progress) {
        this.database = database;
        this.maker = maker;
        this.progress = progress;
    }

    /** Reads an archive to its end, whatever database this one is; a refusal says what is wrong with it. */
    public static Manifest verify(Path file, List<String> identities, Consumer<String> progress) {
        try {
            return new Proof(identities, progress).read(file);
        } catch (IOException e) {
            throw damaged(file, e);
        }
    }

    public Restored restore(Path file, Wish wish) {
        if (database.url().dialect() != Dialect.SQLITE) {
            throw new Refusal(
                    ExitCode.REFUSED,
                    "An archive is restored into SQLite only by this version." + System.lineSeparator()
                            + "    restore it with DATABASE_URL=file:..., and take the rows over from there");
        }
        Manifest manifest = verify(file, wish.identities(), progress);
        SqliteSwap swap = new SqliteSwap(database);
        try {
            judge(manifest);
            swap.fold();
            Optional<Backup> safety = Optional.empty();
            if (!new Migrator(database, phase -> {})
                    .state().entries().stream().allMatch(Migrator.State.Entry::isPending)) {
                judgeOwner(manifest, wish);
                progress.accept("backing up what is there");
                safety = Optional.of(maker.create(Map.of(), progress));
            }
            stage(file, manifest, wish, swap);
            progress.accept("putting it in its place");
            Path was = new Migrator(database, phase -> {}).inTurn(() -> swap.swap(swap.staged()));
            return new Restored(manifest, safety, was);
        } catch (DamagedArchive | ScratchLoader.Unfit e) {
            throw damaged(file, e);
        } catch (Refusal e) {
            throw e;
        } catch (Exception e) {
            if (DiskFull.is(e)) {
                throw new Refusal(
                        ExitCode.REFUSED,
                        "The disk of " + swap.live() + " is full; the database is as it was." + System.lineSeparator()
                                + "    make room there: a restore needs as much again as the database takes");
            }
            throw new Refusal(ExitCode.REFUSED, "Nothing was restored: " + e.getMessage());
        }
    }

    /** Takes the last restore back. */
    public Path undo() {
        SqliteSwap swap = new SqliteSwap(database);
        try {
            return new Migrator(database, phase -> {}).inTurn(swap::undo);
        } catch (Refusal e) {
            throw e;
        } catch (Exception e) {
            throw new Refusal(ExitCode.REFUSED, "Nothing was taken back: " + e.getMessage());
        }
    }

    private void stage(Path file, Manifest manifest, Wish wish, SqliteSwap swap) throws SQLException, IOException {
        Files.deleteIfExists(swap.staged());
        boolean isStaged = false;
        Scratch scratch =
                Scratch.make(swap.staged(), database, manifest.source().migration());
        try {
            new Proof(wish.identities(), progress).restore(file, scratch);
            boolean isSameDialect = manifest.source().kind().equals(Dialect.SQLITE.toString());
            if (isSameDialect
                    && !SchemaFingerprint.of(scratch.connection(), Dialect.SQLITE, scratch.schema())
                            .equals(manifest.source().fingerprint())) {
                throw new DamagedArchive("was made of a database whose tables are not as our migrations make them");
            }
            if (!wish.keepsSessions()) {
                scratch.execute(List.of("DELETE FROM sessions"));
            }
            scratch.execute(List.of("ANALYZE"));
            scratch.keep();
            isStaged = true;
        } finally {
            if (!isStaged) {
                scratch.close();
            }
        }
    }

    private void judge(Manifest manifest) {
        MigrationSet known = MigrationSet.load(database.migrationsDir());
        int newest = known.files().get(known.files().size() - 1).version();
        if (manifest.source().migration() > newest) {
            throw new Refusal(
                    ExitCode.REFUSED,
                    String.format(
                            "The archive is newer than this program: it has V%04d, which is not in %s.%n"
                                    + "    restore it with version %s, which made it, or a later one",
                            manifest.source().migration(), known.where(), manifest.version()));
        }
        if (!manifest.source().lock().equals(known.lockDigest(manifest.source().migration()))) {
            throw new Refusal(
                    ExitCode.REFUSED,
                    "The archive was made with other migrations than those in " + known.where() + "."
                            + System.lineSeparator() + "    restore it with version " + manifest.version()
                            + ", which made it");
        }
    }

    private void judgeOwner(Manifest manifest, Wish wish) throws SQLException {
        String here = "";
        try (Connection connection = new Connector(database.url(), database.queryTimeout()).looking()) {
            boolean isNamed = !Schema.strings(
                            connection, "SELECT name FROM sqlite_schema WHERE name = '" + Installation.TABLE + "'")
                    .isEmpty();
            here = isNamed ? Installation.of(connection) : "";
        }
        if (!wish.fromAnother() && !here.equals(manifest.installation())) {
            throw new Refusal(
                    ExitCode.REFUSED,
                    "The archive is of another installation than " + database.url() + "; nothing was restored."
                            + System.lineSeparator()
                            + "    if that is meant, say --from-another: what is here is backed up first");
        }
    }

    private static Refusal damaged(Path file, Exception e) {
        return new Refusal(ExitCode.REFUSED, "The archive " + file + " " + e.getMessage() + ".");
    }
}
