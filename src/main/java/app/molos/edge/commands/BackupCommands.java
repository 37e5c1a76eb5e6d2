package app.molos.edge.commands;

import app.molos.edge.backup.Backup;
import app.molos.edge.backup.BackupConfig;
import app.molos.edge.backup.BackupFolder;
import app.molos.edge.backup.BackupMaker;
import app.molos.edge.backup.archive.Encryption;
import app.molos.edge.backup.archive.Manifest;
import app.molos.edge.boot.Backups;
import app.molos.edge.boot.EdgeConfig;
import app.molos.edge.boot.SettingsFiles;
import app.molos.edge.config.ExitCode;
import app.molos.edge.config.Refusal;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
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

    /** Makes one; if {@code isPinned}, it is kept however old it gets. */
    public int create(boolean isPinned, boolean isJson) {
        return Commands.run(terminal, isJson, () -> {
            EdgeConfig config = EdgeConfig.read(environment);
            Backup backup = Backups.maker(config)
                    .create(BackupMaker.Request.of(new SettingsFiles(config).read(), isPinned), terminal::progress);
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
            terminal.print("  " + backup.file() + "   " + ArchiveTables.size(backup.size()));
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
            List<Backup> backups = BackupFolder.of(config).list();
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
                        ArchiveTables.size(backup.size()),
                        String.format(Locale.ROOT, "%,d", backup.rows()),
                        backup.status().state().word() + (backup.status().isPinned() ? ", pinned" : ""),
                        String.valueOf(backup.file().getFileName()))));
                terminal.table(rows);
            }
            return ExitCode.OK;
        });
    }

    /** Says what is in one, by what was written down beside it: without its key. */
    public int show(String id, boolean isJson) {
        return Commands.run(terminal, isJson, () -> {
            BackupFolder folder =
                    BackupFolder.of(EdgeConfig.read(environment).lifecycle().backup());
            Backup backup = folder.list().stream()
                    .filter(one -> one.id().equals(id) || one.file().endsWith(id))
                    .findFirst()
                    .orElseThrow(() -> new Refusal(
                            ExitCode.REFUSED,
                            "There is no backup " + Terminal.printable(id) + "." + System.lineSeparator()
                                    + "    `backup list` shows those that there are"));
            Optional<Manifest> manifest = folder.manifest(backup);
            if (isJson) {
                terminal.print(backup.toJson()
                        .put("manifest", manifest.map(Manifest::toJson).orElse(null))
                        .encodePrettily());
                return ExitCode.OK;
            }
            terminal.print(backup.file() + ", " + ArchiveTables.size(backup.size()) + ", "
                    + backup.status().state().word()
                    + (backup.status().reason().isEmpty()
                            ? ""
                            : ": it " + backup.status().reason()));
            manifest.ifPresentOrElse(
                    new ArchiveTables(terminal)::print,
                    () -> terminal.print("Nothing is written down about it; `backup verify` reads it."));
            return ExitCode.OK;
        });
    }

    /** Removes what is too old by the rules of {@link app.molos.edge.backup.Retention}. */
    public int prune(boolean isDryRun, boolean isJson) {
        return Commands.run(terminal, isJson, () -> {
            BackupConfig config = EdgeConfig.read(environment).lifecycle().backup();
            BackupFolder folder = BackupFolder.of(config);
            List<Backup> gone = folder.prune(isDryRun);
            Map<Backup, String> kept = folder.kept();
            if (isJson) {
                JsonArray removed = new JsonArray();
                gone.forEach(backup -> removed.add(backup.id()));
                JsonObject reasons = new JsonObject();
                kept.forEach((backup, why) -> reasons.put(backup.id(), why));
                terminal.print(new JsonObject()
                        .put("dryRun", isDryRun)
                        .put("removed", removed)
                        .put("kept", reasons)
                        .encodePrettily());
                return ExitCode.OK;
            }
            List<List<String>> rows = new ArrayList<>();
            rows.add(List.of("Id", "Made", isDryRun ? "Would be" : "Is"));
            kept.forEach((backup, why) -> rows.add(List.of(backup.id(), ArchiveTables.made(backup), "kept: " + why)));
            gone.forEach(backup -> rows.add(List.of(backup.id(), ArchiveTables.made(backup), "removed")));
            terminal.table(rows);
            return ExitCode.OK;
        });
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
            // All but the key are comments, so that a file of it is one that age takes.
            terminal.print("# The public half, for the edge's configuration:");
            terminal.print("# BACKUP_RECIPIENTS=" + keys.recipient());
            terminal.print(
                    "# The key. Keep it away from this machine, twice: in a password manager, and on paper. It opens");
            terminal.print("# every backup, nothing else does, and nobody can make it again. It is not stored here.");
            terminal.print(keys.identity());
            return ExitCode.OK;
        });
    }
}
