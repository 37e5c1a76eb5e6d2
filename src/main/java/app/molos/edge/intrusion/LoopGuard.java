package app.molos.edge.intrusion;

import java.util.BitSet;
import java.util.HashSet;
import java.util.Set;

/**
 * Stops the guard from shutting the site for everybody: of many bans at once most are mistakes. Within a minute there are no
 * more than a hundred, within an hour no more than a twentieth of the networks that were seen. Thread-safe.
 */
final class LoopGuard {
    private static final long MINUTE = 60_000;
    private static final long HOUR = 60 * MINUTE;
    private static final int MOST_A_MINUTE = 100;
    /** On a site with few visitors a twentieth of them would be none. */
    private static final int ALWAYS_AN_HOUR = 20;

    private static final int SHARE = 20;
    private static final long PAUSE = 10 * MINUTE;
    private static final int BITS = 1 << 16;

    private long minuteBegan;
    private int inMinute;
    private long hourBegan;
    private int inHour;
    private int seenBefore;
    private final BitSet seen = new BitSet(BITS);
    /** The /48s and addresses that were banned within the hour; no more than bans are let through. */
    private final Set<String> sites = new HashSet<>();

    private volatile long openUntil = Long.MIN_VALUE;

    /** Notes a network that asks for something. */
    void saw(String network, long nowMillis) {
        int bit = spread(network.hashCode()) & (BITS - 1);
        // Read without the lock: a bit that is missed is seen with the next request.
        if (!seen.get(bit)) {
            synchronized (this) {
                turn(nowMillis);
                seen.set(bit);
            }
        }
    }

    /**
     * Whether one more ban may be; when not, there is none for a while.
     *
     * @param site the /48 of who is to be banned, or the IPv4 address
     */
    synchronized boolean admits(String site, long nowMillis) {
        if (isOpen(nowMillis)) {
            return false;
        }
        turn(nowMillis);
        if (sites.contains(site)) {
            // One who has many networks of IPv6 is one.
            return true;
        }
        if (inMinute >= MOST_A_MINUTE || inHour >= Math.max(ALWAYS_AN_HOUR, networks() / SHARE)) {
            openUntil = nowMillis + PAUSE;
            hourBegan = nowMillis - HOUR;
            return false;
        }
        sites.add(site);
        inMinute++;
        inHour++;
        return true;
    }

    /** Whether scenarios only observe now, because they banned too many. */
    boolean isOpen(long nowMillis) {
        return nowMillis < openUntil;
    }

    private void turn(long nowMillis) {
        if (nowMillis - minuteBegan >= MINUTE) {
            minuteBegan = nowMillis;
            inMinute = 0;
        }
        if (nowMillis - hourBegan >= HOUR) {
            hourBegan = nowMillis;
            inHour = 0;
            sites.clear();
            seenBefore = estimate();
            seen.clear();
        }
    }

    private int networks() {
        return Math.max(seenBefore, estimate());
    }

    /** Linear counting: of so many bits, so many are set by more than one. */
    private int estimate() {
        int unset = Math.max(1, BITS - seen.cardinality());
        return (int) Math.round(-BITS * Math.log((double) unset / BITS));
    }

    private static int spread(int hash) {
        int mixed = hash * 0x9E3779B9;
        return mixed ^ (mixed >>> 16);
    }
}
