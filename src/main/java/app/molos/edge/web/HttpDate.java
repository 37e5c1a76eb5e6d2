package app.molos.edge.web;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** The value of a Date header (RFC 9110, 5.6.7), written once a second. Thread-safe. */
public final class HttpDate {
    private static final DateTimeFormatter FORMAT = DateTimeFormatter.ofPattern(
                    "EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);

    private record Stamp(long second, String text) {}

    private final Clock clock;
    private volatile Stamp stamp = new Stamp(Long.MIN_VALUE, "");

    public HttpDate(Clock clock) {
        this.clock = clock;
    }

    public String now() {
        long second = Math.floorDiv(clock.millis(), 1000);
        Stamp known = stamp;
        if (known.second() != second) {
            known = new Stamp(second, FORMAT.format(Instant.ofEpochSecond(second)));
            stamp = known;
        }
        return known.text();
    }
}
