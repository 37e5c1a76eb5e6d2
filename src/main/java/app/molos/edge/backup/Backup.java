package app.molos.edge.backup;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;

/**
 * One archive that is there.
 *
 * @param rows of all tables
 * @param sha256 of the whole file
 * @param reason why it failed; empty when it did not
 */
public record Backup(
        String id, Path file, Instant createdAt, long size, long rows, String sha256, State state, String reason) {
    /** How far one has come; only one that is verified counts. */
    public enum State {
        /** It is whole, and was not looked at yet. */
        COMPLETE,
        /** It was opened and restored into a scratch database. */
        VERIFIED,
        /** It was looked at and is not good. */
        FAILED
    }

    Backup with(State newState, String why) {
        return new Backup(id, file, createdAt, size, rows, sha256, newState, why);
    }

    public JsonObject toJson() {
        return new JsonObject()
                .put("id", id)
                .put("file", file.toString())
                .put("createdAt", createdAt.toString())
                .put("size", size)
                .put("rows", rows)
                .put("sha256", sha256)
                .put("state", state.name().toLowerCase(java.util.Locale.ROOT))
                .put("reason", reason.isEmpty() ? null : reason);
    }

    /** Reads what {@link #toJson} made; null when it cannot be read. */
    static @org.jspecify.annotations.Nullable Backup parse(Path file, String text) {
        try {
            JsonObject json = new JsonObject(text);
            return new Backup(
                    json.getString("id"),
                    file,
                    Instant.parse(json.getString("createdAt")),
                    json.getLong("size"),
                    json.getLong("rows"),
                    json.getString("sha256"),
                    State.valueOf(json.getString("state").toUpperCase(java.util.Locale.ROOT)),
                    json.getString("reason", "") == null ? "" : json.getString("reason", ""));
        } catch (DecodeException
                | ClassCastException
                | NullPointerException
                | IllegalArgumentException
                | DateTimeException e) {
            return null;
        }
    }
}
