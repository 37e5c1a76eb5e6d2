package app.molos.edge.http;

import app.molos.edge.assertions.Assertions;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.RoutingContext;

/** The keys by which modules check who asks, for anybody: they are public halves. */
final class AssertionKeysHandler implements Handler<RoutingContext> {
    private static final CharSequence TYPE = HttpHeaders.createOptimized("application/jwk-set+json");
    private static final CharSequence CACHING = HttpHeaders.createOptimized("public, max-age=3600");

    private final Vertx vertx;
    private final Assertions assertions;

    AssertionKeysHandler(Vertx vertx, Assertions assertions) {
        this.vertx = vertx;
        this.assertions = assertions;
    }

    @Override
    public void handle(RoutingContext ctx) {
        assertions
                .published(vertx)
                .onSuccess(keys -> ctx.response()
                        .putHeader(HttpHeaders.CONTENT_TYPE, TYPE)
                        .putHeader(HttpHeaders.CACHE_CONTROL, CACHING)
                        .end(keys))
                .onFailure(ctx::fail);
    }
}
