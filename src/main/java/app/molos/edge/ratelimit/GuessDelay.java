package app.molos.edge.ratelimit;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Ticker;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The price of wrong passwords. Somebody who guesses at an account from one network must wait, twice as long each time.
 * When many networks guess at one account, browsers that nobody ever signed in from wait a little too - they are not
 * refused, and the owner's own browser does not wait: a stranger can slow an account down for strangers only.
 * Thread-safe.
 */
public final class GuessDelay {
    /** How an attempt is treated: refused for some seconds, or let through after some milliseconds (0: at once). */
    public record Decision(int refusedSeconds, long delayMillis) {
        private static final Decision PASS = new Decision(0, 0);

        public boolean isRefused() {
            return refusedSeconds > 0;
        }
    }

    private static final int MAX_KEYS = 100_000;

    private record Failures(int count, long lastNanos) {}

    private final int freePerPair;
    private final long maxPairNanos;
    private final int freePerAccount;
    private final long maxAccountNanos;
    private final Ticker ticker;
    private final Cache<String, Failures> pairs;
    private final Cache<String, Failures> accounts;

    public GuessDelay(ThrottleConfig.Guesses config, Ticker ticker) {
        this.freePerPair = config.freePerPair();
        this.maxPairNanos = config.pairDelay().toNanos();
        this.freePerAccount = config.freePerAccount();
        this.maxAccountNanos = config.accountDelay().toNanos();
        this.ticker = ticker;
        this.pairs = table(config.memory(), ticker);
        this.accounts = table(config.memory(), ticker);
    }

    /**
     * Asked before the password is looked at.
     *
     * @param network the client's network (see {@link app.molos.edge.web.ClientAddress#network})
     * @param device the browser's word that the account was signed in from it before, or null
     */
    public Decision check(String account, String network, @Nullable String device) {
        Failures pair = pairs.getIfPresent(pairKey(account, network, device));
        if (pair != null && pair.count >= freePerPair) {
            long left = pair.lastNanos + doubled(pair.count - freePerPair, maxPairNanos) - ticker.read();
            if (left > 0) {
                return new Decision((int) ((left + 999_999_999L) / 1_000_000_000L), 0);
            }
        }
        Failures all = device == null ? accounts.getIfPresent(account) : null;
        if (all != null && all.count >= freePerAccount) {
            return new Decision(0, doubled(all.count - freePerAccount, maxAccountNanos) / 1_000_000L);
        }
        return Decision.PASS;
    }

    public void failed(String account, String network, @Nullable String device) {
        count(pairs, pairKey(account, network, device));
        count(accounts, account);
    }

    /** Forgives what this pair did wrong, and nobody else. */
    public void succeeded(String account, String network, @Nullable String device) {
        pairs.invalidate(pairKey(account, network, device));
    }

    private void count(Cache<String, Failures> table, String key) {
        table.asMap()
                .compute(key, (k, earlier) -> new Failures(earlier == null ? 1 : earlier.count + 1, ticker.read()));
    }

    /** A known browser has a budget of its own: what strangers in its network do is not its fault. */
    private static String pairKey(String account, String network, @Nullable String device) {
        return account + '|' + (device == null ? network : "device " + device);
    }

    /** 1 s, 2 s, 4 s, … up to the most. */
    private static long doubled(int times, long most) {
        return times > 30 ? most : Math.min(most, (1L << Math.max(0, times)) * 1_000_000_000L);
    }

    private static Cache<String, Failures> table(Duration memory, Ticker ticker) {
        return Caffeine.newBuilder()
                .maximumSize(MAX_KEYS)
                .expireAfterWrite(memory)
                .ticker(ticker)
                .executor(Runnable::run)
                .build();
    }
}
