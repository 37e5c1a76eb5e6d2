package app.molos.edge.modules;

import app.molos.edge.config.PrivateDirectory;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Where modules' code lies: {@code DATA_DIR/modules/<id>/<commit>/}, and beside it {@code <commit>.files} with what is
 * in it. Code appears there whole or not at all; work goes on in {@code DATA_DIR/modules/.partial}. Blocking.
 */
public final class Checkouts {
    private final Path root;

    public Checkouts(Path dataDir) {
        this.root = dataDir.resolve("modules");
    }

    public Path directory(String id, String commit) {
        return root.resolve(id).resolve(commit);
    }

    public boolean has(String id, String commit) {
        return Files.isDirectory(directory(id, commit));
    }

    /** Returns what was put there; empty when that is not known any more. */
    public Optional<FileListing> listing(String id, String commit) {
        try {
            return Optional.of(FileListing.parse(Files.readString(listingFile(id, commit))));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** One process works here at a time; null when another one does. */
    public @Nullable FileLock tryLock() throws IOException {
        PrivateDirectory.make(Objects.requireNonNull(root.toAbsolutePath().getParent()));
        Files.createDirectories(root);
        FileChannel channel =
                FileChannel.open(root.resolve(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            FileLock lock = channel.tryLock();
            if (lock == null) {
                channel.close();
            }
            return lock;
        } catch (OverlappingFileLockException e) {
            channel.close();
            return null;
        }
    }

    /** An empty place to work in; what an interrupted run left there goes. Wants {@link #tryLock}. */
    public Path workspace() throws IOException {
        Path partial = root.resolve(".partial");
        delete(partial);
        return Files.createDirectories(partial);
    }

    /**
     * Makes finished code visible; the same commit that lay there already (damaged, or it would not be fetched) goes.
     */
    public void publish(Path finished, FileListing listing, String id, String commit) throws IOException {
        Path target = directory(id, commit);
        Files.createDirectories(target.getParent());
        if (Files.exists(target)) {
            Path old = finished.resolveSibling("old");
            Files.move(target, old, StandardCopyOption.ATOMIC_MOVE);
        }
        WholeFile.write(listingFile(id, commit), listing.toString());
        Files.move(finished, target, StandardCopyOption.ATOMIC_MOVE);
    }

    public static void delete(Path directory) throws IOException {
        try {
            Files.walkFileTree(directory, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    Files.delete(file);
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult postVisitDirectory(Path dir, @Nullable IOException failure) throws IOException {
                    if (failure != null) {
                        throw failure;
                    }
                    Files.delete(dir);
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (NoSuchFileException e) {
            // there was nothing to delete
        }
    }

    private Path listingFile(String id, String commit) {
        return root.resolve(id).resolve(commit + ".files");
    }
}
