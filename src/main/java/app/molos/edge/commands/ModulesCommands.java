package app.molos.edge.commands;

import app.molos.edge.boot.EdgeConfig;
import app.molos.edge.config.ConfigProblems;
import app.molos.edge.config.ExitCode;
import app.molos.edge.config.Refusal;
import app.molos.edge.modules.ListChange;
import app.molos.edge.modules.Module;
import app.molos.edge.modules.ModuleAdvice;
import app.molos.edge.modules.ModuleLock;
import app.molos.edge.modules.ModulesConfig;
import app.molos.edge.modules.ModulesFile;
import app.molos.edge.modules.checkout.FetchProgress;
import app.molos.edge.modules.checkout.ModuleFetcher;
import app.molos.edge.modules.checkout.ModuleFetcher.Fetched;
import app.molos.edge.modules.checkout.ModuleIntegrity;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** The operations behind {@code modules}: which code is behind each path, and how it gets there. */
public final class ModulesCommands {
    /** For everything but the repositories, which have their own. */
    private static final Duration RELOAD_DEADLINE = Duration.ofMinutes(1);

    private final Map<String, String> environment;
    private final Terminal terminal;

    ModulesCommands(Map<String, String> environment, Terminal terminal) {
        this.environment = environment;
        this.terminal = terminal;
    }

    /** Every problem of the module list, or the list. */
    public int check(boolean isJson) {
        return Commands.run(terminal, isJson, () -> {
            ModulesConfig config = EdgeConfig.read(environment).modules();
            ConfigProblems problems = new ConfigProblems();
            List<Module> modules = ModulesFile.read(config, problems);
            return Commands.report(terminal, problems, isJson, () -> {
                List<List<String>> rows = new ArrayList<>();
                rows.add(List.of("Module", "Version", "Paths", "Access", "From"));
                modules.forEach(m -> rows.add(List.of(
                        m.id() + (m.isEnabled() ? "" : " (disabled)"),
                        ModuleTables.version(m),
                        String.join(" ", m.paths()),
                        m.access().name().toLowerCase(Locale.ROOT),
                        ModuleTables.from(m))));
                terminal.table(rows);
                ModuleAdvice.on(modules).forEach(line -> terminal.print("Note: " + line));
            });
        });
    }

    /** Brings the code of every enabled module here and locks what is not locked yet. */
    public int fetch(boolean isLockPrinted, boolean isJson) {
        return Commands.run(terminal, isJson, () -> {
            ModulesConfig config = EdgeConfig.read(environment).modules();
            List<Module> modules = configured(config).stream()
                    .filter(m -> m.isEnabled() && m.source().isPresent())
                    .toList();
            List<List<String>> rows = new ArrayList<>();
            JsonArray list = new JsonArray();
            rows.add(List.of("Module", "Tag", "Commit", "Files", "Content", ""));
            try (ModuleFetcher fetcher = new ModuleFetcher(config, Clock.systemUTC(), Duration.ZERO)) {
                // Read now that nobody else writes it.
                ModuleLock lock = lock(config);
                for (Module module : modules) {
                    Fetched fetched = fetcher.fetch(module, lock.find(module.id()), progress());
                    terminal.clearProgress();
                    if (lock.find(module.id()).filter(fetched.entry()::equals).isEmpty()) {
                        lock = lock.with(module.id(), fetched.entry());
                        if (!isLockPrinted) {
                            // After each: what is here stays known if the next one fails.
                            write(lock, config.lockFile(), config.dataDir());
                        }
                    }
                    rows.add(ModuleTables.row(module.id(), fetched, fetched.wasHere() ? "was here" : "fetched"));
                    list.add(ModuleTables.json(module.id(), fetched).put("wasHere", fetched.wasHere()));
                }
                if (isLockPrinted) {
                    terminal.out().print(lock.text());
                    return ExitCode.OK;
                }
            }
            print(isJson, list.encodePrettily(), rows, "No module has a repository.");
            return ExitCode.OK;
        });
    }

