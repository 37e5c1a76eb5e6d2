package app.molos.edge.http;

import app.molos.edge.http.netty.RequestDecoder;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.HostAndPort;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Gives a request of HTTP/2 the headers that HTTP/1 has for the same things, once, so that nothing behind has to ask. */
final class Http2Requests {
    /** Letters of a request's target; HTTP/1 counts its whole first line. */
    static final int MAX_TARGET = 8192;

    private Http2Requests() {}

    /** Returns what HTTP/1's decoder would not have taken; null when there is nothing. */
    static @Nullable Throwable tooLong(HttpServerRequest request) {
        int headers = 0;
        for (var ignored : request.headers()) {
            headers++;
        }
        if (headers > RequestDecoder.MAX_HEADERS) {
            return new TooLongHttpHeaderException();
        }
        String uri = request.uri();
        return uri != null && uri.length() > MAX_TARGET ? new TooLongHttpLineException() : null;
    }

    /** Returns what a head costs to keep, as HTTP/1's decoder counts it. */
    static long cost(HttpServerRequest request) {
        long cost = 0;
        for (Map.Entry<String, String> header : request.headers()) {
            cost += header.getKey().length() + header.getValue().length() + RequestDecoder.HEADER_COST;
        }
        return cost;
    }

    /** {@code :authority} becomes Host, and the crumbs of a cookie one line (RFC 9113, 8.2.3 and 8.3.1). */
    static void normalize(HttpServerRequest request) {
        HostAndPort authority = request.authority();
        if (authority != null) {
            String host = authority.host();
            request.headers().set(HttpHeaders.HOST, authority.port() < 0 ? host : host + ":" + authority.port());
        }
        List<String> crumbs = request.headers().getAll(HttpHeaders.COOKIE);
        if (crumbs.size() > 1) {
            request.headers().set(HttpHeaders.COOKIE, String.join("; ", crumbs));
        }
    }
}
