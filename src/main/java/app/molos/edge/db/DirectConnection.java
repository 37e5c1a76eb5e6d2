package app.molos.edge.db;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;

/** Plain JDBC for commands that run beside the server or without one. Blocking. */
public final class DirectConnection {
    private DirectConnection() {}

    /** To the edge's own database, with the settings that serving has. */
    public static Connection open(DatabaseConfig config) throws SQLException {
        return new Connector(config.url(), config.queryTimeout()).serving(true);
    }

    /**
     * To somebody else's SQLite file: read-only, and nothing is put beside it, whether or not its program is running.
     */
    public static Connection look(Path file) throws SQLException {
        return Connector.looking(file.toAbsolutePath());
    }
}
