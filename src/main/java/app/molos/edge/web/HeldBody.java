package app.molos.edge.web;

import io.vertx.core.http.HttpServerRequest;

/** The body of a request while something else is waited for: what comes and nobody reads is lost. */
public final class HeldBody {
    private HeldBody() {}

    /**
     * Has it wait; whoever reads it resumes the request. Once it was read whole nothing is lost, and on HTTP/2 it may not be
     * paused any more.
     */
    public static void hold(HttpServerRequest request) {
        if (!request.isEnded()) {
            request.pause();
        }
    }
}
