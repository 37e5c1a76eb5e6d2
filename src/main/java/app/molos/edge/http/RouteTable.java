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
    private final boolean checksOrigin;

    RouteTable(Router router) {
        this(router, true);
    }

    private RouteTable(Router router, boolean checksOrigin) {
        this.router = router;
        this.checksOrigin = checksOrigin;
    }

    /** Returns the same rows, for what browsers send by themselves: it has no Origin, and nobody acts by it. */
    RouteTable forReports() {
        return new RouteTable(router, false);
    }

    @Override
    public boolean checksOrigin() {
        return checksOrigin;
    }

    /** A page of two hundred parts sends as many reports: they must not use up what the page itself needs. */
    @Override
    public boolean isCheap() {
        return !checksOrigin;
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
