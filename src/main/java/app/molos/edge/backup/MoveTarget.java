package app.molos.edge.backup;

import app.molos.edge.backup.Schema.Table;
import app.molos.edge.config.ExitCode;
import app.molos.edge.config.PrivateDirectory;
import app.molos.edge.config.Refusal;
import app.molos.edge.db.Connector;
import app.molos.edge.db.DatabaseConfig;
import app.molos.edge.db.Dialect;
import app.molos.edge.db.migration.Migrator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.LongConsumer;

/** An empty database that an installation is moved to. Blocking. */
final class MoveTarget {
    /** Gives all rows to a loader. */
    interface Rows {
        void give(Loader loader) throws SQLException, IOException;
    }

    /** Reads a database that was loaded. */
    interface Reading<T> {
        T read(Snapshot snapshot) throws SQLException, IOException;
    }

    private final DatabaseConfig database;
    private final Schema schema;
    private final int version;

    /** @param version of the one that is moved, as its schema is */
    MoveTarget(DatabaseConfig database, Schema schema, int version) {
        this.database = database;
        this.schema = schema;
        this.version = version;
    }

    private boolean isSqlite() {
        return database.url().dialect() == Dialect.SQLITE;
    }

    private Connector connector() {
        return new Connector(database.url(), database.queryTimeout());
    }

    private Path file() {
        return Objects.requireNonNull(database.url().file()).toAbsolutePath();
    }

    /**
     * Refuses what cannot be moved to; writes nothing.
     *
     * @return whether it is empty; else it may be that an earlier move ended before it could say so
     */
    boolean isEmpty() throws SQLException {
        if (isSqlite() && !Files.exists(file())) {
            return true;
        }
        int there = new Migrator(database, phase -> {}).state().version();
        try (Connection connection = connector().looking()) {
            if (!isSqlite()) {
                PostgresGrants.demandRight(connection, database.url());
            }
            if (there == 0 && !isSqlite()) {
                demandFree(connection);
                return true;
            }
            if (!isSqlite() && there < version && isWithoutRows(connection)) {
                // An earlier move was killed while it made the tables.
                return true;
            }
            if (there != version) {
                throw new Refusal(
                        ExitCode.REFUSED,
                        String.format(
                                "%s is at V%04d and what is moved at V%04d; nothing was moved.%n    make an empty database, or run `migrate apply` there",
                                database.url(), there, version));
            }
            return isWithoutRows(connection) && !isSqlite();
        }
    }

    /** Whether those of our tables that are there are empty. */
    private boolean isWithoutRows(Connection connection) throws SQLException {
        List<String> there = isSqlite()
                ? schema.tables().stream().map(Table::name).toList()
                : Schema.strings(
                        connection,
                        "SELECT tablename FROM pg_tables WHERE schemaname = ?",
                        database.url().schema());
        for (Table table : schema.tables()) {
            if (there.contains(table.name())
                    && !table.name().equals(Schema.HEARTBEAT)
                    && !Schema.strings(connection, "SELECT 1 FROM " + table.quoted() + " LIMIT 1")
                            .isEmpty()) {
                return false;
            }
        }
        return true;
    }

    private void demandFree(Connection connection) throws SQLException {
        List<String> taken = new ArrayList<>(Schema.strings(
                connection,
                "SELECT tablename FROM pg_tables WHERE schemaname = ?",
                database.url().schema()));
        taken.retainAll(schema.tables().stream().map(Table::name).toList());
        if (!taken.isEmpty()) {
            throw new Refusal(
                    ExitCode.REFUSED,
                    database.url() + " has tables of other programs with names that ours need: "
                            + String.join(", ", taken) + "; nothing was moved." + System.lineSeparator()
                            + "    make another database, or name another schema: ?currentSchema=molos");
        }
    }

    /**
     * In the turn of that database, loads all rows and reads them back before they count, where that can be done; on failure nothing is left.
     *
     * @param progress told how many rows are in
     */
    <T> T load(Rows rows, Reading<T> reading, LongConsumer progress) throws SQLException, IOException {
        if (isSqlite()) {
            return loadFile(rows, reading, progress);
        }
        new Migrator(database, phase -> {}).migrateInTurn(version);
        try (Connection connection = connector().migrating()) {
            try (Loader loader = new PostgresLoader(connection, schema, progress)) {
                rows.give(loader);
                loader.finish();
            }
            Schema.analyze(connection);
        }
        return read(reading);
    }

    private <T> T loadFile(Rows rows, Reading<T> reading, LongConsumer progress) throws SQLException, IOException {
        Path directory = Objects.requireNonNull(file().getParent());
        PrivateDirectory.make(directory);
        boolean isKept = false;
        Scratch scratch = Scratch.make(Path.of(file() + ".move"), database, version);
        try {
            try (Loader loader = new ScratchLoader(scratch, progress)) {
                rows.give(loader);
                loader.finish();
            }
            T read = reading.read(Snapshot.over(database.url(), scratch.connection()));
            scratch.execute(List.of("ANALYZE"));
            scratch.keep();
            Durable.put(scratch.file(), file());
            isKept = true;
            return read;
        } finally {
            if (!isKept) {
                scratch.close();
            }
        }
    }

    <T> T read(Reading<T> reading) throws SQLException, IOException {
        try (Snapshot snapshot = Snapshot.open(database.url(), connector())) {
            return reading.read(snapshot);
        }
    }
}
