package app.molos.edge.modules.files;

import io.vertx.core.http.HttpServerRequest;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A part of a file (RFC 9110, 14): one range of bytes. Several at once, or other units, are answered with the whole
 * file.
 */
record ByteRange(long start, long length) {
    /** There is no such part. */
    static final ByteRange UNSATISFIABLE = new ByteRange(-1, -1);

    private static final Pattern ONE = Pattern.compile("bytes=(\\d{0,18})-(\\d{0,18})");

    /**
     * Returns what to send of a file of that size: the whole, if nothing less is asked for or the file has changed
     * meanwhile.
     */
    static ByteRange of(HttpServerRequest request, String etag, long size) {
        return of(request.getHeader("range"), request.getHeader("if-range"), etag, size);
    }

    static ByteRange of(@Nullable String range, @Nullable String ifRange, String etag, long size) {
        ByteRange whole = new ByteRange(0, size);
        Matcher matcher = range == null ? null : ONE.matcher(range.trim());
        if (matcher == null || !matcher.matches() || (ifRange != null && !ifRange.equals(etag))) {
            return whole;
        }
        String first = matcher.group(1);
        String last = matcher.group(2);
        if (first.isEmpty()) {
            // The last so many bytes.
            long count = last.isEmpty() ? 0 : Math.min(size, Long.parseLong(last));
            return last.isEmpty() ? whole : count == 0 ? UNSATISFIABLE : new ByteRange(size - count, count);
        }
        long start = Long.parseLong(first);
        long end = last.isEmpty() ? size - 1 : Math.min(size - 1, Long.parseLong(last));
        if (!last.isEmpty() && Long.parseLong(last) < start) {
            return whole;
        }
        return start >= size ? UNSATISFIABLE : new ByteRange(start, end - start + 1);
    }
}
