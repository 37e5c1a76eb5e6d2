package app.molos.edge.db;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import app.molos.edge.testing.Databases;
import app.molos.edge.testing.Postgres;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The pool on both databases, and each guard against vertx-jdbc-client 5.0.7 shown to be needed. */
class DatabaseIT {
    @TempDir
    Path directory;

    private final Vertx vertx = Vertx.vertx();

    @AfterEach
    void close() throws Exception {
        vertx.close().await(20, TimeUnit.SECONDS);
    }

    @ParameterizedTest
    @EnumSource(Databases.class)
    void write_afterATransaction_isKept(Databases kind) throws Exception {
        assertThat(valueAfterTransactionAndWrite(config(kind), source -> source))
                .isEqualTo(2);
    }

    /** The defect itself: without the guard the same steps lose the write. When this fails, the guard can go. */
    @ParameterizedTest
    @EnumSource(Databases.class)
    void write_afterATransaction_withoutTheGuard_isLost(Databases kind) throws Exception {
        DatabaseConfig config = config(kind);
        Connector connector = new Connector(config.url(), config.queryTimeout());
        assertThat(valueAfterTransactionAndWrite(config, source -> new Unguarded(connector)))
                .isEqualTo(1);
    }

    private long valueAfterTransactionAndWrite(DatabaseConfig config, UnaryOperator<DataSource> wrapping)
            throws Exception {
        // One connection, so that the write certainly meets the one that the transaction left behind.
        Database database = Database.open(vertx, config, wrapping);
        await(database.write("CREATE TABLE counter (id INTEGER PRIMARY KEY, value INTEGER NOT NULL)"));
        await(database.inTransaction(sql -> sql.update("INSERT INTO counter VALUES (1, 1)")));
        for (int i = 0; i < config.poolSize(); i++) {
            await(database.inTransaction(sql -> sql.query("SELECT 1 AS one")));
        }
        await(database.write("UPDATE counter SET value = 2 WHERE id = 1"));
        await(database.close());
        Database again = Database.open(vertx, config);
        try {
            return await(again.read("SELECT value FROM counter")).get(0).number("value");
        } finally {
            await(again.close());
        }
    }

    @ParameterizedTest
    @EnumSource(Databases.class)
    void transaction_thatFails_leavesNothing_andTheConnectionUsable(Databases kind) throws Exception {
        Database database = Database.open(vertx, config(kind));
        await(database.write("CREATE TABLE t (id TEXT PRIMARY KEY)"));
        await(database.write("INSERT INTO t VALUES (?)", "a"));
        for (int i = 0; i < 10; i++) {
            assertThatThrownBy(() -> await(database.inTransaction(sql -> sql.update("INSERT INTO t VALUES (?)", "b")
                            .compose(n -> sql.update("INSERT INTO t VALUES (?)", "a")))))
                    .isInstanceOf(UniqueViolation.class);
            assertThatThrownBy(() -> await(database.read("SELECT nonsense FROM t")))
                    .isInstanceOf(DatabaseFailure.class);
        }
        List<Row> kept = await(database.read("SELECT id FROM t"));
        assertThat(kept).hasSize(1);
        assertThat(await(database.write("INSERT INTO t VALUES (?)", "c"))).isEqualTo(1);
        await(database.close());
    }

    @ParameterizedTest
    @EnumSource(Databases.class)
    void returning_givesRows(Databases kind) throws Exception {
        Database database = Database.open(vertx, config(kind));
        await(database.write("CREATE TABLE t (id TEXT PRIMARY KEY)"));
        List<Row> rows = await(database.inTransaction(
                sql -> sql.query("INSERT INTO t VALUES (?), (?) ON CONFLICT DO NOTHING RETURNING id", "a", "b")));
        assertThat(rows).extracting(r -> r.text("id")).containsExactly("a", "b");
        List<Row> none = await(database.inTransaction(
                sql -> sql.query("INSERT INTO t VALUES (?) ON CONFLICT DO NOTHING RETURNING id", "a")));
        assertThat(none).isEmpty();
        await(database.close());
    }

