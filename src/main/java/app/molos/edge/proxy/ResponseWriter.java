package app.molos.edge.proxy;

import app.molos.edge.web.AcceptEncoding;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import org.jspecify.annotations.Nullable;

/** Writes a module's answer to the client: whole, or as it comes; compressed where that is welcome. */
final class ResponseWriter {
    /** Answers up to this size are taken whole and sent with one write. */
    private static final int SMALL = 64 * 1024;
    private static final Buffer NOTHING = Buffer.buffer();
    private static final String EVENT_STREAM = "text/event-stream";

    private final HttpServerRequest request;
    private final HttpServerResponse response;
    private final UpstreamResponse answer;
    private final long length;
    private final boolean isStream;
    private final boolean couldBePacked;
    /** Whether it is about an answer that is sent compressed to some: then caches must know. */
    private final boolean varies;
    private final boolean isConfirmation;
    private @Nullable Gzip gzip;

    /** @param compresses whether answers of this module may be compressed */
    ResponseWriter(HttpServerRequest request, UpstreamResponse answer, boolean compresses) {
        this.request = request;
        this.response = request.response();
        this.answer = answer;
        this.length = Framing.length(answer.headers());
        this.isStream = hasBody() && Framing.isOfType(answer.headers(), EVENT_STREAM);
        this.isConfirmation = compresses && answer.status() == 304;
        boolean suits = compresses && Compression.suits(request, answer, length);
        this.couldBePacked = suits && hasBody();
        this.varies = suits || isConfirmation;
    }

    /** Whether somebody listens to it for as long as it goes on. */
    boolean isStream() {
        return isStream;
    }

    boolean hasBody() {
        int status = answer.status();
        return request.method() != HttpMethod.HEAD && status != 204 && status != 304;
    }

    /** Whether it is so short that it is taken whole: should the module break off, a proper answer can still be made. */
    boolean isSmall() {
        return !hasBody() || (!isStream && length >= 0 && length <= SMALL);
    }

    /** Puts the head on the response; nothing of it is sent yet. */
    void putHead(ResponseHeaderFilter answers, String requestId, String strippedPrefix, boolean isUpgraded) {
        answers.copyHead(answer, response, requestId, strippedPrefix, isUpgraded);
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
        } else if (isPacked()) {
            Compression.mark(response.headers());
            response.end(Gzip.whole(body));
        } else {
            response.end(body);
        }
    }

    /** Passes the body on as it comes, after its head was put; {@code ended} runs when the last of it was taken. */
    void stream(Relay.Progress progress, Runnable ended) {
        gzip = isPacked() ? Gzip.open() : null;
        if (gzip != null) {
            Compression.mark(response.headers());
        }
        boolean isFramed = length >= 0 && gzip == null;
        if (!isFramed && request.version() == HttpVersion.HTTP_1_0) {
            response.putHeader(HttpHeaders.CONNECTION, "close");
        } else if (!isFramed) {
            response.setChunked(true);
        }
        Gzip packing = gzip;
        Relay.pump(answer, response, progress, packing == null ? part -> part : packing::part);
        answer.endHandler(v -> {
            MultiMap trailers = answer.trailers();
            if (response.isChunked() && !trailers.isEmpty()) {
                ResponseHeaderFilter.copyTrailers(trailers, response.trailers());
            }
            ended.run();
        });
        if (isStream && (response.isChunked() || isFramed)) {
            // Whoever listens wants to know at once that the stream is open, even while nothing happens.
            response.writeHead();
        }
    }

    /** After {@link #stream}: what was to be written is. */
    void endStream() {
        boolean endsWithConnection = request.version() == HttpVersion.HTTP_1_0 && !response.headers().contains(HttpHeaders.CONTENT_LENGTH);
        (gzip == null ? response.end() : response.end(gzip.end())).onComplete(done -> {
            if (endsWithConnection) {
                request.connection().close();
            }
        });
    }

    /** However it ended. */
    void close() {
        if (gzip != null) {
            gzip.close();
        }
    }

    private boolean isPacked() {
        return couldBePacked && AcceptEncoding.takes(request, "gzip");
    }
}
