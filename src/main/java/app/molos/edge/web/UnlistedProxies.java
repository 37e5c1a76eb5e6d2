package app.molos.edge.web;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.LoggerFactory;

/**
 * Remembers peers that send X-Forwarded-For though no list names them. One in a private network is a reverse proxy that
 * nobody listed: everybody comes by its address, so nothing may be held against that. One in the internet may be
 * anybody who writes a header: it is limited as anybody, and not banned. Thread-safe.
 */
public final class UnlistedProxies {
    private static final LimitedLog LIMITED = new LimitedLog(LoggerFactory.getLogger(UnlistedProxies.class));
    private static final int MOST = 1024;
    private static final int MOST_SENDERS = 10_000;
    private static final Duration MEMORY = Duration.ofHours(24);

    private final Set<String> seen = ConcurrentHashMap.newKeySet();
    private final Cache<String, Boolean> senders = Caffeine.newBuilder()
            .maximumSize(MOST_SENDERS)
            .expireAfterWrite(MEMORY)
            .executor(Runnable::run)
            .build();

    /** Whether an address stands for many whom nobody can tell apart. */
    public boolean contains(String address) {
        return !seen.isEmpty() && seen.contains(address);
    }

    /** Whether an address may be a proxy's, wherever it is: it sent the header within a day. */
    public boolean mayBe(String address) {
        return senders.getIfPresent(address) != null;
    }

    void add(String address) {
        if (senders.getIfPresent(address) == null) {
            senders.put(address, true);
        }
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
                        : "They share its limits; it is not banned.",
                address);
    }
}
