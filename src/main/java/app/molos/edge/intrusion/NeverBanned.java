package app.molos.edge.intrusion;

import app.molos.edge.web.Cidr;
import app.molos.edge.web.ClientAddress;
import app.molos.edge.web.PrivateNetworks;
import app.molos.edge.web.UnlistedProxies;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Ticker;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Knows whom a ban would hit that it must not: this machine, the proxies, who is listed, the networks of administrators and
 * those that several people are signed in from. Thread-safe.
 */
final class NeverBanned {
    private static final Duration MEMORY = Duration.ofHours(24);
    private static final int MOST = 50_000;
    /** So many people at one address are a household, an office or a carrier. */
    private static final int SHARED = 3;

    private static final int REMEMBERED = 256;

    /** Immutable: any thread may find it. */
    private record Judged(String address, boolean isExempt) {}

    private final @Nullable Judged[] judged = new Judged[REMEMBERED];
    private final IntrusionConfig config;
    private final List<Cidr> trustedProxies;
    private final UnlistedProxies unlisted;
    private final Cache<String, Boolean> administrators;
    private final Cache<String, Set<String>> people;

    NeverBanned(IntrusionConfig config, List<Cidr> trustedProxies, UnlistedProxies unlisted, Ticker ticker) {
        this.config = config;
        this.trustedProxies = trustedProxies;
        this.unlisted = unlisted;
        this.administrators = table(ticker);
        this.people = table(ticker);
    }

    private static <T> Cache<String, T> table(Ticker ticker) {
        return Caffeine.newBuilder()
                .maximumSize(MOST)
                .expireAfterWrite(MEMORY)
                .ticker(ticker)
                .executor(Runnable::run)
                .build();
    }

    /** Notes that somebody is signed in from an address. */
    void signedIn(String address, String person, boolean isAdmin) {
        String network = ClientAddress.network(address);
        if (isAdmin && administrators.getIfPresent(network) == null) {
            administrators.put(network, true);
        }
        Set<String> there = people.get(network, n -> ConcurrentHashMap.newKeySet());
        if (there.size() < SHARED) {
            there.add(person);
        }
    }

    /** Notes the network of an administrator who signed in before this start. */
    void administratorFrom(String address) {
        administrators.put(ClientAddress.network(address), true);
    }

    /** Says why an address is never banned, whoever wants it; null when it may be. */
    @Nullable
    String always(String address) {
        if (address.isEmpty() || PrivateNetworks.isLoopback(address)) {
            return "it is this machine's own";
        }
        if (Cidr.anyContains(trustedProxies, address)) {
            return "it is a proxy (TRUSTED_PROXIES)";
        }
        return Cidr.anyContains(config.allow(), address) ? "it is on the list of INTRUSION_ALLOW" : null;
    }

    /** Whether {@link #always} has a reason; who is banned asks often, and no list changes while this runs. */
    boolean isAlways(String address) {
        int place = address.hashCode() & (REMEMBERED - 1);
        Judged known = judged[place];
        if (known == null || !known.address().equals(address)) {
            known = new Judged(address, always(address) != null);
            judged[place] = known;
        }
        return known.isExempt();
    }

    /** Says why nobody there is banned for what a scenario found, signed in or not; null when they may be. */
    @Nullable
    String whoever(String address) {
        String always = always(address);
        if (always != null) {
            return always;
        }
        if (unlisted.mayBe(address)) {
            return "it sends X-Forwarded-For and TRUSTED_PROXIES does not list it: it may be a proxy";
        }
        return !config.bansPrivate() && PrivateNetworks.contains(address)
                ? "it is in a private network (INTRUSION_BAN_PRIVATE)"
                : null;
    }

    /** Says why an address is not banned for what a scenario found; null when it is. */
    @Nullable
    String now(String address) {
        String reason = whoever(address);
        if (reason != null) {
            return reason;
        }
        String network = ClientAddress.network(address);
        if (administrators.getIfPresent(network) != null) {
            return "an administrator was signed in there within the last day";
        }
        Set<String> there = people.getIfPresent(network);
        return there != null && there.size() >= SHARED
                ? "several people are signed in there; whoever of them offends is kept out by their session"
                : null;
    }
}
