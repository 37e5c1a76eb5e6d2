package app.molos.edge.session;

import app.molos.edge.config.ConfigKey;
import app.molos.edge.config.ConfigReader;
import app.molos.edge.config.EdgeMode;
import app.molos.edge.config.Secret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * How sessions are signed and how long they live.
 *
 * @param secret signs the cookie; empty in development until boot has made one
 * @param idle the sliding end; a use later than {@code refreshAfter} since the last move starts it anew
 * @param cacheAge how stale a cached session may be
 */
public record SessionConfig(
        Optional<Secret> secret,
        Duration idle,
        Duration absolute,
        Duration unremembered,
        Duration refreshAfter,
        Duration cacheAge,
        int cacheSize) {

    public static final ConfigKey SECRET = ConfigKey.of(
            "auth.secret", "BETTER_AUTH_SECRET", null,
            "signs cookies, 32 characters or more; development makes one in DATA_DIR; production requires it");
    public static final ConfigKey SECRET_FILE = ConfigKey.of(
            "auth.secretFile", "BETTER_AUTH_SECRET_FILE", null, "a file with the secret (one line end at its end is cut)");
    public static final ConfigKey IDLE =
            ConfigKey.of("session.idle", "SESSION_IDLE", "7d", "a session unused for so long ends");
    public static final ConfigKey ABSOLUTE =
            ConfigKey.of("session.absolute", "SESSION_ABSOLUTE", "30d", "a session this old ends, used or not");
    public static final ConfigKey UNREMEMBERED = ConfigKey.of(
            "session.unremembered", "SESSION_UNREMEMBERED", "1d", "life of a session signed in without \"remember me\"");
    public static final ConfigKey REFRESH_AFTER = ConfigKey.of(
            "session.refreshAfter", "SESSION_REFRESH_AFTER", "1d", "a use after this long moves the sliding end");
    public static final ConfigKey CACHE_AGE = ConfigKey.of(
            "session.cacheAge", "SESSION_CACHE_AGE", "1s", "how stale a session may be in this process");
    public static final ConfigKey CACHE_SIZE =
            ConfigKey.of("session.cacheSize", "SESSION_CACHE_SIZE", "100000", "sessions kept in memory at most");
    public static final List<ConfigKey> KEYS = List.of(
            SECRET, SECRET_FILE, IDLE, ABSOLUTE, UNREMEMBERED, REFRESH_AFTER, CACHE_AGE, CACHE_SIZE);

    static final int MIN_SECRET = 32;
    private static final int MAX_SECRET_FILE = 4096;
    private static final List<String> PLACEHOLDERS = List.of(
            "changeme", "change-me", "change_me", "change this", "placeholder", "your-secret", "your_secret", "replace-",
            "replace_", "better-auth-secret", "example", "0123456789abcdef0123456789abcdef", "xxxxxxxx");

    public static SessionConfig read(ConfigReader reader, EdgeMode mode) {
        return new SessionConfig(
                readSecret(reader, mode),
                reader.duration(IDLE, Duration.ofMinutes(1), Duration.ofDays(365)),
                reader.duration(ABSOLUTE, Duration.ofMinutes(1), Duration.ofDays(365)),
                reader.duration(UNREMEMBERED, Duration.ofMinutes(1), Duration.ofDays(30)),
                reader.duration(REFRESH_AFTER, Duration.ofSeconds(1), Duration.ofDays(30)),
                reader.duration(CACHE_AGE, Duration.ofMillis(1), Duration.ofSeconds(1)),
                reader.integer(CACHE_SIZE, 1, 1_000_000));
    }

    public SessionConfig withSecret(Secret made) {
        return new SessionConfig(Optional.of(made), idle, absolute, unremembered, refreshAfter, cacheAge, cacheSize);
    }

    private static Optional<Secret> readSecret(ConfigReader reader, EdgeMode mode) {
        boolean hasValue = reader.isSet(SECRET);
        boolean hasFile = reader.isSet(SECRET_FILE);
        if (hasValue && hasFile) {
            reader.refuse(SECRET_FILE, "BETTER_AUTH_SECRET is set as well: which of the two signs?", "one of the two");
            return Optional.empty();
        }
        ConfigKey key = hasFile ? SECRET_FILE : SECRET;
        Optional<String> text = hasFile ? readFile(reader) : reader.setting(SECRET).map(ConfigReader.Setting::text);
        if (text.isEmpty()) {
            if (mode.isProduction() && !hasFile) {
                reader.refuse(SECRET, "production needs a secret to sign cookies with",
                        "BETTER_AUTH_SECRET=$(openssl rand -base64 33)");
            }
            return Optional.empty();
        }
        if (mode.isProduction()) {
            String fix = "a random one: openssl rand -base64 33";
            if (text.get().length() < MIN_SECRET) {
                reader.refuse(key, "the secret has " + text.get().length() + " characters; production needs " + MIN_SECRET, fix);
            } else if (isPlaceholder(text.get())) {
                reader.refuse(key, "the secret is a placeholder that others can guess", fix);
            }
        }
        return text.map(Secret::new);
    }

    private static Optional<String> readFile(ConfigReader reader) {
        Optional<Path> path = reader.path(SECRET_FILE);
        try {
            if (path.isPresent() && Files.size(path.get()) <= MAX_SECRET_FILE) {
                String text = Files.readString(path.get()).replaceFirst("\\r?\\n\\z", "");
                if (!text.isEmpty()) {
                    return Optional.of(text);
                }
            }
            reader.refuse(SECRET_FILE, "the file is empty or larger than 4 KiB", "a file with the secret on one line");
        } catch (IOException e) {
            reader.refuse(SECRET_FILE, "the file " + path.orElseThrow() + " cannot be read", "the path of a readable file");
        }
        return Optional.empty();
    }

    /** Known placeholder words, or so few different characters that it was typed, not made. */
    static boolean isPlaceholder(String secret) {
        String lower = secret.toLowerCase(Locale.ROOT);
        return PLACEHOLDERS.stream().anyMatch(lower::contains) || secret.chars().distinct().count() < 8;
    }
}
