package app.molos.edge.http;

import app.molos.edge.web.BodyReader;
import app.molos.edge.web.LastOfConnection;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;

/** Notices a request's body that stands still because of its client. Confined to one event loop. */
final class BodyClock {
    private final long limitNanos;
    private long bytes = -1;
    private long movedAt;

    BodyClock(long limitNanos) {
        this.limitNanos = limitNanos;
    }

    void begin() {
        bytes = -1;
    }

    /** @param isHeldBack whether it is us who do not read: then the client is not to blame */
    boolean isLate(HttpServerRequest request, boolean isHeldBack, long now) {
        if (request.isEnded() || request.bytesRead() >= declaredLength(request) || !isExpected(request)) {
            // All of it is here, if there is any; it is our side that has not taken it yet.
            return false;
        }
        if (request.bytesRead() != bytes || isHeldBack) {
            bytes = request.bytesRead();
            movedAt = now;
            return false;
        }
        return now - movedAt > limitNanos;
    }

    /** Whether there is a body at all: a request without one that is paused for something else never ends. */
    private static boolean isExpected(HttpServerRequest request) {
        return LastOfConnection.isStream(request) || BodyReader.isAnnounced(request);
    }

    private static long declaredLength(HttpServerRequest request) {
        String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
        try {
            return length == null ? Long.MAX_VALUE : Long.parseLong(length.trim());
        } catch (NumberFormatException e) {
            return Long.MAX_VALUE;
        }
    }
}
