package app.molos.edge.modules.checkout;

import app.molos.edge.config.ConfigProblems;
import app.molos.edge.config.Refusal;
import app.molos.edge.modules.Module;
import app.molos.edge.modules.ModuleLock;
import app.molos.edge.modules.ModulesConfig;
import app.molos.edge.modules.ModulesFile;
import java.time.Clock;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings code that is locked and not here, as after a move to an empty data directory: the lock says which commit and
 * which files it must be, so nothing is taken on trust. What the lock does not know stays the operator's to decide.
 * Edges that start together wait for the one that brings it. Blocking.
 */
public final class MissingModuleFetcher {
    private static final Logger LOG = LoggerFactory.getLogger(MissingModuleFetcher.class);

    private final ModulesConfig config;
    private final ModuleLock lock;

    public MissingModuleFetcher(ModulesConfig config, ModuleLock lock) {
        this.config = config;
        this.lock = lock;
    }

    /**
     * The modules as they are when everything is here that could be brought; without those that could not.
     *
     * @param modules what the list says; it has no problems
     * @param problems gets what could not be brought, and why
     */
    public List<Module> fetch(List<Module> modules, FetchProgress progress, ConfigProblems problems) {
        if (modules.stream().noneMatch(this::wouldBring)) {
            return modules;
        }
        Set<String> failed = new HashSet<>();
        try (ModuleFetcher fetcher =
                new ModuleFetcher(config, Clock.systemUTC(), config.fetching().timeout())) {
            for (Module module : modules) {
                if (isMissing(module) && !isBrought(fetcher, module, progress, problems)) {
                    failed.add(module.id());
                }
            }
        }
        return ModulesFile.read(config, lock, problems).stream()
                .filter(module -> !failed.contains(module.id()))
                .toList();
    }

    private boolean isBrought(ModuleFetcher fetcher, Module module, FetchProgress progress, ConfigProblems problems) {
        String id = module.id();
        try {
            ModuleFetcher.Fetched fetched = fetcher.fetch(module, lock.find(id), progress);
            LOG.info(
                    "Module {}: fetched {} ({}), as locked",
                    id,
                    fetched.entry().tag(),
                    fetched.entry().shortCommit());
            return true;
        } catch (Refusal refusal) {
            problems.add(
                    config.checkouts()
                            .directory(id, lock.find(id).orElseThrow().commit())
                            .toString(),
                    id + ": its code is not here; " + refusal.getMessage().replaceFirst("^" + id + ": ", ""),
                    "");
            return false;
        }
    }

    /** Whether a start would fetch this module's code. */
    public boolean wouldBring(Module module) {
        return config.mode().isProduction() && config.fetching().isAtStart() && isMissing(module);
    }

    private boolean isMissing(Module module) {
        return module.isEnabled()
                && !(module.target() instanceof Module.Target.Upstream)
                && module.source()
                        .flatMap(source -> lock.find(module.id())
                                .filter(entry -> entry.tag().equals(source.ref())))
                        .filter(entry -> !config.checkouts().has(module.id(), entry.commit()))
                        .isPresent();
    }
}
