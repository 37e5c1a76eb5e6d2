package app.molos.edge.ratelimit;

import app.molos.edge.web.ClientAddress;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Bounds how often one address, or one person, asks for anything at all. Costs no query: it comes before all that does.
 * What counts returns what was beyond a limit, or {@link Meter#TAKEN}; its futures never fail. Thread-safe; one per
 * process.
 */
public final class RequestLimits {
    /** A /56 may be four households, a /48 a provider's line or a town: so much more may they do. */
    private static final int BLOCK_SHARE = 4;

    private static final int SITE_SHARE = 16;

    private final LimitTable table;
    private final Meter meter;
    private final LimitScope scope;
    private final LimitsConfig config;
    private final Rate block;
    private final Rate site;
    private final Rate returning;
    private final Rate concurrent;
    /** Requests under way by whose they are; no more entries than there are requests. */
    private final ConcurrentHashMap<String, Integer> underWay = new ConcurrentHashMap<>();

    private final LongAdder excesses = new LongAdder();

    public RequestLimits(LimitTable table, Meter meter, LimitScope scope) {
        this.table = table;
        this.meter = meter;
        this.scope = scope;
        this.config = scope.config();
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

    public LimitScope scope() {
        return scope;
    }

    public LimitTable table() {
        return table;
    }

    /** See {@link Meter#join}. */
    public void join() {
        meter.join();
    }

    /** Requests that were beyond a limit, refused or not. */
    public long excesses() {
        return excesses.sum();
    }

    /**
     * Counts a request of somebody who is not known.
     *
     * @param cost tenths of a request
     */
    public Future<Optional<Excess>> ofAddress(String address, int cost) {
        return address.indexOf(':') < 0
                ? take(List.of(new Claim(config.anonymous(), address)), cost)
                : take(
                        List.of(
                                new Claim(config.anonymous(), ClientAddress.network(address)),
                                new Claim(block, ClientAddress.block(address)),
                                new Claim(site, ClientAddress.site(address))),
                        cost);
    }

    /** Counts a request of somebody who is signed in. */
    public Future<Optional<Excess>> ofPerson(String userId, int cost) {
        return take(List.of(new Claim(config.person(), userId)), cost);
    }

    /**
     * Counts a request with a cookie that was a session's once, and may be still.
     *
     * @param token which has a share of its own, within one that all of the network have together
     */
    public Future<Optional<Excess>> ofReturning(String token, String address, int cost) {
        return take(
                List.of(new Claim(config.person(), token), new Claim(returning, ClientAddress.network(address))), cost);
    }

    /** Counts a request to a module with a limit of its own. */
    public Future<Optional<Excess>> ofModule(Rate rate, String who, int cost) {
        return take(List.of(new Claim(rate, who)), cost);
    }

    /** Counts what an administrator does to others. */
    public Future<Optional<Excess>> ofAdmin(String userId) {
        return config.isOn() ? take(List.of(new Claim(config.adminWrites(), userId)), Rate.COST) : Meter.TAKEN;
    }

    /**
     * Counts an account that is made, or a mail that is sent, from an address.
     *
     * @param known a session or a known browser, which is counted by itself; null: the address's network
     */
    public Future<Optional<Excess>> hourly(Rate rate, String address, @Nullable String known) {
        String who = known != null ? known : ClientAddress.network(address);
        return scope.isExempt(address) ? Meter.TAKEN : take(List.of(new Claim(rate, who)), Rate.COST);
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

    private Future<Optional<Excess>> take(List<Claim> claims, int cost) {
        Future<Optional<Excess>> taken = meter.take(claims, cost);
        return taken == Meter.TAKEN ? taken : taken.onSuccess(found -> found.ifPresent(excess -> excesses.increment()));
    }
}
