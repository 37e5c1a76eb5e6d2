package app.molos.edge.proxy;

import app.molos.edge.proxy.upstream.UpstreamResponse;
import app.molos.edge.web.NameSet;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Which answers of modules are compressed on their way, and what that does to their heads. */
final class Compression {
    /** Below this a packet is a packet. */
    private static final int WORTHWHILE = 1024;

    private static final CharSequence ACCEL_BUFFERING = HttpHeaders.createOptimized("x-accel-buffering");
    /** The request headers whose ETags may be weakened ones. */
    static final NameSet CONDITIONS = NameSet.of("if-match", "if-none-match");

    private static final String WEAK = "W/";
    private static final Pattern WEAK_TAG = Pattern.compile("W/(\"[^\"]*\")");
    private static final CharSequence GZIP = HttpHeaders.createOptimized("gzip");
    private static final Set<String> TYPES = Set.of(
            "application/javascript",
            "application/json",
            "application/xml",
            "application/wasm",
            "application/manifest+json",
            "application/x-javascript",
            "application/graphql",
            "application/x-ndjson",
            "image/svg+xml",
            "image/x-icon",
            "image/bmp",
            "font/ttf",
            "font/otf");

    private Compression() {}

    /**
     * Whether an answer, or the one that a HEAD asks about, may be sent compressed: never what is one already, what is
     * a part of something, what must not be changed, or what somebody reads while it is being written.
     */
    static boolean suits(HttpServerRequest request, UpstreamResponse answer, long length) {
        MultiMap headers = answer.headers();
        return answer.status() == 200
                && request.version() != HttpVersion.HTTP_1_0
                && (length < 0 || length >= WORTHWHILE)
                && !headers.contains(HttpHeaders.CONTENT_ENCODING)
                && isText(headers.get(HttpHeaders.CONTENT_TYPE))
                && !headers.contains(HttpHeaders.CONTENT_RANGE)
                && !"no".equalsIgnoreCase(headers.get(ACCEL_BUFFERING))
                && !says(headers, HttpHeaders.CACHE_CONTROL, "no-transform");
    }

    private static boolean says(MultiMap headers, CharSequence name, String word) {
        return headers.contains(name)
                && headers.getAll(name).stream()
                        .anyMatch(v -> v.toLowerCase(Locale.ROOT).contains(word));
    }

    /**
     * Says so in a head: another answer to the same question is another one by encoding only, so its ETag is a weak
     * one.
     */
    static void mark(MultiMap headers) {
        headers.set(HttpHeaders.CONTENT_ENCODING, GZIP);
        headers.remove(HttpHeaders.CONTENT_LENGTH);
        headers.remove("accept-ranges");
        headers.remove("content-md5");
        headers.remove("digest");
        headers.remove("content-digest");
        headers.remove("repr-digest");
        String etag = headers.get(HttpHeaders.ETAG);
        if (etag != null && !etag.startsWith(WEAK)) {
            headers.set(HttpHeaders.ETAG, WEAK + etag);
        }
    }

    /**
     * Lets a module recognise the ETags that {@link #mark} made weak: each weak one is also named as the strong one
     * that it may have been. Otherwise no {@code If-Match} would ever hold, and no {@code If-None-Match} of modules
     * that compare texts.
     */
    static String withStrongTags(String tags) {
        if (!tags.contains(WEAK)) {
            return tags;
        }
        StringBuilder all = new StringBuilder(tags);
        Matcher weak = WEAK_TAG.matcher(tags);
        while (weak.find()) {
            all.append(", ").append(weak.group(1));
        }
        return all.toString();
    }

    /** Confirms what a client has compressed by the tag that it has, not by the module's own. */
    static void confirm(HttpServerRequest request, MultiMap headers) {
        String asked = request.getHeader(HttpHeaders.IF_NONE_MATCH);
        String etag = headers.get(HttpHeaders.ETAG);
        if (asked != null && etag != null && !etag.startsWith(WEAK) && asked.contains(WEAK + etag)) {
            headers.set(HttpHeaders.ETAG, WEAK + etag);
        }
    }

    /** Tells caches that a response could have been compressed, whether it was or not. */
    static void vary(MultiMap headers) {
        boolean isSaid = says(headers, HttpHeaders.VARY, "accept-encoding") || says(headers, HttpHeaders.VARY, "*");
        if (!isSaid) {
            headers.add(HttpHeaders.VARY, HttpHeaders.ACCEPT_ENCODING);
        }
    }

    private static boolean isText(String contentType) {
        if (contentType == null) {
            return false;
        }
        int end = contentType.indexOf(';');
        String type =
                (end < 0 ? contentType : contentType.substring(0, end)).trim().toLowerCase(Locale.ROOT);
        return (type.startsWith("text/") && !type.equals("text/event-stream"))
                || TYPES.contains(type)
                || type.endsWith("+json")
                || type.endsWith("+xml");
    }
}
