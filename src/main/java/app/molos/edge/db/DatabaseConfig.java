package app.molos.edge.db;

import app.molos.edge.config.ConfigKey;
import app.molos.edge.config.ConfigReader;
import app.molos.edge.config.SecretFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Where the data is and how long we wait for it.
 *
 * @param connectTimeout for the database to answer at start, and for its migration lock
 * @param queryTimeout for one statement or transaction while serving, the wait for a connection included
 * @param migrationsDir replaces the packed migrations whole, or empty
 */
public record DatabaseConfig(
        Path dataDir,
        DatabaseUrl url,
        Duration connectTimeout,
        Duration queryTimeout,
        int poolSize,
        Optional<Path> migrationsDir) {

    public static final ConfigKey DATA_DIR =
            ConfigKey.of("dataDir", "DATA_DIR", "data", "what the edge writes: database, secret");
    public static final ConfigKey URL = ConfigKey.of(
            "database.url",
            "DATABASE_URL",
            "file:${DATA_DIR}/molos.db",
            "`file:` or `sqlite:` a path; or `postgresql://user:password@host:port/db`"
                    + " with `sslmode`, `sslrootcert`, `currentSchema`");
    public static final ConfigKey PASSWORD_FILE = ConfigKey.of(
            "database.passwordFile",
            "DATABASE_PASSWORD_FILE",
            null,
            "a file with PostgreSQL's password, instead of one in the URL");
    public static final ConfigKey CONNECT_TIMEOUT = ConfigKey.of(
            "database.connectTimeout",
            "DATABASE_CONNECT_TIMEOUT",
            "60s",
            "how long the start waits for the database, and for its migration lock");
    public static final ConfigKey QUERY_TIMEOUT = ConfigKey.of(
            "database.queryTimeout", "DATABASE_QUERY_TIMEOUT", "5s", "deadline of one statement or transaction");
    public static final ConfigKey POOL_SIZE = ConfigKey.of(
            "database.poolSize", "DATABASE_POOL_SIZE", "8", "connections (SQLite: one writer, the rest only read)");
    public static final ConfigKey MIGRATIONS_DIR = ConfigKey.of(
            "migrations.dir",
            "MIGRATIONS_DIR",
            null,
            "replaces the packed migrations whole, `migrations.lock` included");
    public static final List<ConfigKey> KEYS =
            List.of(DATA_DIR, URL, PASSWORD_FILE, CONNECT_TIMEOUT, QUERY_TIMEOUT, POOL_SIZE, MIGRATIONS_DIR);

    public static DatabaseConfig read(ConfigReader reader) {
        Path dataDir = reader.path(DATA_DIR).orElse(Path.of("data"));
        String text = reader.text(URL).replace("${DATA_DIR}", dataDir.toString());
        DatabaseUrl url;
        try {
            url = DatabaseUrl.parse(text);
        } catch (IllegalArgumentException e) {
            reader.refuse(
                    URL, "the address " + e.getMessage(), "DATABASE_URL=postgresql://user:password@host:5432/molos");
            url = DatabaseUrl.parse("file:" + dataDir + "/molos.db");
        }
        Optional<Path> migrations = reader.path(MIGRATIONS_DIR);
        migrations
                .filter(dir -> !Files.isDirectory(dir))
                .ifPresent(dir -> reader.refuse(
                        MIGRATIONS_DIR, "there is no directory " + dir, "MIGRATIONS_DIR=migrations, or unset it"));
        return new DatabaseConfig(
                dataDir,
                withPassword(reader, url),
                reader.duration(CONNECT_TIMEOUT, Duration.ofSeconds(1), Duration.ofHours(1)),
                reader.duration(QUERY_TIMEOUT, Duration.ofMillis(100), Duration.ofMinutes(5)),
                reader.integer(POOL_SIZE, 2, 100),
                migrations);
    }

    /** Returns the same for another database. */
    public DatabaseConfig at(DatabaseUrl other) {
        return new DatabaseConfig(dataDir, other, connectTimeout, queryTimeout, poolSize, migrationsDir);
    }

    /** Returns the same for somebody whose questions take longer than those of people may. */
    public DatabaseConfig unhurried(Duration least) {
        Duration longer = queryTimeout.compareTo(least) < 0 ? least : queryTimeout;
        return new DatabaseConfig(dataDir, url, connectTimeout, longer, poolSize, migrationsDir);
    }

    /** Returns the same for somebody who waits no longer for the database and its migration lock. */
    public DatabaseConfig impatient(Duration most) {
        Duration patience = connectTimeout.compareTo(most) < 0 ? connectTimeout : most;
        return new DatabaseConfig(dataDir, url, patience, queryTimeout, poolSize, migrationsDir);
    }

    private static DatabaseUrl withPassword(ConfigReader reader, DatabaseUrl url) {
        if (!reader.isSet(PASSWORD_FILE)) {
            return url;
        }
        if (url.dialect() == Dialect.SQLITE) {
            reader.refuse(
                    PASSWORD_FILE,
                    "a SQLite file has no password",
                    "DATABASE_URL=postgresql://user@host:5432/molos, or unset it");
        } else if (url.password().length() > 0) {
            reader.refuse(
                    PASSWORD_FILE, "DATABASE_URL has a password as well: which of the two counts?", "one of the two");
        } else if (url.user().isEmpty()) {
            reader.refuse(
                    PASSWORD_FILE,
                    "DATABASE_URL names no user whose password that is",
                    "DATABASE_URL=postgresql://user@host:5432/molos");
        } else {
            return SecretFile.read(reader, PASSWORD_FILE).map(url::withPassword).orElse(url);
        }
        return url;
    }
}
