package app.molos.edge.backup;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The tables that our migrations make, those first which others refer to.
 *
 * @param tables in an order in which rows can be put in
 */
record Schema(List<Table> tables) {
    /** Says only that the database answers, every few seconds. */
    static final String HEARTBEAT = "heartbeat";

    private static final String QUOTED = "\"";

    /**
     * One table.
     *
     * @param key columns of the primary key, or all of them
     */
    record Table(String name, List<Column> columns, List<Column> key) {
        String quoted() {
            return QUOTED + name + QUOTED;
        }

        List<String> names() {
            return columns.stream().map(Column::name).toList();
        }
    }

    /**
     * One column; text is ordered by its bytes, on both databases.
     *
     * @param type in upper case, as our migrations write it
     */
    record Column(String name, String type) {
        boolean isText() {
            return type.equals("TEXT");
        }

        String quoted() {
            return QUOTED + name + QUOTED;
        }
    }

    /** Reads it off a SQLite database. */
    static Schema of(Connection sqlite, String historyTable) throws SQLException {
        Map<String, Table> found = new LinkedHashMap<>();
        Map<String, Set<String>> parents = new HashMap<>();
        for (String name : strings(
                sqlite,
                "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name")) {
            if (!name.equals(historyTable)) {
                found.put(name, table(sqlite, name));
                parents.put(
                        name, Set.copyOf(strings(sqlite, "SELECT \"table\" FROM pragma_foreign_key_list(?)", name)));
            }
        }
        List<Table> ordered = new ArrayList<>();
        while (!found.isEmpty()) {
            List<String> free = found.keySet().stream()
                    .filter(name -> parents.getOrDefault(name, Set.of()).stream()
                            .allMatch(parent -> parent.equals(name) || !found.containsKey(parent)))
                    .toList();
            // In a circle of references any order is as good as another.
            for (String name : free.isEmpty() ? List.copyOf(found.keySet()) : free) {
                ordered.add(found.remove(name));
            }
        }
        return new Schema(List.copyOf(ordered));
    }

    private static Table table(Connection sqlite, String name) throws SQLException {
        List<Column> columns = new ArrayList<>();
        TreeMap<Integer, Column> key = new TreeMap<>();
        try (PreparedStatement statement =
                sqlite.prepareStatement("SELECT name, type, pk FROM pragma_table_info(?) ORDER BY cid")) {
            statement.setString(1, name);
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    Column column =
                            new Column(rows.getString(1), rows.getString(2).toUpperCase(Locale.ROOT));
                    columns.add(column);
                    if (rows.getInt(3) > 0) {
                        key.put(rows.getInt(3), column);
                    }
                }
            }
        }
        return new Table(name, List.copyOf(columns), key.isEmpty() ? List.copyOf(columns) : List.copyOf(key.values()));
    }

    /** Runs one of our own queries; what it is about is a parameter. */
    static List<String> strings(Connection connection, String query, String... parameters) throws SQLException {
        List<String> strings = new ArrayList<>();
        try (PreparedStatement statement = connection.prepareStatement(query)) {
            for (int i = 0; i < parameters.length; i++) {
                statement.setString(i + 1, parameters[i]);
            }
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    strings.add(rows.getString(1));
                }
            }
        }
        return strings;
    }

    /** Has a database look at what it was given, so that it asks well. */
    static void analyze(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("ANALYZE");
        }
    }

    /** Refuses a table of an archive that is not one of these, column by column. */
    void demand(String table, List<String> columns) throws Loader.Unfit {
        Table known =
                tables.stream().filter(t -> t.name().equals(table)).findFirst().orElse(null);
        if (known == null) {
            throw new Loader.Unfit("has a table " + table + ", which no migration up to its version makes");
        }
        if (!known.names().equals(columns)) {
            throw new Loader.Unfit("has other columns for " + table + " than the migrations up to its version make");
        }
    }

    boolean has(String table) {
        return tables.stream().anyMatch(t -> t.name().equals(table));
    }
}
