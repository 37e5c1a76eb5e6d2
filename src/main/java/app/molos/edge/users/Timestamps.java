package app.molos.edge.users;

import java.time.Instant;

/** When a row was made and last changed, to the millisecond. */
public record Timestamps(Instant createdAt, Instant updatedAt) {
    /** Of a row that is made now. */
    public static Timestamps at(Instant now) {
        return new Timestamps(now, now);
    }

    public Timestamps changedAt(Instant now) {
        return new Timestamps(createdAt, now);
    }
}
