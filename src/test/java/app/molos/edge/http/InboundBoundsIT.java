package app.molos.edge.http;

import static org.assertj.core.api.Assertions.assertThat;

import app.molos.edge.testing.EdgeServer;
import app.molos.edge.testing.RawHttp;
import app.molos.edge.testing.RawModule;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * How much of what strangers send is kept, for how long, and who waits meanwhile. Clients are named by PROXY headers.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Tag("long")
class InboundBoundsIT {
    private static final String HEAD =
            "POST /api/auth/sign-out HTTP/1.1\r\nHost: localhost:4173\r\nOrigin: http://localhost:4173\r\n"
                    + "Content-Type: application/json\r\n";
    private static final int MEBIBYTE = 1 << 20;
    private static final int QUARTER = MEBIBYTE / 4;
    private static final int MAX_CONNECTIONS = 200;

    private final List<Socket> sockets = new ArrayList<>();
    private final AtomicInteger asked = new AtomicInteger();
    private final CountDownLatch release = new CountDownLatch(1);
    private RawModule module;
    private EdgeServer edge;

    @BeforeAll
    void start(@TempDir Path directory) throws Exception {
        module = RawModule.answering(head -> {
            asked.incrementAndGet();
            if (head.startsWith("GET /modules/m/slow ")) {
                await(release);
            }
            return RawModule.answer("here");
        });
        EdgeServer.modules(directory, """
                development:
                  modules:
                    - {id: m, repository: r, tag: v1, upstream: "http://127.0.0.1:%d", access: public}
                """.formatted(module.port()));
        edge = EdgeServer.start(
                directory,
                Map.of(
                        "ORIGIN",
                        "http://localhost:4173",
                        "PROXY_PROTOCOL_PEERS",
                        "127.0.0.1/32",
                        "SERVER_INBOUND_MEMORY",
                        "1",
                        "SERVER_MAX_CONNECTIONS",
                        Integer.toString(MAX_CONNECTIONS),
                        "SERVER_BODY_TIMEOUT",
                        "2s",
                        "SERVER_HEAD_TIMEOUT",
                        "5s"));
    }

    @AfterAll
    void stop() throws Exception {
        release.countDown();
        edge.close();
        module.close();
    }

    @AfterEach
    void hangUp() throws IOException {
        for (Socket socket : sockets) {
            socket.close();
        }
        sockets.clear();
        Awaitility.await()
                .atMost(Duration.ofSeconds(10))
                .until(() -> gauge("edge_inbound_bytes") == 0 && gauge("edge_connections") == 0);
    }

    @Test
    void halfSentBodies_ofOneNetwork_takeAQuarterAndThen503_whileOthersAreServed() throws Exception {
        List<Socket> half = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            half.add(say("198.51.100.7", HEAD + "Content-Length: 16000\r\n\r\n" + "x".repeat(15_000)));
        }

