package app.molos.edge.http;

import static org.assertj.core.api.Assertions.assertThat;

import app.molos.edge.testing.EdgeServer;
import app.molos.edge.testing.FrontProxy;
import app.molos.edge.testing.JarProcess;
import app.molos.edge.testing.RawHttp;
import app.molos.edge.testing.RawModule;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Hostile requests through the edge and a proxy that people have, each in front of the other: no request reaches the
 * module that the edge has not counted as one for it, so that none was read twice or smuggled past.
 */
@Tag("node")
class HostileChainIT {
    private static final String HOST = "Host: localhost:4173\r\n";
    private static final String SMUGGLED = "GET /smuggled HTTP/1.1\r\n" + HOST + "\r\n";
    private static final Pattern COUNT =
            Pattern.compile("edge_http_requests_total\\{source=\"module\",status=\"[1-5]xx\"} ([0-9.]+)");

    /** What attackers send; where a second request could hide, it is one for /smuggled. */
    private static Stream<String> rows() {
        String post = "POST /x HTTP/1.1\r\n" + HOST;
        String chunk = Integer.toHexString(SMUGGLED.length()) + "\r\n" + SMUGGLED + "\r\n0\r\n\r\n";
        return Stream.of(
                "GET /x HTTP/1.1\r\n" + HOST + "\r\n",
                post + "Content-Length: 3\r\n\r\nabc",
                post + "Content-Length: 0\r\nContent-Length: " + SMUGGLED.length() + "\r\n\r\n" + SMUGGLED,
                post + "Content-Length: " + SMUGGLED.length() + "\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
                        + SMUGGLED,
                post + "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n" + chunk,
                post + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
                post + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
                post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n" + SMUGGLED,
                post + "Transfer-Encoding:\u000bchunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
                post + "Transfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
                post + "X: y\r\n Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
                post + "X: y\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
                post + "Content-Length: +3\r\n\r\nabc" + SMUGGLED,
                post + "Content-Length: 0x3\r\n\r\nabc" + SMUGGLED,
                post + "Content-Length: 3, 3\r\n\r\nabc" + SMUGGLED,
                post + "Content_Length: 3\r\n\r\n" + SMUGGLED,
                post + "Transfer-Encoding: chunked\r\n\r\n0;a=\"\r\n\r\n" + SMUGGLED + "\"\r\n\r\n",
                post + "Transfer-Encoding: chunked\r\n\r\n3;a=b\nxx\r\n\r\n0\r\n\r\n" + SMUGGLED,
                post + "Transfer-Encoding: chunked\r\n\r\n-1\r\n" + SMUGGLED,
                post + "Transfer-Encoding: chunked\r\n\r\n3\r\nabcX\r\n0\r\n\r\n" + SMUGGLED,
                post + "Transfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: 100\r\n\r\n" + SMUGGLED,
                post + "Expect: 100-continue\r\nContent-Length: 3\r\n\r\nabc",
                post + "Connection: Content-Length\r\nContent-Length: " + SMUGGLED.length() + "\r\n\r\n" + SMUGGLED,
                post + "Connection: close, Transfer-Encoding\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                "GET /x HTTP/1.1\r\n" + HOST + "Content-Length: " + SMUGGLED.length() + "\r\n\r\n" + SMUGGLED,
                "GET /x HTTP/1.0\r\n" + HOST + "Connection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
                        + SMUGGLED,
                "HEAD /x HTTP/1.1\r\n" + HOST + "Content-Length: " + SMUGGLED.length() + "\r\n\r\n" + SMUGGLED,
                "GET http://localhost:4173/x HTTP/1.1\r\n" + HOST + "\r\n",
                "GET /x HTTP/1.1\r\n" + HOST + "Host: evil.example\r\n\r\n",
                "GET /x HTTP/1.1\r\n" + HOST
                        + "Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n\r\n",
                "GET /x HTTP/1.1\r\n" + HOST
                        + "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\r\n" + SMUGGLED,
                "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + SMUGGLED,
                "CONNECT localhost:4173 HTTP/1.1\r\n" + HOST + "\r\n" + SMUGGLED,
                "GET /x HTTP/1.1\r" + HOST + "\r\n" + SMUGGLED,
                "GET /x HTTP/1.1\r\n" + HOST + "X: \u0000\r\n\r\n" + SMUGGLED,
                SMUGGLED + SMUGGLED + SMUGGLED);
    }

