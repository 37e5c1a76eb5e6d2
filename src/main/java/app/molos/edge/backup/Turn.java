package app.molos.edge.backup;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** That one process does something and no other; it ends with the process, however that ends. */
final class Turn implements AutoCloseable {
    /** A process loses its lock when it closes any other channel to the file, so it opens no second one. */
    private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

    private static final long LOOK_NANOS = 200_000_000;

    private final Path file;
    private final FileChannel channel;

    private Turn(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    /** As {@link #take(Path)}, for somebody who waits for it so long. */
    static @Nullable Turn take(Path lock, Duration patience) throws IOException {
        long end = System.nanoTime() + patience.toNanos();
        Turn turn = take(lock);
        while (turn == null
                && System.nanoTime() - end < 0
                && !Thread.currentThread().isInterrupted()) {
            LockSupport.parkNanos(LOOK_NANOS);
            turn = take(lock);
        }
        return turn;
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
        if (!channel.isOpen()) {
            // Somebody else may have it by now.
            return;
        }
        try {
            channel.close();
        } finally {
            HELD.remove(file);
        }
    }
}
