package app.molos.edge.backup;

import app.molos.edge.backup.Schema.Table;
import app.molos.edge.backup.archive.ArchiveFile;
import app.molos.edge.backup.archive.ArchiveWriter;
import app.molos.edge.backup.archive.Encryption;
import app.molos.edge.backup.archive.Manifest;
import app.molos.edge.config.ExitCode;
import app.molos.edge.config.Refusal;
import app.molos.edge.db.DatabaseConfig;
import app.molos.edge.db.DiskFull;
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
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
     * @param onlyIfChanged whether one that would be as the newest is not kept, and that one looked at again instead
     * @param pace at which it is made
     */
    public record Request(Map<String, byte[]> files, boolean isPinned, boolean onlyIfChanged, Pace pace) {
        /** One that is made in any case, as fast as can be. */
        public static Request of(Map<String, byte[]> files, boolean isPinned) {
            return new Request(files, isPinned, false, Pace.full());
        }
    }

    private final BackupSource source;
    private final BackupConfig config;
    private final String program;
    private final BackupFolder folder;
    private final RealStores stores;
    private final Clock clock;
    private final SecureRandom random = new SecureRandom();
    /** Whose database it is; empty while that is not known. */
    private volatile String installation = "";

    /**
     * @param program its version
     * @param stores that read what was restored
     */
    public BackupMaker(DatabaseConfig database, BackupConfig config, String program, RealStores stores, Clock clock) {
        this.source = new BackupSource(database);
        this.config = config;
        this.program = program;
        this.folder = BackupFolder.of(config);
        this.stores = stores;
        this.clock = clock;
    }

    BackupFolder folder() {
        return folder;
    }

    /**
     * Makes one, verifies it, and puts a copy in the second place if there is one.
     *
     * @param progress told what is done now, in words
     * @throws Refusal when it cannot be made, with nothing left behind; or when it was made and is not good, or not copied
     */
    public Backup create(Request request, Consumer<String> progress) {
        Backup backup = createHere(request, progress);
        copy(backup, progress);
        return backup;
    }

    /** As {@link #create}, without the copy: a second place that hangs must not hold the turn. */
    Backup createHere(Request request, Consumer<String> progress) {
        int version = source.version();
        MovedAway.demandHere(source.database());
        return create(version, request, progress);
    }

    /** As {@link #createHere}, also of a database that was moved away: before something takes its place. */
    Backup createWhatever(Request request, Consumer<String> progress) {
        return create(source.version(), request, progress);
    }

    /** Returns the newest verified one of this database's installation, as of a moment. */
    Optional<Backup> newest(Instant now) throws SQLException {
        if (installation.isEmpty()) {
            // Once: a database that is away for a moment is no reason to say that backups are missing.
            installation = Installation.of(source.connector());
        }
        return folder.newest(installation, now);
    }

    private Backup create(int version, Request request, Consumer<String> progress) {
        try {
            return folder.inTurn(() -> {
                Backup backup = make(version, request, progress);
                source.shrinkLog();
                return backup;
            });
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

    /** Puts a copy of one that is there in the second place. */
    void copy(Backup backup, Consumer<String> progress) {
        config.copyTo().ifPresent(place -> new SecondPlace(place).take(backup, progress));
    }

    private Backup make(int version, Request request, Consumer<String> progress) throws SQLException, IOException {
        String id = newId();
        if (version >= Installation.SINCE) {
            Installation.ensure(source.connector(), clock);
        }
        try (Scratch scratch = Scratch.make(folder.scratch(id), source.database(), version)) {
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
        try (Snapshot snapshot = source.open(version)) {
            BackupSource.Found found = source.look(snapshot, scratch, version);
            needRoom(snapshot.size(scratch.schema()));
            sha256 = ArchiveFile.write(folder.part(name), recipients, archive -> {
                write(archive, snapshot, scratch.schema(), request, progress);
                written[0] = manifest(id, now, snapshot, scratch.schema(), found, archive.parts());
                archive.finish(written[0]);
            });
        }
        installation = written[0].installation();
        Optional<Backup> same = request.onlyIfChanged() ? confirmed(written[0], now) : Optional.empty();
        if (same.isPresent()) {
            Files.delete(folder.part(name));
            return same.get();
        }
        Path file = folder.publish(name, sha256);
        Backup backup = new Backup(
                id,
                file,
                now,
                Files.size(file),
                written[0].rows(),
                sha256,
                Backup.Status.of(Backup.State.COMPLETE, "", request.isPinned()));
        folder.note(backup, written[0]);
        return verified(backup, written[0], scratch, new Proof(List.of(own.identity()), progress, request.pace()));
    }

    private Manifest manifest(
            String id,
            Instant now,
            Snapshot snapshot,
            Schema schema,
            BackupSource.Found found,
            List<Manifest.Part> parts)
            throws SQLException {
        List<String> leftOut = new ArrayList<>(LEFT_OUT);
        leftOut.addAll(found.strange());
        leftOut.addAll(snapshot.unsound());
        return new Manifest(
                id,
                now,
                schema.has(Installation.TABLE) ? Installation.of(snapshot.connection()) : "",
                new Manifest.Source(
                        source.database().url().dialect().toString(),
                        found.databaseVersion(),
                        found.migration(),
                        found.lock(),
                        found.fingerprint()),
                program,
                config.recipients(),
                parts,
                leftOut);
    }

    /** Returns the newest one when it has the same inside and is still what was written. */
    private Optional<Backup> confirmed(Manifest now, Instant time) throws IOException {
        Optional<Backup> newest = folder.newest(now.installation(), time);
        Optional<Manifest> then = newest.flatMap(folder::manifest);
        if (newest.isEmpty() || then.isEmpty() || !content(then.get()).equals(content(now))) {
            return Optional.empty();
        }
        if (!Notes.isWhole(newest.get().file())) {
            folder.note(
                    newest.get().with(Backup.State.FAILED, "is not the file any more that was verified"), then.get());
            return Optional.empty();
        }
        Backup good = newest.get().confirmed(time);
        folder.note(good, then.get());
        return Optional.of(good);
    }

    private static List<Object> content(Manifest manifest) {
        List<Object> content = new ArrayList<>(manifest.parts().stream()
                .filter(part -> !part.table().equals(Schema.HEARTBEAT))
                .toList());
        content.add(manifest.source());
        content.add(manifest.installation());
        return content;
    }

    private Backup verified(Backup backup, Manifest manifest, Scratch scratch, Proof proof) throws IOException {
        try {
            proof.restore(backup.file(), scratch);
            scratch.keep();
            stores.read(source.database().at(scratch.url()));
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
            archive.<SQLException>table(
                    table.name(),
                    table.names(),
                    rows -> snapshot.rows(table, row -> {
                        rows.write(row);
                        request.pace().row();
                    }));
        }
    }

    private void needRoom(long size) throws IOException {
        Optional<String> lack = folder.lack(size, size * 12 / 10 + SPARE);
        if (lack.isPresent()) {
            throw new Refusal(
                    ExitCode.REFUSED,
                    "There is too little room in " + lack.get() + " that a backup of "
                            + size / 1_000_000 + " MB needs, to be restored once beside the database."
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
