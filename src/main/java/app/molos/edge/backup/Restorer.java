package app.molos.edge.backup;

import app.molos.edge.backup.archive.DamagedArchive;
import app.molos.edge.backup.archive.LockedArchive;
import app.molos.edge.backup.archive.Manifest;
import app.molos.edge.config.ExitCode;
import app.molos.edge.config.Refusal;
import app.molos.edge.db.Connector;
import app.molos.edge.db.DatabaseConfig;
import app.molos.edge.db.DiskFull;
import app.molos.edge.db.migration.MigrationSet;
import app.molos.edge.db.migration.Migrator;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;

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
     * @param was where the former database is kept, in words
     * @param isAsMigrated whether the tables that it was made of were as our migrations make them
     */
    public record Restored(Manifest manifest, Optional<Backup> safety, String was, boolean isAsMigrated) {}

    private final DatabaseConfig database;
    private final BackupMaker maker;
    private final RestoreTarget target;
    private final Consumer<String> progress;

    /** @param maker of the backup of what is there now */
    public Restorer(DatabaseConfig database, BackupMaker maker, Consumer<String> progress) {
        this.database = database;
        this.maker = maker;
        this.target = RestoreTarget.of(database, maker.folder());
        this.progress = progress;
    }

    /** Reads an archive to its end, whatever database this one is; a refusal says what is wrong with it. */
    public static Manifest verify(Path file, List<String> identities, Consumer<String> progress) {
        try {
            return new Proof(identities, progress, Pace.full()).read(file);
        } catch (IOException e) {
            throw damaged(file, e);
        }
    }

    /** Reads a database that is a file to its last page; refuses one that is not sound. */
    public static void demandIntegrity(DatabaseConfig database) {
        try (Connection connection = new Connector(database.url(), database.queryTimeout()).looking()) {
            String integrity =
                    Schema.strings(connection, "PRAGMA integrity_check(1)").get(0);
            if (!integrity.equals("ok")) {
                throw new Refusal(ExitCode.REFUSED, "The restored database is not sound: " + integrity);
            }
        } catch (SQLException e) {
            throw new Refusal(ExitCode.REFUSED, "The restored database cannot be read: " + e.getMessage());
        }
    }

    public Restored restore(Path file, Wish wish) {
        Manifest manifest = verify(file, wish.identities(), progress);
        try {
            judge(manifest);
            // From the first look to the swap: two restores stage in the same place, and what an edge wrote in between
            // would be in no backup.
            return new Migrator(database, progress).inTurn(() -> restoreInTurn(file, manifest, wish));
        } catch (DamagedArchive | Loader.Unfit e) {
            throw damaged(file, e);
        } catch (Refusal e) {
            throw e;
        } catch (Exception e) {
            if (DiskFull.is(e)) {
                throw new Refusal(
                        ExitCode.REFUSED,
                        "The disk is full; " + database.url() + " is as it was." + System.lineSeparator()
                                + "    make room there: a restore needs as much again as the database takes");
            }
            throw new Refusal(ExitCode.REFUSED, "Nothing was restored: " + e.getMessage());
        }
    }

    private Restored restoreInTurn(Path file, Manifest manifest, Wish wish) throws Exception {
        try {
            target.claim();
        } catch (SQLException e) {
            throw pastSaving(database.url() + " cannot be read: " + e.getMessage());
        }
        Optional<Backup> safety = safety(manifest, wish);
        boolean isAsMigrated =
                target.stage(file, manifest, new Proof(wish.identities(), progress, Pace.full()), wish.keepsSessions());
        progress.accept("putting it in its place");
        try {
            return new Restored(manifest, safety, maker.folder().inTurn(target::swap), isAsMigrated);
        } catch (Exception e) {
            discard(e);
            throw e;
        }
    }

    /** All people are in what was staged; why it did not get its place is what an operator has to hear. */
    private void discard(Exception reason) {
        try {
            target.discard();
        } catch (SQLException | IOException e) {
            reason.addSuppressed(e);
        }
    }

    /** Takes the last restore back; returns where what was restored is kept. */
    public String undo() {
        try {
            return new Migrator(database, progress).inTurn(() -> {
                target.claim();
                return maker.folder().inTurn(target::undo);
            });
        } catch (Refusal e) {
            throw e;
        } catch (Exception e) {
            throw new Refusal(ExitCode.REFUSED, "Nothing was taken back: " + e.getMessage());
        }
    }

    private Optional<Backup> safety(Manifest manifest, Wish wish) throws SQLException {
        if (saving(() -> new Migrator(database, phase -> {}).state().version()) == 0) {
            return Optional.empty();
        }
        judgeOwner(manifest, wish);
        progress.accept("backing up what is there");
        return Optional.of(saving(() -> maker.createWhatever(BackupMaker.Request.of(Map.of(), false), progress)));
    }

    /** Says of a database that cannot be read, or backed up, how one goes on without it. */
    private static <T> T saving(Supplier<T> step) {
        try {
            return step.get();
        } catch (Refusal e) {
            throw pastSaving(String.valueOf(e.getMessage()));
        }
    }

    private static Refusal pastSaving(String why) {
        return new Refusal(
                ExitCode.REFUSED,
                "What is there could not be backed up, so nothing was restored. " + why + System.lineSeparator()
                        + "    if it is past saving: move it away (of SQLite the file with its -wal and -shm), then run this again");
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
            // Before the table came there were no backups.
            here = new Migrator(database, phase -> {}).state().version() < Installation.SINCE
                    ? ""
                    : Installation.of(connection);
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
        List<String> recipients = e instanceof LockedArchive ? Notes.recipients(file) : List.of();
        return new Refusal(
                ExitCode.REFUSED,
                "The archive " + file + " " + e.getMessage() + "."
                        + (recipients.isEmpty()
                                ? ""
                                : System.lineSeparator() + "    it was encrypted to " + String.join(", ", recipients)));
    }
}
