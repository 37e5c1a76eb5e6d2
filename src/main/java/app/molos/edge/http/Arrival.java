package app.molos.edge.http;

import app.molos.edge.web.Exchange;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Hands a request's {@link Exchange} to its routing context: first in every route table. A Router starts a request's first
 * handler before {@code handle} returns, on this very thread. Confined to one event loop.
 */
final class Arrival implements Handler<RoutingContext> {
    private @Nullable Exchange arriving;

    void route(Router table, HttpServerRequest request, Exchange exchange) {
        arriving = exchange;
        table.handle(request);
        arriving = null;
    }

    @Override
    public void handle(RoutingContext ctx) {
        Objects.requireNonNull(arriving).attach(ctx);
        ctx.next();
    }
}
