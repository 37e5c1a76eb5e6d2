package app.molos.edge.auth.api;

import app.molos.edge.users.UserQuery;
import app.molos.edge.web.HttpError;
import java.util.Arrays;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.stream.Collectors;

/** The query of list-users. A limit or offset that is no positive number counts as absent, as on the wire. */
record UserListQuery(UserQuery users, OptionalLong limit, OptionalLong offset) {
    private static final int DEFAULT_LIMIT = 100;
    private static final int MAX_LIMIT = 1000;

    static UserListQuery read(AuthRequest call) {
        OptionalLong limit = number(call.query("limit"));
        OptionalLong offset = number(call.query("offset"));
        UserQuery users = new UserQuery((int) Math.min(limit.orElse(DEFAULT_LIMIT), MAX_LIMIT), offset.orElse(0));
        UserQuery.Match match = choice(call, "searchOperator", UserQuery.Match.class, UserQuery.Match.CONTAINS);
        String searchField = call.query("searchField");
        if (!searchField.isEmpty() && !searchField.equals("email") && !searchField.equals("name")) {
            throw invalid("searchField", "\"email\"|\"name\"");
        }
        UserQuery.Comparison comparison =
                choice(call, "filterOperator", UserQuery.Comparison.class, UserQuery.Comparison.EQ);
        String direction = call.query("sortDirection");
        if (!direction.isEmpty() && !direction.equals("asc") && !direction.equals("desc")) {
            throw invalid("sortDirection", "\"asc\"|\"desc\"");
        }
        if (!call.query("searchValue").isEmpty()) {
            users.search(searchField.isEmpty() ? "email" : searchField, match, call.query("searchValue"));
        }
        if (!call.query("filterValue").isEmpty()) {
            String field = call.query("filterField");
            users.filter(field.isEmpty() ? "email" : field, comparison, call.query("filterValue"));
        }
        if (!call.query("sortBy").isEmpty()) {
            users.sort(call.query("sortBy"), direction.equals("desc"));
        }
        return new UserListQuery(users, limit, offset);
    }

    private static OptionalLong number(String text) {
        return text.matches("[1-9]\\d{0,9}") ? OptionalLong.of(Long.parseLong(text)) : OptionalLong.empty();
    }

    private static <E extends Enum<E>> E choice(AuthRequest call, String name, Class<E> type, E fallback) {
        String text = call.query(name);
        if (text.isEmpty()) {
            return fallback;
        }
        return Arrays.stream(type.getEnumConstants())
                .filter(e -> e.name().toLowerCase(Locale.ROOT).equals(text))
                .findFirst()
                .orElseThrow(() -> invalid(
                        name,
                        Arrays.stream(type.getEnumConstants())
                                .map(e -> "\"" + e.name().toLowerCase(Locale.ROOT) + "\"")
                                .collect(Collectors.joining("|"))));
    }

    private static HttpError invalid(String name, String options) {
        return HttpError.of(400, "VALIDATION_ERROR", "[query." + name + "] Invalid option: expected one of " + options);
    }
}
