package app.molos.edge.web;

import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;

/**
 * Ends what a request came by: on HTTP/1 its connection, on HTTP/2 its stream, since others are on the same connection
 * and {@code Connection} is no header there (RFC 9113, 8.2.2).
 */
public final class LastOfConnection {
    private LastOfConnection() {}

    /** Whether a request is one of many on its connection. */
    public static boolean isStream(HttpServerRequest request) {
        return request.version() == HttpVersion.HTTP_2;
    }

    /** Says in the response's head that nothing follows it. A stream ends with its response anyway. */
    public static void announce(HttpServerRequest request) {
        if (!isStream(request)) {
            request.response().putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
        }
    }

    /** Breaks off: only that tells a client that the rest of a response is missing. */
    public static void cut(HttpServerRequest request) {
        if (isStream(request)) {
            request.response().reset();
        } else {
            request.connection().close();
        }
    }
}
