package app.molos.edge.ratelimit;

import app.molos.edge.web.Cidr;
import app.molos.edge.web.PrivateNetworks;
import app.molos.edge.web.UnlistedProxies;
import java.util.List;

/**
 * Whom limits are for. Loopback and trusted proxies, who stand for many, are exempt; what comes by a proxy that nobody
 * listed is only observed. One per process; thread-safe.
 */
public final class LimitScope {
    private final LimitsConfig config;
    private final List<Cidr> trustedProxies;
    private final UnlistedProxies unlisted = new UnlistedProxies();

    public LimitScope(LimitsConfig config, List<Cidr> trustedProxies) {
        this.config = config;
        this.trustedProxies = trustedProxies;
    }

    public LimitsConfig config() {
        return config;
    }

    /** Peers that are proxies, and that nobody listed. */
    public UnlistedProxies unlisted() {
        return unlisted;
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
}
