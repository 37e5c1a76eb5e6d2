package app.molos.edge.backup;

import app.molos.edge.config.ExitCode;
import app.molos.edge.config.Refusal;
import app.molos.edge.db.DatabaseUrl;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** What others may do with our tables: a table that takes the place of another has to let the same people in. Blocking. */
final class PostgresGrants {
    private static final String TO =
            " CASE WHEN g.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(g.grantee)) END,"
                    + " CASE WHEN g.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)";

    private PostgresGrants() {}

    /**
     * Returns the statements that give everybody the same rights to the tables that come as to those that leave.
     *
     * @param leaving names of tables in the schema {@code live}
     * @param coming names of tables in the schema {@code from}
     */
    static List<String> of(Connection connection, String live, List<String> leaving, String from, List<String> coming)
            throws SQLException {
        List<String> statements = new ArrayList<>();
        for (String table : coming) {
            if (leaving.contains(table)) {
                statements.addAll(Schema.strings(
                        connection,
                        "SELECT format('GRANT %s (%I) ON %I.%I TO %s%s', g.privilege_type, a.attname, ?, c.relname,"
                                + TO
                                + " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
                                + " JOIN pg_attribute a ON a.attrelid = c.oid AND NOT a.attisdropped"
                                + " CROSS JOIN LATERAL aclexplode(a.attacl) g"
                                + " WHERE n.nspname = ? AND c.relname = ? AND g.grantor = c.relowner",
                        from,
                        live,
                        table));
                statements.addAll(Schema.strings(
                        connection,
                        "SELECT format('GRANT %s ON %I.%I TO %s%s', g.privilege_type, ?, c.relname,"
                                + TO
                                + " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
                                + " CROSS JOIN LATERAL aclexplode(c.relacl) g"
                                + " WHERE n.nspname = ? AND c.relname = ? AND g.grantee <> c.relowner"
                                + " AND g.grantor = c.relowner",
                        from,
                        live,
                        table));
            }
        }
        return statements;
    }

    /** Refuses a role that may not make tables where they are to be. */
    static void demandRight(Connection connection, DatabaseUrl url) throws SQLException {
        String name = url.schema();
        boolean isThere = !Schema.strings(connection, "SELECT 1 FROM pg_namespace WHERE nspname = ?", name)
                .isEmpty();
        String may = isThere
                ? Schema.strings(connection, "SELECT has_schema_privilege(?, 'CREATE')", name)
                        .get(0)
                : Schema.strings(connection, "SELECT has_database_privilege(current_database(), 'CREATE')")
                        .get(0);
        if (!may.startsWith("t")) {
            String user = Schema.strings(connection, "SELECT current_user").get(0);
            String base =
                    Schema.strings(connection, "SELECT current_database()").get(0);
            throw new Refusal(
                    ExitCode.REFUSED,
                    "The role " + user + " may not make tables in " + url + "; nothing was changed."
                            + System.lineSeparator() + "    run: GRANT CREATE ON "
                            + (isThere ? "SCHEMA \"" + name : "DATABASE \"" + base) + "\" TO \"" + user + "\";");
        }
    }
}
