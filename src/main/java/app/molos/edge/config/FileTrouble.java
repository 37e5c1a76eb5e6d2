package app.molos.edge.config;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;

/** Why a file cannot be used, with the line that mends it where there is one. */
public final class FileTrouble {
    private FileTrouble() {}

    /** In words that can end a sentence: the reason, and what to run. */
    public static String of(Path file, Exception failure) {
        String user = System.getProperty("user.name", "this user");
        if (failure instanceof AccessDeniedException) {
            return "the user " + user + " may not" + System.lineSeparator() + "    run: chown -R " + user + " " + file
                    + "   (or start as the user that it belongs to)";
        }
        boolean isReadOnly = failure instanceof FileSystemException e
                && String.valueOf(e.getReason()).contains("Read-only file system");
        if (isReadOnly) {
            return "it lies on a file system that is read-only" + System.lineSeparator()
                    + "    mount it writable, or set DATA_DIR to another place";
        }
        return failure instanceof IOException
                        && failure.getMessage() != null
                        && !failure.getMessage().equals(file.toString())
                ? failure.getClass().getSimpleName() + ": " + failure.getMessage()
                : failure.getClass().getSimpleName();
    }
}
