package app.molos.edge.http;

import app.molos.edge.config.ConfigKey;
import app.molos.edge.config.ConfigReader;
import app.molos.edge.config.EdgeMode;
import app.molos.edge.tls.TlsConfig;
import app.molos.edge.web.Cidr;
import com.sun.management.UnixOperatingSystemMXBean;
import io.netty.util.NetUtil;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The two listeners.
 *
 * @param stallTimeout an event loop that does not answer for so long ends the process; zero: never
 */
public record HttpConfig(
        Listeners listeners,
        Secure secure,
        int eventLoops,
        Timeouts timeouts,
        Inbound inbound,
        AccessLogging accessLog,
        boolean hstsIncludesSubDomains,
        Duration stallTimeout) {
    /** Where they are bound. */
    public record Listeners(Address site, Address management) {}

    /**
     * What a listener that speaks TLS needs.
     *
     * @param redirect where plain HTTP is answered with the way to ORIGIN
     */
    public record Secure(TlsConfig tls, Http2Config http2, Optional<Redirect> redirect) {}

    /**
     * A port that only redirects.
     *
     * @param webroot whose {@code .well-known/acme-challenge} it serves, so that certificates can be renewed
     */
    public record Redirect(Address address, Optional<Path> webroot) {}

    public Address site() {
        return listeners.site();
    }

    public Address management() {
        return listeners.management();
    }

    /** Where a listener is bound; port 0: whichever is free. */
    public record Address(String host, int port) {}

    /**
     * How long a client may take.
     *
     * @param head a new connection's first request head must be whole by then
     * @param bodyIdle a body of which no byte came for so long ends the connection
     * @param body a body that the edge itself reads must be whole by then
     * @param writeIdle a client that takes nothing of what is written to it for so long is cut
     * @param keepAlive an idle connection ends after this; longer than a balancer's, so that it closes first
     * @param linger what a client sends after it was refused, or after an HTTP/2 connection's end, is thrown away for so long
     */
    public record Timeouts(
            Duration head, Duration bodyIdle, Duration body, Duration writeIdle, Duration keepAlive, Duration linger) {}

    /**
     * Limits on what is let in.
     *
     * @param proxyProtocolPeers who opens the site's connections, each with a PROXY header; empty: anybody, without one
     * @param maxConnections of clients at once; above half of them one network may have a quarter
     * @param memory MiB of what clients send that are kept at once: heads that are not whole, bodies for the edge
     * itself
     */
    public record Inbound(List<Cidr> proxyProtocolPeers, int maxConnections, int memory) {}

    /**
     * One line a request.
     *
     * @param flush a line is written at most this late
     */
    public record AccessLogging(boolean isOn, Duration flush) {}

    public static final ConfigKey PORT = ConfigKey.of("server.port", "PORT", "4173", "where the site is served");
    public static final ConfigKey HOST = ConfigKey.of(
            "server.host", "HOST", null, "the address to listen on; development: 127.0.0.1, production: 0.0.0.0");
    public static final ConfigKey EVENT_LOOPS = ConfigKey.of(
            "server.eventLoops", "SERVER_EVENT_LOOPS", null, "threads that serve; default: the available processors");
    public static final ConfigKey HEAD_TIMEOUT = ConfigKey.of(
            "server.headTimeout",
            "SERVER_HEAD_TIMEOUT",
            "10s",
            "a connection's first request must have arrived by then");
    public static final ConfigKey BODY_IDLE_TIMEOUT = ConfigKey.of(
            "server.bodyIdleTimeout",
            "SERVER_BODY_IDLE_TIMEOUT",
            "30s",
            "a request body that stops for so long is cut");
    public static final ConfigKey BODY_TIMEOUT = ConfigKey.of(
            "server.bodyTimeout",
            "SERVER_BODY_TIMEOUT",
            "15s",
            "a body that the edge itself reads (a sign-in, a form) must be whole by then; uploads to modules only must not stop");
    public static final ConfigKey MAX_CONNECTIONS = ConfigKey.of(
            "server.maxConnections",
            "SERVER_MAX_CONNECTIONS",
            null,
            "connections at once; default: 32768, or fewer if files or memory would not do (16 KiB of heap each); while more than"
                    + " half are taken, one network (IPv6: /48) may have a quarter");
    public static final ConfigKey INBOUND_MEMORY = ConfigKey.of(
            "server.inboundMemory",
            "SERVER_INBOUND_MEMORY",
            null,
            "MiB of unfinished requests that are kept at once; default: a sixteenth of the heap; one network may have a quarter");
    public static final ConfigKey STALL_TIMEOUT = ConfigKey.of(
            "server.stallTimeout",
            "SERVER_STALL_TIMEOUT",
            "30s",
            "an event loop that does not answer for so long ends the process (exit code 70), as running out of memory does; `0s`: never");
    public static final ConfigKey WRITE_IDLE_TIMEOUT = ConfigKey.of(
            "server.writeIdleTimeout",
            "SERVER_WRITE_IDLE_TIMEOUT",
            "60s",
            "a client that takes nothing of its answer for so long is cut");
    public static final ConfigKey KEEP_ALIVE_TIMEOUT = ConfigKey.of(
            "server.keepAliveTimeout", "SERVER_KEEP_ALIVE_TIMEOUT", "75s", "an idle connection is closed after this");
    public static final ConfigKey LINGER_TIMEOUT = ConfigKey.of(
            "server.lingerTimeout",
            "SERVER_LINGER_TIMEOUT",
            "500ms",
            "what a client still sends after its malformed request or its upload was refused, or after the end of its HTTP/2 connection, is thrown away for at least so long");
    public static final ConfigKey HSTS_SUB_DOMAINS = ConfigKey.of(
            "server.hstsIncludeSubDomains",
            "HSTS_INCLUDE_SUBDOMAINS",
            "true",
            "whether HSTS speaks for sub-domains too");
    public static final ConfigKey ACCESS_LOG =
            ConfigKey.of("server.accessLog", "ACCESS_LOG", "true", "one JSON line a request on standard output");
    public static final ConfigKey ACCESS_LOG_FLUSH =
            ConfigKey.of("server.accessLogFlush", "ACCESS_LOG_FLUSH", "500ms", "a line is written at most this late");
    public static final ConfigKey PROXY_PROTOCOL_PEERS = ConfigKey.of(
            "server.proxyProtocolPeers",
            "PROXY_PROTOCOL_PEERS",
            "",
            "CIDRs of balancers that begin each connection with a PROXY header (v1 or v2); then nobody else is served");
    public static final ConfigKey MANAGEMENT_PORT =
            ConfigKey.of("management.port", "MANAGEMENT_PORT", "4174", "probes, health details and metrics");
    public static final ConfigKey MANAGEMENT_HOST =
            ConfigKey.of("management.host", "MANAGEMENT_HOST", "127.0.0.1", "the address they are served on");
    public static final ConfigKey REDIRECT_PORT = ConfigKey.of(
            "server.redirectPort",
            "HTTP_REDIRECT_PORT",
            null,
            "a port for plain HTTP that sends everybody to ORIGIN (308); for a site that speaks TLS itself; unset: none");
    public static final ConfigKey ACME_WEBROOT = ConfigKey.of(
            "server.acmeWebroot",
            "ACME_WEBROOT",
            null,
            "a directory whose `.well-known/acme-challenge` that port serves: certbot's `--webroot-path`");
    public static final List<ConfigKey> KEYS = List.of(
            PORT,
            REDIRECT_PORT,
            ACME_WEBROOT,
            HOST,
            EVENT_LOOPS,
            HEAD_TIMEOUT,
            BODY_IDLE_TIMEOUT,
            BODY_TIMEOUT,
            WRITE_IDLE_TIMEOUT,
            KEEP_ALIVE_TIMEOUT,
            LINGER_TIMEOUT,
            HSTS_SUB_DOMAINS,
            ACCESS_LOG,
            ACCESS_LOG_FLUSH,
            PROXY_PROTOCOL_PEERS,
            MAX_CONNECTIONS,
            INBOUND_MEMORY,
            STALL_TIMEOUT,
            MANAGEMENT_PORT,
            MANAGEMENT_HOST);

    private static final int MAX_EVENT_LOOPS = 256;
    private static final int MAX_CONNECTIONS_BY_DEFAULT = 32_768;
    private static final int SPARE_DESCRIPTORS = 256;
    /** Bytes of heap for a connection with a request on it (measured: 9 KB), with room to spare. */
    private static final int CONNECTION_COST = 16 * 1024;

    /** With an engine, its buffers, and what HTTP/2 lets a client send ahead (a window of 256 KiB, if it sends all of it). */
    private static final int TLS_CONNECTION_COST = 192 * 1024;

    private static final int HEAP_SHARE = 16;

    public static HttpConfig read(ConfigReader reader, EdgeMode mode) {
        Address site = new Address(
                reader.optional(HOST).orElse(mode.isProduction() ? "0.0.0.0" : "127.0.0.1"), reader.port(PORT));
        TlsConfig tls = TlsConfig.read(reader);
        return new HttpConfig(
                new Listeners(site, management(reader, site.port())),
                new Secure(tls, Http2Config.read(reader), redirect(reader, site)),
                reader.isSet(EVENT_LOOPS)
                        ? reader.integer(EVENT_LOOPS, 1, MAX_EVENT_LOOPS)
                        : Math.min(MAX_EVENT_LOOPS, Runtime.getRuntime().availableProcessors()),
                timeouts(reader),
                inbound(reader, tls.isOn()),
                new AccessLogging(
                        reader.flag(ACCESS_LOG),
                        reader.duration(ACCESS_LOG_FLUSH, Duration.ofMillis(10), Duration.ofSeconds(1))),
                reader.flag(HSTS_SUB_DOMAINS),
                reader.duration(STALL_TIMEOUT, Duration.ZERO, Duration.ofHours(1)));
    }

    private static Address management(ConfigReader reader, int sitePort) {
        int port = reader.port(MANAGEMENT_PORT);
        if (port == sitePort && port != 0) {
            int other = port == 65_535 ? port - 1 : port + 1;
            reader.refuse(MANAGEMENT_PORT, "is " + port + ", the port of the site", "MANAGEMENT_PORT=" + other);
        }
        String host = reader.text(MANAGEMENT_HOST);
        if (!host.equals("localhost") && !NetUtil.isValidIpV4Address(host) && !NetUtil.isValidIpV6Address(host)) {
            reader.refuse(
                    MANAGEMENT_HOST,
                    "\"" + host
                            + "\" is neither an address nor localhost: the management listener is asked by address only",
                    "MANAGEMENT_HOST=127.0.0.1");
        }
        return new Address(host, port);
    }

    private static Optional<Redirect> redirect(ConfigReader reader, Address site) {
        if (!reader.isSet(REDIRECT_PORT)) {
            return Optional.empty();
        }
        int port = reader.port(REDIRECT_PORT);
        if (port != 0 && port == site.port()) {
            reader.refuse(REDIRECT_PORT, "is " + port + ", the port of the site", "HTTP_REDIRECT_PORT=80");
        }
        Optional<Path> webroot = reader.path(ACME_WEBROOT);
        if (webroot.isPresent() && !Files.isDirectory(webroot.get())) {
            reader.refuse(ACME_WEBROOT, "\"" + webroot.get() + "\" is no directory", "ACME_WEBROOT=/var/www/acme");
        }
        return Optional.of(new Redirect(new Address(site.host(), port), webroot));
    }

    private static Timeouts timeouts(ConfigReader reader) {
        Duration least = Duration.ofMillis(100);
        Duration most = Duration.ofHours(1);
        return new Timeouts(
                reader.duration(HEAD_TIMEOUT, least, most),
                reader.duration(BODY_IDLE_TIMEOUT, least, most),
                reader.duration(BODY_TIMEOUT, least, most),
                reader.duration(WRITE_IDLE_TIMEOUT, least, most),
                reader.duration(KEEP_ALIVE_TIMEOUT, least, most),
                reader.duration(LINGER_TIMEOUT, Duration.ofMillis(10), Duration.ofSeconds(10)));
    }

    private static Inbound inbound(ConfigReader reader, boolean isTls) {
        return new Inbound(
                Cidr.read(reader, PROXY_PROTOCOL_PEERS),
                reader.isSet(MAX_CONNECTIONS)
                        ? reader.integer(MAX_CONNECTIONS, 16, 1_000_000)
                        : affordableConnections(isTls),
                reader.isSet(INBOUND_MEMORY)
                        ? reader.integer(INBOUND_MEMORY, 1, 65_536)
                        : (int) Math.max(4, (Runtime.getRuntime().maxMemory() / HEAP_SHARE) >> 20));
    }

    /** Each may need a second one, to a module; files, the database and the log need some too. */
    private static int affordableConnections(boolean isTls) {
        long descriptors = ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
                ? unix.getMaxFileDescriptorCount()
                : Long.MAX_VALUE;
        long heap = Runtime.getRuntime().maxMemory() / (isTls ? TLS_CONNECTION_COST : CONNECTION_COST);
        return (int) Math.max(
                64, Math.min(Math.min(MAX_CONNECTIONS_BY_DEFAULT, heap), (descriptors - SPARE_DESCRIPTORS) / 2));
    }
}
