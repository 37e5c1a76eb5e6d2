package app.molos.edge.session;

import app.molos.edge.config.ConfigKey;
import app.molos.edge.config.ConfigReader;
import app.molos.edge.config.EdgeMode;
import app.molos.edge.config.Secret;
import app.molos.edge.config.SecretFile;
import java.io.IOException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * The secrets that cookies and links are signed with.
 *
 * @param secret signs; empty in development until boot has made one
 * @param file where it was read; empty: in a variable, or not at all
 * @param oldSecrets no longer sign and still verify
 * @param acceptsLegacyCookies whether MoLOS's cookies are good until their sessions end
 */
public record SecretConfig(
        Optional<Secret> secret, Optional<Path> file, List<Secret> oldSecrets, boolean acceptsLegacyCookies) {
    /** What the next start would find where the secret was read. */
    public enum OnDisk {
        SAME,
        CHANGED,
        UNREADABLE
    }

    public static final ConfigKey SECRET = ConfigKey.of(
            "auth.secret",
            "BETTER_AUTH_SECRET",
            null,
            "signs cookies, 32 characters or more; development makes one in DATA_DIR; production requires it");
    public static final ConfigKey SECRET_FILE = ConfigKey.of(
            "auth.secretFile",
            "BETTER_AUTH_SECRET_FILE",
            null,
            "a file with the secret (one line end at its end is cut)");
    public static final ConfigKey OLD_SECRETS = ConfigKey.of(
            "auth.oldSecrets",
            "BETTER_AUTH_OLD_SECRETS",
            null,
            "former secrets, with commas between them: their cookies stay good and are renewed at the next use");
    public static final ConfigKey OLD_SECRETS_FILE = ConfigKey.of(
            "auth.oldSecretsFile", "BETTER_AUTH_OLD_SECRETS_FILE", null, "a file with former secrets, one a line");
    public static final ConfigKey ACCEPT_LEGACY_COOKIES = ConfigKey.of(
            "auth.acceptLegacyCookies",
            "AUTH_ACCEPT_LEGACY_COOKIES",
            "false",
            "whether a browser that is signed in at MoLOS stays so (same secret, sessions imported)");
    public static final List<ConfigKey> KEYS =
            List.of(SECRET, SECRET_FILE, OLD_SECRETS, OLD_SECRETS_FILE, ACCEPT_LEGACY_COOKIES);

    static final int MIN_SECRET = 32;
    private static final int MAX_OLD = 10;
    private static final String RANDOM = "a random one: openssl rand -base64 33";
    private static final List<String> PLACEHOLDERS = List.of(
            "changeme",
            "change-me",
            "change_me",
            "change this",
            "placeholder",
            "your-secret",
            "your_secret",
            "replace-",
            "replace_",
            "better-auth-secret",
            "example",
            "0123456789abcdef0123456789abcdef",
            "xxxxxxxx");

    public static SecretConfig read(ConfigReader reader, EdgeMode mode) {
        Optional<Secret> secret = one(reader, SECRET, SECRET_FILE).map(Secret::new);
        secret.ifPresent(s -> judge(reader, reader.isSet(SECRET_FILE) ? SECRET_FILE : SECRET, s, mode));
        if (secret.isEmpty() && mode.isProduction() && !reader.isSet(SECRET_FILE)) {
            reader.refuse(
                    SECRET,
                    "production needs a secret to sign cookies with",
                    "BETTER_AUTH_SECRET=$(openssl rand -base64 33)");
        }
        Optional<Path> file =
                secret.isPresent() ? reader.setting(SECRET_FILE).map(s -> Path.of(s.text())) : Optional.empty();
        return new SecretConfig(secret, file, readOld(reader, mode), reader.flag(ACCEPT_LEGACY_COOKIES));
    }

    /** The secret that signs and then the others; {@code made} stands in where none is configured. */
    public List<Secret> withSigning(Supplier<Secret> made) {
        return Stream.concat(Stream.of(secret.orElseGet(made)), oldSecrets.stream())
                .toList();
    }

    /** Compares the secret in use with its file: a start that finds another one signs everybody out. Blocking. */
    public OnDisk onDisk() {
        if (file.isEmpty()) {
            return OnDisk.SAME;
        }
        try {
            Optional<Secret> found = SecretFile.read(file.get()).map(Secret::new);
            return found.isEmpty()
                    ? OnDisk.UNREADABLE
                    : MessageDigest.isEqual(
                                    found.get().bytes(), secret.orElseThrow().bytes())
                            ? OnDisk.SAME
                            : OnDisk.CHANGED;
        } catch (IOException e) {
            return OnDisk.UNREADABLE;
        }
    }

    private static List<Secret> readOld(ConfigReader reader, EdgeMode mode) {
        ConfigKey key = reader.isSet(OLD_SECRETS_FILE) ? OLD_SECRETS_FILE : OLD_SECRETS;
        List<Secret> old = one(reader, OLD_SECRETS, OLD_SECRETS_FILE).stream()
                .flatMap(text -> Arrays.stream(text.split(reader.isSet(OLD_SECRETS_FILE) ? "\\R" : ",")))
                .map(String::trim)
                .filter(text -> !text.isEmpty())
                .map(Secret::new)
                .toList();
        old.forEach(secret -> judge(reader, key, secret, mode));
        if (old.size() > MAX_OLD) {
            reader.refuse(
                    key,
                    "there are " + old.size() + " former secrets; each is tried on every cookie",
                    "at most " + MAX_OLD);
        }
        return old;
    }

    /** A former secret that could be guessed opens every account just as the present one would. */
    private static void judge(ConfigReader reader, ConfigKey key, Secret secret, EdgeMode mode) {
        if (!mode.isProduction()) {
            return;
        }
        if (secret.length() < MIN_SECRET) {
            reader.refuse(
                    key, "the secret has " + secret.length() + " characters; production needs " + MIN_SECRET, RANDOM);
        } else if (isPlaceholder(secret.reveal())) {
            reader.refuse(key, "the secret is a placeholder that others can guess", RANDOM);
        }
    }

    private static Optional<String> one(ConfigReader reader, ConfigKey value, ConfigKey file) {
        if (reader.isSet(value) && reader.isSet(file)) {
            reader.refuse(file, value.variable() + " is set as well: which of the two counts?", "one of the two");
            return Optional.empty();
        }
        return reader.isSet(file)
                ? SecretFile.read(reader, file)
                : reader.setting(value).map(ConfigReader.Setting::text);
    }

    /** Known placeholder words, or so few different characters that it was typed, not made. */
    static boolean isPlaceholder(String secret) {
        String lower = secret.toLowerCase(Locale.ROOT);
        return PLACEHOLDERS.stream().anyMatch(lower::contains)
                || secret.chars().distinct().count() < 8;
    }
}
