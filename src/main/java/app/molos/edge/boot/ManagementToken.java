package app.molos.edge.boot;

import app.molos.edge.config.ExitCode;
import app.molos.edge.config.PrivateDirectory;
import app.molos.edge.config.Refusal;
import app.molos.edge.config.Secret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The token that lets a command act on the running edge: of those who can read the data directory. A new one at each
 * start, readable by its owner only.
 */
public final class ManagementToken {
    private static final Logger LOG = LoggerFactory.getLogger(ManagementToken.class);
    private static final int BYTES = 32;

    private ManagementToken() {}

    /**
     * Makes the token of this start and puts it where the commands find it, by the port that they will ask. Blocking.
     */
    static Secret issue(Path dataDir, int managementPort, SecureRandom random) {
        byte[] bytes = new byte[BYTES];
        random.nextBytes(bytes);
        String token = HexFormat.of().formatHex(bytes);
        Path file = file(dataDir, managementPort);
        try {
            PrivateDirectory.make(dataDir);
            Path draft = Files.createTempFile(
                    dataDir,
                    "management",
                    ".tmp",
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            try {
                Files.writeString(draft, token + "\n");
                Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(draft);
            }
        } catch (IOException | UnsupportedOperationException e) {
            // With a database elsewhere nothing else needs the directory; that is no reason not to serve.
            LOG.warn(
                    "{} cannot be written ({}): no command can ask this edge for anything until its next start",
                    file,
                    e.toString());
        }
        return new Secret(token);
    }

    /** The token of the edge that runs with this data directory and port, if one ever did. */
    public static Optional<Secret> read(Path dataDir, int managementPort) {
        Path file = file(dataDir, managementPort);
        try {
            return Files.exists(file)
                    ? Optional.of(new Secret(Files.readString(file).strip()))
                    : Optional.empty();
        } catch (IOException e) {
            throw new Refusal(
                    ExitCode.REFUSED,
                    "The file " + file + " cannot be read: run this as the user that the edge runs as.");
        }
    }

    /** Two edges may share a data directory, but not a port. */
    private static Path file(Path dataDir, int managementPort) {
        return dataDir.resolve("management-" + managementPort + ".token");
    }
}
