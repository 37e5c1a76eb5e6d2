package app.molos.edge.db;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.jdbcclient.JDBCPool;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PoolOptions;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * The pool, and the only class that knows the SQL client. Every call has a deadline and a bounded queue, and fails with
 * {@link UniqueViolation} or {@link DatabaseFailure}, nothing else. Thread-safe.
 */
public final class Database {
    /** Waiters beyond this are refused at once: more could not be served within any sensible deadline. */
    private static final int MAX_WAITING = 2000;

    private final Pool writer;
    private final Pool reader;
    private final Dialect dialect;
    private final Duration deadline;

    private volatile boolean hasNoSpace;
    private volatile Runnable unreachable = () -> {};

    private Database(Pool writer, Pool reader, Dialect dialect, Duration deadline) {
        this.writer = writer;
        this.reader = reader;
        this.dialect = dialect;
        this.deadline = deadline;
    }

    /** Makes the pools; the first connection is opened by the first use. */
    public static Database open(Vertx vertx, DatabaseConfig config) {
        return open(vertx, config, source -> source);
    }

    /** For tests of the guards: {@code wrapping} may hand the client something else than the guarded source. */
    static Database open(Vertx vertx, DatabaseConfig config, UnaryOperator<DataSource> wrapping) {
        Connector connector = new Connector(config.url(), config.queryTimeout());
        Dialect dialect = config.url().dialect();
        DataSource writing = wrapping.apply(new GuardedDataSource(() -> connector.serving(true)));
        if (dialect == Dialect.POSTGRESQL) {
            Pool pool = JDBCPool.pool(vertx, writing, options("database", config.poolSize(), config.queryTimeout()));
            return new Database(pool, pool, dialect, config.queryTimeout());
        }
        // SQLite takes one writer; two would meet each other as SQLITE_BUSY whatever the timeout.
        DataSource reading = wrapping.apply(new GuardedDataSource(() -> connector.serving(false)));
        return new Database(
                JDBCPool.pool(vertx, writing, options("database-writer", 1, config.queryTimeout())),
                JDBCPool.pool(
                        vertx, reading, options("database-readers", config.poolSize() - 1, config.queryTimeout())),
                dialect,
                config.queryTimeout());
    }

    private static PoolOptions options(String name, int size, Duration wait) {
        return new PoolOptions()
                .setName(name)
                .setMaxSize(size)
                .setMaxWaitQueueSize(MAX_WAITING)
                .setConnectionTimeout((int) wait.toMillis())
                .setConnectionTimeoutUnit(TimeUnit.MILLISECONDS);
    }

    public Dialect dialect() {
        return dialect;
    }

    /** Rows of a SELECT outside any transaction. */
    public Future<List<Row>> read(String sql, @Nullable Object... arguments) {
        return bounded(reader.preparedQuery(sql).execute(tuple(arguments))).map(Database::rows);
    }

    /** One writing statement, committed when the future succeeds; the number of rows changed. */
    public Future<Integer> write(String sql, @Nullable Object... arguments) {
        return noted(bounded(writer.preparedQuery(sql).execute(tuple(arguments))))
                .map(RowSet::rowCount);
    }

    /** Runs the work in one transaction: committed when its future succeeds, rolled back when it fails. */
    public <T> Future<T> inTransaction(Function<Sql, Future<T>> work) {
        return noted(bounded(writer.withTransaction(connection -> work.apply(new Statements(connection)))));
    }

    /** Whether the last write that said anything about it failed because the disk is full. */
    boolean ranOutOfSpace() {
        return hasNoSpace;
    }

    private <T> Future<T> noted(Future<T> written) {
        return written.onComplete(done -> {
            if (done.succeeded()) {
                if (hasNoSpace) {
                    hasNoSpace = false;
                }
            } else if (DiskFull.is(done.cause())) {
                hasNoSpace = true;
            }
        });
    }

    /**
     * Tells of every statement that fails because nobody answers.
     *
     * @param then runs on any thread
     */
    public void whenUnreachable(Runnable then) {
        unreachable = then;
    }

    /** Succeeds when the database answers a query. */
    public Future<Void> ping() {
        return read("SELECT 1 AS one").mapEmpty();
    }

    /** Ends the pools; statements in flight finish first. */
    public Future<Void> close() {
        return reader == writer
                ? writer.close()
                : Future.join(reader.close(), writer.close()).mapEmpty();
    }

    private <T> Future<T> bounded(Future<T> future) {
        return future.timeout(deadline.toMillis(), TimeUnit.MILLISECONDS).recover(failure -> {
            if (isUnreachable(failure)) {
                unreachable.run();
            }
            return Future.failedFuture(translate(failure));
        });
    }

    /** No answer in time, or SQLState 08 (connection) and 57P (the server stops). */
    private static boolean isUnreachable(Throwable failure) {
        for (Throwable t = failure; t != null; t = t.getCause()) {
            String state = t instanceof SQLException sql ? sql.getSQLState() : null;
            if (t instanceof TimeoutException
                    || (state != null && (state.startsWith("08") || state.startsWith("57P")))) {
                return true;
            }
        }
        return false;
    }

    private static Throwable translate(Throwable failure) {
        for (Throwable t = failure; t != null; t = t.getCause()) {
            if (t instanceof SQLException sql && isUnique(sql)) {
                return new UniqueViolation();
            }
            // What a transaction's own work failed with is the caller's, not the database's.
            if (t == failure
                    && t instanceof RuntimeException
                    && t.getClass().getName().startsWith("app.molos.edge")) {
                return t;
            }
        }
        return new DatabaseFailure(failure);
    }

    /** PostgreSQL says so in its SQLState; SQLite has none and says it in the result code and its text. */
    private static boolean isUnique(SQLException e) {
        return "23505".equals(e.getSQLState())
                || ((e.getErrorCode() & 0xFF) == 19
                        && String.valueOf(e.getMessage()).contains("UNIQUE constraint failed"));
    }

    private static Tuple tuple(@Nullable Object... arguments) {
        return Tuple.from(arguments);
    }

    private static List<Row> rows(RowSet<io.vertx.sqlclient.Row> set) {
        List<Row> rows = new ArrayList<>(set.size());
        set.forEach(row -> rows.add(new Row(row)));
        return rows;
    }

    private record Statements(SqlConnection connection) implements Sql {
        @Override
        public Future<List<Row>> query(String sql, @Nullable Object... arguments) {
            return connection.preparedQuery(sql).execute(tuple(arguments)).map(Database::rows);
        }

        @Override
        public Future<Integer> update(String sql, @Nullable Object... arguments) {
            return connection.preparedQuery(sql).execute(tuple(arguments)).map(RowSet::rowCount);
        }
    }
}
