package app.molos.edge.backup;

import app.molos.edge.backup.archive.ArchiveFile;
import app.molos.edge.backup.archive.Manifest;
import app.molos.edge.config.ExitCode;
import app.molos.edge.config.FileTrouble;
import app.molos.edge.config.PrivateDirectory;
import app.molos.edge.config.Refusal;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The directory of backups. Beside each archive lie its SHA-256, in the form that {@code sha256sum -c} reads, and a note of its
 * state. What has no SHA-256 beside it is not listed. Blocking.
 */
public final class BackupFolder {
    static final String PART = ".part";
    private static final String SUM = ".sha256";
    private static final String NOTE = ".json";
    private static final String LOCK = ".lock";
    private static final String SCRATCH = "scratch-";
    private static final String MANIFEST = "manifest";
    private static final Backup.Status UNKNOWN = Backup.Status.of(Backup.State.COMPLETE, "", false);

    private static final long COPIED_AT_ONCE = 1024 * 1024;

    private final Path directory;
    private final Path scratchDirectory;

    private BackupFolder(Path directory, Path scratchDirectory) {
        this.directory = directory;
        this.scratchDirectory = scratchDirectory;
    }

    public static BackupFolder of(BackupConfig config) {
        return new BackupFolder(config.directory(), config.scratch());
    }

    /** One to which archives are only copied. */
    static BackupFolder ofCopies(Path directory) {
        return new BackupFolder(directory, directory);
    }

    /** What is done while nobody else makes backups here. */
    interface Work<T> {
        T run() throws SQLException, IOException;
    }

    /**
     * Removes what earlier ones left half done and does the work, while no other process makes or changes backups here; refuses
     * when one does. The turn ends with the process, however that ends.
     */
    <T> T inTurn(Work<T> work) throws SQLException, IOException {
        PrivateDirectory.make(directory);
        PrivateDirectory.make(scratchDirectory);
        try (Turn turn = Turn.take(directory.resolve(LOCK))) {
            if (turn == null) {
                throw new Refusal(
                        ExitCode.REFUSED,
                        "Another backup is being made in " + directory + "." + System.lineSeparator()
                                + "    wait until it is done; `backup list` shows it then");
            }
            sweep();
            return work.run();
        }
    }

    /** Whether somebody makes backups here at this moment. */
    boolean isTaken() throws IOException {
        if (!Files.exists(directory.resolve(LOCK))) {
            return false;
        }
        try (Turn turn = Turn.take(directory.resolve(LOCK))) {
            return turn == null;
        }
    }

    private void sweep() throws IOException {
        for (Path file : files(directory)) {
            if (String.valueOf(file.getFileName()).endsWith(PART)) {
                Files.deleteIfExists(file);
            }
        }
        for (Path file : files(scratchDirectory)) {
            if (String.valueOf(file.getFileName()).startsWith(SCRATCH)) {
                Files.deleteIfExists(file);
            }
        }
        drills().sweep();
    }

    /** Where a restore is tried. */
    public EmptyDirectory drills() {
        return new EmptyDirectory(scratchDirectory.resolve("drill"));
    }

    /** Returns the path of a scratch database, which the next turn removes if nobody else does. */
    Path scratch(String id) {
        return scratchDirectory.resolve(SCRATCH + id + ".db");
    }

    Path part(String name) {
        return directory.resolve(name + PART);
    }

    /**
     * Returns what is wrong with the room there is; empty when it is enough.
     *
     * @param archive bytes that one may take
     * @param scratch bytes that a database takes which it is restored into
     */
    Optional<String> lack(long archive, long scratch) throws IOException {
        boolean isOneDisk = Files.getFileStore(directory).equals(Files.getFileStore(scratchDirectory));
        Optional<String> here = lack(directory, archive + (isOneDisk ? scratch : 0));
        return here.isPresent() || isOneDisk ? here : lack(scratchDirectory, scratch);
    }

    private static Optional<String> lack(Path place, long needed) throws IOException {
        long there = Files.getFileStore(place).getUsableSpace();
        return there >= needed
                ? Optional.empty()
                : Optional.of(place + ": " + there / 1_000_000 + " MB of " + needed / 1_000_000 + " MB");
    }

    /** Gives a part its name, when the sum that it needs lies beside it already. */
    Path publish(String name, String sha256) throws IOException {
        Path file = directory.resolve(name);
        replace(beside(file, SUM), sha256 + "  " + name + "\n");
        Files.move(part(name), file, StandardCopyOption.ATOMIC_MOVE);
        Durable.forceDirectory(directory);
        return file;
    }

    /** Writes down what is known about an archive, which nobody needs to open it. */
    void note(Backup backup, Manifest manifest) throws IOException {
        JsonObject note = backup.toJson().put(MANIFEST, manifest.toJson());
        replace(beside(backup.file(), NOTE), note.encodePrettily() + "\n");
        Durable.forceDirectory(directory);
    }

