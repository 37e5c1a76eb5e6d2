package app.molos.edge.backup;

import app.molos.edge.config.ConfigReader;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * When backups are made by themselves.
 *
 * @param interval between two; zero: never
 * @param at the time of day, in UTC; null: whenever the interval is over
 */
public record Schedule(Duration interval, @Nullable LocalTime at) {
    static final Schedule OFF = new Schedule(Duration.ZERO, null);
    static final Duration SHORTEST = Duration.ofMinutes(1);
    private static final Duration LONGEST = Duration.ofDays(31);

    static Schedule every(Duration interval) {
        return new Schedule(interval, null);
    }

    /** Reads {@code off}, a duration like {@code 6h}, or a time of day like {@code 03:30}; empty when it is none of these. */
    static Optional<Schedule> parse(String text) {
        if (text.equals("off")) {
            return Optional.of(OFF);
        }
        if (text.matches("\\d\\d:\\d\\d")) {
            try {
                return Optional.of(new Schedule(Duration.ofDays(1), LocalTime.parse(text)));
            } catch (DateTimeException e) {
                return Optional.empty();
            }
        }
        return ConfigReader.parseDuration(text)
                .filter(interval -> interval.compareTo(SHORTEST) >= 0 && interval.compareTo(LONGEST) <= 0)
                .map(Schedule::every);
    }

    public boolean isOn() {
        return !interval.isZero();
    }

    /** When the next one is due; however much was missed, that is one. */
    Instant after(Instant last) {
        if (at == null) {
            return last.plus(interval);
        }
        ZonedDateTime day = last.atZone(ZoneOffset.UTC).with(at);
        return (day.toInstant().isAfter(last) ? day : day.plusDays(1)).toInstant();
    }
}
