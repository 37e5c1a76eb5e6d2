package app.molos.edge.auth;

import app.molos.edge.config.ConfigKey;
import app.molos.edge.config.ConfigReader;
import app.molos.edge.config.EdgeMode;
import java.time.Duration;
import java.util.List;

/**
 * Who may sign up, and what they must show.
 *
 * @param signUp once the first user exists
 * @param isSetupTokenNeeded by the first user
 * @param linkLife of what is mailed
 */
public record AuthConfig(
        SignUp signUp,
        boolean isSetupTokenNeeded,
        Duration setupTokenLife,
        boolean requiresVerifiedEmail,
        Duration linkLife,
        Duration inviteLife) {

    /** Words of {@code auth.signUp}; AUTO is open in development and closed in production. */
    public enum SignUp {
        AUTO,
        OPEN,
        CLOSED,
        INVITE
    }

    /** Words of {@code auth.setupToken}; AUTO is off in development and on in production. */
    enum SetupTokenUse {
        AUTO,
        ON,
        OFF
    }

    public static final ConfigKey SIGN_UP = ConfigKey.of(
            "auth.signUp",
            "AUTH_SIGN_UP",
            "auto",
            "once the first user exists: `open`, `closed`, or `invite` (`user invite` makes the link); `auto`: open in"
                    + " development, closed in production");
    public static final ConfigKey SETUP_TOKEN = ConfigKey.of(
            "auth.setupToken",
            "AUTH_SETUP_TOKEN",
            "auto",
            "whether the first user needs the printed token: `on`, `off`; `auto`: off in development, on in production");
    public static final ConfigKey SETUP_TOKEN_LIFE = ConfigKey.of(
            "auth.setupTokenLife", "AUTH_SETUP_TOKEN_LIFE", "1h", "how long the printed setup token is good");
    public static final ConfigKey REQUIRE_VERIFIED_EMAIL = ConfigKey.of(
            "auth.requireVerifiedEmail",
            "AUTH_REQUIRE_VERIFIED_EMAIL",
            "false",
            "whether people sign in only after following the link that was mailed to them");
    public static final ConfigKey LINK_LIFE =
            ConfigKey.of("auth.linkLife", "AUTH_LINK_LIFE", "1h", "how long a mailed link is good");
    public static final ConfigKey INVITE_LIFE =
            ConfigKey.of("auth.inviteLife", "AUTH_INVITE_LIFE", "7d", "how long an invitation is good");
    public static final List<ConfigKey> KEYS =
            List.of(SIGN_UP, SETUP_TOKEN, SETUP_TOKEN_LIFE, REQUIRE_VERIFIED_EMAIL, LINK_LIFE, INVITE_LIFE);

    /**
     * Reads the keys of this feature.
     *
     * @param hasMail whether mail can be sent: without it nobody could verify an address
     */
    public static AuthConfig read(ConfigReader reader, EdgeMode mode, boolean hasMail) {
        SignUp signUp = reader.choice(SIGN_UP, SignUp.class);
        SetupTokenUse token = reader.choice(SETUP_TOKEN, SetupTokenUse.class);
        boolean requiresVerifiedEmail = reader.flag(REQUIRE_VERIFIED_EMAIL);
        if (requiresVerifiedEmail && !hasMail) {
            reader.refuse(
                    REQUIRE_VERIFIED_EMAIL,
                    "nobody could sign in: no mail is sent without MAIL_URL",
                    "MAIL_URL=smtp://user:password@mail.example.org:587");
        }
        return new AuthConfig(
                signUp != SignUp.AUTO ? signUp : mode.isProduction() ? SignUp.CLOSED : SignUp.OPEN,
                token == SetupTokenUse.ON || (token == SetupTokenUse.AUTO && mode.isProduction()),
                reader.duration(SETUP_TOKEN_LIFE, Duration.ofMinutes(1), Duration.ofDays(7)),
                requiresVerifiedEmail,
                reader.duration(LINK_LIFE, Duration.ofMinutes(1), Duration.ofDays(7)),
                reader.duration(INVITE_LIFE, Duration.ofMinutes(1), Duration.ofDays(90)));
    }
}
