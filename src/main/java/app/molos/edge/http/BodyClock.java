package app.molos.edge.http;

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
        if (request.isEnded() || request.bytesRead() >= declaredLength(request)) {
            // All of it is here; it is our side that has not taken it yet.
            return false;
        }
        if (request.bytesRead() != bytes || isHeldBack) {
            bytes = request.bytesRead();
            movedAt = now;
            return false;
        }
        return now - movedAt > limitNanos;
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
