package app.molos.edge.auth;

import app.molos.edge.config.ConfigKey;
import app.molos.edge.config.ConfigReader;
import app.molos.edge.config.EdgeMode;
import java.time.Duration;
import java.util.List;

/**
 * Who may sign up, and how much hashing is done at once.
 *
 * @param isSignUpOpen after the first user exists
 * @param isSetupTokenNeeded by the first user
 * @param hashQueue sign-ins that may wait for a hash thread; more are refused with 503
 */
public record AuthConfig(
        boolean isSignUpOpen, boolean isSetupTokenNeeded, Duration setupTokenLife, int hashThreads, int hashQueue) {

    /** Words of {@code auth.signUp}; AUTO is open in development and closed in production. */
    enum SignUp {
        AUTO,
        OPEN,
        CLOSED
    }

    /** Words of {@code auth.setupToken}; AUTO is off in development and on in production. */
    enum SetupTokenUse {
        AUTO,
        ON,
        OFF
    }

    public static final ConfigKey SIGN_UP = ConfigKey.of(
            "auth.signUp", "AUTH_SIGN_UP", "auto",
            "`open` or `closed` once the first user exists; `auto`: open in development, closed in production");
    public static final ConfigKey SETUP_TOKEN = ConfigKey.of(
            "auth.setupToken", "AUTH_SETUP_TOKEN", "auto",
            "whether the first user needs the printed token: `on`, `off`; `auto`: off in development, on in production");
    public static final ConfigKey SETUP_TOKEN_LIFE = ConfigKey.of(
            "auth.setupTokenLife", "AUTH_SETUP_TOKEN_LIFE", "1h", "how long the printed setup token is good");
    public static final ConfigKey HASH_THREADS = ConfigKey.of(
            "auth.hashThreads", "AUTH_HASH_THREADS", "2", "passwords hashed at once; each takes 32 MiB and about 0.1 s");
    public static final ConfigKey HASH_QUEUE =
            ConfigKey.of("auth.hashQueue", "AUTH_HASH_QUEUE", "32", "hashes that may wait; more are refused with 503");
    public static final List<ConfigKey> KEYS = List.of(SIGN_UP, SETUP_TOKEN, SETUP_TOKEN_LIFE, HASH_THREADS, HASH_QUEUE);

    public static AuthConfig read(ConfigReader reader, EdgeMode mode) {
        SignUp signUp = reader.choice(SIGN_UP, SignUp.class);
        SetupTokenUse token = reader.choice(SETUP_TOKEN, SetupTokenUse.class);
        return new AuthConfig(
                signUp == SignUp.OPEN || (signUp == SignUp.AUTO && !mode.isProduction()),
                token == SetupTokenUse.ON || (token == SetupTokenUse.AUTO && mode.isProduction()),
                reader.duration(SETUP_TOKEN_LIFE, Duration.ofMinutes(1), Duration.ofDays(7)),
                reader.integer(HASH_THREADS, 1, 64),
                reader.integer(HASH_QUEUE, 1, 10_000));
    }
}
