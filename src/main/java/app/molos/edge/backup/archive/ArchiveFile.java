package app.molos.edge.backup.archive;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;

/** An archive as a file: written for its owner only and hashed as a whole, read through its encryption. */
public final class ArchiveFile {
    /** Far above what rows of text are packed to, far below what a bomb is. */
    private static final long MOST_UNPACKED = 200;

    private static final long SMALL = 64L * 1024 * 1024;

    private ArchiveFile() {}

    /** Writes what goes into an archive. */
    public interface Body<E extends Exception> {
        void writeTo(ArchiveWriter archive) throws IOException, E;
    }

    /**
     * Writes a file that is not there yet, and has the disk keep it; whatever goes wrong leaves none.
     *
     * @param recipients who can open it; empty: everybody who can read the file
     * @return the SHA-256 of the whole file
     */
    public static <E extends Exception> String write(Path file, List<String> recipients, Body<E> body)
            throws IOException, E {
        boolean isDone = false;
        try (FileChannel channel = FileChannel.open(
                file,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
            Digesting whole = new Digesting(Channels.newOutputStream(channel));
            OutputStream out = recipients.isEmpty() ? whole : Encryption.seal(whole, recipients);
            try (ArchiveWriter archive = new ArchiveWriter(out)) {
                body.writeTo(archive);
            }
            channel.force(true);
            isDone = true;
            return whole.hex();
        } finally {
            if (!isDone) {
                Files.deleteIfExists(file);
            }
        }
    }

    public static boolean isSealed(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return Encryption.isSealed(in.readNBytes(32));
        }
    }

    /** Reads a file to its end; see {@link ArchiveReader#read}. */
    public static <E extends Exception> Manifest read(
            Path file, List<String> identities, ArchiveReader.Content<E> content) throws IOException, E {
        long most = SMALL + Files.size(file) * MOST_UNPACKED;
        try (InputStream bytes = new BufferedInputStream(Files.newInputStream(file));
                InputStream in = isSealed(file) ? Encryption.open(bytes, identities) : bytes) {
            return ArchiveReader.read(in, most, content);
        }
    }

    /** Returns the SHA-256 of a whole file. */
    public static String sha256(Path file) throws IOException {
        Digesting whole = new Digesting(OutputStream.nullOutputStream());
        Files.copy(file, whole);
        return whole.hex();
    }
}
