package app.molos.edge.db.migration;

import app.molos.edge.config.ExitCode;
import app.molos.edge.config.Refusal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Writes what people need to make a migration: an empty template, and the lines of the lock. Never SQL. */
public final class MigrationAuthor {
    private final Path directory;

    public MigrationAuthor(Path directory) {
        this.directory = directory;
    }

    /** Writes the template with the next number and returns its path. */
    public Path create(String words) {
        String slug =
                words.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "_").replaceAll("^_+|_+$", "");
        if (slug.isEmpty()) {
            throw new Refusal(
                    ExitCode.USAGE,
                    "\"" + words + "\" has no letter to name a migration by." + System.lineSeparator()
                            + "    write: migrate new add_invitations");
        }
        int next = 1
                + MigrationSet.in(directory).files().stream()
                        .filter(MigrationFile::isNamedWell)
                        .mapToInt(MigrationFile::version)
                        .max()
                        .orElse(0);
        Path file = directory.resolve(String.format("V%04d__%s.sql", next, slug));
        write(file, """
                -- What:
                -- Why:
                -- author:
                -- phase: expand
                -- reversible: no

                """, StandardOpenOption.CREATE_NEW);
        return file;
    }

    /**
     * Appends these files to the lock and returns their names.
     *
     * @param files by name, or by a path in the directory
     */
    public List<String> seal(List<String> files, String reviewer, LocalDate today) {
        if (reviewer.isBlank() || reviewer.indexOf('\t') >= 0 || reviewer.indexOf('\n') >= 0) {
            throw new Refusal(
                    ExitCode.USAGE,
                    "The reviewer must be a name." + System.lineSeparator()
                            + "    write: migrate seal FILE --reviewer \"Ada Lovelace\"");
        }
        MigrationSet set = MigrationSet.in(directory);
        List<MigrationsLockFile.Line> lines = MigrationsLockFile.seal(
                set, files.stream().map(MigrationAuthor::name).toList(), reviewer.strip(), today);
        StringBuilder text =
                new StringBuilder(set.lock().isEmpty() || set.lock().endsWith("\n") ? "" : "\n");
        lines.forEach(line -> text.append(line).append('\n'));
        if (lines.isEmpty()) {
            return List.of();
        }
        write(
                directory.resolve(MigrationSet.LOCK),
                text.toString(),
                StandardOpenOption.APPEND,
                StandardOpenOption.CREATE);
        return lines.stream().map(MigrationsLockFile.Line::name).toList();
    }

    /**
     * Takes the last file off the lock again, so that it can be changed. Whether a database has it is the caller's to
     * ask.
     */
    public void unseal(String file) {
        String text = MigrationsLockFile.unseal(MigrationSet.in(directory), name(file));
        write(directory.resolve(MigrationSet.LOCK), text, StandardOpenOption.TRUNCATE_EXISTING);
    }

    private static String name(String file) {
        return String.valueOf(Path.of(file).getFileName());
    }

    private static void write(Path file, String text, StandardOpenOption... options) {
        try {
            StandardOpenOption[] all = Arrays.copyOf(options, options.length + 1);
            all[options.length] = StandardOpenOption.WRITE;
            Files.writeString(file, text, all);
        } catch (IOException e) {
            throw new Refusal(
                    ExitCode.UNEXPECTED,
                    file + " cannot be written: " + e.getClass().getSimpleName() + ".");
        }
    }
}
