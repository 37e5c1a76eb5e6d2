package app.molos.edge.http;

import app.molos.edge.web.Cidr;
import app.molos.edge.web.ClientAddress;
import app.molos.edge.web.LimitedLog;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.LoggerFactory;

/**
 * How many connections the site has at once, on all event loops. While more than half of them are taken, one network
 * may have a quarter; trusted proxies, who stand for many, are exempt. Thread-safe; the table has no more entries than
 * there are connections.
 */
final class ConnectionLimit {
    private static final LimitedLog LOG = new LimitedLog(LoggerFactory.getLogger(ConnectionLimit.class));
    private static final int SHARE = 4;

    private final String what;
    private final int most;
    private final List<Cidr> trustedProxies;
    private final AtomicInteger open = new AtomicInteger();
    private final ConcurrentHashMap<String, Integer> byNetwork = new ConcurrentHashMap<>();

    /** @param what these connections do, for the log: connections of a listener that has others in other states, too */
    ConnectionLimit(String what, int most, List<Cidr> trustedProxies) {
        this.what = what;
        this.most = most;
        this.trustedProxies = trustedProxies;
    }

    /** Connections that count now. */
    int open() {
        return open.get();
    }

    /** Whether one more from this address may stay; then it counts until it is {@link #closed}. */
    boolean admits(String address) {
        String network = ClientAddress.site(address);
        int now = open.incrementAndGet();
        int ofNetwork = byNetwork.merge(network, 1, Integer::sum);
        if (now > most) {
            LOG.warn(
                    "all " + what,
                    "Connections are refused: all {} for those that are {} are taken (SERVER_MAX_CONNECTIONS)",
                    most,
                    what);
        } else if (now > most / 2 && ofNetwork > most / SHARE && !Cidr.anyContains(trustedProxies, address)) {
            LOG.warn(
                    "network " + what,
                    "Connections from {} are refused: more than a quarter of all {} are theirs. If that is a reverse proxy,"
                            + " list it: TRUSTED_PROXIES={}",
                    network,
                    most,
                    address);
        } else {
            return true;
        }
        closed(address);
        return false;
    }

    void closed(String address) {
        open.decrementAndGet();
        byNetwork.computeIfPresent(
                ClientAddress.site(address), (network, count) -> count > 1 ? Integer.valueOf(count - 1) : null);
    }
}
