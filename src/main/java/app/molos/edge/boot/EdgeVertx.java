package app.molos.edge.boot;

import app.molos.edge.http.Arrivals;
import app.molos.edge.ratelimit.ConnectionRate;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.dns.AddressResolverOptions;
import io.vertx.core.transport.Transport;
import io.vertx.micrometer.Label;
import io.vertx.micrometer.MetricsDomain;
import io.vertx.micrometer.MicrometerMetricsFactory;
import io.vertx.micrometer.MicrometerMetricsOptions;
import io.vertx.micrometer.VertxPrometheusOptions;
import java.util.EnumSet;

/** Makes the Vert.x that an edge runs on: its transport, its threads, and what it measures. */
final class EdgeVertx {
    /**
     * Our own counters stand in for Vert.x's HTTP metrics: theirs look a label set up per request. Pools, event loops
     * and SQL are measured by Vert.x.
     */
    private static final EnumSet<MetricsDomain> UNMEASURED = EnumSet.of(
            MetricsDomain.HTTP_SERVER,
            MetricsDomain.HTTP_CLIENT,
            MetricsDomain.NET_SERVER,
            MetricsDomain.NET_CLIENT,
            MetricsDomain.EVENT_BUS,
            MetricsDomain.DATAGRAM_SOCKET);

    private EdgeVertx() {}

    /** Whether sockets are the system's own kind (epoll), not Java's. */
    static boolean isNative() {
        return !nativeTransport().equals(Transport.NIO);
    }

    private static Transport nativeTransport() {
        Transport found = Transport.nativeTransport();
        return found == null || !found.available() ? Transport.NIO : found;
    }

    static Vertx make(EdgeConfig config, PrometheusMeterRegistry meters, ConnectionRate connections) {
        MicrometerMetricsOptions metrics = new MicrometerMetricsOptions()
                .setEnabled(true)
                .setJvmMetricsEnabled(true)
                .setLabels(EnumSet.of(Label.POOL_TYPE, Label.POOL_NAME))
                .setPrometheusOptions(new VertxPrometheusOptions().setEnabled(true));
        UNMEASURED.forEach(metrics::addDisabledMetricsCategory);
        if (config.http().secure().tls().isOn()) {
            // A client of TLS 1.2 could have the handshake done again and again on one connection; read once, before
            // the first.
            System.setProperty("jdk.tls.rejectClientInitiatedRenegotiation", "true");
        }
        Transport transport = nativeTransport();
        boolean isSecure = config.http().secure().tls().isOn();
        return Vertx.builder()
                .withTransport(
                        isSecure
                                ? new Arrivals(config.http(), config.site().trustedProxies(), connections)
                                        .around(transport)
                                : transport)
                .with(new VertxOptions()
                        .setEventLoopPoolSize(config.http().eventLoops())
                        .setPreferNativeTransport(true)
                        // A connection that is opened again is to find where the name leads by then.
                        .setAddressResolverOptions(new AddressResolverOptions()
                                .setCacheMaxTimeToLive((int)
                                        config.proxy().requestPool().lifetime().toSeconds())
                                .setHostsRefreshPeriod((int) Math.min(
                                        Integer.MAX_VALUE,
                                        config.proxy().requestPool().lifetime().toMillis())))
                        .setMetricsOptions(metrics))
                .withMetrics(new MicrometerMetricsFactory(meters))
                .build();
    }
}
