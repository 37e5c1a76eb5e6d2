package app.molos.edge.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** Makes directories that will hold secrets. Several parts may be first to need one, so all make it here. */
public final class PrivateDirectory {
    private PrivateDirectory() {}

    /** Makes the directory and those above it for its owner only; one that is there stays as it is. Blocking. */
    public static void make(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            Files.createDirectories(
                    directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        }
    }
}
