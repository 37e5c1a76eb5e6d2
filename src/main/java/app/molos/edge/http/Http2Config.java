package app.molos.edge.http;

import app.molos.edge.config.ConfigKey;
import app.molos.edge.config.ConfigReader;
import app.molos.edge.http.netty.FrameGuard;
import java.time.Duration;
import java.util.List;

/**
 * HTTP/2 on a listener with TLS, and what one connection may send of it.
 *
 * @param maxStreams requests at once
 * @param maxHeaderList bytes of one head, each header counting 32 more than its letters (RFC 9113, 6.5.2)
 * @param floodWindow in which frames are counted that cost their sender nothing
 * @param maxResets RST_STREAM, by either side
 * @param maxPings PING
 * @param maxSettings SETTINGS
 * @param maxContinuations CONTINUATION frames of one head
 */
public record Http2Config(
        boolean isOn,
        int maxStreams,
        int maxHeaderList,
        Duration floodWindow,
        int maxResets,
        int maxPings,
        int maxSettings,
        int maxContinuations) {
    public static final ConfigKey HTTP2 =
            ConfigKey.of("tls.http2", "HTTP2", "true", "whether HTTP/2 is offered beside HTTP/1.1 (ALPN)");
    public static final ConfigKey MAX_STREAMS =
            ConfigKey.of("tls.http2MaxStreams", "HTTP2_MAX_STREAMS", "100", "requests at once on one connection");
    public static final ConfigKey MAX_HEADER_LIST = ConfigKey.of(
            "tls.http2MaxHeaderList",
            "HTTP2_MAX_HEADER_LIST",
            "16384",
            "bytes of one request's headers; by HTTP/1.1 it is always 16384");
    public static final ConfigKey FLOOD_WINDOW = ConfigKey.of(
            "tls.http2FloodWindow",
            "HTTP2_FLOOD_WINDOW",
            "10s",
            "in which the following are counted; a connection that sends more is closed");
    public static final ConfigKey MAX_RESETS =
            ConfigKey.of("tls.http2MaxResets", "HTTP2_MAX_RESETS", "200", "requests that are begun and given up");
    public static final ConfigKey MAX_PINGS =
            ConfigKey.of("tls.http2MaxPings", "HTTP2_MAX_PINGS", "100", "PING frames");
    public static final ConfigKey MAX_SETTINGS =
            ConfigKey.of("tls.http2MaxSettings", "HTTP2_MAX_SETTINGS", "20", "SETTINGS frames");
    public static final ConfigKey MAX_CONTINUATIONS = ConfigKey.of(
            "tls.http2MaxContinuations",
            "HTTP2_MAX_CONTINUATIONS",
            "8",
            "frames in which one head may come; each of at least 16 KiB but the last would be enough for two");
    public static final List<ConfigKey> KEYS = List.of(
            HTTP2, MAX_STREAMS, MAX_HEADER_LIST, FLOOD_WINDOW, MAX_RESETS, MAX_PINGS, MAX_SETTINGS, MAX_CONTINUATIONS);

    /** Window updates and the like that one window may have: more than a download at full speed needs. */
    private static final int SMALL_FRAMES = 100_000;

    private static final int TINY_FRAMES = 10_000;

    FrameGuard.Limits frames() {
        return new FrameGuard.Limits(
                floodWindow.toNanos(), maxResets, maxPings, maxSettings, maxContinuations, SMALL_FRAMES, TINY_FRAMES);
    }

    public static Http2Config read(ConfigReader reader) {
        return new Http2Config(
                reader.flag(HTTP2),
                reader.integer(MAX_STREAMS, 1, 10_000),
                reader.integer(MAX_HEADER_LIST, 4096, 65_536),
                reader.duration(FLOOD_WINDOW, Duration.ofSeconds(1), Duration.ofMinutes(10)),
                reader.integer(MAX_RESETS, 1, 100_000),
                reader.integer(MAX_PINGS, 1, 100_000),
                reader.integer(MAX_SETTINGS, 1, 10_000),
                reader.integer(MAX_CONTINUATIONS, 0, 16));
    }
}
