package app.molos.edge.modules;

import app.molos.edge.config.ConfigProblems;
import app.molos.edge.config.ConfigProblems.Problem;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the module list again while the edge runs: what it says is checked whole, as at a start, and then served whole or not
 * at all. One at a time; thread-safe.
 */
public final class ModuleReload {
    /**
     * How it went.
     *
     * @param revision that is served now
     * @param problems why nothing was changed; empty when it was, or when there was nothing to change
     */
    public record Outcome(int revision, ModuleChange change, List<Problem> problems) {
        public boolean isApplied() {
            return problems.isEmpty();
        }
    }

    private record Read(ModuleRegistry registry, List<Problem> problems) {}

    private static final Logger LOG = LoggerFactory.getLogger(ModuleReload.class);
    private static final ModuleChange NOTHING = new ModuleChange(List.of(), List.of(), List.of(), 0);

    private final Vertx vertx;
    private final ModulesConfig config;
    private final LiveModules live;
    private final Function<ModuleRegistry, Future<Void>> serve;
    private final WorkerExecutor worker;
    private Future<Outcome> last = Future.succeededFuture();
    private volatile String seen = "";
    private volatile String settled = "";

    /** @param serve makes everything that serves go over to other modules */
    public ModuleReload(Vertx vertx, ModulesConfig config, LiveModules live, Function<ModuleRegistry, Future<Void>> serve) {
        this.vertx = vertx;
        this.config = config;
        this.live = live;
        this.serve = serve;
        // Of its own: a repository that is slow to say where its tag is must not keep sign-ins waiting.
        this.worker = vertx.createSharedWorkerExecutor("edge-reload", 1, config.fetchTimeout().toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Applies what the list says now. Never fails; what is wrong is in the outcome. */
    public synchronized Future<Outcome> run() {
        Future<Outcome> mine = last.transform(done -> reload());
        last = mine;
        return mine;
    }

    /** Looks at the list at an interval and applies it once it has stopped changing. */
    public void watch() {
        settled = fingerprint();
        seen = settled;
        vertx.setPeriodic(config.watchInterval().toMillis(), t -> worker.executeBlocking(this::fingerprint).onSuccess(now -> {
            boolean isNew = !now.equals(settled) && now.equals(seen);
            seen = now;
            if (isNew) {
                settled = now;
                run();
            }
        }).onFailure(e -> LOG.warn("The module list could not be looked at: {}", e.toString())));
    }

    public Future<Void> close() {
        return worker.close();
    }

    private Future<Outcome> reload() {
        return worker.executeBlocking(this::read).compose(read -> {
            if (!read.problems().isEmpty()) {
                return Future.succeededFuture(refused(read.problems()));
            }
            ModuleChange change = ModuleChange.between(live.current(), read.registry());
            if (change.isNone()) {
                LOG.info("Modules: read again, nothing changed; revision {}", live.revision());
                return Future.succeededFuture(new Outcome(live.revision(), change, List.of()));
            }
            int revision = live.replace(read.registry());
            return serve.apply(read.registry()).map(v -> {
                LOG.info("Modules: {}; revision {}", change, revision);
                read.registry().modules().stream()
                        .filter(m -> change.added().contains(m.id()) || change.changed().contains(m.id()))
                        .forEach(m -> m.forwarding().exceptions().forEach(e -> LOG.warn("Module {}: {}", m.id(), e)));
                return new Outcome(revision, change, List.of());
            });
        }).recover(failure -> {
            LOG.error("The module list could not be read again", failure);
            return Future.succeededFuture(refused(List.of(new Problem(
                    config.file().toString(), "the list could not be read; the edge's log has the reason", "a readable file"))));
        });
    }

    private Outcome refused(List<Problem> problems) {
        LOG.error("Modules: the changed list is refused, revision {} goes on: {}", live.revision(), problems);
        return new Outcome(live.revision(), NOTHING, problems);
    }

    private Read read() {
        ConfigProblems problems = new ConfigProblems();
        if (!Files.exists(config.file())) {
            // At a start in development it means none; while people use them it means that somebody is moving files.
            problems.add(config.file().toString(), "the list is not there", "a list; `modules: []` for none");
        }
        List<Module> modules = ModulesFile.read(config, problems);
        new ModuleIntegrity(config, ModuleLock.read(config.lockFile(), new ConfigProblems())).check(modules, problems);
        return new Read(new ModuleRegistry(problems.isEmpty() ? modules : List.of()), problems.all());
    }

    /** Changes whenever the list or its lock does. */
    private String fingerprint() {
        return fingerprint(config.file()) + fingerprint(config.lockFile());
    }

    private static String fingerprint(Path file) {
        try {
            return Files.getLastModifiedTime(file).toMillis() + ":" + Files.size(file) + ":"
                    + Files.readAttributes(file, "unix:ino").get("ino") + ";";
        } catch (IOException e) {
            return "absent;";
        }
    }
}