    /** Has the running edge apply what the list says now. */
    public int reload(boolean isJson) {
        return Commands.run(terminal, isJson, () -> {
            EdgeConfig config = EdgeConfig.read(environment);
            JsonObject outcome = new RunningEdge(config)
                    .post(
                            "/modules/reload",
                            config.modules().fetching().tagTimeout().plus(RELOAD_DEADLINE));
            boolean isApplied = outcome.getBoolean("applied");
            if (isJson) {
                terminal.print(outcome.encodePrettily());
            } else if (isApplied) {
                terminal.table(List.of(
                        List.of("Revision", "Added", "Changed", "Removed", "Untouched"),
                        List.of(
                                outcome.getValue("revision").toString(),
                                ModuleTables.ids(outcome, "added"),
                                ModuleTables.ids(outcome, "changed"),
                                ModuleTables.ids(outcome, "removed"),
                                outcome.getValue("unchanged").toString())));
            } else {
                ConfigProblems problems = new ConfigProblems();
                outcome.getJsonArray("problems")
                        .forEach(p -> problems.add(
                                ((JsonObject) p).getString("where"),
                                ((JsonObject) p).getString("what"),
                                ((JsonObject) p).getString("write")));
                terminal.refuse(problems + System.lineSeparator() + "Nothing was changed; revision "
                        + outcome.getValue("revision") + " is still served.");
            }
            return isApplied ? ExitCode.OK : ExitCode.CONFIGURATION;
        });
    }

    /** Compares tag, commit, files and version of every module with the lock, and the tags with their repositories. */
    public int verify(boolean isJson) {
        return Commands.run(terminal, isJson, () -> {
            ModulesConfig config = EdgeConfig.read(environment).modules();
            requireProduction(config);
            ConfigProblems problems = new ConfigProblems();
            List<Module> modules = ModulesFile.read(config, problems);
            ModuleLock lock = ModuleLock.read(config.lockFile(), problems);
            new ModuleIntegrity(config, lock).check(modules, problems);
            return Commands.report(terminal, problems, isJson, () -> {
                List<List<String>> rows = new ArrayList<>();
                rows.add(List.of("Module", "Tag", "Commit", "Content", ""));
                lock.entries()
                        .forEach((id, entry) -> rows.add(List.of(
                                id,
                                entry.tag(),
                                entry.shortCommit(),
                                ModuleTables.shortDigest(entry.digest()),
                                "as locked")));
                terminal.table(rows);
            });
        });
    }

    /** Moves one module to another tag; with {@code isPlan} only shows what would change. */
    public int update(String id, String tag, boolean isPlan, boolean isJson) {
        return Commands.run(terminal, isJson, () -> {
            ModulesConfig config = EdgeConfig.read(environment).modules();
            requireProduction(config);
            Module module = configured(config).stream()
                    .filter(m -> m.id().equals(id) && m.source().isPresent())
                    .findFirst()
                    .orElseThrow(() -> new Refusal(
                            ExitCode.REFUSED,
                            "There is no module \"" + id + "\" with a repository in " + config.file()));
            String before = module.source().orElseThrow().ref();
            Optional<ModuleLock.Entry> locked;
            Fetched fetched;
            try (ModuleFetcher fetcher = new ModuleFetcher(config, Clock.systemUTC(), Duration.ZERO)) {
                ModuleLock lock = lock(config);
                locked = lock.find(id);
                fetched = fetcher.update(module, tag, locked, isPlan, progress());
                terminal.clearProgress();
                if (!isPlan) {
                    new ListChange(config).apply(id, before, fetched.entry(), lock);
                }
            }
            ModuleTables.Update update = new ModuleTables.Update(id, before, locked, fetched, isPlan);
            if (isJson) {
                terminal.print(update.json().encodePrettily());
            } else {
                terminal.table(update.rows());
                terminal.print("  " + update.changes());
            }
            return ExitCode.OK;
        });
    }

