package app.molos.edge.web;

import io.vertx.core.Handler;
import io.vertx.ext.web.RoutingContext;
import java.util.regex.Pattern;

/** Refuses a query that cannot be decoded, before somebody reads it. Modules get theirs as it is. */
public final class QueryGuard implements Handler<RoutingContext> {
    private static final Pattern MALFORMED_ESCAPE = Pattern.compile("%(?![0-9A-Fa-f]{2})");
    private static final HttpError MALFORMED = HttpError.of(400, "BAD_REQUEST", "The query has a malformed escape");

    @Override
    public void handle(RoutingContext ctx) {
        String query = ctx.request().query();
        if (query != null && MALFORMED_ESCAPE.matcher(query).find()) {
            ctx.fail(MALFORMED);
        } else {
            ctx.next();
        }
    }
}