    /** Takes an archive of another directory, with what lies beside it; one that is here as it should be stays. */
    void copy(Backup backup) throws IOException {
        String name = String.valueOf(backup.file().getFileName());
        Path there = directory.resolve(name);
        if (!Files.exists(there) || !backup.sha256().equals(ArchiveFile.sha256(there))) {
            Path part = part(name);
            Files.deleteIfExists(part);
            Files.createFile(part, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            try (FileChannel from = FileChannel.open(backup.file(), StandardOpenOption.READ);
                    FileChannel to = FileChannel.open(part, StandardOpenOption.WRITE)) {
                for (long done = 0; done < from.size(); ) {
                    done += from.transferTo(done, COPIED_AT_ONCE, to);
                }
                to.force(true);
            } catch (IOException e) {
                Files.deleteIfExists(part);
                throw e;
            }
            String sha256 = ArchiveFile.sha256(part);
            if (!sha256.equals(backup.sha256())) {
                Files.deleteIfExists(part);
                throw new IOException("what was written there is not what is read back");
            }
            publish(name, sha256);
        }
        replace(beside(there, NOTE), Files.readString(beside(backup.file(), NOTE)));
        Durable.forceDirectory(directory);
    }

    /** What is in an archive, as it was written down; empty when that cannot be read. */
    public Optional<Manifest> manifest(Backup backup) {
        try {
            JsonObject note = note(backup.file());
            return note == null || note.getJsonObject(MANIFEST) == null
                    ? Optional.empty()
                    : Optional.of(Manifest.parse(note.getJsonObject(MANIFEST).encode()));
        } catch (IOException | ClassCastException e) {
            return Optional.empty();
        }
    }

    /** Removes an archive: first from the list, then from the disk. */
    void remove(Backup backup) throws IOException {
        Files.deleteIfExists(beside(backup.file(), SUM));
        Durable.forceDirectory(directory);
        Files.deleteIfExists(backup.file());
        Files.deleteIfExists(beside(backup.file(), NOTE));
    }

    /** Returns what is kept by the rules of {@link Retention}, of each installation that has backups here, and why. */
    public Map<Backup, String> kept() {
        return kept(list());
    }

    private Map<Backup, String> kept(List<Backup> all) {
        Map<String, List<Backup>> ofEach = all.stream()
                .collect(Collectors.groupingBy(
                        backup -> manifest(backup).map(Manifest::installation).orElse("")));
        Map<Backup, String> kept = new LinkedHashMap<>();
        ofEach.values().forEach(backups -> kept.putAll(Retention.kept(backups)));
        return kept;
    }

    /** Removes what {@link Retention} does not keep, or only says what that would be. */
    public List<Backup> prune(boolean isDryRun) {
        try {
            return inTurn(() -> {
                List<Backup> all = list();
                Set<Backup> kept = kept(all).keySet();
                List<Backup> going =
                        all.stream().filter(backup -> !kept.contains(backup)).toList();
                for (Backup backup : isDryRun ? List.<Backup>of() : going) {
                    remove(backup);
                }
                return going;
            });
        } catch (SQLException | IOException e) {
            throw new Refusal(
                    ExitCode.REFUSED,
                    "Not all that was to go could be removed from " + directory + ": " + e.getMessage());
        }
    }

    /** All archives that are whole, the newest first; one without a readable note is shown as complete. */
    public List<Backup> list() {
        try {
            List<Backup> backups = new ArrayList<>();
            for (Path sum : Files.isDirectory(directory) ? files(directory) : List.<Path>of()) {
                String name = String.valueOf(sum.getFileName());
                Path file = directory.resolve(name.substring(0, Math.max(0, name.length() - SUM.length())));
                if (name.endsWith(SUM) && Files.isRegularFile(file)) {
                    Backup noted = noted(file);
                    backups.add(noted == null ? unknown(file) : noted);
                }
            }
            backups.sort(Comparator.comparing(Backup::createdAt).reversed());
            return backups;
        } catch (IOException e) {
            throw new Refusal(
                    ExitCode.UNEXPECTED,
                    "The directory " + directory + " of backups cannot be read: " + FileTrouble.of(directory, e));
        }
    }

    private static @Nullable Backup noted(Path file) throws IOException {
        JsonObject note = note(file);
        return note == null ? null : Backup.parse(file, note);
    }

    private static @Nullable JsonObject note(Path file) throws IOException {
        Path note = beside(file, NOTE);
        try {
            return Files.isRegularFile(note) ? new JsonObject(Files.readString(note)) : null;
        } catch (DecodeException | CharacterCodingException e) {
            return null;
        }
    }

    private static Backup unknown(Path file) throws IOException {
        Instant written = Files.getLastModifiedTime(file).toInstant();
        String name = String.valueOf(file.getFileName());
        return new Backup(name, file, written, Files.size(file), 0, sumOf(file), UNKNOWN);
    }

    /** Returns the SHA-256 that lies beside an archive; empty when none does. */
    static String sumOf(Path file) throws IOException {
        Path sum = beside(file, SUM);
        return Files.isRegularFile(sum) ? Files.readString(sum).split(" ", 2)[0].strip() : "";
    }

    /** Whether a file is the one that the sum beside it was made of; true without one. */
    static boolean isWhole(Path file) throws IOException {
        String sum = sumOf(file);
        return sum.isEmpty() || sum.equals(ArchiveFile.sha256(file));
    }

    private static Path beside(Path file, String suffix) {
        return Path.of(file + suffix);
    }

    private void replace(Path file, String text) throws IOException {
        Path part = Path.of(file + PART);
        Files.deleteIfExists(part);
        try (FileChannel channel = FileChannel.open(
                part,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
            channel.write(java.nio.ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
            channel.force(true);
        }
        Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
    }

    private static List<Path> files(Path place) throws IOException {
        try (Stream<Path> files = Files.list(place)) {
            return files.toList();
        }
    }
}
