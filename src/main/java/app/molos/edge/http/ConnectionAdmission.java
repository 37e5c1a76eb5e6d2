package app.molos.edge.http;

import app.molos.edge.http.netty.ArrivalGate;
import app.molos.edge.http.netty.HeadroomAllocator;
import app.molos.edge.http.netty.ListeningSocket;
import app.molos.edge.http.netty.RequestDecoder;
import app.molos.edge.web.Cidr;
import app.molos.edge.web.ClientAddress;
import app.molos.edge.web.ConnectionFailure;
import app.molos.edge.web.InboundBudget;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.SocketAddress;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Lets connections in, up to their limits, and puts each of them under the clocks. Confined to one event loop. */
final class ConnectionAdmission {
    private static final HttpServerOptions DECODING = EdgeVerticle.serverOptions();

    private final ConnectionTimeouts timeouts;
    private final ConnectionLimit limit;
    private final InboundBudget budget;
    private final List<Cidr> proxyPeers;
    private final Predicate<String> mayConnect;
    private @Nullable ListeningSocket door;

    /**
     * @param proxyPeers who speaks the PROXY protocol here, and is all there is; empty: everybody speaks HTTP
     * @param mayConnect whether an address may open one more connection
     */
    ConnectionAdmission(
            ConnectionTimeouts timeouts,
            ConnectionLimit limit,
            InboundBudget budget,
            List<Cidr> proxyPeers,
            Predicate<String> mayConnect) {
        this.timeouts = timeouts;
        this.limit = limit;
        this.budget = budget;
        this.proxyPeers = proxyPeers;
        this.mayConnect = mayConnect;
    }

    /** Who may name another client is decided by who is really at the other end. */
    void opened(HttpConnection connection) {
        String address = addressOf(connection);
        if (isAdmitted(connection) && mayConnect.test(address) && limit.admits(address)) {
            HeadroomAllocator.give(connection);
            ArrivalGate.admitted(connection);
            door = door == null ? ListeningSocket.of(connection) : door;
            connection.exceptionHandler(ConnectionFailure::log);
            RequestDecoder decoder = RequestDecoder.install(connection, DECODING, budget.ofPeer(address));
            timeouts.opened(connection, decoder, closed(connection));
        } else {
            connection.close();
        }
    }

    /** Returns the socket that connections come by; null while none has come. */
    @Nullable
    ListeningSocket door() {
        return door;
    }

    /** Gives the place of a connection back; runs when it is gone. */
    Runnable closed(HttpConnection connection) {
        String address = addressOf(connection);
        return () -> limit.closed(address);
    }

    /** Asked again for each request: what came together with the PROXY header is read in spite of the close. */
    boolean isAdmitted(HttpConnection connection) {
        if (proxyPeers.isEmpty()) {
            return true;
        }
        SocketAddress peer = connection.remoteAddress(true);
        return Cidr.anyContains(proxyPeers, peer == null ? null : peer.hostAddress());
    }

    private static String addressOf(HttpConnection connection) {
        SocketAddress peer = connection.remoteAddress();
        return peer == null || peer.hostAddress() == null ? "" : ClientAddress.canonical(peer.hostAddress());
    }
}
