package app.molos.edge.commands;

import app.molos.edge.backup.Backup;
import app.molos.edge.backup.BackupFolder;
import app.molos.edge.backup.Restorer;
import app.molos.edge.backup.archive.Manifest;
import app.molos.edge.boot.Backups;
import app.molos.edge.boot.EdgeConfig;
import app.molos.edge.boot.RestoreDrill;
import app.molos.edge.config.ExitCode;
import app.molos.edge.config.Refusal;
import app.molos.edge.config.SecretFile;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.Console;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** The operations behind {@code backup verify} and {@code backup restore}. */
public final class RestoreCommands {
    private final Map<String, String> environment;
    private final Terminal terminal;

    RestoreCommands(Map<String, String> environment, Terminal terminal) {
        this.environment = environment;
        this.terminal = terminal;
    }

    /** Reads an archive to its end and says what is in it. */
    public int verify(Path file, Optional<Path> identity, boolean isJson) {
        return Commands.run(terminal, isJson, () -> {
            Manifest manifest = Restorer.verify(found(file), identities(identity), terminal::progress);
            terminal.clearProgress();
            if (isJson) {
                terminal.print(manifest.toJson().encodePrettily());
                return ExitCode.OK;
            }
            terminal.print("The archive is whole.");
            new ArchiveTables(terminal).print(manifest);
            return ExitCode.OK;
        });
    }

    /** Puts an archive in the place of the database. */
    public int restore(Path file, Optional<Path> identity, boolean keepsSessions, boolean fromAnother, boolean isJson) {
        return Commands.run(terminal, isJson, () -> {
            EdgeConfig config = EdgeConfig.read(environment);
            Restorer restorer = new Restorer(config.database(), Backups.maker(config), terminal::progress);
            Restorer.Restored done =
                    restorer.restore(found(file), new Restorer.Wish(identities(identity), keepsSessions, fromAnother));
            terminal.clearProgress();
            if (isJson) {
                terminal.print(new JsonObject()
                        .put("restored", done.manifest().id())
                        .put("createdAt", done.manifest().createdAt().toString())
                        .put("rows", done.manifest().rows())
                        .put("safety", done.safety().map(Backup::toJson).orElse(null))
                        .encodePrettily());
                return ExitCode.OK;
            }
            terminal.print("Restored into " + config.database().url() + ":");
            new ArchiveTables(terminal).print(done.manifest());
            done.safety()
                    .ifPresent(safety -> terminal.print("What was here is in " + safety.file()
                            + "; `backup restore --undo` leads back to it until the next restore."));
            if (!done.isAsMigrated()) {
                terminal.print(
                        "The tables that it was made of had something of their own (an index, a default); these have not.");
            }
            terminal.print(
                    keepsSessions
                            ? "Who was signed in then is signed in now."
                            : "Nobody is signed in (--keep-sessions would have kept who was).");
            return ExitCode.OK;
        });
    }

    /**
     * Restores an archive in an empty directory, starts an edge there and signs in.
     *
     * @param file the newest verified one, if none is named
     * @param cookie a file with what a browser that was signed in sends
     */
    public int drill(Optional<Path> file, Optional<Path> identity, Optional<Path> cookie, boolean isJson) {
        return Commands.run(terminal, isJson, () -> {
            EdgeConfig config = EdgeConfig.read(environment);
            BackupFolder folder = BackupFolder.of(config.lifecycle().backup());
            Path archive = file.map(RestoreCommands::found).orElseGet(() -> newest(folder));
            List<String> identities = identities(identity);
            Optional<String> sent = cookie.map(RestoreCommands::firstLine);
            RestoreDrill.Outcome outcome = folder.drills()
                    .use(home -> new RestoreDrill(home, config.accounts().secrets(), terminal::progress)
                            .run(archive, identities, sent));
            terminal.clearProgress();
            print(archive, outcome, isJson);
            return ExitCode.OK;
        });
    }