        // Each is either kept whole or refused; none is kept beyond the quarter.
        Awaitility.await().atMost(Duration.ofSeconds(5)).until(() -> gauge("edge_inbound_bytes") > QUARTER - 16_000);
        assertThat(gauge("edge_inbound_bytes")).isLessThanOrEqualTo(QUARTER);
        assertThat(RawHttp.status(read(say("203.0.113.9", HEAD + "Content-Length: 2\r\n\r\n{}"), 300)))
                .isEqualTo(200);
        assertThat(gauge("edge_inbound_bytes")).isGreaterThan(QUARTER - 16_000);
        int refused = 0;
        for (Socket socket : half) {
            refused += RawHttp.status(read(socket, 30)) == 503 ? 1 : 0;
        }
        assertThat(refused).isGreaterThanOrEqualTo(20);
    }

    @Test
    void trickledBody_isOverWhenItsTimeIs_howeverSteadilyItComes() throws Exception {
        Socket socket = say("198.51.100.7", HEAD + "Content-Length: 1000\r\n\r\n");
        long start = System.nanoTime();
        String answer = "";
        while (answer.isEmpty() && System.nanoTime() - start < 6_000_000_000L) {
            socket.getOutputStream().write('x');
            // Below every idle limit.
            answer = read(socket, 200);
        }

        assertThat(RawHttp.status(answer)).isEqualTo(408);
        assertThat(Duration.ofNanos(System.nanoTime() - start))
                .isBetween(Duration.ofMillis(1800), Duration.ofSeconds(4));
    }

    @Test
    void halfHeads_areClosedBeyondTheBudget_whileOthersAreServed() throws Exception {
        String head = "GET / HTTP/1.1\r\nHost: localhost:4173\r\n" + "X: y\r\n".repeat(10) + "Z: " + "z".repeat(14_000);
        for (int i = 0; i < 120; i++) {
            say("198.51.100." + i % 6, head);
        }

        // Those that were half read when it was full are closed, and leave room: others try until it is full for good.
        AtomicInteger more = new AtomicInteger();
        Awaitility.await().atMost(Duration.ofSeconds(5)).until(() -> {
            say("198.51.100." + more.getAndIncrement() % 6, head);
            return gauge("edge_inbound_bytes") > MEBIBYTE - 2 * 16_000;
        });
        assertThat(gauge("edge_inbound_bytes")).isLessThanOrEqualTo(MEBIBYTE);
        assertThat(RawHttp.status(
                        soon(say("203.0.113.9", "GET /modules/m/x HTTP/1.1\r\nHost: localhost:4173\r\n\r\n"))))
                .isEqualTo(200);
    }

    /** B13: frames that come with the request for an upgrade are the upgrade's, however many they are. */
    @Test
    void bytesBehindAnUpgrade_doNotEndTheReading(@TempDir Path directory) throws Exception {
        CountDownLatch seen = new CountDownLatch(1);
        CountDownLatch gone = new CountDownLatch(1);
        try (RawModule echo = RawModule.start(socket -> {
                    RawModule.head(socket.getInputStream());
                    Thread.sleep(300);
                    socket.getOutputStream()
                            .write(("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                                            + "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n")
                                    .getBytes(StandardCharsets.ISO_8859_1));
                    socket.getInputStream().readNBytes(40_000);
                    socket.getInputStream().readNBytes(7);
                    seen.countDown();
                    socket.getInputStream().readAllBytes();
                    gone.countDown();
                });
                EdgeServer other = beside(echo, directory, Map.of())) {
            try (Socket socket = new Socket("127.0.0.1", other.port())) {
                socket.getOutputStream()
                        .write(("GET /modules/m/x HTTP/1.1\r\nHost: localhost:4173\r\nOrigin: http://localhost:4173\r\n"
                                        + "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                                        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n" + "x".repeat(40_000))
                                .getBytes(StandardCharsets.ISO_8859_1));
                assertThat(RawHttp.status(soon(socket))).isEqualTo(101);
                socket.getOutputStream().write("the end".getBytes(StandardCharsets.ISO_8859_1));
                assertThat(seen.await(3, TimeUnit.SECONDS))
                        .as("what comes afterwards")
                        .isTrue();
            }
            assertThat(gone.await(3, TimeUnit.SECONDS)).as("and its end").isTrue();
        }
    }

    /** An edge without the PROXY protocol in front of the module. */
    private static EdgeServer beside(RawModule module, Path directory, Map<String, String> more) throws Exception {
        EdgeServer.modules(directory, """
                development:
                  modules:
                    - {id: m, repository: r, tag: v1, upstream: "http://127.0.0.1:%d", access: public}
                """.formatted(module.port()));
        Map<String, String> settings = new HashMap<>(more);
        settings.put("ORIGIN", "http://localhost:4173");
        return EdgeServer.start(directory, settings);
    }

    /**
     * Behind a listed proxy the one who pays is its client: one of them must not shut the others out, and is told why.
     */
    @Test
    void largeHeads_countForTheirClient_andNotForTheProxyBetween(@TempDir Path directory) throws Exception {
        CountDownLatch over = new CountDownLatch(1);
        AtomicInteger waiting = new AtomicInteger();
        try (RawModule slow = RawModule.answering(head -> {
            if (head.startsWith("GET /modules/m/slow ")) {
                waiting.incrementAndGet();
                await(over);
            }
            return RawModule.answer("here");
        })) {
            try (EdgeServer other =
                    beside(slow, directory, Map.of("TRUSTED_PROXIES", "127.0.0.1", "SERVER_INBOUND_MEMORY", "1"))) {
                String large = "Cookie: c=" + "c".repeat(14_000) + "\r\n";
                List<Socket> greedy = new ArrayList<>();
                for (int i = 0; i < 40; i++) {
                    Socket socket = new Socket("127.0.0.1", other.port());
                    sockets.add(socket);
                    greedy.add(socket);
                    socket.getOutputStream()
                            .write(
                                    ("GET /modules/m/slow HTTP/1.1\r\nHost: localhost:4173\r\nX-Forwarded-For: 198.51.100.7\r\n"
                                                    + large + "\r\n")
                                            .getBytes(StandardCharsets.ISO_8859_1));
                }
                Awaitility.await().atMost(Duration.ofSeconds(5)).until(() -> waiting.get() > 10);
                try (Socket socket = new Socket("127.0.0.1", other.port())) {
                    socket.getOutputStream()
                            .write(
                                    ("GET /modules/m/x HTTP/1.1\r\nHost: localhost:4173\r\nX-Forwarded-For: 203.0.113.9\r\n"
                                                    + large + "\r\n")
                                            .getBytes(StandardCharsets.ISO_8859_1));
                    assertThat(RawHttp.status(soon(socket)))
                            .as("another client")
                            .isEqualTo(200);
                }
                int refused = 0;
                for (Socket socket : greedy) {
                    refused += RawHttp.status(read(socket, 30)) == 503 ? 1 : 0;
                }
                assertThat(refused).isBetween(20, 30);
                assertThat(waiting.get() + refused).isEqualTo(40);
            } finally {
                over.countDown();
            }
        }
    }

    @Test
    void trailers_arePaidForToo() throws Exception {
        for (int i = 0; i < 40; i++) {
            say(
                    "198.51.100.7",
                    HEAD + "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nT: " + "t".repeat(7000) + "\r\nU: "
                            + "u".repeat(7000));
        }

        Awaitility.await()
                .atMost(Duration.ofSeconds(5))
                .until(() -> gauge("edge_inbound_bytes") > QUARTER - 2 * 16_000);
        assertThat(gauge("edge_inbound_bytes")).isLessThanOrEqualTo(QUARTER);
    }

    @Test
    void pipelinedRequests_stayWithTheClientUntilTheirTurn() throws Exception {
        int before = asked.get();
        Socket socket = say("198.51.100.7", "GET /modules/m/slow HTTP/1.1\r\nHost: localhost:4173\r\n\r\n");
        byte[] more = "GET /modules/m/next HTTP/1.1\r\nHost: localhost:4173\r\n\r\n"
                .repeat(1000)
                .getBytes(StandardCharsets.ISO_8859_1);
        AtomicInteger sent = new AtomicInteger();
        Thread flood = new Thread(() -> {
            try {
                for (int i = 0; i < 200; i++) {
                    socket.getOutputStream().write(more);
                    sent.addAndGet(more.length);
                }
            } catch (IOException e) {
                // The test is over.
            }
        });
        flood.setDaemon(true);
        flood.start();

        Awaitility.await().atMost(Duration.ofSeconds(10)).until(() -> {
            int earlier = sent.get();
            Thread.sleep(300);
            return sent.get() == earlier;
        });
        // What was sent lies in the system's buffers; of it the edge took hardly more than a few reads.
        assertThat(sent.get()).isLessThan(more.length * 200);
        assertThat(gauge("edge_inbound_bytes")).isLessThan(128 * 1024);
        assertThat(asked.get() - before).isEqualTo(1);
        // Its connection is not read from, so that its end is only seen once the answer is out.
        release.countDown();
    }

    @Test
    void requestsBehindTheFirst_areAnsweredInOrder() throws Exception {
        Socket socket = say(
                "198.51.100.7",
                "GET /modules/m/a HTTP/1.1\r\nHost: localhost:4173\r\n\r\n".repeat(50) + HEAD
                        + "Content-Length: 2\r\n\r\n{}"
                        + "GET /livez HTTP/1.1\r\nHost: localhost:4173\r\nConnection: close\r\n\r\n");

        String answers = read(socket, 2000);

        assertThat(answers.split("HTTP/1.1 200 OK", -1)).hasSize(53);
        assertThat(answers).contains("{\"success\":true}").endsWith("{\"status\":\"live\"}");
    }

    @Test
    void connections_ofOneNetwork_areAQuarterOnlyWhileMoreThanHalfAreTaken() throws Exception {
        for (int i = 0; i < MAX_CONNECTIONS / 2; i++) {
            say("198.51.100.7", "");
        }
        Awaitility.await()
                .atMost(Duration.ofSeconds(5))
                .until(() -> gauge("edge_connections") == MAX_CONNECTIONS / 2.0);

        // From here on that network has more than its share; others do not.
        assertThat(read(say("198.51.100.7", "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"), 1000))
                .isEmpty();
        for (int i = 0; i < MAX_CONNECTIONS / 4; i++) {
            say("2001:db8:1:" + i + "::1", "");
        }
        Awaitility.await()
                .atMost(Duration.ofSeconds(5))
                .until(() -> gauge("edge_connections") == MAX_CONNECTIONS * 3 / 4.0);
        assertThat(read(say("2001:db8:1:ffff::1", "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"), 1000))
                .as("the same /48")
                .isEmpty();
        assertThat(RawHttp.status(soon(say("203.0.113.9", "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"))))
                .isEqualTo(200);
    }

    @Test
    void manyHeaders_are431() throws Exception {
        assertThat(RawHttp.status(soon(say(
                        "198.51.100.7", "GET / HTTP/1.1\r\nHost: localhost:4173\r\n" + "a:\r\n".repeat(300) + "\r\n"))))
                .isEqualTo(431);
    }

    /** Opens a connection in the name of that client and says what is to be said; it stays open. */
    private Socket say(String client, String text) throws IOException {
        Socket socket = new Socket("127.0.0.1", edge.port());
        sockets.add(socket);
        String family =
                client.indexOf(':') < 0 ? "TCP4 " + client + " 203.0.113.1" : "TCP6 " + client + " 2001:db8::ff";
        socket.getOutputStream()
                .write(("PROXY " + family + " 1000 443\r\n" + text).getBytes(StandardCharsets.ISO_8859_1));
        socket.getOutputStream().flush();
        return socket;
    }

    private static String soon(Socket socket) throws IOException {
        return read(socket, 1500);
    }

    /** What comes until there is silence for so long. */
    private static String read(Socket socket, int silenceMillis) throws IOException {
        socket.setSoTimeout(silenceMillis);
        StringBuilder answer = new StringBuilder();
        byte[] buffer = new byte[64 * 1024];
        try {
            InputStream in = socket.getInputStream();
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                answer.append(new String(buffer, 0, n, StandardCharsets.ISO_8859_1));
                socket.setSoTimeout(Math.min(silenceMillis, 300));
            }
        } catch (IOException e) {
            // Silent, or closed.
        }
        return answer.toString();
    }

    private double gauge(String name) {
        Matcher line = Pattern.compile("(?m)^" + name + " (\\S+)$")
                .matcher(edge.management("/metrics").body());
        if (!line.find()) {
            throw new AssertionError("no " + name);
        }
        return Double.parseDouble(line.group(1));
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
