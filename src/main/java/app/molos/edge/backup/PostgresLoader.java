package app.molos.edge.backup;

import app.molos.edge.backup.Schema.Table;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyIn;

/** Puts the rows of an archive into tables of PostgreSQL by COPY, in one transaction. Confined to one thread. */
final class PostgresLoader implements Loader {
    private static final int BUFFER = 64 * 1024;

    private final Connection connection;
    private final Schema schema;
    private final LongConsumer progress;
    private final StringBuilder buffer = new StringBuilder(BUFFER + 4096);
    private final Map<String, Long> counts = new HashMap<>();
    private @Nullable CopyIn copy;
    private String table = "";
    private long rows;

    /**
     * Empties the tables first: migrations may have put rows in.
     *
     * @param connection whose schema has the tables
     * @param progress told after each row how many are in
     */
    PostgresLoader(Connection connection, Schema schema, LongConsumer progress) throws SQLException {
        this.connection = connection;
        this.schema = schema;
        this.progress = progress;
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            statement.execute("TRUNCATE "
                    + schema.tables().stream().map(t -> '"' + t.name() + '"').collect(Collectors.joining(", ")));
        }
    }

    @Override
    public void table(String name, List<String> columns) throws SQLException {
        flush();
        schema.demand(name, columns);
        copy = connection
                .unwrap(PGConnection.class)
                .getCopyAPI()
                .copyIn("COPY \"" + name + "\" ("
                        + columns.stream().map(c -> '"' + c + '"').collect(Collectors.joining(", ")) + ") FROM STDIN");
        table = name;
        counts.put(name, 0L);
    }

    @Override
    public void row(@Nullable Object[] values) throws SQLException {
        for (int i = 0; i < values.length; i++) {
            if (i > 0) {
                buffer.append('\t');
            }
            append(values[i]);
        }
        buffer.append('\n');
        counts.merge(table, 1L, Long::sum);
        if (buffer.length() >= BUFFER) {
            send();
        }
        progress.accept(++rows);
    }

    private void append(@Nullable Object value) throws SQLException {
        if (value == null) {
            buffer.append("\\N");
        } else if (value instanceof byte[] bytes) {
            buffer.append("\\\\x").append(HexFormat.of().formatHex(bytes));
        } else if (value instanceof String text) {
            text(text);
        } else {
            buffer.append(value);
        }
    }

    private void text(String text) throws SQLException {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '\\' -> buffer.append("\\\\");
                case '\t' -> buffer.append("\\t");
                case '\n' -> buffer.append("\\n");
                case '\r' -> buffer.append("\\r");
                case '\0' ->
                    throw new Unfit("has a text in " + table + " with a NUL in it, which PostgreSQL does not take");
                default -> buffer.append(c);
            }
        }
    }

    private void send() throws SQLException {
        CopyIn into = copy;
        if (into != null && buffer.length() > 0) {
            byte[] bytes = buffer.toString().getBytes(StandardCharsets.UTF_8);
            into.writeToCopy(bytes, 0, bytes.length);
        }
        buffer.setLength(0);
    }

    private void flush() throws SQLException {
        send();
        CopyIn ending = copy;
        copy = null;
        if (ending != null) {
            ending.endCopy();
        }
    }

    @Override
    public void finish() throws SQLException {
        flush();
        for (Table each : schema.tables()) {
            long expected = counts.getOrDefault(each.name(), 0L);
            String count = Schema.strings(connection, "SELECT count(*) FROM \"" + each.name() + '"')
                    .get(0);
            if (!count.equals(Long.toString(expected))) {
                throw new Unfit("gave " + count + " rows of " + each.name() + " instead of " + expected);
            }
        }
        MovedAway.clear(connection);
        connection.commit();
        connection.setAutoCommit(true);
    }

    @Override
    public void close() throws SQLException {
        CopyIn left = copy;
        copy = null;
        if (left != null && left.isActive()) {
            left.cancelCopy();
        }
        if (!connection.getAutoCommit()) {
            connection.rollback();
        }
    }
}
