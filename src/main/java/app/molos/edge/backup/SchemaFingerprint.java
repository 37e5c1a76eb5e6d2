package app.molos.edge.backup;

import app.molos.edge.backup.Schema.Table;
import app.molos.edge.db.Dialect;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HexFormat;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * What the catalogue of a database says of our tables, hashed: it changes with an index that is gone and a default that is
 * another, not with what rows there are. It belongs to one dialect.
 */
final class SchemaFingerprint {
    private static final String SQLITE =
            "SELECT type || ' ' || name || ' ' || tbl_name || ' ' || coalesce(sql, '') FROM sqlite_schema WHERE tbl_name IN (%s)";
    private static final List<String> POSTGRESQL = List.of(
            "SELECT 'column ' || c.relname || ' ' || row_number() OVER (PARTITION BY c.oid ORDER BY a.attnum) || ' ' || a.attname"
                    + " || ' ' || format_type(a.atttypid, a.atttypmod) || ' ' || a.attnotnull || ' '"
                    + " || coalesce(pg_get_expr(d.adbin, d.adrelid), '') FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid"
                    + " JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = current_schema()"
                    + " LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum"
                    + " WHERE c.relname IN (%s) AND a.attnum > 0 AND NOT a.attisdropped",
            "SELECT 'constraint ' || c.relname || ' ' || o.conname || ' ' || pg_get_constraintdef(o.oid) || ' ' || o.convalidated"
                    + " FROM pg_constraint o JOIN pg_class c ON c.oid = o.conrelid"
                    + " JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = current_schema()"
                    + " WHERE c.relname IN (%s) AND o.contype <> 'n'",
            "SELECT 'index ' || replace(pg_get_indexdef(i.indexrelid), ' ON ' || quote_ident(n.nspname) || '.', ' ON ') || ' '"
                    + " || i.indisvalid FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid"
                    + " JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = current_schema() WHERE c.relname IN (%s)");

    private SchemaFingerprint() {}

    /** Returns it as lower-case hexadecimal of a SHA-256. */
    static String of(Connection connection, Dialect dialect, Schema schema) throws SQLException {
        String tables = schema.tables().stream()
                .map(Table::name)
                .map(name -> '\'' + name + '\'')
                .collect(Collectors.joining(", "));
        TreeSet<String> lines = new TreeSet<>();
        for (String query : dialect == Dialect.SQLITE ? List.of(SQLITE) : POSTGRESQL) {
            Schema.strings(connection, String.format(query, tables)).stream()
                    .map(line -> line.replaceAll("--[^\\n]*", " ")
                            .replaceAll("\\s+", " ")
                            .strip())
                    .forEach(lines::add);
        }
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256")
                            .digest(String.join("\n", lines).getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
