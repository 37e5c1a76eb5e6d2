package app.molos.edge.backup;

import app.molos.edge.backup.Schema.Table;
import app.molos.edge.db.Connector;
import app.molos.edge.db.DatabaseConfig;
import app.molos.edge.db.Dialect;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.stream.Collectors;

/**
 * A database into which nobody else writes: one transaction keeps all others out, and writes the mark at its end. Reads go on.
 * Nothing is changed when it is closed without one, or the process is killed. Blocking.
 */
final class Frozen implements AutoCloseable {
    private final Connection connection;

    private Frozen(Connection connection) {
        this.connection = connection;
    }

    static Frozen of(DatabaseConfig database, Schema schema) throws SQLException {
        Connection connection = new Connector(database.url(), database.queryTimeout()).migrating();
        try (Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            if (database.url().dialect() == Dialect.SQLITE) {
                // One write keeps the others waiting; a transaction that has only begun would not.
                statement.execute("UPDATE installation SET moved_to = moved_to");
            } else {
                statement.execute("LOCK TABLE "
                        + schema.tables().stream().map(Table::quoted).collect(Collectors.joining(", "))
                        + " IN EXCLUSIVE MODE");
            }
            return new Frozen(connection);
        } catch (SQLException e) {
            connection.close();
            throw e;
        }
    }

    /** Marks it as moved and lets go. */
    void mark(String to, Instant now) throws SQLException {
        MovedAway.mark(connection, to, now);
        connection.commit();
    }

    @Override
    public void close() throws SQLException {
        try {
            connection.rollback();
        } finally {
            connection.close();
        }
    }
}
