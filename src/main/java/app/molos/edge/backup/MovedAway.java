package app.molos.edge.backup;

import app.molos.edge.config.ExitCode;
import app.molos.edge.config.Refusal;
import app.molos.edge.db.Connector;
import app.molos.edge.db.DatabaseConfig;
import app.molos.edge.db.migration.Migrator;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The mark on a database whose data was moved to another one: what is written into it now would be missing there. Whoever
 * serves, changes or backs up a database asks here first, once it is migrated. Blocking.
 */
public final class MovedAway {
    private MovedAway() {}

    /** Refuses a database that is marked. */
    public static void demandHere(DatabaseConfig database) {
        try (Connection connection = new Connector(database.url(), database.queryTimeout()).looking()) {
            Optional<String> mark = of(connection);
            if (mark.isPresent()) {
                throw new Refusal(
                        ExitCode.REFUSED,
                        database.url() + " was moved: its data is in " + mark.get() + " now." + System.lineSeparator()
                                + "    set DATABASE_URL to that; or, if this one is to be used again, run `database unmark`");
            }
        } catch (SQLException e) {
            throw new Refusal(
                    ExitCode.DATABASE, "Whether " + database.url() + " was moved cannot be read: " + e.getMessage());
        }
    }

    /** Returns where it went; empty when it is here, and when it is older than marks are. */
    private static Optional<String> of(Connection connection) throws SQLException {
        if (!hasRoom(connection)) {
            return Optional.empty();
        }
        List<String> marks = Schema.strings(connection, "SELECT moved_to FROM installation WHERE moved_to IS NOT NULL");
        return marks.stream().findFirst();
    }

    /** Takes the mark off; whether there was one. */
    public static boolean unmark(DatabaseConfig database) {
        if (new Migrator(database, phase -> {}).state().version() == 0) {
            return false;
        }
        try {
            // A move that is under way marks it at its end.
            return new Migrator(database, phase -> {}).inTurn(() -> {
                try (Connection connection = new Connector(database.url(), database.queryTimeout()).migrating()) {
                    return clear(connection);
                }
            });
        } catch (Refusal e) {
            throw e;
        } catch (Exception e) {
            throw new Refusal(
                    ExitCode.DATABASE, "The mark was not taken off " + database.url() + ": " + e.getMessage());
        }
    }

    /** What is restored is here, whatever was to become of the database that it was read from; whether there was a mark. */
    static boolean clear(Connection connection) throws SQLException {
        if (!hasRoom(connection)) {
            return false;
        }
        try (PreparedStatement update = connection.prepareStatement(
                "UPDATE installation SET moved_to = NULL, moved_at = NULL WHERE moved_to IS NOT NULL")) {
            return update.executeUpdate() > 0;
        }
    }

    private static boolean hasRoom(Connection connection) throws SQLException {
        try (ResultSet column =
                connection.getMetaData().getColumns(null, connection.getSchema(), Installation.TABLE, "moved_to")) {
            return column.next();
        }
    }

    static void mark(Connection connection, String to, Instant now) throws SQLException {
        try (PreparedStatement update =
                connection.prepareStatement("UPDATE installation SET moved_to = ?, moved_at = ? WHERE id = 1")) {
            update.setString(1, to);
            update.setLong(2, now.toEpochMilli());
            if (update.executeUpdate() != 1) {
                throw new SQLException("there is no row to mark");
            }
        }
    }
}
