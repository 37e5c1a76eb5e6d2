package app.molos.edge.intrusion;

import app.molos.edge.config.ExitCode;
import app.molos.edge.config.Refusal;
import app.molos.edge.db.Database;
import app.molos.edge.web.Cidr;
import app.molos.edge.web.ClientAddress;
import app.molos.edge.web.UnlistedProxies;
import com.github.benmanes.caffeine.cache.Ticker;
import io.vertx.core.Future;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** What an operator does with bans, in the database: every edge on it follows within a second or two. */
public final class BanRegister {
    private final BanStore store;
    private final NeverBanned never;
    private final Clock clock;

    public BanRegister(Database database, IntrusionConfig config, List<Cidr> trustedProxies, Clock clock) {
        this.store = new BanStore(database);
        this.never = new NeverBanned(config, trustedProxies, new UnlistedProxies(), Ticker.systemTicker());
        this.clock = clock;
    }

    /** Returns the bans that are on, the latest first. */
    public Future<List<Ban>> list() {
        Instant now = clock.instant();
        return store.changedSince(Instant.EPOCH)
                .map(bans -> bans.stream()
                        .filter(ban -> ban.isOn(now))
                        .sorted(Comparator.comparing(Ban::since).reversed())
                        .toList());
    }

    /**
     * Bans an address. Fails with a {@link Refusal} where that would hit what must not be hit.
     */
    public Future<Ban> add(String address, Duration length, String cause) {
        if (!ClientAddress.isAddress(address)) {
            return Future.failedFuture(new Refusal(
                    ExitCode.USAGE,
                    "\"" + address + "\" is no address: 203.0.113.7, or 2001:db8::1 for its whole /64"));
        }
        String canonical = ClientAddress.canonical(address);
        String reason = never.always(canonical);
        if (reason != null) {
            return Future.failedFuture(new Refusal(ExitCode.REFUSED, canonical + " is never banned: " + reason + "."));
        }
        Instant now = clock.instant();
        Ban ban = new Ban(
                ClientAddress.network(canonical),
                Reference.next(),
                cause,
                1,
                now,
                now.plus(length),
                List.of("by an operator"));
        return store.save(List.of(ban), now).map(ban);
    }

    /** Returns the ban of an address, a session or a reference, also one that has ended; empty when there is none. */
    public Future<Optional<Ban>> find(String what) {
        String subject = ClientAddress.isAddress(what) ? ClientAddress.network(ClientAddress.canonical(what)) : what;
        return store.changedSince(Instant.EPOCH)
                .map(bans -> bans.stream()
                        .filter(ban ->
                                ban.subject().equals(subject) || ban.reference().equalsIgnoreCase(what))
                        .findFirst());
    }

    /** Takes bans back, and what they count for the next one. */
    public Future<Void> pardon(List<Ban> bans) {
        return store.save(bans.stream().map(Ban::pardoned).toList(), clock.instant());
    }
}
