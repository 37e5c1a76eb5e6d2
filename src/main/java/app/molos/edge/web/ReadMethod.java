package app.molos.edge.web;

import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;

/** GET and HEAD: the methods that pages, files and probes are asked for with. */
public final class ReadMethod {
    private ReadMethod() {}

    public static boolean is(HttpServerRequest request) {
        return request.method().equals(HttpMethod.GET) || isHead(request);
    }

    /** Whether only the head of the response is wanted. */
    public static boolean isHead(HttpServerRequest request) {
        return request.method().equals(HttpMethod.HEAD);
    }
}
