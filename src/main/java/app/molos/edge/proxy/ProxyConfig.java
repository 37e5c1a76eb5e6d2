package app.molos.edge.proxy;

import app.molos.edge.config.ConfigKey;
import app.molos.edge.config.ConfigReader;
import app.molos.edge.proxy.upstream.GroupLimits;
import app.molos.edge.proxy.upstream.PoolLimits;
import java.time.Duration;
import java.util.List;

/**
 * How the edge speaks to upstreams.
 *
 * @param timeouts of modules that have none of their own
 * @param requestPool connections for requests; idle ones are closed below what servers use, so that we close first
 * @param webSocketPool connections for WebSockets, which never wait for one another and are used once
 * @param group what one module may be asked for
 * @param streamCheck how often the sessions of open streams are looked at
 * @param drainTimeout what is under way to a module that was changed or removed may take so long still
 */
public record ProxyConfig(
        ProxyTimeouts timeouts,
        PoolLimits requestPool,
        PoolLimits webSocketPool,
        GroupLimits group,
        Duration streamCheck,
        Duration drainTimeout) {
    /** Bytes of a response's head, as of a request's. */
    static final int MAX_HEADER_SIZE = 16_384;

    public static final ConfigKey CONNECT_TIMEOUT = ConfigKey.of(
            "proxy.connectTimeout",
            "PROXY_CONNECT_TIMEOUT",
            "5s",
            "how long a request may wait for a connection to its upstream");
    public static final ConfigKey BODY_IDLE_TIMEOUT = ConfigKey.of(
            "proxy.bodyIdleTimeout", "PROXY_BODY_IDLE_TIMEOUT", "30s", "how long nothing of a request's body may move");
    public static final ConfigKey FIRST_BYTE_TIMEOUT = ConfigKey.of(
            "proxy.firstByteTimeout",
            "PROXY_FIRST_BYTE_TIMEOUT",
            "60s",
            "how long a module may take to begin its answer");
    public static final ConfigKey RESPONSE_IDLE_TIMEOUT = ConfigKey.of(
            "proxy.responseIdleTimeout",
            "PROXY_RESPONSE_IDLE_TIMEOUT",
            "60s",
            "how long nothing of an answer may move; WebSockets and server-sent events may be silent");
    public static final ConfigKey TOTAL_TIMEOUT = ConfigKey.of(
            "proxy.totalTimeout",
            "PROXY_TOTAL_TIMEOUT",
            "0s",
            "how long everything may take, streams excepted; `0s`: no limit");
    public static final ConfigKey MAX_ACTIVE = ConfigKey.of(
            "proxy.maxActive",
            "PROXY_MAX_ACTIVE",
            "2000",
            "requests on their way to one module; more are refused with 503");
    public static final ConfigKey MAX_SOCKETS = ConfigKey.of(
            "proxy.maxSockets",
            "PROXY_MAX_SOCKETS",
            "10000",
            "WebSockets of one upstream on one event loop; more are refused with 503");
    public static final ConfigKey BREAKER_FAILURES = ConfigKey.of(
            "proxy.breakerFailures",
            "PROXY_BREAKER_FAILURES",
            "10",
            "after so many failures a module is left alone for a moment; its requests answer 503");
    public static final ConfigKey BREAKER_WINDOW =
            ConfigKey.of("proxy.breakerWindow", "PROXY_BREAKER_WINDOW", "10s", "the time in which they are counted");
    public static final ConfigKey BREAKER_PAUSE = ConfigKey.of(
            "proxy.breakerPause",
            "PROXY_BREAKER_PAUSE",
            "5s",
            "how long it is left alone before one request tries it again");
    public static final ConfigKey FAIL_TIMEOUT = ConfigKey.of(
                    "proxy.failTimeout",
                    "PROXY_FAIL_TIMEOUT",
                    "5s",
                    "how long an upstream that could not be reached is passed over, if the module has others")
            .formerly("proxy.sickPause", "PROXY_SICK_PAUSE");
    public static final ConfigKey STREAM_CHECK = ConfigKey.of(
            "proxy.streamCheck",
            "PROXY_STREAM_CHECK",
            "500ms",
            "how often the sessions of open WebSockets and event streams are looked at; those that ended close them");
    public static final ConfigKey DRAIN_TIMEOUT = ConfigKey.of(
                    "proxy.drainTimeout",
                    "PROXY_DRAIN_TIMEOUT",
                    "30s",
                    "after a reload, how long what is under way to a changed or removed module may go on")
            .formerly("proxy.changeGrace", "PROXY_CHANGE_GRACE");
    public static final ConfigKey KEEP_ALIVE = ConfigKey.of(
            "proxy.keepAlive", "PROXY_KEEP_ALIVE", "4s", "idle upstream connections are dropped after this");
    public static final ConfigKey MAX_CONNECTION_LIFETIME = ConfigKey.of(
                    "proxy.maxConnectionLifetime",
                    "PROXY_MAX_CONNECTION_LIFETIME",
                    "60s",
                    "after this (± 20 %) an upstream connection is opened again, to wherever its name leads by then")
            .formerly("proxy.connectionLife", "PROXY_CONNECTION_LIFE");
    public static final ConfigKey POOL_SIZE = ConfigKey.of(
            "proxy.poolSize", "PROXY_POOL_SIZE", "1024", "connections to one upstream from one event loop");
    public static final ConfigKey QUEUE_SIZE =
            ConfigKey.of("proxy.queueSize", "PROXY_QUEUE_SIZE", "1024", "requests that may wait for one of them");
    public static final List<ConfigKey> KEYS = List.of(
            CONNECT_TIMEOUT,
            BODY_IDLE_TIMEOUT,
            FIRST_BYTE_TIMEOUT,
            RESPONSE_IDLE_TIMEOUT,
            TOTAL_TIMEOUT,
            KEEP_ALIVE,
            MAX_CONNECTION_LIFETIME,
            POOL_SIZE,
            QUEUE_SIZE,
            MAX_ACTIVE,
            MAX_SOCKETS,
            BREAKER_FAILURES,
            BREAKER_WINDOW,
            BREAKER_PAUSE,
            FAIL_TIMEOUT,
            STREAM_CHECK,
            DRAIN_TIMEOUT);

    public static ProxyConfig read(ConfigReader reader) {
        Duration idle = reader.duration(KEEP_ALIVE, Duration.ofSeconds(1), Duration.ofMinutes(10));
        Duration lifetime = reader.duration(MAX_CONNECTION_LIFETIME, Duration.ofSeconds(1), Duration.ofDays(1));
        return new ProxyConfig(
                timeouts(reader),
                new PoolLimits(
                        reader.integer(POOL_SIZE, 1, 10_000),
                        reader.integer(QUEUE_SIZE, 1, 100_000),
                        idle,
                        lifetime,
                        MAX_HEADER_SIZE),
                new PoolLimits(reader.integer(MAX_SOCKETS, 1, 100_000), 0, idle, lifetime, MAX_HEADER_SIZE),
                new GroupLimits(
                        reader.integer(MAX_ACTIVE, 1, 100_000),
                        reader.integer(BREAKER_FAILURES, 1, 10_000),
                        reader.duration(BREAKER_WINDOW, Duration.ofMillis(100), Duration.ofMinutes(10)),
                        reader.duration(BREAKER_PAUSE, Duration.ofMillis(100), Duration.ofMinutes(10)),
                        reader.duration(FAIL_TIMEOUT, Duration.ofMillis(100), Duration.ofMinutes(10))),
                reader.duration(STREAM_CHECK, Duration.ofMillis(50), Duration.ofMinutes(1)),
                reader.duration(DRAIN_TIMEOUT, Duration.ZERO, Duration.ofHours(1)));
    }

    private static ProxyTimeouts timeouts(ConfigReader reader) {
        return new ProxyTimeouts(
                reader.duration(CONNECT_TIMEOUT, Duration.ofMillis(100), Duration.ofMinutes(1)),
                reader.duration(BODY_IDLE_TIMEOUT, Duration.ofSeconds(1), Duration.ofHours(1)),
                reader.duration(FIRST_BYTE_TIMEOUT, Duration.ofMillis(100), Duration.ofHours(1)),
                reader.duration(RESPONSE_IDLE_TIMEOUT, Duration.ofMillis(100), Duration.ofHours(1)),
                reader.duration(TOTAL_TIMEOUT, Duration.ZERO, Duration.ofDays(1)));
    }
}
