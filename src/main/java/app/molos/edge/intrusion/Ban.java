package app.molos.edge.intrusion;

import app.molos.edge.db.Row;
import app.molos.edge.web.HttpError;
import io.vertx.core.json.JsonArray;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * Somebody who is kept out, or was.
 *
 * @param subject an IPv4 address, a /64 of IPv6, or {@code session:} and a session's id
 * @param reference stands in the refusal, so that whoever is kept out can be helped
 * @param cause the scenario, or an operator's words
 * @param offences so far; the next ban is longer
 * @param until the epoch when it was taken back
 * @param evidence what filled the bucket, a line for each request
 */
public record Ban(
        String subject,
        String reference,
        String cause,
        int offences,
        Instant since,
        Instant until,
        List<String> evidence) {
    private static final String SESSION = "session:";
    /** After so much quiet half of the offences are forgotten. */
    private static final Duration HALF_LIFE = Duration.ofHours(24);

    private static final List<Duration> LADDER = List.of(
            Duration.ofMinutes(10), Duration.ofHours(1), Duration.ofHours(4), Duration.ofHours(24), Duration.ofDays(7));

    static String session(String id) {
        return SESSION + id;
    }

    static Ban of(Row row) {
        return new Ban(
                row.text("subject"),
                row.text("reference"),
                row.text("cause"),
                (int) row.number("offences"),
                Instant.ofEpochMilli(row.number("banned_at")),
                Instant.ofEpochMilli(row.number("banned_until")),
                new JsonArray(row.text("evidence"))
                        .stream().map(String::valueOf).toList());
    }

    public boolean isSession() {
        return subject.startsWith(SESSION);
    }

    public boolean isOn(Instant now) {
        return until.isAfter(now);
    }

    /** The offences that still count: half of them for each day of quiet since it ended. */
    int offencesAt(Instant now) {
        long days = Math.max(
                        0,
                        Duration.between(until.isAfter(since) ? until : since, now)
                                .toMillis())
                / HALF_LIFE.toMillis();
        return days > 30 ? 0 : offences >> days;
    }

    /** How long somebody is kept out who has offended so often. */
    static Duration lengthOf(int offences) {
        return LADDER.get(Math.min(offences, LADDER.size()) - 1);
    }

    /** The same, taken back. */
    Ban pardoned() {
        return new Ban(subject, reference, cause, 0, since, Instant.EPOCH, evidence);
    }

    /** Refuses a request: it says nothing but how to ask about it. */
    HttpError refusal(Instant now) {
        long seconds = Math.max(1, Duration.between(now, until).toSeconds());
        return HttpError.of(
                        403,
                        "BANNED",
                        "Not from here for now. If that is wrong, ask the operator of this site about " + reference
                                + ".")
                .withRetryAfter((int) Math.min(Integer.MAX_VALUE, seconds))
                .asLine();
    }
}
