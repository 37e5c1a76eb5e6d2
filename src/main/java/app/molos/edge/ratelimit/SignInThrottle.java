package app.molos.edge.ratelimit;

import app.molos.edge.web.ClientAddress;
import app.molos.edge.web.HttpError;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The limits of everything that looks at a password, makes an account, or sends a mail. One per process. */
public final class SignInThrottle {
    private static final String SIGN_UP = "/sign-up";
    private static final List<String> LIMITED = List.of(
            "/sign-in",
            SIGN_UP,
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
    private static final String NARROW = "throttle";
    private static final String WIDE = "throttle-wide";
    private static final String NARROW_MAIL = "throttle-mail";
    private static final String WIDE_MAIL = "throttle-mail-wide";

    private final ThrottleConfig config;
    private final RequestLimits limits;
    private final LimitTable table;
    private final GuessDelay guesses;

    public SignInThrottle(ThrottleConfig config, RequestLimits limits, GuessDelay guesses) {
        this.config = config;
        this.limits = limits;
        this.table = limits.table();
        this.guesses = guesses;
    }

    /** Whether a path below {@code /api/auth} is counted at all. */
    public boolean isLimited(String path) {
        return startsWithAny(path, LIMITED) || isMailing(path);
    }

    /** Whether a path below {@code /api/auth} sends a mail. */
    public boolean isMailing(String path) {
        return startsWithAny(path, MAILING);
    }

    /**
     * Fails with the 429 that refuses a request, if it may not pass.
     *
     * @param path below {@code /api/auth}; what is not limited always passes
     * @param known a session or a known browser, which is counted by itself, and with all others of its network; null:
     * counted by network, and for IPv6 also by the /48 that it is in
     */
    public Future<Void> admit(String clientAddress, String path, @Nullable String known) {
        int seconds = secondsToWait(clientAddress, path, known);
        return seconds > 0
                ? Future.failedFuture(HttpError.tooMany(seconds))
                : admitted(hourly(clientAddress, path, known), clientAddress);
    }

    /** Fails with the 429 that refuses it, if an administrator may not do one thing more to others. */
    public Future<Void> admitAdmin(String userId) {
        return admitted(limits.ofAdmin(userId), "");
    }

    private Future<Void> admitted(Future<Optional<Excess>> taken, String clientAddress) {
        return taken.compose(excess -> excess.isPresent() && limits.scope().isEnforcedFor(clientAddress)
                ? Future.failedFuture(excess.get().refusal())
                : Future.succeededFuture());
    }

    private Future<Optional<Excess>> hourly(String clientAddress, String path, @Nullable String known) {
        LimitsConfig hourly = limits.scope().config();
        if (path.startsWith(SIGN_UP)) {
            return limits.hourly(hourly.signUps(), clientAddress, known);
        }
        return isMailing(path) ? limits.hourly(hourly.mails(), clientAddress, known) : Meter.TAKEN;
    }

    /** Counts as better-auth does; 0 when the request may pass, else the seconds to wait. */
    int secondsToWait(String clientAddress, String path, @Nullable String known) {
        if (!config.isOn() || !isLimited(path)) {
            return 0;
        }
        boolean isMail = isMailing(path);
        int limit = isMail ? MAILING_LIMIT : config.limit();
        Duration window = isMail ? config.mailWindow() : config.window();
        // No endpoint has a longer path: they share one key, so that nobody fills the table with text of their own.
        String place = '|' + (path.length() > MAX_PATH ? path.substring(0, MAX_PATH) : path);
        String wide = isMail ? WIDE_MAIL : WIDE;
        String network = ClientAddress.network(clientAddress);
        String site = ClientAddress.site(clientAddress);
        // The narrow limit first: what it refuses must not count against the neighbours.
        int seconds = wait(isMail ? NARROW_MAIL : NARROW, (known != null ? known : network) + place, limit, window);
        if (seconds > 0) {
            return seconds;
        }
        if (known != null) {
            // Among themselves: each sign-in makes a known browser, so they are no rarer than addresses.
            return wait(wide, "known " + network + place, limit * WIDE_SHARE, window);
        }
        return site.equals(network) ? 0 : wait(wide, site + place, limit * WIDE_SHARE, window);
    }

    private int wait(String family, String key, int limit, Duration window) {
        long nanos = table.countWithin(family, key, limit, window.toNanos());
        return nanos == 0 ? 0 : (int) ((nanos + 999_999_999L) / 1_000_000_000L);
    }

    /** See {@link GuessDelay#check}. */
    public GuessDelay.Decision check(String account, String clientAddress, @Nullable String device) {
        return config.isOn()
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
