package app.molos.edge.backup;

import app.molos.edge.backup.Schema.Table;
import app.molos.edge.backup.archive.Manifest;
import app.molos.edge.config.ExitCode;
import app.molos.edge.config.PrivateDirectory;
import app.molos.edge.config.Refusal;
import app.molos.edge.db.Connector;
import app.molos.edge.db.DatabaseConfig;
import app.molos.edge.db.Dialect;
import app.molos.edge.db.migration.Migrator;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * A schema of PostgreSQL. An archive is staged in a schema beside it, and then the tables change places in one transaction that
 * has all of them locked: a write that came meanwhile would else be reported as done and lie in the former table. Only our own
 * tables move; a schema may have others. Blocking.
 */
final class PostgresTarget implements RestoreTarget {
    private static final String NOTE = "molos-edge restore";
    private static final String NO_RIGHT = "42501";
    private static final String LOCK_TIMEOUT = "55P03";

    private final DatabaseConfig database;
    private final String live;
    private final String staged;
    private final String was;
    private final Path scratchFile;

    /** @param scratchFile where a scratch database may lie, which says what our tables are */
    PostgresTarget(DatabaseConfig database, Path scratchFile) {
        this.database = database;
        this.live = database.url().schema();
        this.staged = live + "_restore";
        this.was = live + "_was";
        this.scratchFile = scratchFile;
    }

    private Connection connect() throws SQLException {
        return new Connector(database.url(), database.queryTimeout()).migrating();
    }

    @Override
    public void claim() throws SQLException {
        try (Connection connection = connect()) {
            demandAlone(connection);
        }
    }

    /** The one who holds the turn to migrate is this very process. */
    private void demandAlone(Connection connection) throws SQLException {
        String others = Schema.strings(
                        connection,
                        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                                + " AND application_name = left(?, 63) AND pid <> pg_backend_pid()"
                                + " AND pid NOT IN (SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted)",
                        database.url().applicationName())
                .get(0);
        if (!others.equals("0")) {
            throw new Refusal(
                    ExitCode.REFUSED,
                    "An edge has " + database.url() + " open (" + others + " connections); nothing was changed."
                            + System.lineSeparator() + "    stop it first, on every node");
        }
    }

    /** What others have built on our tables would go with them to the former ones, and be dropped with these. */
    private void demandNoGuests(Connection connection, List<String> tables) throws SQLException {
        List<String> guests = new ArrayList<>();
        for (String table : tables) {
            guests.addAll(Schema.strings(
                    connection,
                    "SELECT DISTINCT 'the view ' || v.oid::regclass::text FROM pg_depend d JOIN pg_rewrite r ON r.oid = d.objid"
                            + " JOIN pg_class v ON v.oid = r.ev_class WHERE d.classid = 'pg_rewrite'::regclass"
                            + " AND d.refobjid = to_regclass(?)",
                    table));
            guests.addAll(Schema.strings(
                    connection,
                    "SELECT 'the foreign key ' || conname || ' of ' || conrelid::regclass::text FROM pg_constraint"
                            + " WHERE contype = 'f' AND confrelid = to_regclass(?) AND conrelid <> ALL (?::regclass[])",
                    table,
                    '{'
                            + String.join(
                                    ",",
                                    tables.stream()
                                            .map(t -> '"' + t.replace("\"", "\\\"") + '"')
                                            .toList())
                            + '}'));
            guests.addAll(Schema.strings(
                    connection,
                    "SELECT 'the trigger ' || tgname || ' of ' || tgrelid::regclass::text FROM pg_trigger"
                            + " WHERE NOT tgisinternal AND tgrelid = to_regclass(?)",
                    table));
            guests.addAll(Schema.strings(
                    connection,
                    "SELECT 'the row security of ' || oid::regclass::text FROM pg_class"
                            + " WHERE (relrowsecurity OR relforcerowsecurity) AND oid = to_regclass(?)",
                    table));
        }
        if (!guests.isEmpty()) {
            throw new Refusal(
                    ExitCode.REFUSED,
                    "Something that is not ours depends on tables of " + database.url() + ": "
                            + String.join(", ", guests)
                            + "; nothing was restored." + System.lineSeparator()
                            + "    drop it, restore, and make it again");
        }
    }

