package app.molos.edge.db;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Properties;
import org.sqlite.SQLiteConfig;

/** Opens plain JDBC connections with the settings each dialect needs. Blocking: worker threads only. */
final class Connector {
    private final DatabaseUrl url;
    private final Duration queryTimeout;

    Connector(DatabaseUrl url, Duration queryTimeout) {
        this.url = url;
        this.queryTimeout = queryTimeout;
    }

    /** For serving: the database itself ends a statement that overran the deadline. */
    Connection serving(boolean isWriter) throws SQLException {
        Properties properties = url.properties();
        if (url.dialect() == Dialect.SQLITE) {
            SQLiteConfig config = sqlite();
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
    Connection migrating() throws SQLException {
        Properties properties = url.properties();
        if (url.dialect() == Dialect.SQLITE) {
            properties = sqlite().toProperties();
        } else {
            properties.setProperty("options", "-c lock_timeout=10000 -c statement_timeout=0");
        }
        return DriverManager.getConnection(url.jdbc(), properties);
    }

    /**
     * For a look that leaves no trace. A SQLite file without a log beside it is opened as immutable (not even a lock is
     * taken); with one, read-only, because then the log holds part of the content.
     */
    Connection looking() throws SQLException {
        if (url.dialect() == Dialect.POSTGRESQL) {
            return DriverManager.getConnection(url.jdbc(), url.properties());
        }
        Path file = java.util.Objects.requireNonNull(url.file()).toAbsolutePath();
        boolean hasLog = Files.exists(Path.of(file + "-wal"));
        SQLiteConfig config = new SQLiteConfig();
        config.setReadOnly(true);
        config.setBusyTimeout(5000);
        String address = file.toUri().getRawPath() + (hasLog ? "?mode=ro" : "?immutable=1");
        return DriverManager.getConnection("jdbc:sqlite:file:" + address, config.toProperties());
    }

    private static SQLiteConfig sqlite() {
        SQLiteConfig config = new SQLiteConfig();
        config.setJournalMode(SQLiteConfig.JournalMode.WAL);
        // FULL: an acknowledged sign-up must survive a power cut; writes are few, reads do not pay for it.
        config.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
        config.setBusyTimeout(5000);
        config.enforceForeignKeys(true);
        config.setTransactionMode(SQLiteConfig.TransactionMode.IMMEDIATE);
        return config;
    }
}
