package app.molos.edge.proxy;

import app.molos.edge.config.ConfigKey;
import app.molos.edge.config.ConfigReader;
import java.time.Duration;
import java.util.List;

/**
 * How the edge speaks to upstreams.
 *
 * @param keepAlive an idle upstream connection is dropped after this; below what servers use, so that we close first
 * @param poolSize connections to one upstream and event loop
 * @param queueSize requests that may wait for one of them; more are refused with 503
 */
public record ProxyConfig(Duration connectTimeout, Duration keepAlive, int poolSize, int queueSize) {
    public static final ConfigKey CONNECT_TIMEOUT = ConfigKey.of(
            "proxy.connectTimeout", "PROXY_CONNECT_TIMEOUT", "5s", "how long a request may wait for a connection to its upstream");
    public static final ConfigKey KEEP_ALIVE = ConfigKey.of(
            "proxy.keepAlive", "PROXY_KEEP_ALIVE", "4s", "idle upstream connections are dropped after this");
    public static final ConfigKey POOL_SIZE = ConfigKey.of(
            "proxy.poolSize", "PROXY_POOL_SIZE", "256", "connections to one upstream from one event loop");
    public static final ConfigKey QUEUE_SIZE = ConfigKey.of(
            "proxy.queueSize", "PROXY_QUEUE_SIZE", "1024", "requests that may wait for one of them");
    public static final List<ConfigKey> KEYS = List.of(CONNECT_TIMEOUT, KEEP_ALIVE, POOL_SIZE, QUEUE_SIZE);

    public static ProxyConfig read(ConfigReader reader) {
        return new ProxyConfig(
                reader.duration(CONNECT_TIMEOUT, Duration.ofMillis(100), Duration.ofMinutes(1)),
                reader.duration(KEEP_ALIVE, Duration.ofSeconds(1), Duration.ofMinutes(10)),
                reader.integer(POOL_SIZE, 1, 10_000),
                reader.integer(QUEUE_SIZE, 1, 100_000));
    }
}
