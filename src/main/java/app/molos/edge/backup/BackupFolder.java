package app.molos.edge.backup;

import app.molos.edge.backup.archive.ArchiveFile;
import app.molos.edge.backup.archive.Manifest;
import app.molos.edge.config.ExitCode;
import app.molos.edge.config.FileTrouble;
import app.molos.edge.config.PrivateDirectory;
import app.molos.edge.config.Refusal;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.SQLException;
import java.time.Duration;
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

/**
 * The directory of backups. Beside each archive lie its SHA-256, in the form that {@code sha256sum -c} reads, and a note of its
 * state. What has no SHA-256 beside it is not listed. Blocking.
 */
public final class BackupFolder {
    static final String PART = ".part";
    private static final String OURS = "molos-";
    private static final String LOCK = ".lock";
    private static final String SCRATCH = "scratch-";

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
        return inTurn(Duration.ZERO, work);
    }

    /** As {@link #inTurn(Work)}, after a wait for whoever is at work here. */
    <T> T inTurn(Duration patience, Work<T> work) throws SQLException, IOException {
        PrivateDirectory.make(directory);
        PrivateDirectory.make(scratchDirectory);
        // Scratch databases may be those of somebody who keeps backups elsewhere.
        try (Turn here = Turn.take(directory.resolve(LOCK), patience);
                Turn scratch =
                        here == null || isOfCopies() ? here : Turn.take(scratchDirectory.resolve(LOCK), patience)) {
            if (here == null || scratch == null) {
                throw new Refusal(
                        ExitCode.REFUSED,
                        "Another backup is being made in " + directory + "." + System.lineSeparator()
                                + "    wait until it is done; `backup list` shows it then");
            }
            sweep();
            return work.run();
        }
    }

    private boolean isOfCopies() {
        return scratchDirectory.equals(directory);
    }

    /** Whether somebody makes backups here at this moment. */
    boolean isTaken() throws IOException {
        return isTaken(directory) || isTaken(scratchDirectory);
    }

    private static boolean isTaken(Path place) throws IOException {
        if (!Files.exists(place.resolve(LOCK))) {
            return false;
        }
        try (Turn turn = Turn.take(place.resolve(LOCK))) {
            return turn == null;
        }
    }

    private void sweep() throws IOException {
        for (Path file : files(directory)) {
            String name = String.valueOf(file.getFileName());
            if (name.startsWith(OURS) && name.endsWith(PART)) {
                Files.deleteIfExists(file);
            }
        }
        if (isOfCopies()) {
            // What else lies there is somebody else's.
            return;
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
        Notes.replace(Notes.sum(file), sha256 + "  " + name + "\n");
        Files.move(part(name), file, StandardCopyOption.ATOMIC_MOVE);
        Durable.forceDirectory(directory);
        return file;
    }

    /** Writes down what is known about an archive, which nobody needs to open it. */
    void note(Backup backup, Manifest manifest) throws IOException {
        Notes.write(backup, manifest);
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
        Notes.replace(Notes.note(there), Files.readString(Notes.note(backup.file())));
        Durable.forceDirectory(directory);
    }

    /** What is in an archive, as it was written down; empty when that cannot be read. */
    public Optional<Manifest> manifest(Backup backup) {
        return Notes.manifest(backup.file());
    }

    /** Removes an archive: first from the list, then from the disk. */
    void remove(Backup backup) throws IOException {
        Files.deleteIfExists(Notes.sum(backup.file()));
        Durable.forceDirectory(directory);
        Files.deleteIfExists(backup.file());
        Files.deleteIfExists(Notes.note(backup.file()));
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
            return inTurn(() -> pruneNow(isDryRun));
        } catch (SQLException | IOException e) {
            throw new Refusal(
                    ExitCode.REFUSED,
                    "Not all that was to go could be removed from " + directory + ": " + e.getMessage());
        }
    }

    /** As {@link #prune}, for somebody whose turn it is. */
    List<Backup> pruneNow(boolean isDryRun) throws IOException {
        List<Backup> all = list();
        Set<Backup> kept = kept(all).keySet();
        List<Backup> going =
                all.stream().filter(backup -> !kept.contains(backup)).toList();
        for (Backup backup : isDryRun ? List.<Backup>of() : going) {
            remove(backup);
        }
        return going;
    }

    /** The newest verified one of an installation at a moment. */
    Optional<Backup> newest(String installation, Instant now) {
        return list().stream()
                // One from the future was made before the clock was set back: it says nothing about now.
                .filter(backup -> backup.isVerified() && !backup.asOf().isAfter(now))
                .filter(backup -> manifest(backup)
                        .filter(known -> known.installation().equals(installation))
                        .isPresent())
                .max(Comparator.comparing(Backup::asOf));
    }

    /**
     * All archives that are whole, the newest first; one without a readable note is shown as complete, and kept where there
     * is one that cannot be read: it may have been pinned.
     */
    public List<Backup> list() {
        try {
            List<Backup> backups = new ArrayList<>();
            for (Path sum : Files.isDirectory(directory) ? files(directory) : List.<Path>of()) {
                String name = String.valueOf(sum.getFileName());
                Path file = directory.resolve(name.substring(0, Math.max(0, name.length() - Notes.SUM.length())));
                if (name.endsWith(Notes.SUM) && Files.isRegularFile(file)) {
                    backups.add(Notes.backup(file));
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

    private static List<Path> files(Path place) throws IOException {
        try (Stream<Path> files = Files.list(place)) {
            return files.toList();
        }
    }
}
