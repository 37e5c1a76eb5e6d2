package app.molos.edge.web;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxBootstrap;
import io.vertx.core.spi.VertxServiceProvider;
import io.vertx.core.spi.context.storage.ContextLocal;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a request's {@link RequestContext} in the Vert.x context of that request: code that runs there finds it, a
 * failure that nobody caught included. Listed under META-INF/services, since Vert.x takes such storage only before it
 * starts.
 */
public final class RequestContextLocal implements VertxServiceProvider {
    private static final ContextLocal<RequestContext> KEY = ContextLocal.registerLocal(RequestContext.class);

    @Override
    public void init(VertxBootstrap bootstrap) {
        // Being loaded is all.
    }

    /** Call where the request is handled. */
    public static void put(RequestContext context) {
        Vertx.currentContext().putLocal(KEY, context);
    }

    /** The context of the request that this code runs for; null outside of one. */
    public static @Nullable RequestContext get() {
        Context context = Vertx.currentContext();
        return context == null ? null : context.getLocal(KEY);
    }
}
