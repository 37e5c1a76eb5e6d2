package app.molos.edge.proxy;

import app.molos.edge.proxy.upstream.UpstreamResponse;
import app.molos.edge.web.AcceptEncoding;
import app.molos.edge.web.ReadMethod;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import org.jspecify.annotations.Nullable;

/**
 * Writes a module's response to the client: whole, or as it comes; compressed where the client takes it. Confined to
 * one event loop.
 */
final class ResponseWriter {
    /** Bytes up to which a response is read whole and sent with one write. */
    private static final int SMALL = 64 * 1024;

    private static final Buffer NOTHING = Buffer.buffer();
    private static final String EVENT_STREAM = "text/event-stream";

    private final HttpServerRequest request;
    private final HttpServerResponse response;
    private final UpstreamResponse upstream;
    private final long length;
    private final boolean isStream;
    private final boolean mayBeCompressed;
    /** Whether some clients get it compressed: then caches must know. */
    private final boolean varies;

    private final boolean isConfirmation;
    private @Nullable Gzip gzip;

    /** @param compresses whether responses of this module may be compressed */
    ResponseWriter(HttpServerRequest request, UpstreamResponse upstream, boolean compresses) {
        this.request = request;
        this.response = request.response();
        this.upstream = upstream;
        this.length = Framing.length(upstream.headers());
        this.isStream = hasBody() && Framing.isOfType(upstream.headers(), EVENT_STREAM);
        this.isConfirmation = compresses && upstream.status() == 304;
        boolean suits = compresses && Compression.suits(request, upstream, length);
        this.mayBeCompressed = suits && hasBody();
        this.varies = suits || isConfirmation;
    }

    /** Whether it is an event stream, which may be silent and has no end. */
    boolean isStream() {
        return isStream;
    }

    boolean hasBody() {
        int status = upstream.status();
        return !ReadMethod.isHead(request) && status != 204 && status != 304;
    }

    /** Whether it is read whole: should the module break off, the client can still get a proper error. */
    boolean isSmall() {
        return !hasBody() || (!isStream && length >= 0 && length <= SMALL);
    }

    /**
     * Passes the links of a 103 on. HTTP/1.0 knows no such response, and one that the client does not take is of no use
     * to it.
     */
    static void hint(HttpServerRequest request, MultiMap hints) {
        MultiMap links = ResponseHeaderFilter.hints(hints);
        boolean isTaken =
                request.version() != HttpVersion.HTTP_1_0 && !request.response().writeQueueFull();
        if (isTaken && !links.isEmpty()) {
            request.response().writeEarlyHints(links);
        }
    }

    /** Puts the head on the response; nothing of it is sent yet. */
    void putHead(ResponseHeaderFilter filter, String requestId, String strippedPrefix, boolean isUpgraded) {
        filter.copyHead(upstream, request, requestId, strippedPrefix, isUpgraded);
        if (varies) {
            Compression.vary(response.headers());
        }
        if (isConfirmation) {
            Compression.confirm(request, response.headers());
        }
    }

    void sendWhole(Buffer body) {
        if (!hasBody()) {
            response.end(NOTHING);
        } else if (isCompressed()) {
            Compression.mark(response.headers());
            response.end(Gzip.whole(body));
        } else {
            response.end(body);
        }
    }

    /** Passes the body on as it comes, after its head was put; {@code ended} runs when the last of it was taken. */
    void stream(Relay.Progress progress, Runnable ended) {
        gzip = isCompressed() ? Gzip.open() : null;
        if (gzip != null) {
            Compression.mark(response.headers());
        }
        boolean isFramed = length >= 0 && gzip == null;
        if (!isFramed && request.version() == HttpVersion.HTTP_1_0) {
            response.putHeader(HttpHeaders.CONNECTION, "close");
        } else if (!isFramed) {
            response.setChunked(true);
        }
        Gzip compressing = gzip;
        Relay.pump(upstream, response, progress, compressing == null ? part -> part : compressing::part);
        upstream.endHandler(v -> {
            MultiMap trailers = upstream.trailers();
            if (response.isChunked() && !trailers.isEmpty()) {
                ResponseHeaderFilter.copyTrailers(trailers, response.trailers());
            }
            ended.run();
        });
        if (isStream && (response.isChunked() || isFramed)) {
            // The client is to know at once that the stream is open, even while nothing happens.
            response.writeHead();
        }
    }

    /** Ends the response after {@link #stream}. */
    void endStream() {
        boolean endsWithConnection =
                request.version() == HttpVersion.HTTP_1_0 && !response.headers().contains(HttpHeaders.CONTENT_LENGTH);
        (gzip == null ? response.end() : response.end(gzip.end())).onComplete(done -> {
            if (endsWithConnection) {
                request.connection().close();
            }
        });
    }

    /** Frees its memory, however it ended. */
    void close() {
        if (gzip != null) {
            gzip.close();
        }
    }

    private boolean isCompressed() {
        return mayBeCompressed && AcceptEncoding.takes(request, "gzip");
    }
}
