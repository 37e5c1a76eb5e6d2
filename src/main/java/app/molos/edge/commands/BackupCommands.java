package app.molos.edge.commands;

import app.molos.edge.backup.Backup;
import app.molos.edge.backup.BackupConfig;
import app.molos.edge.backup.BackupFolder;
import app.molos.edge.backup.BackupMaker;
import app.molos.edge.backup.Restorer;
import app.molos.edge.backup.archive.Encryption;
import app.molos.edge.backup.archive.Manifest;
import app.molos.edge.boot.EdgeConfig;
import app.molos.edge.boot.Version;
import app.molos.edge.config.ExitCode;
import app.molos.edge.config.Refusal;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.Console;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** The operations behind {@code backup}. */
public final class BackupCommands {
    private final Map<String, String> environment;
    private final Terminal terminal;

    BackupCommands(Map<String, String> environment, Terminal terminal) {
        this.environment = environment;
        this.terminal = terminal;
    }

    public int create(boolean isJson) {
        return Commands.run(terminal, isJson, () -> {
            EdgeConfig config = EdgeConfig.read(environment);
            Backup backup = maker(config).create(files(config), terminal::progress);
            terminal.clearProgress();
            if (isJson) {
                terminal.print(backup.toJson().encodePrettily());
                return ExitCode.OK;
            }
            terminal.print(String.format(
                    Locale.ROOT,
                    "Backed up %s, %,d rows in all, and restored it once to be sure.",
                    config.database().url(),
                    backup.rows()));
            terminal.print("  " + backup.file() + "   " + size(backup.size()));
            if (config.lifecycle().backup().recipients().isEmpty()) {
                terminal.print("It is not encrypted: who reads it reads the database. BACKUP_RECIPIENTS changes that"
                        + " (`backup keygen`).");
            }
            return ExitCode.OK;
        });
    }

    public int list(boolean isJson) {
        return Commands.run(terminal, isJson, () -> {
            BackupConfig config = EdgeConfig.read(environment).lifecycle().backup();
            List<Backup> backups = new BackupFolder(config.directory()).list();
            if (isJson) {
                JsonArray array = new JsonArray();
                backups.forEach(backup -> array.add(backup.toJson()));
                terminal.print(array.encodePrettily());
            } else if (backups.isEmpty()) {
                terminal.print("There is no backup in " + config.directory() + ".");
            } else {
                List<List<String>> rows = new ArrayList<>();
                rows.add(List.of("Id", "Made", "Size", "Rows", "State", "File"));
                backups.forEach(backup -> rows.add(List.of(
                        backup.id(),
                        backup.createdAt().truncatedTo(ChronoUnit.SECONDS).toString(),
                        size(backup.size()),
                        String.format(Locale.ROOT, "%,d", backup.rows()),
                        backup.state().name().toLowerCase(Locale.ROOT),
                        String.valueOf(backup.file().getFileName()))));
                terminal.table(rows);
            }
            return ExitCode.OK;
        });
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
            print(manifest);
            return ExitCode.OK;
        });
    }

    /** Puts an archive in the place of the database. */
    public int restore(Path file, Optional<Path> identity, boolean keepsSessions, boolean fromAnother, boolean isJson) {
        return Commands.run(terminal, isJson, () -> {
            EdgeConfig config = EdgeConfig.read(environment);
            Restorer restorer = new Restorer(config.database(), maker(config), terminal::progress);
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
            print(done.manifest());
            done.safety()
                    .ifPresent(safety -> terminal.print("What was here is in " + safety.file()
                            + "; `backup restore --undo` leads back to it until the next restore."));
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
            new Restorer(config.database(), maker(config), terminal::progress).undo();
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

    /** Makes a key pair and prints it once. */
    public int keygen(boolean isJson) {
        return Commands.run(terminal, isJson, () -> {
            Encryption.Keys keys = Encryption.generate();
            if (isJson) {
                terminal.print(new JsonObject()
                        .put("recipient", keys.recipient())
                        .put("identity", keys.identity())
                        .encodePrettily());
                return ExitCode.OK;
            }
            terminal.print(
                    "# Keep this line away from this machine, twice: in a password manager, and on paper. It opens every");
            terminal.print("# backup, nothing else does, and nobody can make it again. It is not stored here.");
            terminal.print(keys.identity());
            terminal.print("");
            terminal.print("# This line is for the edge's configuration:");
            terminal.print("BACKUP_RECIPIENTS=" + keys.recipient());
            return ExitCode.OK;
        });
    }

    private static BackupMaker maker(EdgeConfig config) {
        return new BackupMaker(config.database(), config.lifecycle().backup(), Version.current(), Clock.systemUTC());
    }

    /** What a new machine needs beside the data: the configuration without its secrets, the modules and their lock. */
    private Map<String, byte[]> files(EdgeConfig config) {
        Map<String, byte[]> files = new HashMap<>();
        StringBuilder settings = new StringBuilder("# Settings of the edge at the time; secrets are not in it.\n");
        EdgeConfig.show(environment).stream()
                .filter(shown -> !shown.where().isEmpty())
                .forEach(shown -> settings.append(shown.key().variable())
                        .append('=')
                        .append(shown.value())
                        .append('\n'));
        files.put("settings.env", settings.toString().getBytes(StandardCharsets.UTF_8));
        take(files, "modules.yaml", config.modules().file());
        config.modules().lock().ifPresent(lock -> take(files, "modules.lock", lock));
        return files;
    }

    private static void take(Map<String, byte[]> files, String name, Path file) {
        try {
            if (Files.isRegularFile(file)) {
                files.put(name, Files.readAllBytes(file));
            }
        } catch (IOException e) {
            throw new Refusal(ExitCode.REFUSED, file + " cannot be read, and belongs into the backup.");
        }
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

    private void print(Manifest manifest) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("Part", "Rows", "Size"));
        manifest.parts()
                .forEach(part -> rows.add(
                        List.of(part.name(), String.format(Locale.ROOT, "%,d", part.rows()), size(part.size()))));
        terminal.print("  " + manifest.id() + ", made " + manifest.createdAt().truncatedTo(ChronoUnit.SECONDS) + " of "
                + manifest.source().kind() + " by version " + manifest.version()
                + String.format(", migrations up to V%04d", manifest.source().migration()));
        terminal.table(rows);
        manifest.leftOut().forEach(what -> terminal.print("  not inside: " + Terminal.printable(what)));
    }

    private static String size(long bytes) {
        return bytes < 10_000
                ? bytes + " B"
                : bytes < 10_000_000
                        ? String.format(Locale.ROOT, "%.1f kB", bytes / 1e3)
                        : String.format(Locale.ROOT, "%.1f MB", bytes / 1e6);
    }
}
