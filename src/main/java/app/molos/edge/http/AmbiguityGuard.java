package app.molos.edge.http;

import app.molos.edge.web.Decision;
import app.molos.edge.web.HttpError;
import app.molos.edge.web.RequestContext;
import app.molos.edge.web.RequestGuard;
import io.vertx.core.http.HttpServerRequest;

/**
 * Refuses a path that real servers read in two ways which lead to different modules. From here on the request is the
 * module's.
 */
final class AmbiguityGuard implements RequestGuard {
    private static final Decision AMBIGUOUS =
            Decision.refuse(HttpError.of(400, "BAD_PATH", "The path can be read as one of another module."));

    @Override
    public Decision decide(HttpServerRequest request, RequestContext context) {
        if (context.target().isAmbiguous()) {
            return AMBIGUOUS;
        }
        context.setModule(context.target().module());
        return Decision.ALLOW;
    }
}
