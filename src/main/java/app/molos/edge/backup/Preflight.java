package app.molos.edge.backup;

import app.molos.edge.backup.Schema.Column;
import app.molos.edge.backup.Schema.Table;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Looks at every value of a SQLite database for those that PostgreSQL would refuse, or take as something else: SQLite itself
 * takes anything anywhere. Blocking.
 */
public final class Preflight {
    private static final int MOST_LISTED = 100;

    /**
     * One value that cannot be moved.
     *
     * @param row the key of its row, in words
     * @param what is wrong with it; a value is never shown
     */
    public record Fault(String table, String row, String column, String what) {}

    private final List<Fault> faults = new ArrayList<>();
    private long count;

    Preflight() {}

    /** Those that were found first, a hundred at most. */
    List<Fault> faults() {
        return List.copyOf(faults);
    }

    long count() {
        return count;
    }

    void look(Connection sqlite, Schema schema) throws SQLException {
        for (Table table : schema.tables()) {
            String columns = Stream.concat(table.columns().stream(), table.key().stream())
                    .map(Column::quoted)
                    .collect(Collectors.joining(", "));
            try (Statement statement = sqlite.createStatement();
                    ResultSet rows = statement.executeQuery("SELECT " + columns + " FROM \"" + table.name() + '"')) {
                while (rows.next()) {
                    look(table, rows);
                }
            }
        }
    }

    private void look(Table table, ResultSet rows) throws SQLException {
        int width = table.columns().size();
        for (int i = 0; i < width; i++) {
            Column column = table.columns().get(i);
            String what = fault(column, rows.getObject(i + 1), rows, i + 1);
            if (what != null) {
                count++;
                if (faults.size() < MOST_LISTED) {
                    faults.add(new Fault(table.name(), key(table, rows, width), column.name(), what));
                }
            }
        }
    }

    private static @Nullable String fault(Column column, @Nullable Object value, ResultSet rows, int at)
            throws SQLException {
        if (value == null) {
            return null;
        }
        if (value instanceof String text && column.isText()) {
            return text.indexOf('\0') >= 0
                    ? "has a NUL"
                    : Text.isSound(text, rows, at) ? null : "has bytes that are not UTF-8";
        }
        if (value instanceof Number number && !(value instanceof Double) && !column.isText()) {
            boolean fits = column.type().equals("BIGINT") || number.longValue() == number.intValue();
            return fits ? null : "is a number that does not fit: " + number;
        }
        return "is " + kind(value) + " in a column of " + column.type();
    }

    private static String kind(Object value) {
        return value instanceof byte[] ? "a blob" : value instanceof String ? "text" : "a number";
    }

    private static String key(Table table, ResultSet rows, int from) throws SQLException {
        List<String> parts = new ArrayList<>();
        for (int i = 0; i < table.key().size(); i++) {
            parts.add(table.key().get(i).name() + "=" + rows.getString(from + i + 1));
        }
        return String.join(", ", parts);
    }
}
