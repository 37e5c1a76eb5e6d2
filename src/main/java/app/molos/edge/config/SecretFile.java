package app.molos.edge.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** A secret in a file of its own, as containers get theirs: one line, or a few, and at most 4 KiB. */
public final class SecretFile {
    private static final int MAX_SIZE = 4096;

    private SecretFile() {}

    /** Returns what the file of this setting has, without the line break at its end; refuses one that has nothing. */
    public static Optional<String> read(ConfigReader reader, ConfigKey key) {
        Optional<Path> path = reader.path(key);
        try {
            Optional<String> secret = path.isPresent() ? read(path.get()) : Optional.empty();
            if (secret.isEmpty()) {
                reader.refuse(key, "the file is empty or larger than 4 KiB", "a file with the secret on one line");
            }
            return secret;
        } catch (IOException e) {
            reader.refuse(key, "the file " + path.orElseThrow() + " cannot be read", "the path of a readable file");
            return Optional.empty();
        }
    }

    /** Returns what the file has, or empty where it has nothing or too much. Blocking. */
    public static Optional<String> read(Path file) throws IOException {
        String text = Files.size(file) <= MAX_SIZE ? Files.readString(file).replaceFirst("\\r?\\n\\z", "") : "";
        return text.isEmpty() ? Optional.empty() : Optional.of(text);
    }
}
