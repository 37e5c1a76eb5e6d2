package app.molos.edge.ratelimit;

import app.molos.edge.web.ClientAddress;
import com.github.benmanes.caffeine.cache.Ticker;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The limits of everything that looks at a password, makes an account, or sends a mail. One per process. */
public final class SignInThrottle {
    private static final List<String> LIMITED = List.of(
            "/sign-in",
            "/sign-up",
            "/change-password",
            "/change-email",
            "/verify-password",
            "/delete-user",
            "/reset-password");
    private static final List<String> MAILING = List.of("/request-password-reset", "/send-verification-email");
    private static final int MAX_PATH = 25;
    /** So much more may a /48 of IPv6 do than each /64 in it: it may be one household's, or a town's. */
    private static final int WIDE_SHARE = 16;

    private static final int MAILING_LIMIT = 3;

    private final boolean isOn;
    private final RateLimit signing;
    private final RateLimit mailing;
    private final RateLimit wideSigning;
    private final RateLimit wideMailing;
    private final GuessDelay guesses;

    public SignInThrottle(ThrottleConfig config, Ticker ticker) {
        this.isOn = config.isOn();
        this.signing = new RateLimit(config.limit(), config.window(), ticker);
        this.mailing = new RateLimit(MAILING_LIMIT, config.mailWindow(), ticker);
        this.wideSigning = new RateLimit(config.limit() * WIDE_SHARE, config.window(), ticker);
        this.wideMailing = new RateLimit(MAILING_LIMIT * WIDE_SHARE, config.mailWindow(), ticker);
        this.guesses = new GuessDelay(config.guesses(), ticker);
    }

    /** Whether a path below {@code /api/auth} is counted at all. */
    public boolean isLimited(String path) {
        return startsWithAny(path, LIMITED) || startsWithAny(path, MAILING);
    }

    /**
     * 0 when the request may pass, else the seconds to wait.
     *
     * @param path below {@code /api/auth}; what is not limited always passes
     * @param known a session or a known browser, which is counted by itself, and with all others of its network; null:
     * counted by network, and for IPv6 also by the /48 that it is in
     */
    public int secondsToWait(String clientAddress, String path, @Nullable String known) {
        if (!isOn || !isLimited(path)) {
            return 0;
        }
        boolean isMail = startsWithAny(path, MAILING);
        RateLimit limit = isMail ? mailing : signing;
        // No endpoint has a longer path: they share one key, so that nobody fills the table with text of their own.
        String place = '|' + (path.length() > MAX_PATH ? path.substring(0, MAX_PATH) : path);
        RateLimit wide = isMail ? wideMailing : wideSigning;
        String network = ClientAddress.network(clientAddress);
        String site = ClientAddress.site(clientAddress);
        // The narrow limit first: what it refuses must not count against the neighbours.
        int seconds = limit.secondsToWait((known != null ? known : network) + place);
        if (seconds > 0) {
            return seconds;
        }
        if (known != null) {
            // Among themselves: each sign-in makes a known browser, so they are no rarer than addresses.
            return wide.secondsToWait("known " + network + place);
        }
        return site.equals(network) ? 0 : wide.secondsToWait(site + place);
    }

    /** See {@link GuessDelay#check}. */
    public GuessDelay.Decision check(String account, String clientAddress, @Nullable String device) {
        return isOn
                ? guesses.check(account, ClientAddress.network(clientAddress), device)
                : new GuessDelay.Decision(0, 0);
    }

    public void failed(String account, String clientAddress, @Nullable String device) {
        guesses.failed(account, ClientAddress.network(clientAddress), device);
    }

    public void succeeded(String account, String clientAddress, @Nullable String device) {
        guesses.succeeded(account, ClientAddress.network(clientAddress), device);
    }

    private static boolean startsWithAny(String path, List<String> prefixes) {
        for (String prefix : prefixes) {
            if (path.startsWith(prefix)) {
                return true;
            }
        }
        return false;
    }
}
