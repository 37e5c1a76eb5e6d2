package app.molos.edge.backup;

import app.molos.edge.config.ExitCode;
import app.molos.edge.config.Refusal;
import app.molos.edge.db.Connector;
import app.molos.edge.db.DatabaseConfig;
import app.molos.edge.db.migration.Migrator;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The mark on a database whose data was moved to another one: what is written into it now would be missing there. Whoever
 * serves, changes or backs up a database asks here first, once it is migrated. Blocking.
 */
public final class MovedAway {
    /** The migration that made room for the mark. */
    private static final int SINCE = 11;

    private MovedAway() {}

    /** Refuses a database that is marked. */
    public static void demandHere(DatabaseConfig database) {
        if (new Migrator(database, phase -> {}).state().version() < SINCE) {
            return;
        }
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

    /** Returns where it went, and when; empty when it is here. */
    static Optional<String> of(Connection connection) throws SQLException {
        List<String> marks = Schema.strings(connection, "SELECT moved_to FROM installation WHERE moved_to IS NOT NULL");
        return marks.stream().findFirst();
    }

    /** Takes the mark off; whether there was one. */
    public static boolean unmark(DatabaseConfig database) {
        if (new Migrator(database, phase -> {}).state().version() < SINCE) {
            return false;
        }
        try (Connection connection = new Connector(database.url(), database.queryTimeout()).migrating();
                PreparedStatement update = connection.prepareStatement(
                        "UPDATE installation SET moved_to = NULL, moved_at = NULL WHERE moved_to IS NOT NULL")) {
            return update.executeUpdate() > 0;
        } catch (SQLException e) {
            throw new Refusal(
                    ExitCode.DATABASE, "The mark was not taken off " + database.url() + ": " + e.getMessage());
        }
    }

    /** What is restored is here, whatever was to become of the database that it was read from. */
    static void clear(Connection connection, Schema schema) throws SQLException {
        if (schema.hasColumn(Installation.TABLE, "moved_to")) {
            try (PreparedStatement update =
                    connection.prepareStatement("UPDATE installation SET moved_to = NULL, moved_at = NULL")) {
                update.executeUpdate();
            }
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