    /** Every module of the list: which code it is, whether that is here, and where it is served. */
    public int list(boolean isJson) {
        return Commands.run(terminal, isJson, () -> {
            ModulesConfig config = EdgeConfig.read(environment).modules();
            ModuleLock lock = lock(config);
            List<List<String>> rows = new ArrayList<>();
            JsonArray list = new JsonArray();
            rows.add(List.of("Module", "Version", "Commit", "Code", "Paths", "Access"));
            for (Module m : configured(config)) {
                String version = ModuleTables.version(m);
                String commit =
                        lock.find(m.id()).map(ModuleLock.Entry::shortCommit).orElse("-");
                String code = m.external().isPresent()
                        ? "somebody else's"
                        : !m.isFetched()
                                ? "not here"
                                : m.source().isPresent() && lock.find(m.id()).isEmpty() ? "not locked" : "here";
                String access = m.access().name().toLowerCase(Locale.ROOT);
                rows.add(List.of(
                        m.id() + (m.isEnabled() ? "" : " (disabled)"),
                        version,
                        commit,
                        code,
                        String.join(" ", m.paths()),
                        access));
                list.add(new JsonObject()
                        .put("id", m.id())
                        .put("enabled", m.isEnabled())
                        .put("version", version)
                        .put("commit", commit)
                        .put("code", code)
                        .put("paths", new JsonArray(m.paths()))
                        .put("access", access)
                        .put("from", ModuleTables.from(m)));
            }
            print(isJson, list.encodePrettily(), rows, "No module is configured.");
            return ExitCode.OK;
        });
    }

    /** Takes a module out of the list and the lock; its code stays until somebody deletes it. */
    public int remove(String id, boolean isJson) {
        return Commands.run(terminal, isJson, () -> {
            ModulesConfig config = EdgeConfig.read(environment).modules();
            new ListChange(config).remove(id, lock(config));
            terminal.print(
                    isJson
                            ? new JsonObject().put("removed", id).encodePrettily()
                            : "Removed " + id + " from " + config.file()
                                    + ". A running edge serves it until `molos-edge modules reload`; then "
                                    + config.dataDir().resolve("modules").resolve(id) + " can be deleted.");
            return ExitCode.OK;
        });
    }

    private static void requireProduction(ModulesConfig config) {
        if (!config.mode().isProduction()) {
            throw new Refusal(ExitCode.USAGE, "Only production pins its modules; set EDGE_ENV=production.");
        }
    }

    private static ModuleLock lock(ModulesConfig config) {
        ConfigProblems problems = new ConfigProblems();
        ModuleLock lock = ModuleLock.read(config.lockFile(), problems);
        problems.throwIfAny();
        return lock;
    }

    /** Code that is not here yet is no fault of the list. */
    private static List<Module> configured(ModulesConfig config) {
        ConfigProblems problems = new ConfigProblems();
        List<Module> modules = ModulesFile.read(config, problems);
        problems.throwIfAny();
        return modules;
    }

    private static void write(ModuleLock lock, Path file, Path dataDir) {
        try {
            Files.createDirectories(file.toAbsolutePath().getParent());
            lock.write(file);
        } catch (IOException e) {
            throw new Refusal(
                    ExitCode.REFUSED,
                    "The lock " + file + " cannot be written (" + e.getClass().getSimpleName() + ")."
                            + System.lineSeparator() + "    write: MODULES_LOCK=" + dataDir.resolve("modules.lock")
                            + ", or run: molos-edge modules fetch --print-lock"
                            + " > modules.lock");
        }
    }

    private FetchProgress progress() {
        return (id, what) -> terminal.progress(id + ": " + what);
    }

    private void print(boolean isJson, String json, List<List<String>> rows, String nothing) {
        if (isJson) {
            terminal.print(json);
        } else if (rows.size() == 1) {
            terminal.print(nothing);
        } else {
            terminal.table(rows);
        }
    }
}
