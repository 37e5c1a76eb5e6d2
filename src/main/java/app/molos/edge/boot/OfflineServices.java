package app.molos.edge.boot;

import app.molos.edge.auth.AccountParts;
import app.molos.edge.auth.AdminService;
import app.molos.edge.auth.Invitations;
import app.molos.edge.auth.SetupToken;
import app.molos.edge.auth.VerificationStore;
import app.molos.edge.backup.MovedAway;
import app.molos.edge.config.ExitCode;
import app.molos.edge.config.Refusal;
import app.molos.edge.db.Connector;
import app.molos.edge.db.Database;
import app.molos.edge.db.DatabaseConfig;
import app.molos.edge.db.DatabaseFailure;
import app.molos.edge.db.migration.MigrationMutex;
import app.molos.edge.db.migration.Migrator;
import app.molos.edge.intrusion.BanRegister;
import app.molos.edge.passwords.PasswordHasher;
import app.molos.edge.session.SessionService;
import app.molos.edge.session.SessionStore;
import app.molos.edge.users.Ids;
import app.molos.edge.users.UserStore;
import app.molos.edge.web.HttpError;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.security.SecureRandom;
import java.sql.SQLException;
import java.time.Clock;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;

/**
 * The services that work on the database alone, for commands: no listener, no mail. A running edge beside it sees what
 * was done within a second.
 */
public record OfflineServices(
        AdminService admin,
        SessionService sessions,
        Invitations invitations,
        UserStore users,
        SetupToken setupToken,
        BanRegister bans) {
    private static final int LIMIT_SECONDS = 60;

    /**
     * Runs the work and closes everything; refusals become the command's. Does not touch a database that needs
     * migrating.
     */
    public static <T> T run(EdgeConfig config, Function<OfflineServices, Future<T>> work) {
        Migrator migrator = new Migrator(config.database(), phase -> {});
        if (!migrator.state().pending().isEmpty()) {
            throw new Refusal(
                    ExitCode.PENDING,
                    "The database " + config.database().url() + " is not at this version yet." + System.lineSeparator()
                            + "    run `migrate apply` first, or start the edge once");
        }
        // Nobody restores or moves the database between the look at it and the last write.
        MigrationMutex turn = migrator.turn();
        try {
            MovedAway.demandHere(config.database());
            return open(config, work);
        } finally {
            turn.close();
        }
    }

    private static <T> T open(EdgeConfig config, Function<OfflineServices, Future<T>> work) {
        recover(config.database());
        Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
        SecureRandom random = new SecureRandom();
        Database database = Database.open(vertx, config.database());
        try (PasswordHasher hasher =
                new PasswordHasher(vertx, random, config.accounts().passwords())) {
            Ids ids = new Ids(random);
            Clock clock = Clock.systemUTC();
            UserStore users = new UserStore(database);
            VerificationStore verifications = new VerificationStore(database);
            SessionService sessions = new SessionService(
                    database, new SessionStore(database), config.accounts().session(), ids, clock);
            AccountParts parts = new AccountParts(database, users, sessions, verifications, hasher, ids, clock);
            OfflineServices services = new OfflineServices(
                    new AdminService(parts),
                    sessions,
                    new Invitations(
                            verifications,
                            config.site().origin(),
                            config.accounts().auth(),
                            ids,
                            clock),
                    users,
                    new SetupToken(verifications, ids, config.accounts().auth().setupTokenLife(), clock),
                    new BanRegister(
                            database,
                            config.accounts().defence().intrusion(),
                            config.site().trustedProxies(),
                            clock));
            return await(work.apply(services));
        } finally {
            // One by one: a chain would hang, because its event loop is gone before the last step is told.
            await(database.close().otherwiseEmpty());
            await(vertx.close());
        }
    }

    private static void recover(DatabaseConfig database) {
        try {
            new Connector(database.url(), database.queryTimeout()).recover();
        } catch (SQLException e) {
            throw new Refusal(ExitCode.DATABASE, database.url() + " cannot be opened: " + e.getMessage());
        }
    }

    private static <T> T await(Future<T> future) {
        try {
            return future.toCompletionStage().toCompletableFuture().get(LIMIT_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Refusal refusal) {
                throw refusal;
            }
            if (e.getCause() instanceof HttpError error) {
                throw new Refusal(ExitCode.REFUSED, error.text());
            }
            if (e.getCause() instanceof DatabaseFailure) {
                throw new Refusal(
                        ExitCode.DATABASE,
                        "The database did not do it: " + e.getCause().getCause());
            }
            throw new IllegalStateException(e.getCause());
        } catch (TimeoutException e) {
            throw new Refusal(ExitCode.DATABASE, "The database did not answer within " + LIMIT_SECONDS + " s.");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Refusal(ExitCode.UNEXPECTED, "Interrupted.");
        }
    }
}
