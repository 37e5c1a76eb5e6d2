package app.molos.edge.db.migration;

import app.molos.edge.config.ExitCode;
import app.molos.edge.config.Refusal;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The migrations as read once into memory, in the order of their numbers, with the text of their lock.
 *
 * @param where the directory, or "the program"
 * @param lock the text of migrations.lock, empty when there is none
 */
public record MigrationSet(String where, List<MigrationFile> files, String lock) {
    public static final String LOCK = "migrations.lock";
    private static final int MAX_BYTES = 1 << 20;

    /** The set in the directory, or the one packed into the program. */
    public static MigrationSet load(Optional<Path> directory) {
        return directory.map(MigrationSet::in).orElseGet(MigrationSet::packed);
    }

    public static MigrationSet in(Path directory) {
        try {
            return read(directory.toString(), directory);
        } catch (IOException e) {
            throw new Refusal(ExitCode.MIGRATION, "The migrations in " + directory + " cannot be read.");
        }
    }

    /** Returns those up to a number. */
    MigrationSet upTo(int last) {
        return last == Integer.MAX_VALUE
                ? this
                : new MigrationSet(
                        where,
                        files.stream().filter(file -> file.version() <= last).toList(),
                        lock);
    }

    /** Returns the SHA-256 of all names and hashes up to a number: two programs with the same made the same tables by then. */
    public String lockDigest(int last) {
        StringBuilder lines = new StringBuilder();
        for (MigrationFile file : files) {
            if (file.version() <= last) {
                lines.append(file.name()).append(' ').append(file.sha256()).append('\n');
            }
        }
        return MigrationFile.sha256(lines.toString().getBytes(StandardCharsets.UTF_8));
    }

    private static MigrationSet packed() {
        URL lock = MigrationSet.class.getResource("/migrations/" + LOCK);
        if (lock == null) {
            throw new Refusal(ExitCode.MIGRATION, "The program has no migrations in it: it was not built whole.");
        }
        try {
            URI uri = lock.toURI();
            if (uri.getScheme().equals("file")) {
                return read("the program", Path.of(uri).resolveSibling("."));
            }
            // A file system of our own: the shared one of this jar may be open elsewhere in the process.
            URI jar = URI.create(uri.getSchemeSpecificPart()
                    .substring(0, uri.getSchemeSpecificPart().indexOf("!/")));
            try (FileSystem files = FileSystems.newFileSystem(Path.of(jar), Map.of())) {
                return read("the program", files.getPath("/migrations"));
            }
        } catch (IOException | URISyntaxException e) {
            throw new Refusal(ExitCode.MIGRATION, "The migrations packed into the program cannot be read.");
        }
    }

    private static MigrationSet read(String where, Path directory) throws IOException {
        List<MigrationFile> files = new ArrayList<>();
        String lock = "";
        try (Stream<Path> entries = Files.list(directory)) {
            for (Path path : entries.sorted().toList()) {
                String name = String.valueOf(path.getFileName());
                if (Files.isDirectory(path)) {
                    throw new Refusal(
                            ExitCode.MIGRATION, where + ": " + name + " is a directory; migrations lie in one folder.");
                }
                if (Files.size(path) > MAX_BYTES) {
                    throw new Refusal(ExitCode.MIGRATION, where + ": " + name + " is larger than 1 MiB.");
                }
                byte[] bytes = Files.readAllBytes(path);
                if (name.equals(LOCK)) {
                    lock = new String(bytes, StandardCharsets.UTF_8);
                } else {
                    files.add(new MigrationFile(name, bytes));
                }
            }
        }
        // By number, so that V10000 comes after V9999; a name without one is refused by the lock later.
        files.sort((a, b) -> a.isNamedWell() && b.isNamedWell()
                ? Integer.compare(a.version(), b.version())
                : a.name().compareTo(b.name()));
        return new MigrationSet(where, List.copyOf(files), lock);
    }
}
