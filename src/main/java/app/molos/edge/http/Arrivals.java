package app.molos.edge.http;

import app.molos.edge.http.netty.ArrivalGate;
import app.molos.edge.http.netty.LingeringClose;
import app.molos.edge.ratelimit.ConnectionRate;
import app.molos.edge.web.Cidr;
import app.molos.edge.web.ClientAddress;
import io.vertx.core.transport.Transport;
import java.util.List;
import java.util.stream.Stream;

/**
 * Bounds the connections of a listener with TLS that have not come as far as a request's first byte: Vert.x tells of a
 * connection only after its handshake, on HTTP/2 only after its first SETTINGS, and watches over nothing before.
 */
public final class Arrivals {
    /** So many of all connections may be on their way in. */
    private static final int SHARE = 4;

    private final HttpConfig config;
    private final ConnectionLimit limit;
    private final ConnectionRate rates;

    public Arrivals(HttpConfig config, List<Cidr> trustedProxies, ConnectionRate rates) {
        this.config = config;
        this.rates = rates;
        this.limit = new ConnectionLimit(
                "in their handshake",
                Math.max(64, config.inbound().maxConnections() / SHARE),
                // Who stands for many: what they will say of their clients is not said yet.
                Stream.concat(trustedProxies.stream(), config.inbound().proxyProtocolPeers().stream())
                        .toList());
    }

    /** Whether connections are counted here, before their handshake, by the address that opened them. */
    static boolean count(HttpConfig config) {
        return config.secure().tls().isOn()
                && config.inbound().proxyProtocolPeers().isEmpty();
    }

    private boolean admits(String address) {
        return (!count(config) || rates.admits(ClientAddress.canonical(address))) && limit.admits(address);
    }

    /** Returns the transport with a gate before every listener that speaks TLS. */
    public Transport around(Transport transport) {
        return new ArrivalGate(
                        new ArrivalGate.Waiting(this::admits, limit::closed),
                        // The handshake has as much; who needs all of it twice is no browser.
                        config.timeouts().head().multipliedBy(2),
                        config.secure().http2().frames(),
                        new LingeringClose.Limits(
                                config.timeouts().linger().toNanos(),
                                config.timeouts().writeIdle().toNanos()))
                .around(transport);
    }
}
