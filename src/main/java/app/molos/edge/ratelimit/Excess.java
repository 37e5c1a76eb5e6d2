package app.molos.edge.ratelimit;

import app.molos.edge.web.HttpError;
import io.vertx.core.http.HttpHeaders;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.Map;

/**
 * A request beyond a limit.
 *
 * @param waitNanos until the next one passes
 * @param key whose limit it is, hashed
 */
public record Excess(Rate rate, long waitNanos, long key) {
    private static final CharSequence POLICY = HttpHeaders.createOptimized("ratelimit-policy");
    private static final CharSequence LIMIT = HttpHeaders.createOptimized("ratelimit");
    private static final long SECOND = 1_000_000_000L;

    /** Whole seconds until the next one passes, at least 1. */
    public int waitSeconds() {
        return (int) Math.max(1, (waitNanos + SECOND - 1) / SECOND);
    }

    /** Whether the refusal of another one says the same. */
    public boolean isToldAs(Excess other) {
        return key == other.key && waitSeconds() == other.waitSeconds() && rate.equals(other.rate);
    }

    /** Refuses it with the headers of draft-ietf-httpapi-ratelimit-headers-10. */
    public HttpError refusal() {
        String partition = ";pk=:"
                + Base64.getEncoder()
                        .encodeToString(
                                ByteBuffer.allocate(Long.BYTES).putLong(key).array())
                + ':';
        return HttpError.tooMany(waitSeconds())
                .withLimit(rate.setting())
                .withHeaders(Map.of(
                        POLICY,
                        HttpHeaders.createOptimized(
                                '"' + rate.name() + "\";q=" + rate.burst() + ";w=" + rate.windowSeconds() + partition),
                        LIMIT,
                        HttpHeaders.createOptimized('"' + rate.name() + "\";r=0;t=" + waitSeconds() + partition)))
                .lean();
    }
}
