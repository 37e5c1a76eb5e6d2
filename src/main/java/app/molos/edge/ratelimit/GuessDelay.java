package app.molos.edge.ratelimit;

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

    /** Is told of each count that changed. */
    public interface Journal {
        /**
         * Writes down how many there are of one key now.
         *
         * @param key the bits that stand for whose it is, the same ones after a restart
         * @param count 0: it is forgiven
         */
        void changed(long key, int count);
    }

    private static final String GUESSES = "guesses";
    private static final String PAIR = "pair";
    private static final String ACCOUNT = "account";

    private final LimitTable table;
    private final KeyHash keys;
    private final int freePerPair;
    private final long maxPairNanos;
    private final int freePerAccount;
    private final long maxAccountNanos;
    private final long memoryNanos;
    private final Journal journal;

    /** @param keys the same ones after a restart, and on every node */
    public GuessDelay(LimitTable table, ThrottleConfig.Guesses config, KeyHash keys, Journal journal) {
        this.table = table;
        this.keys = keys;
        this.freePerPair = config.freePerPair();
        this.maxPairNanos = config.pairDelay().toNanos();
        this.freePerAccount = config.freePerAccount();
        this.maxAccountNanos = config.accountDelay().toNanos();
        this.memoryNanos = config.memory().toNanos();
        this.journal = journal;
    }

    /**
     * Asked before the password is looked at.
     *
     * @param network the client's network (see {@link app.molos.edge.web.ClientAddress#network})
     * @param device the browser's word that the account was signed in from it before, or null
     */
    public Decision check(String account, String network, @Nullable String device) {
        LimitTable.Count pair = counted(PAIR, pairKey(account, network, device));
        if (pair.count() >= freePerPair) {
            long passed = memoryNanos - pair.leftNanos();
            long left = doubled(pair.count() - freePerPair, maxPairNanos) - passed;
            if (left > 0) {
                return new Decision((int) ((left + 999_999_999L) / 1_000_000_000L), 0);
            }
        }
        LimitTable.Count all = device == null ? counted(ACCOUNT, account) : null;
        if (all != null && all.count() >= freePerAccount) {
            return new Decision(0, doubled(all.count() - freePerAccount, maxAccountNanos) / 1_000_000L);
        }
        return Decision.PASS;
    }

    public void failed(String account, String network, @Nullable String device) {
        count(PAIR, pairKey(account, network, device), freePerPair);
        count(ACCOUNT, account, freePerAccount);
    }

    /** Forgives what this pair did wrong, and nobody else. */
    public void succeeded(String account, String network, @Nullable String device) {
        long pair = keys.of(PAIR, pairKey(account, network, device));
        if (table.counted(GUESSES, name(pair)).count() > 0) {
            table.forget(GUESSES, name(pair));
            journal.changed(pair, 0);
        }
    }

    /** Counts what was wrong before a restart. */
    void restore(long key, int count, Duration left) {
        // The smaller limit: what weighs more in the table than it did stays longer, and not the other way round.
        long nanos = Math.min(memoryNanos, left.toNanos());
        table.restore(GUESSES, name(key), new LimitTable.Count(count, nanos), freePerPair);
    }

    private void count(String family, String whose, int free) {
        long key = keys.of(family, whose);
        journal.changed(key, table.count(GUESSES, name(key), free, memoryNanos));
    }

    private LimitTable.Count counted(String family, String whose) {
        return table.counted(GUESSES, name(keys.of(family, whose)));
    }

    private static String name(long key) {
        return Long.toHexString(key);
    }

    /** A known browser has a budget of its own: what strangers in its network do is not its fault. */
    private static String pairKey(String account, String network, @Nullable String device) {
        return account + '|' + (device == null ? network : "device " + device);
    }

    /** 1 s, 2 s, 4 s, … up to the most. */
    private static long doubled(int times, long most) {
        return times > 30 ? most : Math.min(most, (1L << Math.max(0, times)) * 1_000_000_000L);
    }
}