    @ParameterizedTest(name = "{0} behind the edge")
    @EnumSource(FrontProxy.Kind.class)
    void edgeInFront_countsWhatTheModuleSees(FrontProxy.Kind kind, @TempDir Path directory) throws Exception {
        AtomicInteger seen = new AtomicInteger();
        try (RawModule module = module(seen);
                FrontProxy proxy = FrontProxy.start(kind, open(directory).resolve("proxy"), module.port());
                EdgeServer edge = edge(directory, proxy.port())) {
            attack(edge.port(), edge, seen);
        }
    }

    @ParameterizedTest(name = "{0} in front of the edge")
    @EnumSource(FrontProxy.Kind.class)
    void edgeBehind_countsWhatTheModuleSees(FrontProxy.Kind kind, @TempDir Path directory) throws Exception {
        AtomicInteger seen = new AtomicInteger();
        int port = JarProcess.freePort();
        try (RawModule module = module(seen);
                FrontProxy proxy = FrontProxy.start(kind, open(directory).resolve("proxy"), port);
                EdgeServer edge = edge(directory, module.port(), Map.of("PORT", String.valueOf(port)))) {
            attack(proxy.port(), edge, seen);
        }
    }

    /** Apache's workers are another user. */
    private static Path open(Path directory) throws IOException {
        Files.setPosixFilePermissions(directory, java.nio.file.attribute.PosixFilePermissions.fromString("rwxr-xr-x"));
        return directory;
    }

    private static EdgeServer edge(Path directory, int upstream) throws Exception {
        return edge(directory, upstream, Map.of());
    }

    private static EdgeServer edge(Path directory, int upstream, Map<String, String> more) throws Exception {
        EdgeServer.modules(directory, """
                development:
                  modules:
                    - {id: m, repository: r, tag: v1, upstream: "http://127.0.0.1:%d", access: public, paths: [/], csrf: false}
                """.formatted(upstream));
        Map<String, String> settings = new java.util.HashMap<>(Map.of(
                "ORIGIN", "http://localhost:4173",
                "SERVER_LINGER_TIMEOUT", "50ms",
                "SERVER_BODY_IDLE_TIMEOUT", "1s",
                "TRUSTED_PROXIES", "127.0.0.1/32"));
        settings.putAll(more);
        return EdgeServer.start(directory, settings);
    }

    private static void attack(int port, EdgeServer edge, AtomicInteger seen) {
        for (String row : rows().toList()) {
            int before = seen.get();
            long counted = counted(edge);
            try {
                RawHttp.exchange(port, row, 250);
            } catch (UncheckedIOException e) {
                // Reset, which is an answer.
            }
            Awaitility.await()
                    .pollInterval(Duration.ofMillis(50))
                    .atMost(Duration.ofSeconds(3))
                    .untilAsserted(() -> assertThat(seen.get() - before).as(row).isLessThanOrEqualTo((int)
                            (counted(edge) - counted)));
        }
        assertThat(seen.get()).as("it is no wall").isGreaterThan(3);
    }

    private static long counted(EdgeServer edge) {
        Matcher matcher = COUNT.matcher(edge.management("/metrics").body());
        long sum = 0;
        while (matcher.find()) {
            sum += (long) Double.parseDouble(matcher.group(1));
        }
        return sum;
    }

    /** Reads every request as it says it is, and counts it. */
    private static RawModule module(AtomicInteger seen) throws IOException {
        return RawModule.start(socket -> {
            InputStream in = socket.getInputStream();
            for (String head = RawModule.head(in); head != null; head = RawModule.head(in)) {
                seen.incrementAndGet();
                body(head.toLowerCase(Locale.ROOT), in);
                answer(socket, head.startsWith("HEAD "));
            }
        });
    }

    private static void body(String head, InputStream in) throws IOException {
        if (head.contains("\r\ntransfer-encoding: chunked")) {
            for (int size = size(in); size > 0; size = size(in)) {
                in.readNBytes(size + 2);
            }
            while (!line(in).isEmpty()) {
                // Trailers.
            }
        } else if (head.contains("\r\ncontent-length: ")) {
            String length = head.substring(head.indexOf("\r\ncontent-length: ") + 18)
                    .lines()
                    .findFirst()
                    .orElse("0");
            in.readNBytes(Integer.parseInt(length.trim()));
        }
    }

    private static int size(InputStream in) throws IOException {
        return Integer.parseInt(line(in).split(";", 2)[0].trim(), 16);
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int octet = in.read(); octet >= 0 && octet != '\n'; octet = in.read()) {
            line.append((char) octet);
        }
        return line.toString().trim();
    }

    private static void answer(Socket socket, boolean isHead) throws IOException {
        RawModule.say(socket, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n" + (isHead ? "" : "ok"));
    }
}
