package app.molos.edge.web;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxBootstrap;
import io.vertx.core.spi.VertxServiceProvider;
import io.vertx.core.spi.context.storage.ContextLocal;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a request's {@link Exchange} in the Vert.x context of that request: code that runs there finds it, a failure that nobody
 * caught included. Listed under META-INF/services, since Vert.x takes such storage only before it starts.
 */
public final class ExchangeLocal implements VertxServiceProvider {
    private static final ContextLocal<Exchange> KEY = ContextLocal.registerLocal(Exchange.class);

    @Override
    public void init(VertxBootstrap bootstrap) {
        // Being loaded is all.
    }

    /** Call where the request is handled. */
    public static void put(Exchange exchange) {
        Vertx.currentContext().putLocal(KEY, exchange);
    }

    /** The exchange of the request that this code runs for; null outside of one. */
    public static @Nullable Exchange get() {
        Context context = Vertx.currentContext();
        return context == null ? null : context.getLocal(KEY);
    }
}
