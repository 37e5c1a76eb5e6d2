package app.molos.edge.web;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.LoggerFactory;

/**
 * Remembers peers that send X-Forwarded-For though no list names them. One in a private network is a reverse proxy that
 * nobody listed: everybody comes by its address, so nothing may be held against that. One in the internet may be
 * anybody who writes a header, and is treated as anybody. Thread-safe.
 */
public final class UnlistedProxies {
    private static final LimitedLog LIMITED = new LimitedLog(LoggerFactory.getLogger(UnlistedProxies.class));
    private static final int MOST = 1024;

    private final Set<String> seen = ConcurrentHashMap.newKeySet();

    /** Whether an address stands for many whom nobody can tell apart. */
    public boolean contains(String address) {
        return !seen.isEmpty() && seen.contains(address);
    }

    /** How many there are. */
    public int count() {
        return seen.size();
    }

    void add(String address) {
        boolean isProxy = PrivateNetworks.contains(address);
        if (isProxy && seen.size() < MOST) {
            seen.add(address);
        }
        LIMITED.warn(
                "forwarded",
                "{} sends X-Forwarded-For and is not in TRUSTED_PROXIES, so all who come through it count as one client. {}"
                        + " If it is your reverse proxy, write: TRUSTED_PROXIES={}",
                address,
                isProxy
                        ? "Limits and bans of that address only observe until then."
                        : "They share its limits and its bans.",
                address);
    }
}
