package app.molos.edge.backup;

import app.molos.edge.db.Connector;
import app.molos.edge.users.Ids;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Clock;
import java.util.List;

/** The name of an installation, which lies in its database and goes with its data. Blocking. */
final class Installation {
    static final String TABLE = "installation";
    /** The migration that made the table. */
    static final int SINCE = 10;

    private static final int LENGTH = 16;

    private Installation() {}

    /** Gives a database a name, by chance, if it has none. */
    static void ensure(Connector connector, Clock clock) throws SQLException {
        try (Connection connection = connector.migrating()) {
            // Looked at first: on a disk that is full nothing can be written, and a backup is wanted most.
            if (of(connection).isEmpty()) {
                insert(connection, new Ids(new SecureRandom()).next(LENGTH), clock.millis());
            }
        }
    }

    private static void insert(Connection connection, String name, long now) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement(
                "INSERT INTO installation (id, name, created_at) VALUES (1, ?, ?) ON CONFLICT DO NOTHING")) {
            insert.setString(1, name);
            insert.setLong(2, now);
            insert.executeUpdate();
        }
    }

    /** Returns the name; empty when there is none. */
    static String of(Connector connector) throws SQLException {
        try (Connection connection = connector.looking()) {
            return of(connection);
        }
    }

    /** Returns the name; empty when there is none. */
    static String of(Connection connection) throws SQLException {
        List<String> names = Schema.strings(connection, "SELECT name FROM installation");
        return names.isEmpty() ? "" : names.get(0);
    }
}
