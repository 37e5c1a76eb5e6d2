package app.molos.edge.backup;

import app.molos.edge.backup.Schema.Table;
import app.molos.edge.config.ExitCode;
import app.molos.edge.config.Refusal;
import app.molos.edge.db.Connector;
import app.molos.edge.db.DatabaseConfig;
import app.molos.edge.db.Dialect;
import app.molos.edge.db.migration.MigrationSet;
import app.molos.edge.db.migration.Migrator;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The database that is backed up or moved: what is ours in it and what is not. Blocking. */
record BackupSource(DatabaseConfig database) {
    private static final Logger LOG = LoggerFactory.getLogger(BackupSource.class);

    Connector connector() {
        return new Connector(database.url(), database.queryTimeout());
    }

    /** Returns the number of its last migration; refuses a database without any. */
    int version() {
        int version = new Migrator(database, phase -> {}).state().version();
        if (version == 0) {
            throw new Refusal(
                    ExitCode.REFUSED,
                    "There is nothing in " + database.url() + ": it is empty." + System.lineSeparator()
                            + "    start the edge once, or run `migrate apply`");
        }
        return version;
    }

    /** Opens a look at this moment, which has to be of that version. */
    Snapshot open(int version) throws SQLException {
        Snapshot snapshot = Snapshot.open(database.url(), connector());
        try {
            demandVersion(snapshot, version);
            return snapshot;
        } catch (SQLException | RuntimeException e) {
            snapshot.close();
            throw e;
        }
    }

    private static void demandVersion(Snapshot snapshot, int version) throws SQLException {
        int now = Schema.strings(
                        snapshot.connection(), "SELECT version FROM " + Migrator.HISTORY + " WHERE version IS NOT NULL")
                .stream()
                .mapToInt(Integer::parseInt)
                .max()
                .orElse(0);
        if (now != version) {
            throw new Refusal(
                    ExitCode.REFUSED,
                    "The database was migrated meanwhile; no backup was made." + System.lineSeparator()
                            + "    run this again");
        }
    }

    /** Finds what a manifest says of it. */
    Found look(Snapshot snapshot, Scratch scratch, int version) throws SQLException {
        String fingerprint =
                SchemaFingerprint.of(snapshot.connection(), database.url().dialect(), scratch.schema());
        List<String> strange = judge(snapshot, scratch.schema());
        if (database.url().dialect() == Dialect.SQLITE
                && !fingerprint.equals(SchemaFingerprint.of(scratch.connection(), Dialect.SQLITE, scratch.schema()))) {
            strange.add("an index, a default or the like of our tables, which no migration of ours made");
        }
        return new Found(
                snapshot.databaseVersion(),
                version,
                MigrationSet.load(database.migrationsDir()).lockDigest(version),
                fingerprint,
                strange);
    }

    /**
     * What is found in one look.
     *
     * @param strange what is there and is not ours, in words
     */
    record Found(String databaseVersion, int migration, String lock, String fingerprint, List<String> strange) {}

    /** What the database has that a backup does not; refuses when that is part of our tables. */
    private List<String> judge(Snapshot snapshot, Schema schema) throws SQLException {
        for (Table table : schema.tables()) {
            Set<String> more = new HashSet<>(snapshot.columns(table.name()));
            Set<String> fewer = new HashSet<>(table.names());
            fewer.removeAll(more);
            table.names().forEach(more::remove);
            if (!more.isEmpty() || !fewer.isEmpty()) {
                throw new Refusal(
                        ExitCode.REFUSED,
                        "The table " + table.name() + " of " + database.url()
                                + " has other columns than our migrations made: "
                                + String.join(", ", more.isEmpty() ? fewer : more)
                                + (more.isEmpty() ? " lacks" : " would not be in the backup")
                                + System.lineSeparator() + "    take back what was done by hand");
            }
        }
        List<String> strange = new ArrayList<>();
        if (database.url().dialect() == Dialect.SQLITE) {
            Schema.of(snapshot.connection(), Migrator.HISTORY).tables().stream()
                    .filter(table -> !schema.has(table.name()))
                    .forEach(table -> strange.add("the table " + table.name() + ", which no migration of ours made"));
        }
        return strange;
    }

    /**
     * Has SQLite's log shrink, which could not while the look was open. Writers wait no longer than a moment: when readers are
     * busy, the log shrinks with a later backup.
     */
    void shrinkLog() {
        if (database.url().dialect() != Dialect.SQLITE) {
            return;
        }
        try (Connection connection = connector().alone();
                Statement statement = connection.createStatement()) {
            statement.execute("PRAGMA busy_timeout = 200");
            statement.execute("PRAGMA wal_checkpoint(TRUNCATE)");
        } catch (SQLException e) {
            LOG.info("The log of {} was not made small: {}", database.url(), e.getMessage());
        }
    }
}
