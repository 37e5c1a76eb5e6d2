package app.molos.edge.proxy;

import app.molos.edge.proxy.upstream.UpstreamResponse;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Reads how long a message is, how one knows, and whether it may be sent twice: once, for both directions. */
final class Framing {
    private static final Set<HttpMethod> IDEMPOTENT =
            Set.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS, HttpMethod.PUT, HttpMethod.DELETE);

    private Framing() {}

    /** Whether a request may be acted on twice (RFC 9110, 9.2.2). */
    static boolean isIdempotent(HttpMethod method) {
        return IDEMPOTENT.contains(method);
    }

    /** Whether the client sends its body only when it is told to. */
    static boolean waitsForContinue(HttpServerRequest request) {
        return request.version() != HttpVersion.HTTP_1_0
                && "100-continue".equalsIgnoreCase(request.getHeader(HttpHeaders.EXPECT));
    }

    /** Whether the one protocol that is offered, or taken, is WebSocket: nothing else is passed through unread. */
    static boolean isWebSocket(MultiMap headers) {
        List<String> protocols =
                headers.contains(HttpHeaders.UPGRADE) ? headers.getAll(HttpHeaders.UPGRADE) : List.of();
        return protocols.size() == 1 && protocols.get(0).trim().equalsIgnoreCase("websocket");
    }

    /** Bytes of the body, below 0 when its head does not say. */
    static long length(MultiMap headers) {
        String length = headers.get(HttpHeaders.CONTENT_LENGTH);
        try {
            return length == null ? -1 : Long.parseLong(length.trim());
        } catch (NumberFormatException e) {
            return -1;
        }
    }

    /** Whether the transfer coding is none or chunked: nothing else can be passed on. */
    static boolean isCodingKnown(MultiMap headers) {
        if (!headers.contains(HttpHeaders.TRANSFER_ENCODING)) {
            return true;
        }
        List<String> codings = headers.getAll(HttpHeaders.TRANSFER_ENCODING);
        return codings.size() == 1 && codings.get(0).trim().equalsIgnoreCase("chunked");
    }

    static boolean isOfType(MultiMap headers, String type) {
        String actual = headers.get(HttpHeaders.CONTENT_TYPE);
        return actual != null && actual.regionMatches(true, 0, type, 0, type.length());
    }

    /**
     * Whether a server closes the connection after this answer.
     *
     * @param hasBody whether there is one, which then may have no other end
     */
    static boolean endsConnection(UpstreamResponse answer, boolean hasBody) {
        String connection = answer.headers().get(HttpHeaders.CONNECTION);
        return answer.version() == HttpVersion.HTTP_1_0
                || (hasBody
                        && length(answer.headers()) < 0
                        && !answer.headers().contains(HttpHeaders.TRANSFER_ENCODING))
                || (connection != null && connection.toLowerCase(Locale.ROOT).contains("close"));
    }
}
