package app.molos.edge.ratelimit;

import app.molos.edge.web.Cidr;
import app.molos.edge.web.ClientAddress;
import app.molos.edge.web.PrivateNetworks;
import app.molos.edge.web.UnlistedProxies;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Bounds how often one address, or one person, asks for anything at all. Costs no query: it comes before all that does.
 * Loopback and trusted proxies, who stand for many, are exempt; what comes by a proxy that nobody listed is only
 * observed. Thread-safe; one per process.
 */
public final class RequestLimits {
    /** A /56 may be four households, a /48 a provider's line or a town: so much more may they do. */
    private static final int BLOCK_SHARE = 4;

    private static final int SITE_SHARE = 16;

    private final LimitTable table;
    private final LimitsConfig config;
    private final List<Cidr> trustedProxies;
    private final Rate block;
    private final Rate site;
    private final Rate returning;
    private final Rate concurrent;
    private final UnlistedProxies unlisted = new UnlistedProxies();
    /** Requests under way by whose they are; no more entries than there are requests. */
    private final ConcurrentHashMap<String, Integer> underWay = new ConcurrentHashMap<>();

    private final LongAdder excesses = new LongAdder();

    public RequestLimits(LimitTable table, LimitsConfig config, List<Cidr> trustedProxies) {
        this.table = table;
        this.config = config;
        this.trustedProxies = trustedProxies;
        this.block = config.anonymous().times(BLOCK_SHARE, "-56");
        this.site = config.anonymous().times(SITE_SHARE, "-48");
        this.returning = config.anonymous().times(SITE_SHARE, "-returning");
        this.concurrent = Rate.of(
                "concurrent",
                LimitsConfig.CONCURRENT.name(),
                config.volume().concurrent(),
                Duration.ofSeconds(1),
                config.volume().concurrent());
    }

    public LimitsConfig config() {
        return config;
    }

    public LimitTable table() {
        return table;
    }

    /** Peers that are proxies, and that nobody listed. */
    public UnlistedProxies unlisted() {
        return unlisted;
    }

    /** Requests that were beyond a limit, refused or not. */
    public long excesses() {
        return excesses.sum();
    }

    /** Whether nobody is counted who comes from here. */
    public boolean isExempt(String address) {
        return !config.isOn() || PrivateNetworks.isLoopback(address);
    }

    /** Whether what is beyond a limit of this address is refused; of a trusted proxy nothing is. */
    public boolean isEnforcedFor(String address) {
        return config.mode() == LimitsConfig.Mode.ENFORCE
                && !unlisted.contains(address)
                && (trustedProxies.isEmpty() || !Cidr.anyContains(trustedProxies, address));
    }

    /** Whether an address may open one more connection; it is counted. */
    public boolean connects(String address) {
        return isExempt(address)
                || take(config.volume().connections(), ClientAddress.network(address), Rate.COST) == null
                || !isEnforcedFor(address);
    }

    /**
     * Counts a request of somebody who is not known; null when it passes.
     *
     * @param cost tenths of a request
     */
    public @Nullable Excess ofAddress(String address, int cost) {
        if (address.indexOf(':') < 0) {
            return take(config.anonymous(), address, cost);
        }
        // The narrow limit first: what it refuses must not count against the neighbours.
        Excess excess = take(config.anonymous(), ClientAddress.network(address), cost);
        excess = excess == null ? take(block, ClientAddress.block(address), cost) : excess;
        return excess == null ? take(site, ClientAddress.site(address), cost) : excess;
    }

    /** Counts a request of somebody who is signed in; null when it passes. */
    public @Nullable Excess ofPerson(String userId, int cost) {
        return take(config.person(), userId, cost);
    }

    /**
     * Counts a request with a cookie that was a session's once, and may be still; null when it passes.
     *
     * @param token which has a share of its own, within one that all of the network have together
     */
    public @Nullable Excess ofReturning(String token, String address, int cost) {
        Excess excess = take(config.person(), token, cost);
        return excess == null ? take(returning, ClientAddress.network(address), cost) : excess;
    }

    /** Counts a request to a module with a limit of its own; null when it passes. */
    public @Nullable Excess ofModule(Rate rate, String who, int cost) {
        return take(rate, who, cost);
    }

    /** Counts what an administrator does to others; null when it passes. */
    public @Nullable Excess ofAdmin(String userId) {
        return config.isOn() ? take(config.adminWrites(), userId, Rate.COST) : null;
    }

    /**
     * Counts an account that is made, or a mail that is sent, from an address; null when it passes.
     *
     * @param known a session or a known browser, which is counted by itself; null: the address's network
     */
    public @Nullable Excess hourly(Rate rate, String address, @Nullable String known) {
        return isExempt(address) ? null : take(rate, known != null ? known : ClientAddress.network(address), Rate.COST);
    }

    /** Begins a request; null when it may be under way beside the others. {@link #leave} ends it, in either case. */
    public @Nullable Excess enter(String who) {
        if (underWay.merge(who, 1, Integer::sum) <= config.volume().concurrent()) {
            return null;
        }
        excesses.increment();
        return new Excess(concurrent, Duration.ofSeconds(1).toNanos(), table.key(concurrent.name(), who));
    }

    public void leave(String who) {
        underWay.computeIfPresent(who, (name, count) -> count > 1 ? Integer.valueOf(count - 1) : null);
    }

    private @Nullable Excess take(Rate rate, String name, int cost) {
        long wait = table.take(rate, name, cost);
        if (wait == 0) {
            return null;
        }
        excesses.increment();
        return new Excess(rate, wait, table.key(rate.name(), name));
    }
}
