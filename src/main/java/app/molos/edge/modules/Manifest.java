package app.molos.edge.modules;

import app.molos.edge.config.ConfigProblems;
import app.molos.edge.config.YamlFile;
import app.molos.edge.config.YamlFile.Value;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** {@code manifest.yaml} in a module's code: who it says it is. */
public record Manifest(String id, String version) {
    private static final String FILE = "manifest.yaml";

    /** Checks that the code in a directory is the module, in the version, that its tag promises. */
    public static void check(Path directory, String id, String tag, ConfigProblems problems) {
        String where = id + "@" + tag + ":" + FILE;
        Optional<Manifest> manifest = read(directory, where, problems);
        manifest.filter(m -> !m.id().equals(id))
                .ifPresent(m -> problems.add(
                        where, "the code says it is the module \"" + m.id() + "\", not " + id, "id: " + id));
        manifest.filter(m -> !withoutV(m.version()).equals(withoutV(tag)))
                .ifPresent(m -> problems.add(
                        where,
                        "the code says it is version \"" + m.version() + "\", the tag is " + tag,
                        "version: " + withoutV(tag)));
    }

    /** Empty, with problems recorded, when there is none that can be read. */
    private static Optional<Manifest> read(Path directory, String where, ConfigProblems problems) {
        Path file = directory.resolve(FILE);
        if (!Files.isRegularFile(file)) {
            problems.add(where, "the code has no " + FILE, "id, name, version, description, author and icon");
            return Optional.empty();
        }
        try {
            Optional<Value> root = YamlFile.parse(where, Files.readString(file), problems);
            if (root.isEmpty() || !root.get().isMapping()) {
                problems.add(where, "the manifest is empty, or not keys with values", "id: notes");
                return Optional.empty();
            }
            return Optional.of(new Manifest(text(root.get(), "id"), text(root.get(), "version")));
        } catch (IOException e) {
            problems.add(where, "the manifest cannot be read, or is not UTF-8 text", "a text file");
            return Optional.empty();
        }
    }

    private static String text(Value root, String key) {
        Value value = root.get(key);
        return value == null || !value.isScalar() ? "" : value.literal();
    }

    static String withoutV(String version) {
        return version.startsWith("v") ? version.substring(1) : version;
    }
}
