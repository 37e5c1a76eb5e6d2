package app.molos.edge.commands;

import app.molos.edge.boot.EdgeConfig;
import app.molos.edge.boot.Shutdown;
import app.molos.edge.config.ExitCode;
import app.molos.edge.config.Refusal;
import app.molos.edge.db.DatabaseConfig;
import app.molos.edge.db.migration.MigrationAuthor;
import app.molos.edge.db.migration.Migrator;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The operations behind {@code migrate}. */
public final class MigrateCommands {
    private static final String BANNED = """
            Migrations are not generated here.

            A diff of models cannot know what the rows mean, and what it guesses runs on everybody's data. A migration is
            written by hand, read by a second person, sealed, and never edited again:

                migrate new add_invitations        an empty file with its header
                (write the SQL: one change a file, the same text for SQLite and PostgreSQL)
                migrate seal FILE --reviewer "NAME"    its hash goes into migrations.lock
                migrate plan                       what would run; writes nothing
            """;

    private final Map<String, String> environment;
    private final Terminal terminal;

    MigrateCommands(Map<String, String> environment, Terminal terminal) {
        this.environment = environment;
        this.terminal = terminal;
    }

    /** Prints what would run; writes nothing. */
    public int plan(boolean failsIfPending, boolean isJson) {
        return Commands.run(terminal, isJson, () -> {
            EdgeConfig config = EdgeConfig.read(environment);
            Migrator.State state = migrator(config).state();
            List<Migrator.State.Entry> pending = state.pending();
            if (isJson) {
                terminal.print(json(pending).encodePrettily());
            } else if (pending.isEmpty()) {
                terminal.print("Nothing to run: " + config.database().url() + " is up to date with the migrations in "
                        + state.where() + ".");
            } else {
                terminal.print(pending.size() + " of the migrations in " + state.where() + " to run on "
                        + config.database().url() + ":");
                terminal.table(rows(pending));
            }
            return failsIfPending && !pending.isEmpty() ? ExitCode.PENDING : ExitCode.OK;
        });
    }

    /** Migrates now. */
    public int apply() {
        return Commands.run(terminal, () -> {
            EdgeConfig config = EdgeConfig.read(environment);
            int count = Shutdown.interruptibly(migrator(config), terminal::refuse);
            terminal.print(
                    count == 0
                            ? "Nothing to run: " + config.database().url() + " is up to date."
                            : count + " migrations applied to "
                                    + config.database().url() + ".");
            return ExitCode.OK;
        });
    }

    /** Applied and pending. */
    public int status(boolean isJson) {
        return Commands.run(terminal, isJson, () -> {
            Migrator.State state = migrator(EdgeConfig.read(environment)).state();
            if (isJson) {
                terminal.print(json(state.entries()).encodePrettily());
            } else {
                terminal.table(rows(state.entries()));
            }
            return ExitCode.OK;
        });
    }

    public int create(String name) {
        return Commands.run(terminal, () -> {
            Path file = new MigrationAuthor(directory()).create(name);
            terminal.print("Wrote " + file + ": fill in its header and the SQL, then `migrate seal "
                    + file.getFileName() + " --reviewer NAME`.");
            sayWhatIsRead();
            return ExitCode.OK;
        });
    }

    public int seal(List<String> files, String reviewer) {
        return Commands.run(terminal, () -> {
            List<String> sealed = new MigrationAuthor(directory()).seal(files, reviewer, LocalDate.now(ZoneOffset.UTC));
            terminal.print("Sealed " + String.join(", ", sealed) + ".");
            sayWhatIsRead();
            return ExitCode.OK;
        });
    }

    /** Takes the last migration off the lock, if the database of this configuration does not have it. */
    public int unseal(String file) {
        return Commands.run(terminal, () -> {
            Map<String, String> theirs = new HashMap<>(environment);
            theirs.put(DatabaseConfig.MIGRATIONS_DIR.variable(), directory().toString());
            String name = String.valueOf(Path.of(file).getFileName());
            EdgeConfig config = EdgeConfig.read(theirs);
            boolean isApplied = migrator(config).state().entries().stream()
                    .anyMatch(e -> !e.isPending() && name.startsWith(String.format("V%04d__", e.version())));
            if (isApplied) {
                throw new Refusal(
                        ExitCode.REFUSED,
                        config.database().url() + " has " + name + " already: write a new migration instead");
            }
            new MigrationAuthor(directory()).unseal(file);
            terminal.print(
                    "Unsealed " + name + ". No other database must have it: this one was asked, others cannot be.");
            return ExitCode.OK;
        });
    }

    /** Two sets that look alike and are not is how a migration is written that nothing ever runs. */
    private void sayWhatIsRead() {
        if (environment
                .getOrDefault(DatabaseConfig.MIGRATIONS_DIR.variable(), "")
                .isEmpty()) {
            terminal.print(
                    "`migrate plan` reads the migrations in the program until it is built again; to try these: MIGRATIONS_DIR="
                            + directory() + " migrate plan");
        }
    }

    public int generate() {
        terminal.refuse(BANNED);
        return ExitCode.UNEXPECTED.number();
    }

    private static Migrator migrator(EdgeConfig config) {
        return new Migrator(config.database(), phase -> {});
    }

    /** MIGRATIONS_DIR, else ./migrations: these two commands are for the people who write migrations. */
    private Path directory() {
        String named = environment.getOrDefault("MIGRATIONS_DIR", "");
        Path directory = Path.of(named.isEmpty() ? "migrations" : named);
        if (!Files.isDirectory(directory)) {
            throw new Refusal(
                    ExitCode.USAGE,
                    "There is no directory " + directory + " to write into." + System.lineSeparator()
                            + "    run this in the project's folder, or set MIGRATIONS_DIR");
        }
        return directory;
    }

    private static List<List<String>> rows(List<Migrator.State.Entry> entries) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("Version", "Migration", "Applied"));
        entries.forEach(e -> rows.add(
                List.of(String.format("V%04d", e.version()), e.name(), e.isPending() ? "pending" : e.installedOn())));
        return rows;
    }

    private static JsonArray json(List<Migrator.State.Entry> entries) {
        JsonArray array = new JsonArray();
        entries.forEach(e -> array.add(new JsonObject()
                .put("version", e.version())
                .put("name", e.name())
                .put("pending", e.isPending())
                .put("installedOn", e.isPending() ? null : e.installedOn())));
        return array;
    }
}
