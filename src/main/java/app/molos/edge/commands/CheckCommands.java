package app.molos.edge.commands;

import app.molos.edge.backup.MovedAway;
import app.molos.edge.boot.EdgeConfig;
import app.molos.edge.config.ConfigKey;
import app.molos.edge.config.ConfigProblems;
import app.molos.edge.config.ExitCode;
import app.molos.edge.config.FileTrouble;
import app.molos.edge.config.Refusal;
import app.molos.edge.db.DatabaseConfig;
import app.molos.edge.db.migration.Migrator;
import app.molos.edge.http.HttpConfig;
import app.molos.edge.http.Ports;
import app.molos.edge.modules.Module;
import app.molos.edge.modules.ModuleLock;
import app.molos.edge.modules.ModulesFile;
import app.molos.edge.modules.checkout.MissingModuleFetcher;
import app.molos.edge.modules.checkout.ModuleIntegrity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Tries what a start would do first, and changes nothing: configuration, modules and their lock, data directory, ports,
 * database.
 */
final class CheckCommands {
    /** Who looks does not want to wait as a start does. */
    private static final Duration DATABASE_PATIENCE = Duration.ofSeconds(5);

    private final Map<String, String> environment;
    private final Terminal terminal;

    CheckCommands(Map<String, String> environment, Terminal terminal) {
        this.environment = environment;
        this.terminal = terminal;
    }

    /** @param isOffline whether what needs a connection is left out: the database, and the repositories */
    ExitCode check(boolean isOffline, boolean isJson) {
        EdgeConfig.Loaded loaded = EdgeConfig.load(environment);
        EdgeConfig config = loaded.config();
        ConfigProblems problems = loaded.problems();
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("What", "Is"));
        rows.add(List.of("environment", config.mode().name().toLowerCase(Locale.ROOT)));
        rows.add(List.of("origin", config.site().origin().toString()));
        boolean isReadable = problems.isEmpty();
        rows.add(List.of("modules", modules(config, isOffline, problems)));
        if (isReadable) {
            // What stands in a configuration that is refused would be tried in vain.
            rows.add(List.of("data directory", dataDirectory(config.database().dataDir(), problems)));
            boolean isRunning = new RunningEdge(config).isLive();
            rows.add(List.of("listens on", port(config.http().site(), HttpConfig.PORT, isRunning, problems)));
            rows.add(List.of(
                    "management", port(config.http().management(), HttpConfig.MANAGEMENT_PORT, isRunning, problems)));
            rows.add(List.of(
                    "database",
                    isOffline ? config.database().url() + " (not asked)" : database(config.database(), problems)));
        }
        return Commands.report(terminal, problems, isJson, () -> {
            terminal.table(rows);
            loaded.warnings().forEach(warning -> terminal.print("Note: " + warning));
        });
    }

    private static String modules(EdgeConfig config, boolean isOffline, ConfigProblems problems) {
        ModuleLock lock = ModuleLock.read(config.modules().lockFile(), problems);
        List<Module> modules = ModulesFile.read(config.modules(), lock, problems);
        MissingModuleFetcher missing = new MissingModuleFetcher(config.modules(), lock);
        new ModuleIntegrity(config.modules(), lock)
                .check(
                        // What a start would fetch is no fault while it is not here.
                        modules.stream().filter(m -> !missing.wouldBring(m)).toList(), !isOffline, problems);
        List<String> words = modules.stream()
                .map(m -> m.id() + (missing.wouldBring(m) ? " (to be fetched)" : ""))
                .toList();
        return words.isEmpty() ? "none" : String.join(", ", words);
    }

    private static String dataDirectory(Path directory, ConfigProblems problems) {
        Path existing = directory.toAbsolutePath();
        while (existing != null && !Files.exists(existing)) {
            existing = existing.getParent();
        }
        try {
            // Permissions alone do not tell: a read-only mount, a full disk and /proc all look writable to root.
            Path trial = Files.createTempDirectory(existing, ".edge-check");
            try {
                Files.write(trial.resolve("trial"), new byte[4096]);
            } finally {
                Files.deleteIfExists(trial.resolve("trial"));
                Files.deleteIfExists(trial);
            }
            return directory + (directory.toAbsolutePath().equals(existing) ? "" : " (to be made)");
        } catch (IOException e) {
            problems.add(
                    DatabaseConfig.DATA_DIR.variable(),
                    "nothing can be written to " + directory + ": " + FileTrouble.of(directory, e),
                    DatabaseConfig.DATA_DIR.variable() + "=data");
            return directory.toString();
        }
    }

    private static String port(HttpConfig.Address bound, ConfigKey key, boolean isRunning, ConfigProblems problems) {
        String address = bound.host() + ":" + bound.port();
        try {
            Ports.probe(key.name(), key.variable(), bound.host(), bound.port());
            return address;
        } catch (Refusal refusal) {
            if (isRunning) {
                return address + " (the edge that runs)";
            }
            String[] lines = refusal.getMessage().split("\\R", 2);
            problems.add(key.name(), lines[0], "");
            return address;
        }
    }

    private static String database(DatabaseConfig config, ConfigProblems problems) {
        DatabaseConfig impatient = config.impatient(DATABASE_PATIENCE);
        try {
            int pending = new Migrator(impatient, phase -> {}).state().pending().size();
            if (pending == 0) {
                MovedAway.demandHere(impatient);
            }
            return config.url() + (pending == 0 ? ", up to date" : ", " + pending + " migrations to run");
        } catch (Refusal refusal) {
            problems.add(DatabaseConfig.URL.variable(), refusal.getMessage(), "");
            return config.url().toString();
        }
    }
}
