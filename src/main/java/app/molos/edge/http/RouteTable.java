package app.molos.edge.http;

import app.molos.edge.auth.api.AuthRoutes;
import app.molos.edge.web.RequestContext;
import app.molos.edge.web.RequestTarget;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import java.util.function.Consumer;

/** The edge's own rows, as the target of every path that is no module's. */
final class RouteTable implements RequestTarget {
    private final Router router;

    RouteTable(Router router) {
        this.router = router;
    }

    /** Gives failures of the auth wire their shape, those of the guards included. */
    static void prepare(RequestContext context) {
        if (AuthRoutes.cover(context.path())) {
            AuthRoutes.shape(context);
        }
    }

    @Override
    public void answer(HttpServerRequest request, RequestContext context, Consumer<Throwable> failed) {
        router.handle(request);
    }
}
