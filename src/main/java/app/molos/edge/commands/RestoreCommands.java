package app.molos.edge.commands;

import app.molos.edge.backup.Backup;
import app.molos.edge.backup.Restorer;
import app.molos.edge.backup.archive.Manifest;
import app.molos.edge.boot.Backups;
import app.molos.edge.boot.EdgeConfig;
import app.molos.edge.config.ExitCode;
import app.molos.edge.config.Refusal;
import io.vertx.core.json.JsonObject;
import java.io.Console;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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

    public int undo() {
        return Commands.run(terminal, () -> {
            EdgeConfig config = EdgeConfig.read(environment);
            new Restorer(config.database(), Backups.maker(config), terminal::progress).undo();
            terminal.print("Took the last restore back: " + config.database().url() + " is as it was before.");
            return ExitCode.OK;
        });
    }

    /** Whether an operator at a terminal means it; without a terminal nobody can be asked. */
    public boolean isMeant(Path file) {
        Optional<Console> console = Terminal.console();
        if (console.isEmpty()) {
            terminal.refuse("A restore replaces the database: say --yes where nobody can be asked.");
            return false;
        }
        String answer =
                console.get().readLine("Replace the database with %s? What is there is backed up first. [y/N] ", file);
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
