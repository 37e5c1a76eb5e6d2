package app.molos.edge.backup;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Objects;

/** Has the disk keep files and their names, also when the power goes. Blocking. */
final class Durable {
    private Durable() {}

    static void force(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
    }

    /** The names in it. */
    static void forceDirectory(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /** Gives a file that nobody has open its name, which nothing has yet. */
    static void put(Path staged, Path file) throws IOException {
        force(staged);
        // Without replacing: a hard link fails where a rename would take another's place.
        Files.createLink(file, staged);
        Files.delete(staged);
        forceDirectory(Objects.requireNonNull(file.toAbsolutePath().getParent()));
    }
}
