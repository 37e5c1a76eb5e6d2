package app.molos.edge.users;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Which users, in what order, how many. Fields go by their names on the wire; a field that there is not makes the query
 * empty instead of an error, as the wire has it. Used by one thread.
 */
public final class UserQuery {
    /** How a search text is looked for. */
    public enum Match {
        CONTAINS,
        STARTS_WITH,
        ENDS_WITH
    }

    /** How a filter compares. */
    public enum Comparison {
        EQ("="),
        NE("<>"),
        LT("<"),
        LTE("<="),
        GT(">"),
        GTE(">="),
        CONTAINS("LIKE");

        private final String sql;

        Comparison(String sql) {
            this.sql = sql;
        }
    }

    private enum Type {
        TEXT,
        FLAG,
        TIME
    }

    private record Field(String column, Type type) {
        /** As text is searched in it. A name that the program has not folded yet is folded as the database can. */
        private String folded() {
            return column.equals(NAME)
                    ? "COALESCE(u.name_folded, LOWER(u.name))"
                    : "LOWER(CAST(" + column + " AS TEXT))";
        }
    }

    private static final String NAME = "u.name";

    private static final Map<String, Field> FIELDS = Map.ofEntries(
            Map.entry("id", new Field("u.id", Type.TEXT)),
            // As better-auth's adapters for documents name it, and its clients with them.
            Map.entry("_id", new Field("u.id", Type.TEXT)),
            Map.entry("name", new Field(NAME, Type.TEXT)),
            Map.entry("email", new Field("u.email", Type.TEXT)),
            Map.entry("image", new Field("u.image", Type.TEXT)),
            Map.entry("role", new Field("u.role", Type.TEXT)),
            Map.entry("banReason", new Field("u.ban_reason", Type.TEXT)),
            Map.entry("emailVerified", new Field("u.email_verified", Type.FLAG)),
            Map.entry("banned", new Field("u.banned", Type.FLAG)),
            Map.entry("banExpires", new Field("u.ban_expires", Type.TIME)),
            Map.entry("createdAt", new Field("u.created_at", Type.TIME)),
            Map.entry("updatedAt", new Field("u.updated_at", Type.TIME)));

    private final List<String> conditions = new ArrayList<>();
    private final List<@Nullable Object> arguments = new ArrayList<>();
    private final int limit;
    private final long offset;
    private String order = "u.created_at, u.id";
    private boolean isImpossible;

    public UserQuery(int limit, long offset) {
        this.limit = limit;
        this.offset = offset;
    }

    /** Case does not count. */
    public UserQuery search(String field, Match match, String text) {
        Field known = FIELDS.get(field);
        if (known == null) {
            isImpossible = true;
            return this;
        }
        String escaped = escaped(known, text);
        conditions.add(known.folded() + " LIKE ? ESCAPE '\\'");
        arguments.add(
                switch (match) {
                    case CONTAINS -> "%" + escaped + "%";
                    case STARTS_WITH -> escaped + "%";
                    case ENDS_WITH -> "%" + escaped;
                });
        return this;
    }

    public UserQuery filter(String field, Comparison comparison, String value) {
        Field known = FIELDS.get(field);
        Optional<Object> argument = known == null ? Optional.empty() : convert(known.type(), value);
        if (known == null || argument.isEmpty()) {
            isImpossible = true;
        } else if (comparison == Comparison.CONTAINS) {
            conditions.add(known.folded() + " LIKE ? ESCAPE '\\'");
            arguments.add("%" + escaped(known, value) + "%");
        } else {
            conditions.add(known.column() + " " + comparison.sql + " ?");
            arguments.add(argument.get());
        }
        return this;
    }

    public UserQuery sort(String field, boolean isDescending) {
        Field known = FIELDS.get(field);
        if (known == null) {
            isImpossible = true;
        } else {
            order = known.column() + (isDescending ? " DESC" : "") + ", u.id";
        }
        return this;
    }

    boolean isImpossible() {
        return isImpossible;
    }

    String where() {
        return conditions.isEmpty() ? "" : " WHERE " + String.join(" AND ", conditions);
    }

    String page() {
        return " ORDER BY " + order + " LIMIT " + limit + " OFFSET " + offset;
    }

    @Nullable
    Object[] arguments() {
        return arguments.toArray();
    }

    private static String escaped(Field field, String text) {
        String folded = field.column().equals(NAME) ? FoldedName.of(text) : text.toLowerCase(Locale.ROOT);
        return folded.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_");
    }

    private static Optional<Object> convert(Type type, String value) {
        return switch (type) {
            case TEXT -> Optional.of(value);
            case FLAG ->
                value.equals("true") || value.equals("1")
                        ? Optional.of(1)
                        : value.equals("false") || value.equals("0") ? Optional.of(0) : Optional.empty();
            case TIME -> Times.parse(value).map(java.time.Instant::toEpochMilli);
        };
    }
}
