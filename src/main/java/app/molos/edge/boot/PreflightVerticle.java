package app.molos.edge.boot;

import app.molos.edge.backup.MovedAway;
import app.molos.edge.config.ConfigProblems;
import app.molos.edge.db.DatabaseConfig;
import app.molos.edge.db.migration.MigrationMutex;
import app.molos.edge.db.migration.Migrator;
import app.molos.edge.health.Node;
import app.molos.edge.modules.Module;
import app.molos.edge.modules.ModuleLock;
import app.molos.edge.modules.ModulesConfig;
import app.molos.edge.modules.ModulesFile;
import app.molos.edge.modules.checkout.MissingModuleFetcher;
import app.molos.edge.modules.checkout.ModuleIntegrity;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A worker verticle: validates the modules, fetches what is locked and not here, and runs the migrations. No HTTP
 * verticle is deployed before it has succeeded; its failure is the failure of the boot. Runs on one worker; asked from
 * any thread.
 */
final class PreflightVerticle extends VerticleBase {
    private final ModulesConfig modulesConfig;
    private final DatabaseConfig database;
    private final Migrator migrator;
    private final Node node;
    private List<Module> modules = List.of();
    private int migrated;
    private volatile @Nullable MigrationMutex turn;
    private volatile boolean isFetching;

    PreflightVerticle(ModulesConfig modulesConfig, DatabaseConfig database, Migrator migrator, Node node) {
        this.modulesConfig = modulesConfig;
        this.database = database;
        this.migrator = migrator;
        this.node = node;
    }

    /** Blocking, as is right on a worker. */
    @Override
    public Future<?> start() {
        node.say("checking modules");
        ConfigProblems problems = new ConfigProblems();
        // One reading of the lock: what is compared with it is what is served, even if it is written meanwhile.
        ModuleLock lock = ModuleLock.read(modulesConfig.lockFile(), problems);
        modules = ModulesFile.read(modulesConfig, lock, problems);
        if (problems.isEmpty()) {
            isFetching = true;
            node.say("looking for module code that is not here");
            modules = new MissingModuleFetcher(modulesConfig, lock).fetch(modules, this::fetching, problems);
            isFetching = false;
        }
        new ModuleIntegrity(modulesConfig, lock).check(modules, problems);
        problems.throwIfAny();
        turn = migrator.turn();
        migrated = migrator.migrateInTurn(Integer.MAX_VALUE);
        MovedAway.demandHere(database);
        return Future.succeededFuture();
    }

    /** Whether code is being fetched: nothing is open yet, and what is half here is thrown away by the next fetch. */
    boolean isFetching() {
        return isFetching;
    }

    private void fetching(String id, String what) {
        node.say("fetching module " + id + ": " + what);
    }

    List<Module> modules() {
        return modules;
    }

    int migrated() {
        return migrated;
    }

    /**
     * Lets those in who restore or move a database: until the edge has opened it, they could not see that it is used. Also after a
     * failure. Blocking.
     */
    void endTurn() {
        MigrationMutex held = turn;
        turn = null;
        if (held != null) {
            held.close();
        }
    }
}
