package app.molos.edge.backup;

import app.molos.edge.backup.Schema.Table;
import app.molos.edge.backup.archive.ArchiveFile;
import app.molos.edge.backup.archive.ArchiveWriter;
import app.molos.edge.backup.archive.Encryption;
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
import java.security.SecureRandom;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Makes a backup: a look at one moment, an archive of it, and the proof that it opens. Works beside a running edge and without
 * one. Blocking.
 */
public final class BackupMaker {
    /** What is on the machine and is not inside, whatever the configuration says. */
    private static final List<String> LEFT_OUT = List.of(
            "secrets and keys: BETTER_AUTH_SECRET, passwords of the database, of mail and of Redis, keys of TLS and of assertions",
            "the modules' own data and checkouts");

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);
    private static final long SPARE = 64L * 1024 * 1024;
    private static final char[] LETTERS = "abcdefghijkmnpqrstuvwxyz23456789".toCharArray();

    /**
     * What is wanted.
     *
     * @param files that go along, by name
     * @param isPinned whether it is kept however old it gets
     */
    public record Request(Map<String, byte[]> files, boolean isPinned) {}

    private final DatabaseConfig database;
    private final BackupConfig config;
    private final String program;
    private final BackupFolder folder;
    private final Clock clock;
    private final SecureRandom random = new SecureRandom();

    /** @param program its version */
    public BackupMaker(DatabaseConfig database, BackupConfig config, String program, Clock clock) {
        this.database = database;
        this.config = config;
        this.program = program;
        this.folder = new BackupFolder(config.directory());
        this.clock = clock;
    }

    BackupFolder folder() {
        return folder;
    }

    /**
     * Makes one and verifies it.
     *
     * @param progress told what is done now, in words
     * @throws Refusal when it cannot be made, with nothing left behind; or when it was made and is not good
     */
    public Backup create(Request request, Consumer<String> progress) {
        Migrator.State state = new Migrator(database, phase -> {}).state();
        if (state.version() == 0) {
            throw new Refusal(
                    ExitCode.REFUSED,
                    "There is nothing to back up: " + database.url() + " is empty." + System.lineSeparator()
                            + "    start the edge once, or run `migrate apply`");
        }
        try {
            return folder.inTurn(() -> make(state.version(), request, progress));
        } catch (SQLException | IOException e) {
            if (DiskFull.is(e)) {
                throw new Refusal(
                        ExitCode.REFUSED,
                        "A disk is full, that of " + config.directory()
                                + " or that of the database: no backup was made, the earlier ones are as they were."
                                + System.lineSeparator() + "    make room, or set BACKUP_DIR to another place");
            }
            throw new Refusal(
                    ExitCode.REFUSED, "No backup was made, the earlier ones are as they were: " + e.getMessage());
        }
    }

    private Backup make(int version, Request request, Consumer<String> progress) throws SQLException, IOException {
        String id = newId();
        if (version >= Installation.SINCE) {
            Installation.ensure(new Connector(database.url(), database.queryTimeout()), newId() + newId(), clock);
        }
        try (Scratch scratch = Scratch.make(folder.scratch(id), database, version)) {
            return make(id, version, scratch, request, progress);
        }
    }

    private Backup make(String id, int version, Scratch scratch, Request request, Consumer<String> progress)
            throws SQLException, IOException {
        Encryption.Keys own = Encryption.generate();
        List<String> recipients = new ArrayList<>(config.recipients());
        if (!recipients.isEmpty()) {
            // For this run only: what was written to strangers' keys could not be looked at otherwise.
            recipients.add(own.recipient());
        }
        Instant now = clock.instant();
        String name = "molos-" + TIME.format(now) + '-' + id + ".zip" + (recipients.isEmpty() ? "" : ".age");
        Manifest[] written = new Manifest[1];
        String sha256;
        try (Snapshot snapshot =
                Snapshot.open(database.url(), new Connector(database.url(), database.queryTimeout()))) {
            demandVersion(snapshot, version);
            List<String> strange = judge(snapshot, scratch.schema());
            needRoom(snapshot.size(scratch.schema()));
            sha256 = ArchiveFile.write(folder.part(name), recipients, archive -> {
                write(archive, snapshot, scratch.schema(), request, progress);
                List<String> leftOut = new ArrayList<>(LEFT_OUT);
                leftOut.addAll(strange);
                written[0] = new Manifest(
                        id,
                        now,
                        scratch.schema().has(Installation.TABLE) ? Installation.of(snapshot.connection()) : "",
                        new Manifest.Source(
                                database.url().dialect().toString(),
                                snapshot.databaseVersion(),
                                version,
                                MigrationSet.load(database.migrationsDir()).lockDigest(version),
                                SchemaFingerprint.of(
                                        snapshot.connection(), database.url().dialect(), scratch.schema())),
                        program,
                        archive.parts(),
                        leftOut);
                archive.finish(written[0]);
            });
        }
        Path file = folder.publish(name, sha256);
        Backup backup = new Backup(
                id,
                file,
                now,
                Files.size(file),
                written[0].rows(),
                sha256,
                new Backup.Status(Backup.State.COMPLETE, "", request.isPinned()));
        folder.note(backup, written[0]);
        return verified(backup, written[0], scratch, List.of(own.identity()), progress);
    }

    private Backup verified(
            Backup backup, Manifest manifest, Scratch scratch, List<String> identities, Consumer<String> progress)
            throws IOException {
        try {
            new Proof(identities, progress).restore(backup.file(), scratch);
            Backup good = backup.with(Backup.State.VERIFIED, "");
            folder.note(good, manifest);
            return good;
        } catch (SQLException | IOException e) {
            folder.note(backup.with(Backup.State.FAILED, String.valueOf(e.getMessage())), manifest);
            throw new Refusal(
                    ExitCode.REFUSED,
                    "The backup " + backup.file() + " was made, and it is not good: it " + e.getMessage()
                            + System.lineSeparator()
                            + "    it does not count; make another one, and look after the disk");
        }
    }

    private static void write(
            ArchiveWriter archive, Snapshot snapshot, Schema schema, Request request, Consumer<String> progress)
            throws SQLException, IOException {
        for (Map.Entry<String, byte[]> file : new TreeMap<>(request.files()).entrySet()) {
            archive.file(file.getKey(), file.getValue());
        }
        for (Table table : schema.tables()) {
            progress.accept("writing " + table.name());
            archive.<SQLException>table(table.name(), table.names(), rows -> snapshot.rows(table, rows));
        }
    }

    private static void demandVersion(Snapshot snapshot, int version) throws SQLException {
        int now = Schema.strings(
                        snapshot.connection(), "SELECT version FROM " + Migrator.HISTORY + " WHERE version IS NOT NULL")
                .stream()
                .mapToInt(Integer::parseInt)
                .max()
                .orElse(0);
        if (now != version) {
            throw new Refusal(
                    ExitCode.REFUSED,
                    "The database was migrated meanwhile; no backup was made." + System.lineSeparator()
                            + "    run this again");
        }
    }

    /** What the database has that a backup does not; refuses when that is part of our tables. */
    private List<String> judge(Snapshot snapshot, Schema schema) throws SQLException {
        for (Table table : schema.tables()) {
            Set<String> more = new HashSet<>(snapshot.columns(table.name()));
            Set<String> fewer = new HashSet<>(table.names());
            fewer.removeAll(more);
            table.names().forEach(more::remove);
            if (!more.isEmpty() || !fewer.isEmpty()) {
                throw new Refusal(
                        ExitCode.REFUSED,
                        "The table " + table.name() + " of " + database.url()
                                + " has other columns than our migrations made: "
                                + String.join(", ", more.isEmpty() ? fewer : more)
                                + (more.isEmpty() ? " lacks" : " would not be in the backup")
                                + System.lineSeparator() + "    take back what was done by hand");
            }
        }
        if (database.url().dialect() != Dialect.SQLITE) {
            return List.of();
        }
        return Schema.of(snapshot.connection(), Migrator.HISTORY).tables().stream()
                .filter(table -> !schema.has(table.name()))
                .map(table -> "the table " + table.name() + ", which no migration of ours made")
                .toList();
    }

    private void needRoom(long size) throws IOException {
        long needed = size * 22 / 10 + SPARE;
        long there = folder.room();
        if (there < needed) {
            throw new Refusal(
                    ExitCode.REFUSED,
                    "There is too little room in " + config.directory() + ": " + there / 1_000_000
                            + " MB, and a backup of "
                            + size / 1_000_000 + " MB needs " + needed / 1_000_000
                            + " MB, to be restored once where it lies."
                            + System.lineSeparator() + "    make room there, or set BACKUP_DIR to another place");
        }
    }

    private String newId() {
        StringBuilder id = new StringBuilder();
        for (int i = 0; i < 8; i++) {
            id.append(LETTERS[random.nextInt(LETTERS.length)]);
        }
        return id.toString();
    }
}
