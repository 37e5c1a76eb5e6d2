package app.molos.edge.backup;

import static app.molos.edge.backup.archive.JsonValues.demand;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One archive that is there.
 *
 * @param rows of all tables
 * @param sha256 of the whole file
 */
public record Backup(String id, Path file, Instant createdAt, long size, long rows, String sha256, Status status) {
    /** How far one has come; only one that is verified counts. */
    public enum State {
        /** It is whole, and was not looked at yet. */
        COMPLETE,
        /** It was opened and restored into a scratch database. */
        VERIFIED,
        /** It was looked at and is not good. */
        FAILED;

        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * What is known about one.
     *
     * @param reason why it failed; empty when it did not
     * @param isPinned whether it is kept however old it is
     * @param confirmedAt when a later look found that nothing had changed since; null: never
     */
    public record Status(
            State state,
            String reason,
            boolean isPinned,
            @Nullable Instant confirmedAt) {
        static Status of(State state, String reason, boolean isPinned) {
            return new Status(state, reason, isPinned, null);
        }
    }

    public boolean isVerified() {
        return status.state() == State.VERIFIED;
    }

    /** The last moment of which it is known to have everything. */
    public Instant asOf() {
        Instant confirmed = status.confirmedAt();
        return confirmed == null ? createdAt : confirmed;
    }

    Backup with(State state, String reason) {
        return with(new Status(state, reason, status.isPinned(), status.confirmedAt()));
    }

    Backup confirmed(Instant now) {
        return with(new Status(State.VERIFIED, "", status.isPinned(), now));
    }

    private Backup with(Status other) {
        return new Backup(id, file, createdAt, size, rows, sha256, other);
    }

    public JsonObject toJson() {
        return new JsonObject()
                .put("id", id)
                .put("file", file.toString())
                .put("createdAt", createdAt.toString())
                .put("size", size)
                .put("rows", rows)
                .put("sha256", sha256)
                .put("state", status.state().word())
                .put("reason", status.reason().isEmpty() ? null : status.reason())
                .put("pinned", status.isPinned())
                .put("asOf", asOf().toString());
    }

    /** Reads what {@link #toJson} made; null when it cannot be read. */
    static @Nullable Backup parse(Path file, JsonObject json) {
        try {
            String reason = json.getString("reason");
            Instant createdAt = Instant.parse(demand(json.getString("createdAt")));
            Instant asOf = Instant.parse(json.getString("asOf", createdAt.toString()));
            return new Backup(
                    demand(json.getString("id")),
                    file,
                    createdAt,
                    demand(json.getLong("size")),
                    demand(json.getLong("rows")),
                    demand(json.getString("sha256")),
                    new Status(
                            State.valueOf(demand(json.getString("state")).toUpperCase(Locale.ROOT)),
                            reason == null ? "" : reason,
                            demand(json.getBoolean("pinned", false)),
                            asOf.equals(createdAt) ? null : asOf));
        } catch (DecodeException | ClassCastException | IllegalArgumentException | DateTimeException e) {
            return null;
        }
    }
}