    private void print(Path archive, RestoreDrill.Outcome outcome, boolean isJson) {
        Duration age = Duration.between(outcome.manifest().createdAt(), Instant.now());
        if (isJson) {
            JsonArray steps = new JsonArray();
            outcome.steps()
                    .forEach(step -> steps.add(new JsonObject()
                            .put("what", step.what())
                            .put("milliseconds", step.took().toMillis())));
            terminal.print(new JsonObject()
                    .put("ok", true)
                    .put("file", archive.toString())
                    .put("id", outcome.manifest().id())
                    .put("rows", outcome.manifest().rows())
                    .put("rtoMilliseconds", outcome.total().toMillis())
                    .put("ageSeconds", age.toSeconds())
                    .put("steps", steps)
                    .put("cookieOf", outcome.cookieOf().orElse(null))
                    .encodePrettily());
            return;
        }
        terminal.print("The drill succeeded with " + archive + ":");
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("Step", "Took"));
        outcome.steps().forEach(step -> rows.add(List.of(step.what(), seconds(step.took()))));
        rows.add(List.of("in all (RTO)", seconds(outcome.total())));
        terminal.table(rows);
        outcome.cookieOf()
                .ifPresent(who -> terminal.print("The old cookie still signs in " + Terminal.printable(who) + "."));
        terminal.print("What was written after "
                + outcome.manifest().createdAt().truncatedTo(ChronoUnit.SECONDS) + ", " + words(age)
                + " ago, would be lost.");
        terminal.print("Not tried: modules, certificates, mail, and whatever stands in front.");
    }

    private static String seconds(Duration duration) {
        return String.format(Locale.ROOT, "%.1f s", duration.toMillis() / 1e3);
    }

    private static String words(Duration age) {
        return age.toHours() >= 48
                ? age.toDays() + " days"
                : age.toMinutes() >= 120
                        ? age.toHours() + " hours"
                        : age.toSeconds() >= 120 ? age.toMinutes() + " minutes" : age.toSeconds() + " seconds";
    }

    private static Path newest(BackupFolder folder) {
        return folder.list().stream()
                .filter(Backup::isVerified)
                .findFirst()
                .map(Backup::file)
                .orElseThrow(() -> new Refusal(
                        ExitCode.REFUSED,
                        "There is no verified backup yet." + System.lineSeparator() + "    run `backup create` first"));
    }

    private static String firstLine(Path file) {
        try {
            return SecretFile.read(file)
                    .map(text -> text.lines().findFirst().orElse("").replaceFirst("(?i)^cookie:\\s*", ""))
                    .orElseThrow(() -> new Refusal(ExitCode.USAGE, file + " is empty or larger than 4 KiB."));
        } catch (IOException e) {
            throw new Refusal(ExitCode.USAGE, "The file " + file + " cannot be read.");
        }
    }

    /** Takes the last restore back. */
    public int undo(boolean isJson) {
        return Commands.run(terminal, isJson, () -> {
            EdgeConfig config = EdgeConfig.read(environment);
            String kept = new Restorer(config.database(), Backups.maker(config), terminal::progress).undo();
            if (isJson) {
                terminal.print(new JsonObject()
                        .put("undone", true)
                        .put("database", config.database().url().toString())
                        .put("kept", kept)
                        .encodePrettily());
                return ExitCode.OK;
            }
            terminal.print("Took the last restore back: " + config.database().url() + " is as it was before.");
            terminal.print("What was restored, with what was written since, is in " + kept
                    + "; the same command leads back to it.");
            return ExitCode.OK;
        });
    }

    /** Whether an operator at a terminal means to replace the database by an archive. */
    public boolean isMeant(Path file, boolean isJson) {
        return isMeant("Replace the database with " + file + "? What is there is backed up first.", isJson);
    }

    /** Whether an operator at a terminal means to take the last restore back. */
    public boolean isUndoMeant(boolean isJson) {
        return isMeant("Take the last restore back? What was written since then is out of use, but kept.", isJson);
    }

    /** Without a terminal nobody can be asked. */
    private boolean isMeant(String question, boolean isJson) {
        Optional<Console> console = Terminal.console();
        if (console.isEmpty()) {
            Commands.refuse(
                    terminal,
                    isJson,
                    ExitCode.REFUSED,
                    "A restore replaces the database: say --yes where nobody can be asked.");
            return false;
        }
        String answer = console.get().readLine("%s [y/N] ", question);
        return answer != null && answer.strip().toLowerCase(Locale.ROOT).startsWith("y");
    }

    private static Path found(Path file) {
        if (!Files.isRegularFile(file)) {
            throw new Refusal(
                    ExitCode.USAGE,
                    "There is no file " + file + "." + System.lineSeparator()
                            + "    `backup list` shows those that there are");
        }
        return file;
    }

    private static List<String> identities(Optional<Path> file) {
        if (file.isEmpty()) {
            return List.of();
        }
        try {
            List<String> identities = Files.readAllLines(file.get()).stream()
                    .map(String::strip)
                    .filter(line -> line.startsWith("AGE-SECRET-KEY-1"))
                    .toList();
            if (identities.isEmpty()) {
                throw new Refusal(
                        ExitCode.USAGE,
                        file.get() + " has no line that begins with AGE-SECRET-KEY-1, as `backup keygen` prints it.");
            }
            return identities;
        } catch (IOException e) {
            throw new Refusal(ExitCode.USAGE, "The key file " + file.get() + " cannot be read.");
        }
    }
}
