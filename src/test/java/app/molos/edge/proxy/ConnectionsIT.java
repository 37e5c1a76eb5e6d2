package app.molos.edge.proxy;

import static app.molos.edge.testing.RawModule.answer;
import static app.molos.edge.testing.RawModule.head;
import static app.molos.edge.testing.RawModule.say;
import static org.assertj.core.api.Assertions.assertThat;

import app.molos.edge.testing.EdgeServer;
import app.molos.edge.testing.RawHttp;
import app.molos.edge.testing.RawModule;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Modules and clients that read too slowly, send too much, or end too early, byte by byte. */
@Tag("long")
class ConnectionsIT {
    private static final String ORIGIN = "http://localhost:4173";
    private static final String UPGRADE = "GET /modules/m/socket HTTP/1.1\r\nHost: localhost:4173\r\nOrigin: " + ORIGIN
            + "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

    @TempDir
    Path directory;

    private final List<AutoCloseable> open = new ArrayList<>();
    /** The connections to the module that was made last. */
    private ConcurrentLinkedQueue<Socket> accepted = new ConcurrentLinkedQueue<>();

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable closeable : open) {
            closeable.close();
        }
    }

    private int module(RawModule.Conversation conversation) throws IOException {
        RawModule module = RawModule.start(conversation);
        open.add(module);
        accepted = module.accepted();
        return module.port();
    }

    private EdgeServer edge(int port, Map<String, String> settings) throws Exception {
        EdgeServer.modules(directory, """
                development:
                  modules:
                    - {id: m, repository: r, tag: v1, upstream: "http://127.0.0.1:%d", access: public}
                """.formatted(port));
        Map<String, String> all = new HashMap<>(Map.of("ORIGIN", ORIGIN, "SERVER_EVENT_LOOPS", "1"));
        all.putAll(settings);
        EdgeServer edge = EdgeServer.start(directory, all);
        open.add(0, edge);
        return edge;
    }

    private static CompletableFuture<HttpResponse<String>> ask(EdgeServer edge, String path) {
        return CompletableFuture.supplyAsync(() -> edge.get(path, "Host", "localhost:4173"));
    }

    /** B3: what comes behind an answer is nobody's; least of all the next one's who waits for the connection. */
    @Test
    void surplusBytes_neverBecomeTheNextClientsAnswer() throws Exception {
        CountDownLatch bothHere = new CountDownLatch(1);
        int port = module(socket -> {
            for (String head = head(socket.getInputStream()); head != null; head = head(socket.getInputStream())) {
                if (head.startsWith("GET /modules/m/first ")) {
                    bothHere.await(5, TimeUnit.SECONDS);
                    say(socket, answer("first") + answer("stolen"));
                } else {
                    say(socket, answer("own"));
                }
            }
        });
        EdgeServer edge = edge(port, Map.of("PROXY_POOL_SIZE", "1"));

        CompletableFuture<HttpResponse<String>> first = ask(edge, "/modules/m/first");
        Awaitility.await().until(() -> accepted.size() == 1);
        CompletableFuture<HttpResponse<String>> second = ask(edge, "/modules/m/second");
        // The second is in the queue for the only connection by then.
        Thread.sleep(300);
        bothHere.countDown();

        assertThat(first.get(5, TimeUnit.SECONDS).body()).isEqualTo("first");
        assertThat(second.get(5, TimeUnit.SECONDS).body()).isEqualTo("own");
        // Pipelined by one client, the next request is there before the surplus was looked at.
        String pipelined = RawHttp.exchange(
                edge.port(),
                "GET /modules/m/first HTTP/1.1\r\nHost: localhost:4173\r\n\r\n"
                        + "GET /modules/m/third HTTP/1.1\r\nHost: localhost:4173\r\n\r\n");
        assertThat(pipelined).contains("first").contains("own").doesNotContain("stolen");
    }

    /** Waiting for a connection that others have proves nothing about the module: it is not what the breaker counts. */
    @Test
    void waitingForAFreeConnection_isNoFailureOfTheModule() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        int port = module(socket -> {
            for (String head = head(socket.getInputStream()); head != null; head = head(socket.getInputStream())) {
                if (head.contains("/slow")) {
                    release.await(10, TimeUnit.SECONDS);
                }
                say(socket, answer("ok"));
            }
        });
        EdgeServer edge = edge(
                port,
                Map.of(
                        "PROXY_POOL_SIZE",
                        "1",
                        "PROXY_CONNECT_TIMEOUT",
                        "300ms",
                        "PROXY_BREAKER_FAILURES",
                        "2",
                        "PROXY_BREAKER_PAUSE",
                        "1m"));
        CompletableFuture<HttpResponse<String>> slow = ask(edge, "/modules/m/slow");
        Awaitility.await().until(() -> accepted.size() == 1);
        List<CompletableFuture<HttpResponse<String>>> waiting = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            waiting.add(ask(edge, "/modules/m/x"));
        }

        for (CompletableFuture<HttpResponse<String>> one : waiting) {
            HttpResponse<String> refused = one.get(5, TimeUnit.SECONDS);
            assertThat(refused.statusCode() + " " + new JsonObject(refused.body()).getString("code"))
                    .isEqualTo("503 MODULE_BUSY");
            assertThat(refused.headers().firstValue("retry-after")).isPresent();
        }
        release.countDown();
        assertThat(slow.get(5, TimeUnit.SECONDS).body()).isEqualTo("ok");
        assertThat(edge.get("/modules/m/x", "Host", "localhost:4173").body()).isEqualTo("ok");
    }

    /** What a module that stopped reading was to get is given up with its socket, not kept for as long as it lives. */
    @Test
    void moduleThatDoesNotRead_losesItsConnection() throws Exception {
        int port = module(socket -> Thread.sleep(60_000));
        EdgeServer edge = edge(port, Map.of("PROXY_BODY_IDLE_TIMEOUT", "1s"));
        try (Socket client = new Socket("127.0.0.1", edge.port())) {
            client.setSoTimeout(10_000);
            say(
                    client,
                    "POST /modules/m/x HTTP/1.1\r\nHost: localhost:4173\r\nOrigin: " + ORIGIN
                            + "\r\nContent-Length: 50000000\r\n\r\n");
            Thread writing = new Thread(() -> {
                try {
                    OutputStream out = client.getOutputStream();
                    for (int i = 0; i < 5000; i++) {
                        out.write(new byte[10_000]);
                    }
                } catch (IOException e) {
                    // Refused: that is the point.
                }
            });
            writing.setDaemon(true);
            writing.start();
            assertThat(new String(client.getInputStream().readNBytes(12), StandardCharsets.ISO_8859_1))
                    .isEqualTo("HTTP/1.1 504");
        }
        assertThat(isGone(accepted.peek())).isTrue();
    }

    /**
     * Whether the other side has closed the connection, told without taking a byte of what it may still have to say.
     */
    private static boolean isGone(Socket socket) {
        try {
            for (int i = 0; i < 20; i++) {
                socket.getOutputStream().write('x');
                Thread.sleep(100);
            }
            return false;
        } catch (IOException e) {
            return true;
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A WebSocket's last words arrive, however slowly its client reads and however early its module left. */
    @Test
    void whatAModuleSentBeforeItLeft_reachesASlowClient() throws Exception {
        byte[] last = new byte[6_000_000];
        java.util.Arrays.fill(last, (byte) 'x');
        int port = module(socket -> {
            head(socket.getInputStream());
            say(
                    socket,
                    "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                            + "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n");
            socket.getOutputStream().write(last);
            say(socket, "the end");
            socket.close();
        });
        EdgeServer edge = edge(port, Map.of());
        byte[] all = readSlowly(edge, UPGRADE, "HTTP/1.1 101");
        assertThat(all).hasSize(last.length + 7);
        assertThat(new String(all, last.length, 7, StandardCharsets.ISO_8859_1)).isEqualTo("the end");
    }

    /**
     * What comes after the head, for a client that takes none of it before its module has closed; most waits in the
     * edge then.
     */
    private static byte[] readSlowly(EdgeServer edge, String request, String status) throws Exception {
        try (Socket client = new Socket()) {
            client.setReceiveBufferSize(16 * 1024);
            client.connect(new InetSocketAddress("127.0.0.1", edge.port()));
            say(client, request);
            assertThat(head(client.getInputStream())).startsWith(status);
            Thread.sleep(1000);
            client.setSoTimeout(5000);
            return client.getInputStream().readAllBytes();
        }
    }

    /** So does the rest of an answer whose end is the end of the connection, which the module closes long before. */
    @Test
    void answerOfAModuleThatCloses_reachesASlowClientWhole() throws Exception {
        byte[] body = new byte[6_000_000];
        java.util.Arrays.fill(body, (byte) 'x');
        int port = module(socket -> {
            head(socket.getInputStream());
            say(socket, "HTTP/1.0 200 OK\r\nContent-Length: " + (body.length + 7) + "\r\n\r\n");
            socket.getOutputStream().write(body);
            say(socket, "the end");
            socket.close();
        });
        EdgeServer edge = edge(port, Map.of());
        String request = "GET /modules/m/x HTTP/1.1\r\nHost: localhost:4173\r\nConnection: close\r\n\r\n";
        assertThat(readSlowly(edge, request, "HTTP/1.1 200")).hasSize(body.length + 7);
    }

    /** A client that takes something now and then is slow, not gone: files are cut off no more than answers. */
    @Test
    void slowDownloadOfAFile_isNotTakenForAStuckOne() throws Exception {
        int length = 24_000_000;
        java.nio.file.Files.createDirectories(directory.resolve("files"));
        java.nio.file.Files.write(directory.resolve("files/large.bin"), new byte[length]);
        EdgeServer.modules(directory, "development:\n  modules:\n    - {id: m, static: files, access: public}\n");
        EdgeServer edge = EdgeServer.start(
                directory, Map.of("ORIGIN", ORIGIN, "SERVER_EVENT_LOOPS", "1", "SERVER_WRITE_IDLE_TIMEOUT", "400ms"));
        open.add(0, edge);
        try (Socket client = new Socket()) {
            client.setReceiveBufferSize(256 * 1024);
            client.connect(new InetSocketAddress("127.0.0.1", edge.port()));
            client.setSoTimeout(5000);
            say(client, "GET /modules/m/large.bin HTTP/1.1\r\nHost: localhost:4173\r\nConnection: close\r\n\r\n");
            head(client.getInputStream());
            int read = 0;
            byte[] buffer = new byte[200_000];
            for (int n = client.getInputStream().read(buffer);
                    n >= 0;
                    n = client.getInputStream().read(buffer)) {
                read += n;
                Thread.sleep(10);
            }
            assertThat(read).isEqualTo(length);
        }
    }

    /** An upload that was answered before its end leaves a connection that nobody else may have. */
    @Test
    void uploadAnsweredEarly_leavesNoHalfRequestBehind() throws Exception {
        int port = module(socket -> {
            for (String head = head(socket.getInputStream()); head != null; head = head(socket.getInputStream())) {
                // Whatever of the upload stands before the next request makes that one unreadable.
                say(
                        socket,
                        head.startsWith("POST ")
                                ? "HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n"
                                : head.startsWith("GET ")
                                        ? answer("ok")
                                        : "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
            }
        });
        EdgeServer edge = edge(port, Map.of());
        for (int i = 0; i < 5; i++) {
            try (Socket client = new Socket("127.0.0.1", edge.port())) {
                client.setSoTimeout(5000);
                say(
                        client,
                        "POST /modules/m/x HTTP/1.1\r\nHost: localhost:4173\r\nOrigin: " + ORIGIN
                                + "\r\nContent-Length: 3000\r\n\r\nonly its beginning");
                assertThat(head(client.getInputStream())).startsWith("HTTP/1.1 413");
                assertThat(edge.get("/modules/m/after", "Host", "localhost:4173")
                                .statusCode())
                        .isEqualTo(200);
            }
        }
    }

    /**
     * A connection of which its module says that this was the last answer has no next request, not even while it stays
     * open.
     */
    @Test
    void connectionOfALastAnswer_isNotLentOn() throws Exception {
        int port = module(socket -> {
            head(socket.getInputStream());
            say(socket, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 4\r\n\r\nlast");
            if (head(socket.getInputStream()) != null) {
                say(socket, answer("one more"));
            }
        });
        EdgeServer edge = edge(port, Map.of());
        for (int i = 0; i < 3; i++) {
            assertThat(edge.get("/modules/m/x", "Host", "localhost:4173").body())
                    .isEqualTo("last");
        }
        assertThat(accepted).hasSize(3);
    }

    /** Events are events as they happen, also of a module that says how long all of them together will be. */
    @Test
    void eventsOfKnownLength_arriveWhenTheyHappen() throws Exception {
        CountDownLatch seen = new CountDownLatch(1);
        int port = module(socket -> {
            head(socket.getInputStream());
            say(socket, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 18\r\n\r\ndata: 1\n\n");
            if (seen.await(5, TimeUnit.SECONDS)) {
                say(socket, "data: 2\n\n");
            }
        });
        EdgeServer edge = edge(port, Map.of());
        try (Socket client = new Socket("127.0.0.1", edge.port())) {
            client.setSoTimeout(4000);
            say(client, "GET /modules/m/events HTTP/1.1\r\nHost: localhost:4173\r\n\r\n");
            assertThat(head(client.getInputStream()))
                    .containsIgnoringCase("content-length: 18")
                    .doesNotContainIgnoringCase("transfer-encoding");
            assertThat(client.getInputStream().readNBytes(9)).asString().isEqualTo("data: 1\n\n");
            seen.countDown();
            assertThat(client.getInputStream().readNBytes(9)).asString().isEqualTo("data: 2\n\n");
        }
    }

    /** B4: the only protocol that is passed through unread is WebSocket; one that comes beside it would be, too. */
    @Test
    void upgradeToMoreThanWebSocket_isAPlainRequestForTheModule() throws Exception {
        ConcurrentLinkedQueue<String> heads = new ConcurrentLinkedQueue<>();
        int port = module(socket -> {
            for (String head = head(socket.getInputStream()); head != null; head = head(socket.getInputStream())) {
                heads.add(head.toLowerCase(java.util.Locale.ROOT));
                say(socket, answer("plain"));
            }
        });
        EdgeServer edge = edge(port, Map.of());
        for (String offered : List.of("websocket, h2c", "h2c", "websocket\r\nUpgrade: other")) {
            assertThat(RawHttp.exchange(edge.port(), UPGRADE.replace("Upgrade: websocket", "Upgrade: " + offered)))
                    .contains("plain")
                    .doesNotContain(" 101 ");
        }
        assertThat(heads).hasSize(3);
        assertThat(heads).noneMatch(head -> head.contains("upgrade"));
    }

    /** One client's own next request is not counted against the place that its last one has just left. */
    @Test
    void pipelinedRequests_ofAModuleWithOnePlace_areAllAnswered() throws Exception {
        int port = module(socket -> {
            for (String head = head(socket.getInputStream()); head != null; head = head(socket.getInputStream())) {
                say(socket, answer("ok"));
            }
        });
        EdgeServer edge = edge(port, Map.of("PROXY_MAX_ACTIVE", "1"));
        String answers =
                RawHttp.exchange(edge.port(), "GET /modules/m/x HTTP/1.1\r\nHost: localhost:4173\r\n\r\n".repeat(5));
        assertThat(answers.split("HTTP/1.1 200", -1)).hasSize(6);
    }

    /** Where one upstream's connections are all taken, another one is asked. */
    @Test
    void requestThatFoundNoFreeConnection_triesAnotherUpstream() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        int full = module(socket -> {
            head(socket.getInputStream());
            release.await(10, TimeUnit.SECONDS);
            say(socket, answer("held"));
        });
        int free = module(socket -> {
            for (String head = head(socket.getInputStream()); head != null; head = head(socket.getInputStream())) {
                say(socket, answer("free"));
            }
        });
        EdgeServer.modules(directory, """
                development:
                  modules:
                    - {id: m, repository: r, tag: v1, upstream: ["http://127.0.0.1:%d", "http://127.0.0.1:%d"], access: public}
                """.formatted(full, free));
        EdgeServer edge = EdgeServer.start(
                directory,
                Map.of(
                        "ORIGIN",
                        ORIGIN,
                        "SERVER_EVENT_LOOPS",
                        "1",
                        "PROXY_POOL_SIZE",
                        "1",
                        "PROXY_CONNECT_TIMEOUT",
                        "300ms"));
        open.add(0, edge);
        CompletableFuture<HttpResponse<String>> held = ask(edge, "/modules/m/held");
        Thread.sleep(400);
        for (int i = 0; i < 4; i++) {
            assertThat(edge.get("/modules/m/x", "Host", "localhost:4173").body())
                    .isEqualTo("free");
        }
        release.countDown();
        held.get(10, TimeUnit.SECONDS);
    }

    /** A WebSocket whose client takes nothing ends on both sides, and nothing of it stays open. */
    @Test
    void socketWhoseClientTakesNothing_isGivenUp() throws Exception {
        int port = module(socket -> {
            head(socket.getInputStream());
            say(
                    socket,
                    "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                            + "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n");
            while (true) {
                socket.getOutputStream().write(new byte[64 * 1024]);
            }
        });
        EdgeServer edge =
                edge(port, Map.of("PROXY_RESPONSE_IDLE_TIMEOUT", "500ms", "SERVER_WRITE_IDLE_TIMEOUT", "500ms"));
        try (Socket client = new Socket()) {
            client.setReceiveBufferSize(16 * 1024);
            client.connect(new InetSocketAddress("127.0.0.1", edge.port()));
            say(client, UPGRADE);
            head(client.getInputStream());
            Thread.sleep(2500);
            assertThat(isGone(client)).isTrue();
        }
        assertThat(isGone(accepted.peek())).isTrue();
    }

    /** An answer that is written and never read is given up with its connection. */
    @Test
    void clientThatNeverReadsItsAnswer_isCut() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        String large = answer("x".repeat(60_000));
        int port = module(socket -> {
            for (String head = head(socket.getInputStream()); head != null; head = head(socket.getInputStream())) {
                asked.incrementAndGet();
                say(socket, large);
            }
        });
        EdgeServer edge = edge(port, Map.of("SERVER_WRITE_IDLE_TIMEOUT", "500ms", "SERVER_KEEP_ALIVE_TIMEOUT", "1m"));
        try (Socket client = new Socket()) {
            client.setReceiveBufferSize(16 * 1024);
            client.connect(new InetSocketAddress("127.0.0.1", edge.port()));
            say(client, "GET /modules/m/x HTTP/1.1\r\nHost: localhost:4173\r\n\r\n".repeat(2000));
            Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> isQuiet(asked));
            // 2,000 answers are 120 MB: they must not all have been made for somebody who takes none of them.
            assertThat(asked.get()).isLessThan(500);
            assertThat(isGone(client)).isTrue();
        }
    }

    private static boolean isQuiet(AtomicInteger count) throws InterruptedException {
        int before = count.get();
        Thread.sleep(1500);
        return count.get() == before;
    }
}
