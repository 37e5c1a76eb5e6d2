package app.molos.edge.commands;

import app.molos.edge.boot.Boot;
import app.molos.edge.boot.EdgeConfig;
import app.molos.edge.boot.LastWords;
import app.molos.edge.boot.Shutdown;
import app.molos.edge.boot.UnblockedStreams;
import app.molos.edge.boot.Version;
import app.molos.edge.boot.Watchdog;
import app.molos.edge.config.ConfigProblems;
import app.molos.edge.config.ExitCode;
import app.molos.edge.config.Refusal;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The operations of the command line. Each returns its exit code and has already said why. */
public final class Commands {
    private static final Logger LOG = LoggerFactory.getLogger(Commands.class);

    private final Map<String, String> environment;
    private final Terminal terminal;

    public Commands(Map<String, String> environment, Terminal terminal) {
        this.environment = environment;
        this.terminal = terminal;
    }

    /** Starts the edge; returns only when the start was refused. */
    public int serve() {
        try (UnblockedStreams streams = new UnblockedStreams(terminal.out(), terminal.err())) {
            Terminal unblocked =
                    new Terminal(streams.out().printing(), streams.err().printing(), terminal.isColoured());
            return run(unblocked, () -> serve(streams, unblocked));
        }
    }

    private ExitCode serve(UnblockedStreams streams, Terminal unblocked) {
        EdgeConfig.Loaded loaded = EdgeConfig.load(environment);
        loaded.config().accounts().passwords().judgeHeap(Runtime.getRuntime().maxMemory(), loaded.problems());
        loaded.problems().throwIfAny();
        loaded.warnings().forEach(LOG::warn);
        EdgeConfig config = loaded.config();
        LOG.info(
                "MoLOS Edge {}, {}, Java {}",
                Version.current(),
                config.mode().name().toLowerCase(Locale.ROOT),
                Runtime.version().feature());
        Boot boot = new Boot(config, streams.out(), unblocked.err()::println);
        Future<Void> started = boot.start();
        try (Watchdog watchdog = new Watchdog(
                        boot.vertx(), config.http().stallTimeout(), new LastWords(streams, unblocked::refuse))
                .start()) {
            Shutdown shutdown = new Shutdown(
                    boot,
                    started,
                    config.lifecycle().shutdown().deadline(),
                    streams::drain,
                    unblocked::refuse,
                    watchdog);
            shutdown.install();
            try {
                started.toCompletionStage().toCompletableFuture().get();
                new CountDownLatch(1).await();
            } catch (ExecutionException e) {
                if (shutdown.isRunning()) {
                    Shutdown.awaitHalt();
                }
                throw Refusal.in(e) == null
                        ? new IllegalStateException("the start failed", e.getCause())
                        : Refusal.in(e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return ExitCode.OK;
        }
    }

    /** Everything that would keep a start from succeeding, at once; see {@link CheckCommands}. */
    public int check(boolean isOffline, boolean isJson) {
        return run(terminal, isJson, () -> new CheckCommands(environment, terminal).check(isOffline, isJson));
    }

    public ConfigCommands config() {
        return new ConfigCommands(environment, terminal);
    }

    public ModulesCommands modules() {
        return new ModulesCommands(environment, terminal);
    }

    public MigrateCommands migrate() {
        return new MigrateCommands(environment, terminal);
    }

    public UserCommands users() {
        return new UserCommands(environment, terminal);
    }

    public BanCommands bans() {
        return new BanCommands(environment, terminal);
    }

    public IntrusionCommands intrusion() {
        return new IntrusionCommands(environment, terminal);
    }

    public CspCommands csp() {
        return new CspCommands(environment, terminal);
    }

    public ImportCommands imports() {
        return new ImportCommands(environment, terminal);
    }

    public BackupCommands backups() {
        return new BackupCommands(environment, terminal);
    }

    public RestoreCommands restores() {
        return new RestoreCommands(environment, terminal);
    }

    public DatabaseCommands databases() {
        return new DatabaseCommands(environment, terminal);
    }

    public NodeCommands node() {
        return new NodeCommands(environment, terminal);
    }

    public String version() {
        return Version.current();
    }

    /** Prints what the program is made of, for those who look advisories up. */
    public int sbom() {
        return run(terminal, () -> {
            terminal.print(Version.billOfMaterials()
                    .orElseThrow(() -> new Refusal(
                            ExitCode.UNEXPECTED, "Only the packaged jar has the list of what it is made of.")));
            return ExitCode.OK;
        });
    }

    static int run(Terminal terminal, Supplier<ExitCode> operation) {
        return run(terminal, false, operation);
    }

    /**
     * @param isJson whether a refusal is one for scripts: JSON on standard output, as everything else that they read
     */
    static int run(Terminal terminal, boolean isJson, Supplier<ExitCode> operation) {
        try {
            return operation.get().number();
        } catch (Refusal refusal) {
            return refuse(terminal, isJson, refusal.exitCode(), refusal.getMessage());
        } catch (RuntimeException e) {
            LOG.error("Unexpected failure", e);
            return refuse(
                    terminal, isJson, ExitCode.UNEXPECTED, "Something unexpected went wrong; the log has the reason.");
        }
    }

    static int refuse(Terminal terminal, boolean isJson, ExitCode code, String text) {
        terminal.clearProgress();
        if (isJson) {
            terminal.print(new JsonObject()
                    .put("ok", false)
                    .put("exitCode", code.number())
                    .put("error", text)
                    .encodePrettily());
        } else {
            terminal.refuse(text);
        }
        return code.number();
    }

    static ExitCode report(Terminal terminal, ConfigProblems problems, boolean isJson, Runnable good) {
        if (isJson) {
            JsonArray list = new JsonArray();
            problems.all()
                    .forEach(p -> list.add(new JsonObject()
                            .put("where", p.where())
                            .put("what", p.what())
                            .put("write", p.fix())));
            terminal.print(new JsonObject()
                    .put("ok", problems.isEmpty())
                    .put("problems", list)
                    .encodePrettily());
        } else if (problems.isEmpty()) {
            good.run();
        } else {
            problems.throwIfAny();
        }
        return problems.isEmpty() ? ExitCode.OK : ExitCode.CONFIGURATION;
    }
}
