package app.molos.edge.users;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Optional;

/** Times as people and databases of better-auth write them: ISO 8601, a bare date, or epoch milliseconds. */
public final class Times {
    private Times() {}

    /** Empty for what is none of these, and for times that a stored number of milliseconds cannot hold. */
    public static Optional<Instant> parse(String text) {
        try {
            if (text.matches("-?\\d{1,15}")) {
                return Optional.of(Instant.ofEpochMilli(Long.parseLong(text)));
            }
            Instant instant = text.matches("\\d{4}-\\d\\d-\\d\\d")
                    ? LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant()
                    : OffsetDateTime.parse(text.replace(' ', 'T')).toInstant();
            // Throws for what no column can hold.
            var unused = instant.toEpochMilli();
            return Optional.of(instant);
        } catch (DateTimeException | ArithmeticException e) {
            return Optional.empty();
        }
    }
}