    @ParameterizedTest
    @EnumSource(Databases.class)
    void fourHundredTransactionsAtOnce_allSucceed(Databases kind) throws Exception {
        Database database = Database.open(vertx, config(kind, Duration.ofSeconds(30)));
        await(database.write("CREATE TABLE counter (id INTEGER PRIMARY KEY, value INTEGER NOT NULL)"));
        await(database.write("INSERT INTO counter VALUES (1, 0)"));
        List<Future<Integer>> all = new ArrayList<>();
        for (int i = 0; i < 400; i++) {
            all.add(database.inTransaction(sql -> sql.query("SELECT value FROM counter")
                    .compose(rows -> sql.update("UPDATE counter SET value = value + 1 WHERE id = 1"))));
        }
        await(Future.all(all));
        assertThat(await(database.read("SELECT value FROM counter")).get(0).number("value"))
                .isEqualTo(400);
        await(database.close());
    }

    @Test
    void statement_beyondItsDeadline_fails() throws Exception {
        Database database = Database.open(vertx, config(Databases.POSTGRESQL, Duration.ofMillis(300)));
        long start = System.nanoTime();
        assertThatThrownBy(() -> await(database.read("SELECT pg_sleep(20)"))).isInstanceOf(DatabaseFailure.class);
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(3));
        await(database.close());
    }

    /** A server that really stops and starts again on the same data and port. */
    @Test
    void postgresRestart_firstGoodQueryWithinTwoSeconds() throws Exception {
        assertThat(goodAfterRestart(source -> source, Duration.ofSeconds(2))).isTrue();
    }

    /** The defect itself: without the guard the pool keeps its dead connections. When this fails, the guard can go. */
    @Test
    @Tag("long")
    void postgresRestart_withoutTheGuard_neverRecovers() throws Exception {
        assertThat(goodAfterRestart(null, Duration.ofSeconds(3))).isFalse();
    }

    private boolean goodAfterRestart(UnaryOperator<DataSource> wrapping, Duration limit) throws Exception {
        int port = app.molos.edge.testing.JarProcess.freePort();
        Path data = directory.resolve("pg" + port);
        EmbeddedPostgres first = restartable(data, port);
        DatabaseConfig config = config(
                DatabaseUrl.parse("postgresql://postgres@127.0.0.1:" + port + "/postgres"), Duration.ofSeconds(5));
        Connector connector = new Connector(config.url(), config.queryTimeout());
        Database database =
                Database.open(vertx, config, wrapping == null ? source -> new Unguarded(connector) : wrapping);
        // As many as the pool holds: each of its connections is open and will be dead.
        List<Future<Void>> warm = new ArrayList<>();
        for (int i = 0; i < config.poolSize() * 2; i++) {
            warm.add(database.ping());
        }
        await(Future.all(warm));
        first.close();
        EmbeddedPostgres second = restartable(data, port);
        try {
            long deadline = System.nanoTime() + limit.toNanos();
            while (System.nanoTime() < deadline) {
                if (database.ping()
                        .transform(done -> Future.succeededFuture(done.succeeded()))
                        .await(10, TimeUnit.SECONDS)) {
                    return true;
                }
            }
            return false;
        } finally {
            database.close().otherwiseEmpty().await(20, TimeUnit.SECONDS);
            second.close();
        }
    }

    private static EmbeddedPostgres restartable(Path data, int port) throws Exception {
        return EmbeddedPostgres.builder()
                .setDataDirectory(data)
                .setCleanDataDirectory(false)
                .setPort(port)
                .start();
    }

    private DatabaseConfig config(Databases kind) {
        return config(kind, Duration.ofSeconds(5));
    }

    private DatabaseConfig config(Databases kind, Duration queryTimeout) {
        directory.resolve("data").toFile().mkdirs();
        return config(DatabaseUrl.parse(kind.url(directory)), queryTimeout);
    }

    private DatabaseConfig config(DatabaseUrl url, Duration queryTimeout) {
        return new DatabaseConfig(directory, url, Duration.ofSeconds(5), queryTimeout, 4, Optional.empty());
    }

    private static <T> T await(Future<T> future) {
        try {
            return future.await(40, TimeUnit.SECONDS);
        } catch (java.util.concurrent.TimeoutException e) {
            throw new AssertionError(e);
        }
    }

    /** What the client would get if nothing stood between it and the driver. */
    private static final class Unguarded extends ConnectionSource {
        private final Connector connector;

        Unguarded(Connector connector) {
            this.connector = connector;
        }

        @Override
        public java.sql.Connection getConnection() throws java.sql.SQLException {
            return connector.serving(true);
        }
    }

    static {
        // Starts the shared server before the first measured step.
        Postgres.newDatabase();
    }
}
