package app.molos.edge.boot;

import app.molos.edge.config.ExitCode;
import app.molos.edge.config.FileTrouble;
import app.molos.edge.config.PrivateDirectory;
import app.molos.edge.config.Refusal;
import app.molos.edge.config.Secret;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Set;

/** In development a missing secret is made once and kept in the data directory, readable by its owner only. */
final class DevelopmentSecret {
    private static final String FILE = "development.secret";
    private static final int BYTES = 33;

    private DevelopmentSecret() {}

    /** The secret of that directory. Processes that start together all get the same one. */
    static Secret obtain(Path dataDir, SecureRandom random) {
        Path file = dataDir.resolve(FILE);
        try {
            if (!Files.exists(file)) {
                make(dataDir, file, random);
            }
            String text = Files.readString(file).strip();
            if (text.length() < BYTES) {
                throw new Refusal(
                        ExitCode.CONFIGURATION,
                        "The secret in " + file + " is empty or cut off (a full disk leaves such a file)."
                                + System.lineSeparator()
                                + "    delete the file, and a new one is made; all are signed out");
            }
            return new Secret(text);
        } catch (IOException | UnsupportedOperationException e) {
            throw new Refusal(
                    ExitCode.CONFIGURATION,
                    "The secret in " + file + " cannot be made or read: "
                            + FileTrouble.of(dataDir, e) + System.lineSeparator()
                            + "    set DATA_DIR to a writable place, or write: BETTER_AUTH_SECRET=…");
        }
    }

    /** Written whole under another name first: a link appears at once and complete, and only one of many succeeds. */
    private static void make(Path dataDir, Path file, SecureRandom random) throws IOException {
        PrivateDirectory.make(dataDir);
        byte[] bytes = new byte[BYTES];
        random.nextBytes(bytes);
        Path draft = Files.createTempFile(dataDir, FILE, ".tmp", mode("rw-------"));
        try {
            Files.writeString(draft, Base64.getEncoder().encodeToString(bytes) + "\n");
            Files.createLink(file, draft);
        } catch (FileAlreadyExistsException e) {
            // Another process was first: its secret is the one.
        } finally {
            Files.delete(draft);
        }
    }

    private static FileAttribute<Set<PosixFilePermission>> mode(String mode) {
        return PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(mode));
    }
}
