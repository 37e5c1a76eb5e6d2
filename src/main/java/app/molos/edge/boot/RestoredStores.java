package app.molos.edge.boot;

import app.molos.edge.backup.RealStores;
import app.molos.edge.db.Database;
import app.molos.edge.db.DatabaseConfig;
import app.molos.edge.db.migration.Migrator;
import app.molos.edge.session.SessionStore;
import app.molos.edge.users.UserStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Reads the newest user and the newest session of a restored database as a request would. Blocking. */
public final class RestoredStores implements RealStores {
    /** The newest session is looked for without an index. */
    private static final Duration LIMIT = Duration.ofMinutes(2);

    private final @Nullable Vertx running;

    private RestoredStores(@Nullable Vertx running) {
        this.running = running;
    }

    /** For a command, in which nothing runs. */
    public static RestoredStores alone() {
        return new RestoredStores(null);
    }

    /** For a worker of a running edge. */
    static RestoredStores in(Vertx running) {
        return new RestoredStores(running);
    }

    @Override
    public void read(DatabaseConfig restored) throws SQLException {
        if (running != null) {
            read(running, restored);
            return;
        }
        Vertx vertx = Vertx.vertx(
                new VertxOptions().setEventLoopPoolSize(1).setWorkerPoolSize(2).setInternalBlockingPoolSize(1));
        try {
            read(vertx, restored);
        } finally {
            demand("connection", vertx.close().otherwiseEmpty());
        }
    }

    private static void read(Vertx vertx, DatabaseConfig restored) throws SQLException {
        // The program reads what it has migrated; an archive may be older.
        Migrator migrator = new Migrator(restored, phase -> {});
        if (!migrator.state().pending().isEmpty()) {
            migrator.migrate();
        }
        Database database = Database.open(vertx, restored.unhurried(LIMIT));
        try {
            demand("user", new UserStore(database).newest());
            demand("session", new SessionStore(database).readNewest());
        } finally {
            demand("connection", database.close().otherwiseEmpty());
        }
    }

    private static void demand(String what, Future<?> read) throws SQLException {
        try {
            read.toCompletionStage().toCompletableFuture().get(LIMIT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            Throwable root = e;
            while (root.getCause() != null) {
                root = root.getCause();
            }
            throw new SQLException("gives a database whose newest " + what + " cannot be read: " + root, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SQLException("was not looked at to the end", e);
        }
    }
}
