package app.molos.edge.db;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Properties;
import org.sqlite.SQLiteConfig;

/** Opens plain JDBC connections with the settings each dialect needs. Blocking: worker threads only. */
public final class Connector {
    private final DatabaseUrl url;
    private final Duration queryTimeout;

    public Connector(DatabaseUrl url, Duration queryTimeout) {
        this.url = url;
        this.queryTimeout = queryTimeout;
    }

    /** For serving: the database itself ends a statement that overran the deadline. */
    Connection serving(boolean isWriter) throws SQLException {
        Properties properties = url.properties();
        if (url.dialect() == Dialect.SQLITE) {
            // A reader cannot give a restored file its log back, and may be the first to open it: the writer does.
            SQLiteConfig config = isWriter ? sqlite() : common();
            config.setReadOnly(!isWriter);
            properties = config.toProperties();
        } else {
            properties.setProperty("options", "-c statement_timeout=" + queryTimeout.toMillis());
            // Above the server's own deadline: it only serves a server that went away without a word.
            properties.setProperty("socketTimeout", Long.toString(queryTimeout.toSeconds() + 5));
        }
        return DriverManager.getConnection(url.jdbc(), properties);
    }

    /** For migrations: no statement deadline, but never an endless wait behind another session's lock. */
    public Connection migrating() throws SQLException {
        if (url.dialect() == Dialect.POSTGRESQL) {
            return patient(url.properties());
        }
        SQLiteConfig config = sqlite();
        // With foreign keys on, dropping a table in a rebuild would delete the rows that refer to it, without a
        // word. FlywaySettings checks them before the commit instead.
        config.enforceForeignKeys(false);
        return DriverManager.getConnection(url.jdbc(), config.toProperties());
    }

    /**
     * For a long look at one moment, beside those who write: in a transaction that reads, without a deadline. What it reads
     * first says which moment.
     */
    public Connection snapshot() throws SQLException {
        Properties properties = url.properties();
        if (url.dialect() == Dialect.SQLITE) {
            SQLiteConfig config = sqlite();
            // Its own would have others wait.
            config.setTransactionMode(SQLiteConfig.TransactionMode.DEFERRED);
            properties = config.toProperties();
        }
        Connection connection = url.dialect() == Dialect.SQLITE
                ? DriverManager.getConnection(url.jdbc(), properties)
                : patient(properties);
        try {
            if (url.dialect() == Dialect.SQLITE) {
                try (Statement statement = connection.createStatement()) {
                    statement.execute("PRAGMA query_only = ON");
                }
            } else {
                connection.setReadOnly(true);
                connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            }
            connection.setAutoCommit(false);
            return connection;
        } catch (SQLException e) {
            connection.close();
            throw e;
        }
    }

    /** To PostgreSQL, for what takes long, whatever limits the role was given for those who serve. */
    private Connection patient(Properties properties) throws SQLException {
        properties.setProperty(
                "options", "-c lock_timeout=10000 -c statement_timeout=0 -c idle_in_transaction_session_timeout=0");
        Connection connection = DriverManager.getConnection(url.jdbc(), properties);
        try (Statement statement = connection.createStatement()) {
            // Only from version 17 on; an option of this name would be an error before.
            statement.execute(
                    "SELECT set_config(name, '0', false) FROM pg_settings WHERE name = 'transaction_timeout'");
            return connection;
        } catch (SQLException e) {
            connection.close();
            throw e;
        }
    }

    /** Has what a killed process left in a SQLite file played back, which one that only reads cannot. */
    public void recover() throws SQLException {
        if (url.dialect() == Dialect.SQLITE) {
            try (Connection connection = serving(true);
                    Statement statement = connection.createStatement()) {
                statement.execute("SELECT count(*) FROM sqlite_schema");
            }
        }
    }

    /** To a SQLite file as it is, with the settings of nobody: for who wants to have it alone. */
    public Connection alone() throws SQLException {
        return DriverManager.getConnection(url.jdbc(), url.properties());
    }

    /**
     * For a look that leaves no trace. A SQLite file without a log beside it is opened as immutable (not even a lock is
     * taken). With a log, part of the content is in it: beside a log's index the file is opened read-only; without one,
     * SQLite would put an index there, so a copy is looked at; as it is when a killed process left the journal of a change,
     * which has to be taken back first. An index that is there is never removed: another process may have opened the file a
     * moment ago and would lose sight of the others.
     */
    public Connection looking() throws SQLException {
        if (url.dialect() == Dialect.POSTGRESQL) {
            return DriverManager.getConnection(url.jdbc(), url.properties());
        }
        return looking(Objects.requireNonNull(url.file()).toAbsolutePath());
    }

    public static Connection looking(Path file) throws SQLException {
        boolean hasLog = Files.exists(Path.of(file + "-wal"));
        boolean isHalfWritten = Files.exists(Path.of(file + "-journal"));
        if (isHalfWritten || (hasLog && !Files.exists(Path.of(file + "-shm")))) {
            return reading(copy(file), "?mode=rw");
        }
        return reading(file, hasLog ? "?mode=ro" : "?immutable=1");
    }

    private static Connection reading(Path file, String mode) throws SQLException {
        SQLiteConfig config = new SQLiteConfig();
        config.setReadOnly(!mode.endsWith("rw"));
        config.setBusyTimeout(5000);
        return DriverManager.getConnection(
                "jdbc:sqlite:file:" + file.toUri().getRawPath() + mode, config.toProperties());
    }

    /** The file and its log in a directory of their own, gone when the process ends. */
    private static Path copy(Path file) throws SQLException {
        try {
            Path directory = Files.createTempDirectory("molos-edge-look");
            Path copy = directory.resolve("copy.db");
            directory.toFile().deleteOnExit();
            for (String suffix : List.of("-wal", "-shm", "-journal", "")) {
                Path.of(copy + suffix).toFile().deleteOnExit();
            }
            Files.copy(file, copy);
            for (String suffix : List.of("-wal", "-journal")) {
                if (Files.exists(Path.of(file + suffix))) {
                    Files.copy(Path.of(file + suffix), Path.of(copy + suffix));
                }
            }
            return copy;
        } catch (NoSuchFileException e) {
            // Another process finished with the log between the look and the copy: the same as a busy file, try again.
            throw new SQLException("the log of the database went away", null, 5);
        } catch (IOException e) {
            throw new SQLException("the database cannot be copied to be looked at", e);
        }
    }

    private static SQLiteConfig sqlite() {
        SQLiteConfig config = common();
        config.setJournalMode(SQLiteConfig.JournalMode.WAL);
        return config;
    }

    private static SQLiteConfig common() {
        SQLiteConfig config = new SQLiteConfig();
        // FULL: an acknowledged sign-up must survive a power cut; writes are few, reads do not pay for it.
        config.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
        config.setBusyTimeout(5000);
        config.enforceForeignKeys(true);
        config.setTransactionMode(SQLiteConfig.TransactionMode.IMMEDIATE);
        return config;
    }
}
