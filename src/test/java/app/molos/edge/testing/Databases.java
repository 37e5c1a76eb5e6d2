package app.molos.edge.testing;

import java.nio.file.Path;
import java.util.Map;

/** The two databases as a parameter of a test. */
public enum Databases {
    SQLITE,
    POSTGRESQL;

    /** DATABASE_URL of a new, empty database. */
    public String url(Path directory) {
        return this == SQLITE ? "file:" + directory.resolve("data/molos.db") : Postgres.newDatabase();
    }

    public Map<String, String> settings(Path directory) {
        return Map.of("DATABASE_URL", url(directory));
    }
}
