package app.molos.edge.web;

import io.vertx.core.http.HttpServerRequest;

/** Allows a request or refuses it, before anything answers it. Writes nothing but what the context has a place for. */
public interface RequestGuard {
    /**
     * Judges one request.
     *
     * @param context whose path and target are known
     */
    Decision decide(HttpServerRequest request, RequestContext context);
}