    @Override
    public boolean stage(Path archive, Manifest manifest, Proof proof, boolean keepsSessions)
            throws SQLException, IOException {
        Schema schema = schema(manifest.source().migration());
        boolean isStaged = false;
        try (Connection connection = connect()) {
            demandPlace(connection);
            drop(connection, staged);
            create(connection, staged);
        }
        DatabaseConfig beside = database.at(database.url().withSchema(staged));
        try (Connection connection = new Connector(beside.url(), beside.queryTimeout()).migrating()) {
            new Migrator(beside, phase -> {}).migrate(manifest.source().migration());
            try (Loader loader = new PostgresLoader(connection, schema, proof::loaded).of(keepsSessions)) {
                proof.restore(archive, loader);
            }
            boolean isAsMigrated = !manifest.source().kind().equals(Dialect.POSTGRESQL.toString())
                    || SchemaFingerprint.of(connection, Dialect.POSTGRESQL, schema)
                            .equals(manifest.source().fingerprint());
            execute(connection, "ANALYZE");
            isStaged = true;
            return isAsMigrated;
        } finally {
            if (!isStaged) {
                try (Connection connection = connect()) {
                    drop(connection, staged);
                }
            }
        }
    }

    /** Finds what would keep the swap from being made, before all rows are staged. */
    private void demandPlace(Connection connection) throws SQLException, IOException {
        PostgresGrants.demandRight(connection, database.url());
        List<String> owners = Schema.strings(
                connection,
                "SELECT tableowner FROM pg_tables WHERE schemaname = ? AND tablename = ? AND NOT pg_has_role(tableowner, 'USAGE')",
                live,
                Migrator.HISTORY);
        if (!owners.isEmpty()) {
            throw new Refusal(
                    ExitCode.REFUSED,
                    "The tables of " + database.url() + " belong to the role " + owners.get(0)
                            + ", and only who they belong to may move them; nothing was restored."
                            + System.lineSeparator() + "    run: GRANT \"" + owners.get(0) + "\" TO \""
                            + database.url().user() + "\";");
        }
        demandNoGuests(connection, qualified(live, leaving()));
    }

    /** Our tables that are there now. */
    private List<String> leaving() throws SQLException, IOException {
        int version = new Migrator(database, phase -> {}).state().version();
        return version == 0 ? List.of() : names(schema(version));
    }

    @Override
    public void discard() throws SQLException {
        try (Connection connection = connect()) {
            drop(connection, staged);
        }
    }

    /** What our tables are at a version: as a scratch database has them. */
    private Schema schema(int version) throws SQLException, IOException {
        PrivateDirectory.make(Objects.requireNonNull(scratchFile.getParent()));
        try (Scratch scratch = Scratch.make(scratchFile, database, version)) {
            return scratch.schema();
        }
    }

    @Override
    public String swap() throws SQLException, IOException {
        return exchange(staged);
    }

    @Override
    public String undo() throws SQLException, IOException {
        try (Connection connection = connect()) {
            if (!isOurs(connection, was)) {
                throw new Refusal(
                        ExitCode.REFUSED,
                        "There is no schema \"" + was
                                + "\" of an earlier restore: nothing was restored here, or it was dropped.");
            }
        }
        return exchange(was);
    }

