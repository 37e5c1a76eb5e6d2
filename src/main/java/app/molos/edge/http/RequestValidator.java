package app.molos.edge.http;

import app.molos.edge.http.netty.RequestDecoder;
import app.molos.edge.web.HttpError;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Refuses what no request may be, whatever it asks for; before the Router, which would log a stack trace for each. A
 * path is read once, decoded: what is refused here cannot mean two things further down.
 */
public final class RequestValidator {
    private static final Set<HttpMethod> KNOWN = Set.copyOf(HttpMethod.values());
    private static final HttpError TRACE_OR_CONNECT =
            HttpError.of(405, "METHOD_NOT_ALLOWED", "TRACE and CONNECT have no meaning here.");
    private static final HttpError UNKNOWN_METHOD = HttpError.of(501, "NOT_IMPLEMENTED", "The method is not known.");
    private static final HttpError HOST = HttpError.of(400, "BAD_HOST", "A request needs exactly one Host.");
    private static final HttpError OTHER_HOST =
            HttpError.of(400, "BAD_TARGET", "The target names another host than the Host header.");
    private static final HttpError TARGET = HttpError.of(400, "BAD_TARGET", "The target of the request is not a path.");
    private static final HttpError ESCAPE =
            HttpError.of(400, "BAD_PATH", "The path has a malformed escape or a character that cannot be in a path.");
    private static final HttpError QUERY =
            HttpError.of(400, "BAD_QUERY", "The query has a space or a control character.");
    private static final HttpError UPWARDS = HttpError.of(400, "BAD_PATH", "The path leads upwards.");

    private RequestValidator() {}

    /** Returns the error for what Netty could not parse: made here, so that it carries what every response carries. */
    static HttpError malformed(Throwable cause) {
        if (cause instanceof RequestDecoder.UnsupportedVersion) {
            return HttpError.of(505, "HTTP_VERSION_NOT_SUPPORTED", "Versions 1.0 and 1.1 of HTTP are spoken here.");
        }
        HttpResponseStatus status = cause instanceof TooLongHttpLineException
                ? HttpResponseStatus.REQUEST_URI_TOO_LONG
                : cause instanceof TooLongHttpHeaderException
                        ? HttpResponseStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
                        : HttpResponseStatus.BAD_REQUEST;
        return HttpError.of(
                status.code(), "BAD_REQUEST", "The request is not well-formed HTTP, or one of its parts is too long.");
    }

    /**
     * Why the request is refused, or null.
     *
     * @param mayLackHost whether HTTP/1.0 without a Host is taken: so ask balancers that check health by address
     */
    public static @Nullable HttpError violation(HttpServerRequest request, Predicate<HttpServerRequest> mayLackHost) {
        HttpMethod method = request.method();
        if (method.equals(HttpMethod.TRACE) || method.equals(HttpMethod.CONNECT)) {
            return TRACE_OR_CONNECT;
        }
        if (!KNOWN.contains(method)) {
            return UNKNOWN_METHOD;
        }
        List<String> hosts = request.headers().getAll(HttpHeaders.HOST);
        if (hosts.isEmpty() && request.version() == HttpVersion.HTTP_1_0 && mayLackHost.test(request)) {
            return request.uri().startsWith("/") ? pathViolation(request.uri()) : TARGET;
        }
        String host = hosts.size() == 1 ? hosts.get(0) : "";
        if (host.isBlank() || host.endsWith(":") || request.authority() == null) {
            return HOST;
        }
        String uri = request.uri();
        if (!uri.startsWith("/")) {
            return targetViolation(uri, host);
        }
        return pathViolation(uri);
    }

    private static @Nullable HttpError targetViolation(String uri, String host) {
        if (!uri.startsWith("http://") && !uri.startsWith("https://")) {
            return TARGET;
        }
        int start = uri.indexOf("://") + 3;
        int end = start;
        while (end < uri.length() && "/?#".indexOf(uri.charAt(end)) < 0) {
            end++;
        }
        if (!uri.substring(start, end).equalsIgnoreCase(host)) {
            return OTHER_HOST;
        }
        if (uri.indexOf('#') >= 0) {
            return TARGET;
        }
        return end == uri.length() ? null : uri.charAt(end) == '/' ? pathViolation(uri.substring(end)) : TARGET;
    }

    /**
     * A target has no fragment (some servers cut one off, others do not), so {@code #} is refused. One pass for the
     * common path without escapes and dots; the decoded segments are looked at only when there are any.
     */
    static @Nullable HttpError pathViolation(String uri) {
        boolean hasEscapeOrDots = false;
        int end = uri.length();
        for (int i = 0; i < uri.length(); i++) {
            char c = uri.charAt(i);
            if (c == '#') {
                return TARGET;
            }
            if (c == '?') {
                end = Math.min(end, i);
            }
            if (i >= end) {
                // A space would end the line that the module reads; only HTTP/2 can send one.
                if (c <= ' ' || c == 127) {
                    return QUERY;
                }
                continue;
            }
            if (c == '\\' || c <= ' ' || c >= 127) {
                return ESCAPE;
            }
            hasEscapeOrDots |= c == '%' || (c == '.' && i > 0 && uri.charAt(i - 1) == '.');
        }
        return hasEscapeOrDots ? decodedViolation(uri.substring(0, end)) : null;
    }

    private static @Nullable HttpError decodedViolation(String path) {
        StringBuilder decoded = new StringBuilder(path.length());
        for (int i = 0; i < path.length(); i++) {
            char c = path.charAt(i);
            if (c != '%') {
                decoded.append(c);
                continue;
            }
            int high = i + 2 < path.length() ? Character.digit(path.charAt(i + 1), 16) : -1;
            int low = i + 2 < path.length() ? Character.digit(path.charAt(i + 2), 16) : -1;
            int octet = high * 16 + low;
            if (high < 0 || low < 0 || octet < ' ' || octet == '\\' || octet == 127) {
                return ESCAPE;
            }
            decoded.append((char) octet);
            i += 2;
        }
        for (String segment : decoded.toString().split("/", -1)) {
            // A parameter does not change where a segment leads for the servers that cut it off.
            int parameter = segment.indexOf(';');
            if ((parameter < 0 ? segment : segment.substring(0, parameter)).equals("..")) {
                return UPWARDS;
            }
        }
        return null;
    }
}
