package app.molos.edge.db.migration;

import app.molos.edge.config.ExitCode;
import app.molos.edge.config.Refusal;
import app.molos.edge.db.Connector;
import app.molos.edge.db.DatabaseUrl;
import app.molos.edge.db.Dialect;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Reads the history before anything is written: the applied migrations, or none when the database is empty.
 * A database with something else in it is refused.
 */
record SchemaHistory(List<Applied> applied) {
    static final String TABLE = Migrator.HISTORY;

    /** One migration that the database has. */
    record Applied(int version, String description, String installedOn) {}

    /** Looks without leaving a trace. Blocking. */
    static SchemaHistory look(DatabaseUrl url, Connector connector) throws SQLException {
        if (url.dialect() == Dialect.SQLITE && isAbsent(Objects.requireNonNull(url.file()))) {
            return new SchemaHistory(List.of());
        }
        try (Connection connection = connector.looking()) {
            List<String> tables = url.dialect() == Dialect.SQLITE
                    ? strings(connection, "SELECT name FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'")
                    : postgresTables(connection, url.schema());
            if (tables.contains(TABLE)) {
                return new SchemaHistory(applied(connection));
            }
            if (!tables.isEmpty()) {
                throw foreign(url, tables);
            }
            return new SchemaHistory(List.of());
        } catch (SQLException e) {
            if (url.dialect() == Dialect.SQLITE && (e.getErrorCode() & 0xFF) == 26) {
                throw new Refusal(
                        ExitCode.MIGRATION,
                        url + " is not a SQLite database; it was left untouched." + System.lineSeparator()
                                + "    write: DATABASE_URL=file:another/path.db");
            }
            throw e;
        }
    }

    /** Refuses a database that has migrations which this program does not know. */
    void refuseNewerThan(MigrationSet set, DatabaseUrl url) {
        List<Integer> known = set.files().stream().map(MigrationFile::version).toList();
        List<String> unknown = applied.stream()
                .filter(a -> !known.contains(a.version()))
                .map(a -> String.format("V%04d %s", a.version(), a.description()))
                .toList();
        if (!unknown.isEmpty()) {
            throw new Refusal(
                    ExitCode.MIGRATION,
                    url + " is newer than this program: it has "
                            + String.join(", ", unknown) + ", which are not in " + set.where() + "."
                            + System.lineSeparator()
                            + "    start the newer program, or restore the backup made before the upgrade");
        }
    }

    List<MigrationFile> pending(MigrationSet set) {
        List<Integer> have = applied.stream().map(Applied::version).toList();
        return set.files().stream().filter(f -> !have.contains(f.version())).toList();
    }

    private static boolean isAbsent(Path file) {
        try {
            return !Files.exists(file) || (Files.size(file) == 0 && !Files.exists(Path.of(file + "-wal")));
        } catch (IOException e) {
            return false;
        }
    }

    private static List<String> postgresTables(Connection connection, String schema) throws SQLException {
        int version = connection.getMetaData().getDatabaseMajorVersion();
        if (version < 14) {
            throw new Refusal(
                    ExitCode.MIGRATION, "The database is PostgreSQL " + version + "; the edge needs 14 or newer.");
        }
        try (PreparedStatement exists = connection.prepareStatement("SELECT 1 FROM pg_namespace WHERE nspname = ?")) {
            exists.setString(1, schema);
            if (!exists.executeQuery().next()) {
                throw new Refusal(
                        ExitCode.MIGRATION,
                        "The schema \"" + schema + "\" does not exist; the edge does not create schemas."
                                + System.lineSeparator() + "    run: CREATE SCHEMA \"" + schema + "\";");
            }
        }
        try (PreparedStatement tables = connection.prepareStatement("SELECT c.relname FROM pg_class c"
                + " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = ?"
                + " AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f')"
                + " AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid"
                + " AND d.deptype = 'e')"
                + " UNION ALL SELECT p.proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = ?"
                + " AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid"
                + " AND d.deptype = 'e')"
                + " UNION ALL SELECT t.typname FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace WHERE n.nspname = ?"
                + " AND t.typtype IN ('e', 'd', 'r')"
                + " AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_type'::regclass AND d.objid = t.oid"
                + " AND d.deptype = 'e')")) {
            tables.setString(1, schema);
            tables.setString(2, schema);
            tables.setString(3, schema);
            return strings(tables.executeQuery());
        }
    }

    private static List<Applied> applied(Connection connection) throws SQLException {
        List<Applied> applied = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT version, description, installed_on FROM " + TABLE
                        + " WHERE version IS NOT NULL ORDER BY installed_rank")) {
            while (rows.next()) {
                applied.add(new Applied(
                        Integer.parseInt(rows.getString(1)), rows.getString(2), String.valueOf(rows.getString(3))));
            }
        }
        return applied;
    }

    private static Refusal foreign(DatabaseUrl url, List<String> tables) {
        String some = String.join(", ", tables.stream().sorted().limit(5).toList());
        return new Refusal(
                ExitCode.MIGRATION,
                url + " is not empty and is not the edge's own (it has " + some
                        + (tables.size() > 5 ? ", …" : "") + "); it was left untouched." + System.lineSeparator()
                        + (url.dialect() == Dialect.SQLITE
                                ? "    write: DATABASE_URL=file:another/path.db"
                                : "    use an empty database, or an empty schema with ?currentSchema=NAME"));
    }

    private static List<String> strings(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            return strings(statement.executeQuery(sql));
        }
    }

    private static List<String> strings(ResultSet rows) throws SQLException {
        List<String> strings = new ArrayList<>();
        try (rows) {
            while (rows.next()) {
                strings.add(rows.getString(1));
            }
        }
        return strings;
    }
}
