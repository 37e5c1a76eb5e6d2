package app.molos.edge.backup;

import app.molos.edge.backup.Schema.Column;
import app.molos.edge.backup.Schema.Table;
import app.molos.edge.backup.archive.ArchiveWriter;
import app.molos.edge.db.Connector;
import app.molos.edge.db.DatabaseUrl;
import app.molos.edge.db.Dialect;
import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One moment of a database, on a connection of its own: what others write meanwhile is not in it, and they do not wait.
 * Blocking; confined to one thread.
 */
final class Snapshot implements AutoCloseable {
    private static final int FETCH = 2000;

    private final DatabaseUrl url;
    private final Connection connection;

    /** How many texts of a column were not UTF-8, by {@code table.column}. */
    private final Map<String, AtomicLong> unsound = new TreeMap<>();

    private Snapshot(DatabaseUrl url, Connection connection) {
        this.url = url;
        this.connection = connection;
    }

    static Snapshot open(DatabaseUrl url, Connector connector) throws SQLException {
        Connection connection = connector.snapshot();
        Snapshot snapshot = new Snapshot(url, connection);
        try {
            // BEGIN alone holds nothing fast: the first look does.
            snapshot.number("SELECT count(*) FROM " + (url.dialect() == Dialect.SQLITE ? "sqlite_schema" : "pg_class"));
            return snapshot;
        } catch (SQLException e) {
            connection.close();
            throw e;
        }
    }

    /** On a connection that somebody else has open, and closes. */
    static Snapshot over(DatabaseUrl url, Connection connection) {
        return new Snapshot(url, connection);
    }

    /** For what else has to be read in the same moment. */
    Connection connection() {
        return connection;
    }

    String databaseVersion() throws SQLException {
        return connection.getMetaData().getDatabaseProductVersion();
    }

    /** Bytes that our tables take, with what belongs to them. */
    long size(Schema schema) throws SQLException {
        if (url.dialect() == Dialect.SQLITE) {
            return number("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()");
        }
        long size = 0;
        for (Table table : schema.tables()) {
            size += number("SELECT pg_total_relation_size('" + url.schema() + ".\"" + table.name() + "\"')");
        }
        return size;
    }

    /** Returns the columns that a table has here. */
    List<String> columns(String table) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT * FROM \"" + table + "\" WHERE 1 = 0")) {
            List<String> columns = new ArrayList<>();
            for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++) {
                columns.add(rows.getMetaData().getColumnName(i));
            }
            return columns;
        }
    }

    /** What of the rows that were written is not as it is in the database, in words. */
    List<String> unsound() {
        return unsound.entrySet().stream()
                .map(entry -> "broken bytes of " + entry.getValue() + " texts in " + entry.getKey()
                        + " that are not UTF-8: in their place is U+FFFD")
                .toList();
    }

    long count(Table table) throws SQLException {
        return number("SELECT count(*) FROM \"" + table.name() + '"');
    }

    /** Writes all rows of a table, in the order of its key. */
    void rows(Table table, ArchiveWriter.Rows out) throws SQLException, IOException {
        int width = table.columns().size();
        boolean isSqlite = url.dialect() == Dialect.SQLITE;
        try (Statement statement = connection.createStatement()) {
            statement.setFetchSize(FETCH);
            try (ResultSet rows = statement.executeQuery(query(table))) {
                while (rows.next()) {
                    @Nullable Object[] row = new Object[width];
                    for (int i = 0; i < width; i++) {
                        row[i] = rows.getObject(i + 1);
                        if (isSqlite && row[i] instanceof String text && !Text.isSound(text, rows, i + 1)) {
                            unsound.computeIfAbsent(
                                            table.name()
                                                    + '.'
                                                    + table.columns().get(i).name(),
                                            name -> new AtomicLong())
                                    .incrementAndGet();
                        }
                    }
                    out.write(row);
                }
            }
        }
    }

    private String query(Table table) {
        return "SELECT " + table.columns().stream().map(Column::quoted).collect(Collectors.joining(", ")) + " FROM \""
                + table.name() + "\" ORDER BY "
                + table.key().stream().map(this::order).collect(Collectors.joining(", "));
    }

    /** SQLite orders text by its bytes; PostgreSQL by the habits of a country, unless it is told. */
    private String order(Column column) {
        return column.quoted() + (column.isText() && url.dialect() == Dialect.POSTGRESQL ? " COLLATE \"C\"" : "");
    }

    private long number(String query) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(query)) {
            row.next();
            return row.getLong(1);
        }
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
