package app.molos.edge.imports;

import app.molos.edge.db.DirectConnection;
import app.molos.edge.users.Times;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.HashSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A better-auth database on SQLite, in either of its spellings: snake_case columns with epoch milliseconds (drizzle, as
 * MoLOS has it) or camelCase columns with ISO 8601 text (better-auth's own). Opened read-only. Blocking.
 */
public final class MolosDatabase implements AutoCloseable {
    /** Raised with words for the operator when the file is not what it should be. */
    public static final class NotMolos extends Exception {
        NotMolos(String message) {
            super(message);
        }
    }

    /** One row, by better-auth's own names of the columns. */
    static final class Source {
        private static final Instant FIRST = Instant.EPOCH;
        private static final Instant LAST = Instant.parse("9999-12-31T23:59:59Z");

        private final ResultSet rows;
        private final Set<String> columns;

        private Source(ResultSet rows, Set<String> columns) {
            this.rows = rows;
            this.columns = columns;
        }

        /** Empty when there is no such column, or nothing in it. */
        String text(String name) throws SQLException {
            Object value = value(name);
            return value == null ? "" : value.toString();
        }

        @Nullable
        String optionalText(String name) throws SQLException {
            Object value = value(name);
            return value == null ? null : value.toString();
        }

        boolean flag(String name) throws SQLException {
            String text = text(name);
            return text.equals("1") || text.equals("true");
        }

        Optional<Instant> time(String name) throws SQLException {
            Object value = value(name);
            if (value instanceof Number number) {
                long count = number.longValue();
                // A number this small is seconds: as milliseconds it would be a time in 1970.
                return Optional.of(sensible(
                        Math.abs(count) < 100_000_000_000L
                                ? Instant.ofEpochSecond(count)
                                : Instant.ofEpochMilli(count)));
            }
            return value == null
                    ? Optional.empty()
                    : Times.parse(value.toString()).map(Source::sensible);
        }

        private static Instant sensible(Instant time) {
            if (time.isBefore(FIRST) || time.isAfter(LAST)) {
                throw new DateTimeException("a time that no clock shows");
            }
            return time;
        }

        private @Nullable Object value(String name) throws SQLException {
            if (columns.contains(name)) {
                return rows.getObject(name);
            }
            String snake = name.replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
            return columns.contains(snake) ? rows.getObject(snake) : null;
        }
    }

    interface RowReader {
        void read(Source row) throws SQLException;
    }

    private final Connection connection;

    private MolosDatabase(Connection connection) {
        this.connection = connection;
    }

    /** Opens the file and makes sure that people are in it. */
    public static MolosDatabase open(Path file) throws NotMolos {
        if (!Files.isRegularFile(file)) {
            throw new NotMolos("There is no file " + file + ".");
        }
        try {
            MolosDatabase database = new MolosDatabase(DirectConnection.look(file));
            try {
                for (String table : new String[] {"user", "account", "session"}) {
                    if (database.columns(table).isEmpty()) {
                        throw new NotMolos(
                                file + " has no table \"" + table + "\": it is not the database of a MoLOS.");
                    }
                }
                return database;
            } catch (NotMolos | SQLException e) {
                database.close();
                throw e;
            }
        } catch (SQLException e) {
            throw new NotMolos(file + " is not a SQLite database that can be read.");
        }
    }

    void users(RowReader reader) throws SQLException {
        each("user", reader);
    }

    void accounts(RowReader reader) throws SQLException {
        each("account", reader);
    }

    void sessions(RowReader reader) throws SQLException {
        each("session", reader);
    }

    private void each(String table, RowReader reader) throws SQLException {
        Set<String> columns = columns(table);
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT * FROM \"" + table + "\" ORDER BY rowid")) {
            Source source = new Source(rows, columns);
            while (rows.next()) {
                reader.read(source);
            }
        }
    }

    private Set<String> columns(String table) throws SQLException {
        Set<String> names = new HashSet<>();
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("PRAGMA table_info(\"" + table + "\")")) {
            while (rows.next()) {
                names.add(rows.getString("name"));
            }
        }
        return names;
    }

    @Override
    public void close() {
        try {
            connection.close();
        } catch (SQLException e) {
            // It was only read: nothing is lost with it.
        }
    }
}