    /** Has the tables of another schema take the place of the live ones, which become {@link #was}. */
    private String exchange(String from) throws SQLException, IOException {
        List<String> leaving = leaving();
        String parking = live + "_leaving";
        try (Connection connection = connect()) {
            List<String> coming = Schema.strings(
                    connection, "SELECT tablename FROM pg_tables WHERE schemaname = ? ORDER BY tablename", from);
            drop(connection, parking);
            connection.setAutoCommit(false);
            try {
                execute(connection, "SET LOCAL lock_timeout = '10s'");
                create(connection, parking);
                if (!leaving.isEmpty()) {
                    execute(
                            connection,
                            "LOCK TABLE " + String.join(", ", qualified(live, leaving)) + " IN ACCESS EXCLUSIVE MODE");
                }
                demandAlone(connection);
                demandNoGuests(connection, qualified(live, leaving));
                List<String> grants = PostgresGrants.of(connection, live, leaving, from, coming);
                for (String grant : grants) {
                    execute(connection, grant);
                }
                move(connection, leaving, live, parking);
                move(connection, coming, from, live);
                if (isOurs(connection, was)) {
                    execute(connection, "DROP SCHEMA \"" + was + "\" CASCADE");
                }
                if (!from.equals(was)) {
                    execute(connection, "DROP SCHEMA \"" + from + '"');
                }
                execute(connection, "ALTER SCHEMA \"" + parking + "\" RENAME TO \"" + was + '"');
            } catch (Refusal e) {
                connection.rollback();
                throw e;
            } catch (SQLException e) {
                connection.rollback();
                if (LOCK_TIMEOUT.equals(e.getSQLState())) {
                    throw inUse();
                }
                throw e;
            }
            commit(connection);
        }
        return "the schema \"" + was + '"';
    }

    private void commit(Connection connection) {
        try {
            connection.commit();
        } catch (SQLException e) {
            throw new Refusal(
                    ExitCode.UNEXPECTED,
                    "Whether the tables of " + database.url()
                            + " have changed places is not known, for the connection broke: "
                            + e.getMessage() + System.lineSeparator()
                            + "    look at what is there before this is run again: that would drop the schema \"" + was
                            + '"');
        }
    }

    private Refusal inUse() {
        return new Refusal(
                ExitCode.REFUSED,
                "Somebody has used the tables of " + database.url() + " for ten seconds; nothing was restored."
                        + System.lineSeparator() + "    stop the edge on every node, then run this again");
    }

    private static List<String> names(Schema schema) {
        List<String> names =
                new ArrayList<>(schema.tables().stream().map(Table::name).toList());
        names.add(Migrator.HISTORY);
        return names;
    }

    private static List<String> qualified(String schema, List<String> tables) {
        return tables.stream()
                .map(table -> '"' + schema + "\".\"" + table + '"')
                .toList();
    }

    private static void move(Connection connection, List<String> tables, String from, String to) throws SQLException {
        for (String table : qualified(from, tables)) {
            execute(connection, "ALTER TABLE " + table + " SET SCHEMA \"" + to + '"');
        }
    }

    private void create(Connection connection, String schema) throws SQLException {
        try {
            execute(connection, "CREATE SCHEMA \"" + schema + '"');
            execute(connection, "COMMENT ON SCHEMA \"" + schema + "\" IS '" + NOTE + "'");
        } catch (SQLException e) {
            if (NO_RIGHT.equals(e.getSQLState())) {
                String name =
                        Schema.strings(connection, "SELECT current_database()").get(0);
                throw new Refusal(
                        ExitCode.REFUSED,
                        "The role " + database.url().user() + " may not make the schema \"" + schema
                                + "\", beside which a restore is staged; nothing was restored." + System.lineSeparator()
                                + "    run: GRANT CREATE ON DATABASE \"" + name + "\" TO \""
                                + database.url().user() + "\";");
            }
            throw e;
        }
    }

    /** Drops a schema that a restore made; one of somebody else is in the way. */
    private static void drop(Connection connection, String schema) throws SQLException {
        if (isOurs(connection, schema)) {
            execute(connection, "DROP SCHEMA \"" + schema + "\" CASCADE");
        }
    }

    private static boolean isOurs(Connection connection, String schema) throws SQLException {
        return Schema.strings(
                        connection,
                        "SELECT obj_description(oid, 'pg_namespace') FROM pg_namespace WHERE nspname = '" + schema
                                + "'")
                .contains(NOTE);
    }

    private static void execute(Connection connection, String text) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(text);
        }
    }
}
