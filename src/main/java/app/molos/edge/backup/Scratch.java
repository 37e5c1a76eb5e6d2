package app.molos.edge.backup;

import app.molos.edge.backup.Schema.Table;
import app.molos.edge.db.Connector;
import app.molos.edge.db.DatabaseConfig;
import app.molos.edge.db.DatabaseUrl;
import app.molos.edge.db.migration.Migrator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

/**
 * A SQLite database of its own, migrated to some version: says what our tables are, and takes the rows of an archive in.
 * Nobody serves from it, so it may be fast and careless until it is finished. Gone when closed. Blocking.
 */
final class Scratch implements AutoCloseable {
    private static final String LOCK = ".lock";

    private final Path file;
    private final Connection connection;
    private final Schema schema;

    private Scratch(Path file, Connection connection, Schema schema) {
        this.file = file;
        this.connection = connection;
        this.schema = schema;
    }

    /**
     * Makes one.
     *
     * @param file in a directory that is there; what lies there is removed
     * @param version number of the last migration
     */
    static Scratch make(Path file, DatabaseConfig like, int version) throws SQLException, IOException {
        // What a killed process left: the log of another file beside a new one would be read as its own.
        remove(file);
        // Before SQLite would: its own file would be for everybody to read.
        Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        try {
            DatabaseConfig config = like.at(DatabaseUrl.parse("file:" + file.toAbsolutePath()));
            new Migrator(config, phase -> {}).migrate(version);
            Connection connection = new Connector(config.url(), config.queryTimeout()).migrating();
            try {
                execute(
                        connection,
                        "PRAGMA journal_mode = OFF",
                        "PRAGMA synchronous = OFF",
                        "PRAGMA cache_size = -65536");
                return new Scratch(file, connection, Schema.of(connection, Migrator.HISTORY));
            } catch (SQLException e) {
                connection.close();
                throw e;
            }
        } catch (SQLException | RuntimeException e) {
            remove(file);
            throw e;
        }
    }

    Schema schema() {
        return schema;
    }

    Connection connection() {
        return connection;
    }

    Path file() {
        return file;
    }

    DatabaseUrl url() {
        return DatabaseUrl.parse("file:" + file.toAbsolutePath());
    }

    /** Takes indexes off that only searching needs, and the rows that migrations put in; returns what makes them again. */
    List<String> empty() throws SQLException {
        List<String> indexes = Schema.strings(
                connection, "SELECT sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL ORDER BY name");
        for (String name :
                Schema.strings(connection, "SELECT name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL")) {
            execute(connection, "DROP INDEX \"" + name + '"');
        }
        for (Table table : schema.tables()) {
            execute(connection, "DELETE FROM \"" + table.name() + '"');
        }
        return indexes;
    }

    void execute(List<String> statements) throws SQLException {
        execute(connection, statements.toArray(String[]::new));
    }

    private static void execute(Connection connection, String... statements) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            for (String text : statements) {
                statement.execute(text);
            }
        }
    }

    /** Closes it and leaves the file, which is whole: a database that is one file. */
    void keep() throws SQLException, IOException {
        connection.close();
        Files.deleteIfExists(Path.of(file + LOCK));
    }

    @Override
    public void close() throws SQLException, IOException {
        try {
            connection.close();
        } finally {
            remove(file);
        }
    }

    private static void remove(Path file) throws IOException {
        for (String suffix : List.of("-wal", "-shm", "-journal", LOCK, "")) {
            Files.deleteIfExists(Path.of(file + suffix));
        }
    }
}
