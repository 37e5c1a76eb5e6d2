package app.molos.edge.modules.reload;

import app.molos.edge.config.ConfigProblems;
import app.molos.edge.config.ConfigProblems.Problem;
import app.molos.edge.modules.Module;
import app.molos.edge.modules.ModuleLock;
import app.molos.edge.modules.ModuleRegistry;
import app.molos.edge.modules.ModulesConfig;
import app.molos.edge.modules.ModulesFile;
import app.molos.edge.modules.checkout.ModuleIntegrity;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.nio.file.Files;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the module list again while the edge runs: what it says is checked whole, as at a start, and then served whole
 * or not at all. One at a time; thread-safe.
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

    private final ModulesConfig config;
    private final LiveModules live;
    private final Function<ModuleRegistry, Future<Void>> serve;
    private final WorkerExecutor worker;
    private Future<Outcome> last = Future.succeededFuture();
    /** Asked for, and not begun yet: further callers share it, because it will read what there is then. */
    private @Nullable Future<Outcome> next;

    private volatile List<Problem> said = List.of();

    /**
     * @param serve makes everything that serves go over to other modules; called with the old ones again when it fails
     */
    public ModuleReload(
            Vertx vertx, ModulesConfig config, LiveModules live, Function<ModuleRegistry, Future<Void>> serve) {
        this.config = config;
        this.live = live;
        this.serve = serve;
        // Of its own: a repository that is slow to say where its tag is must not keep sign-ins waiting.
        this.worker = vertx.createSharedWorkerExecutor(
                "edge-reload", 1, config.fetching().timeout().toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Applies what the list says now. Never fails; what is wrong is in the outcome. */
    public synchronized Future<Outcome> run() {
        if (next != null) {
            return next;
        }
        Promise<Outcome> mine = Promise.promise();
        Future<Outcome> before = last;
        next = mine.future();
        last = mine.future();
        before.onComplete(done -> begin(mine));
        return mine.future();
    }

    private synchronized void begin(Promise<Outcome> mine) {
        next = null;
        reload().onComplete(mine);
    }

    public Future<Void> close() {
        return worker.close();
    }

    private Future<Outcome> reload() {
        return worker.executeBlocking(this::read)
                .compose(read -> {
                    if (!read.problems().isEmpty()) {
                        return Future.succeededFuture(refused(read.problems()));
                    }
                    ModuleChange change = ModuleChange.between(live.current(), read.registry());
                    if (change.isNone()) {
                        if (!said.isEmpty()) {
                            LOG.info("Modules: the list says again what is served; revision {}", live.revision());
                        }
                        said = List.of();
                        return Future.succeededFuture(new Outcome(live.revision(), change, List.of()));
                    }
                    return apply(read.registry())
                            .map(v -> applied(live.replace(read.registry()), change, read.registry()));
                })
                .recover(failure -> {
                    LOG.error("The module list could not be read and applied", failure);
                    return Future.succeededFuture(refused(List.of(new Problem(
                            config.file().toString(),
                            "the list could not be applied; the edge's log has the reason",
                            "a readable file"))));
                });
    }

    private Future<Void> apply(ModuleRegistry registry) {
        return serve.apply(registry)
                .timeout(config.fetching().timeout().toMillis(), TimeUnit.MILLISECONDS)
                .recover(failure -> serve.apply(live.current())
                        .onFailure(e -> LOG.error("Not every event loop went back to the modules from before", e))
                        .transform(done -> Future.failedFuture(failure)));
    }

    private Outcome applied(int revision, ModuleChange change, ModuleRegistry registry) {
        said = List.of();
        LOG.info("Modules: {}; revision {}", change, revision);
        registry.modules().stream()
                .filter(m -> change.added().contains(m.id()) || change.changed().contains(m.id()))
                .forEach(m -> m.forwarding().exceptions().forEach(e -> LOG.warn("Module {}: {}", m.id(), e)));
        return new Outcome(revision, change, List.of());
    }

    private Outcome refused(List<Problem> problems) {
        if (!problems.equals(said)) {
            LOG.error("Modules: the changed list is refused, revision {} goes on: {}", live.revision(), problems);
        }
        said = problems;
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
}
