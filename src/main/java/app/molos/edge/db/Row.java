package app.molos.edge.db;

import org.jspecify.annotations.Nullable;

/** One row of a result. The databases disagree on the Java type of a number and a truth; this class does not. */
public final class Row {
    private final io.vertx.sqlclient.Row row;

    Row(io.vertx.sqlclient.Row row) {
        this.row = row;
    }

    public String text(String column) {
        String value = optionalText(column);
        if (value == null) {
            throw new IllegalStateException("column " + column + " is null");
        }
        return value;
    }

    public @Nullable String optionalText(String column) {
        Object value = row.getValue(column);
        return value == null ? null : value.toString();
    }

    public long number(String column) {
        return ((Number) row.getValue(column)).longValue();
    }

    public @Nullable Long optionalNumber(String column) {
        return row.getValue(column) instanceof Number number ? number.longValue() : null;
    }

    /** A truth stored as 0 or 1. */
    public boolean flag(String column) {
        return number(column) != 0;
    }
}
