package app.molos.edge.backup;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** That one process does something and no other; it ends with the process, however that ends. */
final class Turn implements AutoCloseable {
    /** A process loses its lock when it closes any other channel to the file, so it opens no second one. */
    private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

    private final Path file;
    private final FileChannel channel;

    private Turn(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    /** Returns null when another process has it, or another thread of this one. */
    static @Nullable Turn take(Path lock) throws IOException {
        Path file = lock.toAbsolutePath().normalize();
        if (!HELD.add(file)) {
            return null;
        }
        Turn turn = null;
        try {
            turn = open(file);
            return turn;
        } finally {
            if (turn == null) {
                HELD.remove(file);
            }
        }
    }

    private static @Nullable Turn open(Path file) throws IOException {
        FileChannel channel = FileChannel.open(
                file,
                Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        if (channel.tryLock() != null) {
            return new Turn(file, channel);
        }
        channel.close();
        return null;
    }

    @Override
    public void close() throws IOException {
        try {
            channel.close();
        } finally {
            HELD.remove(file);
        }
    }
}
