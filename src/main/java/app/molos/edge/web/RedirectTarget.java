package app.molos.edge.web;

import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.util.function.Consumer;

/** Sends the client to another path. */
public record RedirectTarget(String module, boolean checksOrigin, int status, String location)
        implements RequestTarget {
    @Override
    public void answer(HttpServerRequest request, RequestContext context, Consumer<Throwable> failed) {
        request.response()
                .setStatusCode(status)
                .putHeader(HttpHeaders.LOCATION, location)
                .end();
    }
}
