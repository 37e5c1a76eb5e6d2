package app.molos.edge.ratelimit;

import app.molos.edge.config.ConfigKey;
import app.molos.edge.config.ConfigReader;
import java.time.Duration;
import java.util.List;

/**
 * How slow guessing is made.
 *
 * @param limit requests to one path from one address; the next must wait for a silence of {@code window}
 * @param mailWindow the same for three requests that send a mail
 */
public record ThrottleConfig(boolean isOn, int limit, Duration window, Duration mailWindow, Guesses guesses) {
    /**
     * The price of wrong passwords.
     *
     * @param freePerPair for one account from one network without a wait
     * @param pairDelay the longest wait after more of them
     * @param freePerAccount for one account from everywhere without a wait
     * @param accountDelay the longest wait, for strangers, after more of them
     * @param memory how long a wrong password is remembered after the last one
     */
    public record Guesses(
            int freePerPair, Duration pairDelay, int freePerAccount, Duration accountDelay, Duration memory) {}

    public static final ConfigKey ON = ConfigKey.of(
            "auth.throttle", "AUTH_THROTTLE", "true", "whether signing in, signing up and the like are throttled");
    public static final ConfigKey LIMIT = ConfigKey.of(
            "auth.throttleLimit", "AUTH_THROTTLE_LIMIT", "3", "such requests from one address to one path in a row");
    public static final ConfigKey WINDOW = ConfigKey.of(
            "auth.throttleWindow", "AUTH_THROTTLE_WINDOW", "10s", "the silence after which the next ones pass");
    public static final ConfigKey MAIL_WINDOW = ConfigKey.of(
            "auth.mailWindow",
            "AUTH_MAIL_WINDOW",
            "1m",
            "the same for requests that send a mail: three in a row, then this silence");
    public static final ConfigKey FREE_GUESSES = ConfigKey.of(
            "auth.freeGuesses",
            "AUTH_FREE_GUESSES",
            "5",
            "wrong passwords for one account from one network without a wait");
    public static final ConfigKey PAIR_DELAY = ConfigKey.of(
            "auth.pairDelay",
            "AUTH_PAIR_DELAY",
            "15m",
            "longest wait after wrong passwords for one account from one network (1 s at first, then doubled)");
    public static final ConfigKey FREE_ACCOUNT_GUESSES = ConfigKey.of(
            "auth.freeAccountGuesses",
            "AUTH_FREE_ACCOUNT_GUESSES",
            "50",
            "wrong passwords for one account from everywhere without a wait");
    public static final ConfigKey ACCOUNT_DELAY = ConfigKey.of(
            "auth.accountDelay",
            "AUTH_ACCOUNT_DELAY",
            "30s",
            "longest wait of unknown browsers at an account that many networks guess at");
    public static final ConfigKey GUESS_MEMORY = ConfigKey.of(
            "auth.guessMemory",
            "AUTH_GUESS_MEMORY",
            "1h",
            "how long wrong passwords are remembered after the last one");
    public static final List<ConfigKey> KEYS = List.of(
            ON,
            LIMIT,
            WINDOW,
            MAIL_WINDOW,
            FREE_GUESSES,
            PAIR_DELAY,
            FREE_ACCOUNT_GUESSES,
            ACCOUNT_DELAY,
            GUESS_MEMORY);

    public static ThrottleConfig read(ConfigReader reader) {
        Duration pairDelay = reader.duration(PAIR_DELAY, Duration.ofSeconds(1), Duration.ofHours(1));
        return new ThrottleConfig(
                reader.flag(ON),
                reader.integer(LIMIT, 1, 10_000),
                reader.duration(WINDOW, Duration.ofSeconds(1), Duration.ofHours(1)),
                reader.duration(MAIL_WINDOW, Duration.ofSeconds(1), Duration.ofHours(24)),
                new Guesses(
                        reader.integer(FREE_GUESSES, 1, 100),
                        pairDelay,
                        reader.integer(FREE_ACCOUNT_GUESSES, 1, 10_000),
                        reader.duration(ACCOUNT_DELAY, Duration.ofMillis(1), Duration.ofMinutes(1)),
                        reader.duration(GUESS_MEMORY, pairDelay, Duration.ofDays(7))));
    }
}
