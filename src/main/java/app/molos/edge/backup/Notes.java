package app.molos.edge.backup;

import app.molos.edge.backup.archive.ArchiveFile;
import app.molos.edge.backup.archive.Manifest;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What lies beside an archive: its SHA-256, and a note of its state, which nobody needs to open it. Blocking. */
final class Notes {
    static final String SUM = ".sha256";
    private static final String NOTE = ".json";
    private static final String MANIFEST = "manifest";

    private Notes() {}

    /** Returns where the SHA-256 of an archive lies. */
    static Path sum(Path file) {
        return Path.of(file + SUM);
    }

    static Path note(Path file) {
        return Path.of(file + NOTE);
    }

    /** Returns what is known of an archive; one whose note cannot be read may have been pinned, and is taken for that. */
    static Backup backup(Path file) throws IOException {
        JsonObject note = read(file);
        Backup noted = note == null ? null : Backup.parse(file, note);
        if (noted != null) {
            return noted;
        }
        boolean hasNote = Files.exists(note(file));
        return new Backup(
                String.valueOf(file.getFileName()),
                file,
                Files.getLastModifiedTime(file).toInstant(),
                Files.size(file),
                0,
                sumOf(file),
                Backup.Status.of(Backup.State.COMPLETE, hasNote ? "has a note that cannot be read" : "", hasNote));
    }

    /** What is in an archive, as it was written down; empty when that cannot be read. */
    static Optional<Manifest> manifest(Path file) {
        try {
            JsonObject note = read(file);
            return note == null || note.getJsonObject(MANIFEST) == null
                    ? Optional.empty()
                    : Optional.of(Manifest.parse(note.getJsonObject(MANIFEST).encode()));
        } catch (IOException | ClassCastException e) {
            return Optional.empty();
        }
    }

    /** Whose keys open an archive; empty when nothing says so. */
    static List<String> recipients(Path file) {
        return manifest(file).map(Manifest::recipients).orElse(List.of());
    }

    static void write(Backup backup, Manifest manifest) throws IOException {
        JsonObject note = backup.toJson().put(MANIFEST, manifest.toJson());
        replace(note(backup.file()), note.encodePrettily() + "\n");
    }

    private static @Nullable JsonObject read(Path file) throws IOException {
        Path note = note(file);
        try {
            return Files.isRegularFile(note) ? new JsonObject(Files.readString(note)) : null;
        } catch (DecodeException | CharacterCodingException e) {
            return null;
        }
    }

    /** Returns the SHA-256 that lies beside an archive; empty when none does. */
    static String sumOf(Path file) throws IOException {
        Path sum = sum(file);
        return Files.isRegularFile(sum) ? Files.readString(sum).split(" ", 2)[0].strip() : "";
    }

    /** Whether a file is the one that the sum beside it was made of; true without one. */
    static boolean isWhole(Path file) throws IOException {
        String sum = sumOf(file);
        return sum.isEmpty() || sum.equals(ArchiveFile.sha256(file));
    }

    /** Writes a small file, in one step. */
    static void replace(Path file, String text) throws IOException {
        Path part = Path.of(file + BackupFolder.PART);
        Files.deleteIfExists(part);
        try (FileChannel channel = FileChannel.open(
                part,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
            channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
            channel.force(true);
        }
        Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
    }
}
