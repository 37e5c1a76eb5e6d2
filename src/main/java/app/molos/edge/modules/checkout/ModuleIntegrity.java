package app.molos.edge.modules.checkout;

import app.molos.edge.config.ConfigProblems;
import app.molos.edge.config.Refusal;
import app.molos.edge.modules.Checkouts;
import app.molos.edge.modules.FileListing;
import app.molos.edge.modules.Manifest;
import app.molos.edge.modules.Module;
import app.molos.edge.modules.ModuleLock;
import app.molos.edge.modules.ModulesConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether the code behind each path is the code that was pinned: the tag of the list, the commit and the files of the
 * lock, the version that the code says it is. Production only; in development code moves. Blocking.
 */
public final class ModuleIntegrity {
    private static final Logger LOG = LoggerFactory.getLogger(ModuleIntegrity.class);
    private static final int PARALLEL = 8;

    private final ModulesConfig config;
    private final ModuleLock lock;
    private final Checkouts checkouts;

    public ModuleIntegrity(ModulesConfig config, ModuleLock lock) {
        this.config = config;
        this.lock = lock;
        this.checkouts = config.checkouts();
    }

    /** Everything that is wrong, all modules at once; repositories are asked too if the configuration says so. */
    public void check(List<Module> modules, ConfigProblems problems) {
        check(modules, true, problems);
    }

    /**
     * Checks all modules at once, and adds everything that is wrong.
     *
     * @param asksRepositories false: they are left alone, whatever the configuration says
     */
    public void check(List<Module> modules, boolean asksRepositories, ConfigProblems problems) {
        if (!config.mode().isProduction()) {
            return;
        }
        List<Module> locked = new ArrayList<>();
        for (Module module : modules) {
            if (module.isEnabled() && module.source().isPresent()) {
                checkLocal(module, module.source().get(), problems).ifPresent(locked::add);
            }
        }
        if (asksRepositories && config.fetching().checksTags()) {
            checkTags(locked, problems);
        }
    }

    /** The module, when its lock is good enough to compare its tag with the repository's. */
    private Optional<Module> checkLocal(Module module, Module.Source source, ConfigProblems problems) {
        String id = module.id();
        String where = config.lockFile().toString();
        Optional<ModuleLock.Entry> entry = lock.find(id);
        if (entry.isEmpty()) {
            problems.add(where, id + ": nothing says which code " + source.ref() + " is", "molos-edge modules fetch");
            return Optional.empty();
        }
        if (!entry.get().tag().equals(source.ref())) {
            problems.add(
                    where,
                    id + ": the list pins " + source.ref() + ", the lock has "
                            + entry.get().tag() + " (" + entry.get().shortCommit() + ")",
                    "molos-edge modules update " + id + " " + source.ref());
            return Optional.empty();
        }
        String commit = entry.get().commit();
        if (checkouts.has(id, commit)) {
            checkFiles(id, entry.get(), problems);
            Manifest.check(checkouts.directory(id, commit), id, source.ref(), problems);
        } else if (!(module.target() instanceof Module.Target.Upstream)) {
            problems.add(
                    checkouts.directory(id, commit).toString(),
                    id + ": its code is not here",
                    "molos-edge modules fetch");
        }
        return Optional.of(module);
    }

    private void checkFiles(String id, ModuleLock.Entry entry, ConfigProblems problems) {
        Path directory = checkouts.directory(id, entry.commit());
        try {
            FileListing found = FileListing.of(directory);
            if (!found.digest().equals(entry.digest())) {
                String what = checkouts
                        .listing(id, entry.commit())
                        .filter(listing -> listing.digest().equals(entry.digest()))
                        .map(listing -> listing.differenceTo(found).toString())
                        .orElse("which files, is not known any more");
                problems.add(
                        directory.toString(),
                        id + ": the files are not those that were locked: " + what,
                        "molos-edge modules fetch");
            }
        } catch (IOException e) {
            problems.add(directory.toString(), id + ": its files cannot be read", "molos-edge modules fetch");
        }
    }

    /** All at once, each with its deadline: one repository that does not answer must not hold the start. */
    private void checkTags(List<Module> modules, ConfigProblems problems) {
        if (modules.isEmpty()) {
            return;
        }
        ExecutorService asking = Executors.newFixedThreadPool(Math.min(PARALLEL, modules.size()), task -> {
            Thread thread = new Thread(task, "edge-tags");
            thread.setDaemon(true);
            return thread;
        });
        try {
            List<Callable<Optional<String>>> questions = modules.stream()
                    .map(module -> (Callable<Optional<String>>)
                            () -> remote(module, config.fetching().tagTimeout()).resolve())
                    .toList();
            List<Future<Optional<String>>> answers =
                    asking.invokeAll(questions, config.fetching().tagTimeout().toMillis(), TimeUnit.MILLISECONDS);
            for (int i = 0; i < modules.size(); i++) {
                compare(modules.get(i), answers.get(i), problems);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            asking.shutdownNow();
        }
    }

    private void compare(Module module, Future<Optional<String>> answer, ConfigProblems problems)
            throws InterruptedException {
        String id = module.id();
        Module.Source source = module.source().orElseThrow();
        ModuleLock.Entry entry = lock.find(id).orElseThrow();
        try {
            Optional<String> commit = answer.get();
            if (commit.isEmpty()) {
                problems.add(
                        config.lockFile().toString(),
                        id + ": the tag " + source.ref() + " is gone from " + source.repository()
                                + "; the lock has it as " + entry.shortCommit(),
                        "molos-edge modules update " + id + " TAG");
            } else if (!commit.get().equals(entry.commit())) {
                problems.add(
                        config.lockFile().toString(),
                        moved(id, entry, commit.get()),
                        "molos-edge modules update " + id + " " + source.ref() + " --plan");
            }
        } catch (CancellationException e) {
            LOG.warn("Module {}: {} did not say in time whether {} was moved", id, source.repository(), source.ref());
        } catch (ExecutionException e) {
            String reason = e.getCause() instanceof Refusal refusal ? refusal.getMessage() : id + ": " + e.getCause();
            LOG.warn("Whether {} was moved is not known: {}", source.ref(), reason);
        }
    }

    static String moved(String id, ModuleLock.Entry entry, String commit) {
        return id + ": the tag " + entry.tag() + " was moved: it was " + entry.shortCommit()
                + " when it was locked and is " + ModuleLock.shortened(commit) + " now";
    }

    private GitRemote remote(Module module, Duration deadline) {
        Module.Source source = module.source().orElseThrow();
        return new GitRemote(
                module.id(),
                source,
                config.fetching().tokens().of(source.repository()),
                deadline,
                config.fetching().maxBytes());
    }
}
