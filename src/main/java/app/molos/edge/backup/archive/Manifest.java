package app.molos.edge.backup.archive;

import static app.molos.edge.backup.archive.JsonValues.demand;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The last entry of an archive: what is in it, and where that comes from.
 *
 * @param id of the backup
 * @param installation whose data it is; moves with it from one database to another
 * @param source the database that it was read from
 * @param version of the program that wrote it
 * @param recipients whose keys open it; none of a plain one
 * @param leftOut what is not inside, in words
 */
public record Manifest(
        String id,
        Instant createdAt,
        String installation,
        Source source,
        String version,
        List<String> recipients,
        List<Part> parts,
        List<String> leftOut) {
    /** Of this program's archives; a later one may be laid out in another way. */
    private static final int FORMAT = 1;

    /**
     * The database.
     *
     * @param kind SQLite or PostgreSQL
     * @param migration number of the last migration that it has
     * @param lock SHA-256 of the names and hashes of all migrations up to that one
     * @param fingerprint SHA-256 of its catalogue (see SchemaFingerprint)
     */
    public record Source(String kind, String version, int migration, String lock, String fingerprint) {}

    /**
     * One entry.
     *
     * @param rows without the line of the columns; 0 of a file
     */
    public record Part(String name, long rows, long size, String sha256) {
        /** Returns the name of its table; of a file, its own. */
        public String table() {
            return name.endsWith(ArchiveWriter.ROWS)
                    ? name.substring(0, name.length() - ArchiveWriter.ROWS.length())
                    : name;
        }
    }

    /** Returns the part of a table; empty when it has none. */
    public Optional<Part> table(String table) {
        return parts.stream()
                .filter(part -> part.name().equals(table + ArchiveWriter.ROWS))
                .findFirst();
    }

    /** Returns the rows of all tables. */
    public long rows() {
        return parts.stream().mapToLong(Part::rows).sum();
    }

    public JsonObject toJson() {
        JsonArray entries = new JsonArray();
        parts.forEach(part -> entries.add(new JsonObject()
                .put("name", part.name())
                .put("rows", part.rows())
                .put("size", part.size())
                .put("sha256", part.sha256())));
        return new JsonObject()
                .put("format", FORMAT)
                .put("id", id)
                .put("createdAt", createdAt.toString())
                .put("installation", installation)
                .put(
                        "source",
                        new JsonObject()
                                .put("kind", source.kind())
                                .put("version", source.version())
                                .put("migration", source.migration())
                                .put("lock", source.lock())
                                .put("fingerprint", source.fingerprint()))
                .put("program", version)
                .put("recipients", new JsonArray(recipients))
                .put("parts", entries)
                .put("leftOut", new JsonArray(leftOut));
    }

    /** Reads what {@link #toJson} made. */
    public static Manifest parse(String text) throws DamagedArchive {
        try {
            JsonObject json = new JsonObject(text);
            if (demand(json.getInteger("format")) != FORMAT) {
                throw new DamagedArchive("is of a format that this program does not know (" + json.getValue("format")
                        + "): a newer one wrote it");
            }
            JsonObject source = demand(json.getJsonObject("source"));
            return new Manifest(
                    line(json.getString("id")),
                    Instant.parse(demand(json.getString("createdAt"))),
                    line(json.getString("installation")),
                    new Source(
                            line(source.getString("kind")),
                            line(source.getString("version")),
                            demand(source.getInteger("migration")),
                            demand(source.getString("lock")),
                            demand(source.getString("fingerprint"))),
                    line(json.getString("program")),
                    texts(demand(json.getJsonArray("recipients", new JsonArray()))),
                    demand(json.getJsonArray("parts")).stream()
                            .map(part -> part(demand((JsonObject) part)))
                            .toList(),
                    texts(demand(json.getJsonArray("leftOut"))));
        } catch (DecodeException | ClassCastException | DateTimeException e) {
            throw new DamagedArchive("has a manifest that cannot be read", e);
        }
    }

    /** What is shown to people as it is. */
    private static String line(@Nullable String text) throws DamagedArchive {
        String known = demand(text);
        if (known.chars().anyMatch(Character::isISOControl)) {
            throw new DamagedArchive("has a manifest with control characters");
        }
        return known;
    }

    private static List<String> texts(JsonArray json) {
        return json.stream().map(text -> demand((String) text)).toList();
    }

    private static Part part(JsonObject json) {
        return new Part(
                demand(json.getString("name")),
                demand(json.getLong("rows")),
                demand(json.getLong("size")),
                demand(json.getString("sha256")));
    }
}
