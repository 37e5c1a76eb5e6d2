package app.molos.edge.db.migration;

import app.molos.edge.db.ConnectionSource;
import app.molos.edge.db.Connector;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.postgresql.PGConnection;
import org.slf4j.LoggerFactory;
import org.sqlite.SQLiteConnection;

/**
 * Flyway's source of connections; it knows them, so that a stop can interrupt a statement and let it roll back.
 * Thread-safe.
 */
final class MigrationConnections extends ConnectionSource {
    private final Connector connector;
    private final Set<Connection> open = ConcurrentHashMap.newKeySet();
    private volatile boolean isCancelled;

    MigrationConnections(Connector connector) {
        this.connector = connector;
    }

    @Override
    public Connection getConnection() throws SQLException {
        if (isCancelled) {
            throw new SQLException("the migration was stopped");
        }
        Connection connection = connector.migrating();
        open.add(connection);
        return connection;
    }

    boolean isCancelled() {
        return isCancelled;
    }

    /** Interrupts what runs now; what comes after finds no connection. From any thread, more than once. */
    void cancel() {
        isCancelled = true;
        for (Connection connection : open) {
            try {
                interrupt(connection);
            } catch (SQLException e) {
                LoggerFactory.getLogger(MigrationConnections.class)
                        .debug("A migration connection could not be interrupted", e);
            }
        }
    }

    private static void interrupt(Connection connection) throws SQLException {
        if (connection.isClosed()) {
            return;
        }
        if (connection.isWrapperFor(PGConnection.class)) {
            connection.unwrap(PGConnection.class).cancelQuery();
        } else if (connection instanceof SQLiteConnection sqlite) {
            sqlite.getDatabase().interrupt();
        }
    }
}
