package app.molos.edge.boot;

import static org.assertj.core.api.Assertions.assertThat;

import app.molos.edge.testing.EdgeServer;
import app.molos.edge.testing.RawHttp;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketConnectOptions;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What other edges were found to do wrong, one row an item of the reference's B4 and B5, named by its number. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class EdgeTrapsIT {
    /** What a row does. */
    @FunctionalInterface
    interface Trap {
        void isAvoided() throws Exception;
    }

    private static final String HOST = "Host: localhost:4173\r\n";

    private final Vertx vertx = Vertx.vertx();
    private final Map<String, MultiMap> seen = new ConcurrentHashMap<>();
    private final AtomicInteger droppedRequests = new AtomicInteger();
    private final AtomicInteger staleAnswers = new AtomicInteger();
    private final List<String> staleRequests = java.util.Collections.synchronizedList(new ArrayList<>());
    private final List<AutoCloseable> open = new ArrayList<>();
    private Path directory;
    private EdgeServer edge;
    private String modules;

    @BeforeAll
    void start(@TempDir Path home) throws Exception {
        directory = home;
        HttpServer upstream = vertx.createHttpServer()
                .webSocketHandler(socket -> {
                    seen.put(socket.path(), socket.headers());
                    socket.textMessageHandler(socket::writeTextMessage);
                })
                .requestHandler(this::answer);
        int port = upstream.listen(0, "127.0.0.1").await(10, TimeUnit.SECONDS).actualPort();
        modules = """
                development:
                  modules:
                    - {id: m, repository: r, tag: v1, upstream: "http://127.0.0.1:%1$d", access: public}
                    - {id: broken, repository: r, tag: v1, upstream: "http://127.0.0.1:%1$d", access: public, health: /broken}
                    - {id: secret, repository: r, tag: v1, upstream: "http://127.0.0.1:%1$d", access: admin}
                    - {id: drops, repository: r, tag: v1, upstream: "http://127.0.0.1:%2$d", access: public}
                    - {id: stale, repository: r, tag: v1, upstream: "http://127.0.0.1:%3$d", access: public}
                """.formatted(port, dropping(), stale());
        EdgeServer.modules(directory, modules);
        edge = EdgeServer.start(
                directory,
                Map.of(
                        "ORIGIN",
                        "http://localhost:4173",
                        "TRUSTED_PROXIES",
                        "127.0.0.1/32",
                        "PROXY_RESPONSE_IDLE_TIMEOUT",
                        "400ms",
                        "PROXY_BREAKER_FAILURES",
                        "1000",
                        "PROXY_DRAIN_TIMEOUT",
                        "200ms",
                        "MODULES_PROBE_INTERVAL",
                        "1s"));
        open.add(edge);
    }

    @AfterAll
    void stop() throws Exception {
        for (AutoCloseable closeable : open) {
            closeable.close();
        }
        vertx.close().await(10, TimeUnit.SECONDS);
    }

    private void answer(HttpServerRequest request) {
        seen.put(request.path(), request.headers());
        String kind = request.path().substring(request.path().lastIndexOf('/') + 1);
        String text = "\"0123456789\",".repeat(400);
        switch (kind) {
            case "quiet-events" -> {
                request.response()
                        .setChunked(true)
                        .putHeader("Content-Type", "text/event-stream")
                        .write("data: first\n\n");
                vertx.setTimer(1000, t -> request.response().end("data: last\n\n"));
            }
            case "stalls" -> request.response().setChunked(true).write("begun, and then nothing");
            case "thinks" -> vertx.setTimer(1000, t -> request.response().end("thought"));
            case "json" ->
                request.response()
                        .putHeader("ETag", "\"one\"")
                        .putHeader("Content-Type", "application/json")
                        .end("[" + text + "0]");
            case "no-transform" ->
                request.response()
                        .putHeader("Cache-Control", "public, no-transform")
                        .putHeader("Content-Type", "text/html")
                        .end(text);
            case "no-buffering" ->
                request.response()
                        .putHeader("X-Accel-Buffering", "no")
                        .putHeader("Content-Type", "text/html")
                        .end(text);
            case "broken" -> request.response().setStatusCode(500).end();
            default -> request.response().end("module " + request.uri());
        }
    }

    /** A server that takes every request and closes instead of answering. */
    private int dropping() throws IOException {
        return server(socket -> {
            readHead(socket.getInputStream());
            droppedRequests.incrementAndGet();
            socket.close();
        });
    }

    /**
     * A server that answers the first request of a connection and closes on the second one, as one does whose patience
     * is over.
     */
    private int stale() throws IOException {
        return server(socket -> {
            staleRequests.add(readHead(socket.getInputStream()));
            socket.getOutputStream()
                    .write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".getBytes(StandardCharsets.US_ASCII));
            staleAnswers.incrementAndGet();
            staleRequests.add(readHead(socket.getInputStream()));
            socket.close();
        });
    }

    private interface Talk {
        void with(Socket socket) throws IOException;
    }

    private int server(Talk talk) throws IOException {
        ServerSocket server = new ServerSocket(0, 200, InetAddress.getByName("127.0.0.1"));
        open.add(server);
        Thread accepting = new Thread(() -> {
            while (!server.isClosed()) {
                try {
                    Socket socket = server.accept();
                    Thread talking = new Thread(() -> {
                        try (socket) {
                            talk.with(socket);
                        } catch (IOException e) {
                            // The other side was faster.
                        }
                    });
                    talking.setDaemon(true);
                    talking.start();
                } catch (IOException e) {
                    return;
                }
            }
        });
        accepting.setDaemon(true);
        accepting.start();
        return server.getLocalPort();
    }

    private static String readHead(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (!head.toString().endsWith("\r\n\r\n")) {
            int next = in.read();
            if (next < 0) {
                throw new IOException("closed");
            }
            head.append((char) next);
        }
        return head.toString();
    }

    Stream<Arguments> rows() {
        return Stream.of(
                row(
                        "B4.1 a route that changes drops nobody else's WebSocket, and a deleted one keeps none",
                        this::unrelatedChange),
                row("B4.2 quiet streams and slow thinkers are not cut; an answer that stalls is", this::timers),
                row("B4.3 event streams are never compressed; texts are, with a weakened ETag", this::compression),
                row(
                        "B4.4 a stale connection costs a GET nothing, and a POST is never sent twice",
                        this::staleConnections),
                row("B4.5 second tries are counted: no storm", this::retryStorm),
                row("B4.6 a path is decided on and forwarded in one reading", this::pathConfusion),
                row("B4.7 one bad probe ejects nobody, and an upstream serves before the first", this::probes),
                row("B4.8 Firefox's upgrade, an error that names its module, forwarded headers", this::vertxSpecifics),
                row("B5.1 the right-most hop that is not trusted", this::rightMost),
                row("B5.2 trust follows the real peer", this::realPeer),
                row("B5.3 what an untrusted peer sent is replaced, not just removed", this::madeFresh),
                row("B5.4 wide trust is named at the start", this::wideTrust),
                row("B5.5 no other header stands in", this::noFallback),
                row("B5.6 PROXY from listed peers only; probes need none", this::proxyProtocol),
                row("B5.7 underscore twins", this::underscores));
    }

    private static Arguments row(String name, Trap trap) {
        return Arguments.of(name, trap);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("rows")
    void trap_isAvoided(String name, Trap trap) throws Exception {
        trap.isAvoided();
    }

    private void unrelatedChange() throws Exception {
        WebSocket kept = socket("/modules/m/kept");
        WebSocket gone = socket("/modules/broken/gone");
        CompletableFuture<Void> end = new CompletableFuture<>();
        gone.closeHandler(end::complete);
        EdgeServer.modules(directory, modules.replaceAll(".*id: broken.*\n", ""));
        assertThat(reload().body()).contains("\"removed\":[\"broken\"]");
        end.get(3, TimeUnit.SECONDS);

        CompletableFuture<String> echo = new CompletableFuture<>();
        kept.textMessageHandler(echo::complete);
        kept.writeTextMessage("here");
        assertThat(echo.get(3, TimeUnit.SECONDS)).isEqualTo("here");
        EdgeServer.modules(directory, modules);
        assertThat(reload().statusCode()).isEqualTo(200);
    }

    private HttpResponse<String> reload() throws Exception {
        String token = Files.readString(directory.resolve("data/management-" + edge.managementPort() + ".token"))
                .strip();
        return EdgeServer.send(
                edge.managementPort(), "POST", "/modules/reload", null, "Authorization", "Bearer " + token);
    }

    private void timers() {
        assertThat(get("quiet-events").body()).contains("data: first").contains("data: last");
        assertThat(get("thinks").body()).isEqualTo("thought");
        long start = System.nanoTime();
        String cut = RawHttp.exchange(edge.port(), "GET /modules/m/stalls HTTP/1.1\r\n" + HOST + "\r\n", 5000);
        assertThat(cut).contains("begun").doesNotContain("\r\n0\r\n");
        assertThat((System.nanoTime() - start) / 1_000_000).isBetween(300L, 3000L);
    }

    private void compression() {
        HttpResponse<String> events = get("quiet-events", "Accept-Encoding", "gzip");
        assertThat(events.headers().firstValue("content-encoding")).isEmpty();
        assertThat(events.body()).contains("data: first");
        for (String kind : List.of("no-transform", "no-buffering")) {
            assertThat(get(kind, "Accept-Encoding", "gzip").headers().firstValue("content-encoding"))
                    .as(kind)
                    .isEmpty();
        }
        HttpResponse<String> json = get("json", "Accept-Encoding", "gzip, br");
        assertThat(json.headers().firstValue("content-encoding")).contains("gzip");
        assertThat(json.headers().firstValue("etag")).contains("W/\"one\"");
        assertThat(json.headers().firstValue("vary")).contains("accept-encoding");
    }

    private void staleConnections() {
        assertThat(send("GET", "/modules/stale/one", null).statusCode()).isEqualTo(200);
        // The same connection: the server takes the request and closes.
        assertThat(send("GET", "/modules/stale/two", null).statusCode()).isEqualTo(200);
        assertThat(send("POST", "/modules/stale/three", "body", "Origin", "http://localhost:4173")
                        .statusCode())
                .isEqualTo(502);
        assertThat(staleRequests.stream().filter(head -> head.startsWith("POST")))
                .hasSize(1);
        assertThat(staleRequests.stream().filter(head -> head.contains("/two"))).hasSize(2);
    }

    private void retryStorm() throws Exception {
        int clients = 40;
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < clients; i++) {
            Thread thread = new Thread(() -> send("GET", "/modules/drops/x", null));
            thread.start();
            threads.add(thread);
        }
        for (Thread thread : threads) {
            thread.join(20_000);
        }
        assertThat(droppedRequests.get()).isGreaterThanOrEqualTo(clients).isLessThan(clients * 2);
    }

    private void pathConfusion() {
        for (String path : List.of(
                "/modules/m/../secret/x",
                "/modules/m/%2e%2e/secret/x",
                "/modules/m/..%2fsecret/x",
                "/modules/m/..;/secret/x")) {
            assertThat(status("GET " + path)).as(path).isEqualTo(400);
        }
        for (String path : List.of("/modules//secret/x", "/modules/%73ecret/x", "/modules/./secret/x")) {
            assertThat(status("GET " + path)).as(path).isEqualTo(401);
        }
        assertThat(status("GET /api../x")).isIn(400, 404);
        assertThat(status("TRACE /modules/m/x")).isEqualTo(405);
        assertThat(status("CONNECT localhost:4173")).isEqualTo(405);
        assertThat(RawHttp.exchange(edge.port(), "GET /modules/m//a/./%62?q=%2F HTTP/1.1\r\n" + HOST + "\r\n"))
                .contains("module /modules/m/a/b?q=%2F");
    }

    private void probes() throws Exception {
        assertThat(edge.get("/modules/broken/x", "Host", "localhost:4173").statusCode())
                .isEqualTo(200);
        EdgeServer.modules(directory, modules.replace("health: /broken", "health: /again/broken"));
        assertThat(reload().body()).contains("\"changed\":[\"broken\"]");
        Thread.sleep(300);
        // Asked once by now, and answered 500.
        assertThat(seen).containsKey("/again/broken");
        Awaitility.await()
                .atMost(Duration.ofSeconds(2))
                .untilAsserted(
                        () -> assertThat(edge.management("/health").body()).doesNotContain("module_down"));
        EdgeServer.modules(directory, modules);
        assertThat(reload().statusCode()).isEqualTo(200);
    }

    private void vertxSpecifics() {
        String answer = RawHttp.exchange(
                edge.port(),
                "GET /modules/m/firefox HTTP/1.1\r\n" + HOST
                        + "Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nOrigin: http://localhost:4173\r\n\r\n");
        assertThat(answer).startsWith("HTTP/1.1 101");
        assertThat(seen.get("/modules/m/firefox").get("x-forwarded-for")).isEqualTo("127.0.0.1");
        HttpResponse<String> down = send("POST", "/modules/drops/x", "x", "Origin", "http://localhost:4173");
        assertThat(down.statusCode()).isEqualTo(502);
        assertThat(down.body())
                .contains("MODULE_DOWN")
                .contains("drops")
                .contains(down.headers().firstValue("x-request-id").orElseThrow());
    }

    private void rightMost() {
        assertThat(clientOf("6.6.6.6, 203.0.113.7")).isEqualTo("203.0.113.7");
        assertThat(clientOf("203.0.113.7, 127.0.0.1")).isEqualTo("203.0.113.7");
        assertThat(clientOf("6.6.6.6", "203.0.113.7"))
                .as("repeated headers are one list")
                .isEqualTo("203.0.113.7");
        assertThat(clientOf("6.6.6.6, nonsense"))
                .as("a malformed hop ends the walk at the trusted side")
                .isEqualTo("127.0.0.1");
        assertThat(clientOf("203.0.113.7:4711")).isEqualTo("203.0.113.7");
        assertThat(clientOf("[2001:db8::7]:4711")).isEqualTo("2001:db8::7");
        assertThat(clientOf("::ffff:203.0.113.7")).isEqualTo("203.0.113.7");
        assertThat(clientOf("6.6.6.6, " + "127.0.0.1, ".repeat(40) + "127.0.0.1"))
                .as("so many hops")
                .isEqualTo("127.0.0.1");
    }

    private void realPeer() throws Exception {
        try (EdgeServer strict = edge("10.0.0.1/32", Map.of())) {
            strict.get("/modules/m/real", "Host", "localhost:4173", "X-Forwarded-For", "10.0.0.1");
            assertThat(seen.get("/modules/m/real").get("x-forwarded-for")).isEqualTo("127.0.0.1");
        }
    }

    private void madeFresh() throws Exception {
        try (EdgeServer strict = edge("", Map.of())) {
            strict.get(
                    "/modules/m/fresh",
                    "Host",
                    "localhost:4173",
                    "X-Forwarded-Proto",
                    "https",
                    "X-Forwarded-Host",
                    "evil.example",
                    "Forwarded",
                    "for=6.6.6.6");
            MultiMap headers = seen.get("/modules/m/fresh");
            assertThat(headers.getAll("x-forwarded-proto")).containsExactly("http");
            assertThat(headers.getAll("x-forwarded-host")).containsExactly("localhost:4173");
            assertThat(headers.getAll("x-forwarded-port")).containsExactly("4173");
            assertThat(headers.getAll("forwarded")).containsExactly("for=127.0.0.1;host=\"localhost:4173\";proto=http");
        }
    }

    private void wideTrust() {
        EdgeConfig wide =
                EdgeConfig.read(EdgeServer.environment(directory, Map.of("TRUSTED_PROXIES", "10.0.0.0/8,192.168.1.4")));
        assertThat(Announcements.optOuts(wide))
                .anyMatch(line -> line.startsWith("TRUSTED_PROXIES has 10.0.0.0/8"))
                .noneMatch(line -> line.contains("192.168.1.4"));
    }

    private void noFallback() {
        RawHttp.exchange(
                edge.port(),
                "GET /modules/m/real-ip HTTP/1.1\r\n" + HOST
                        + "X-Real-IP: 203.0.113.7\r\nTrue-Client-IP: 203.0.113.7\r\n\r\n",
                200);
        assertThat(seen.get("/modules/m/real-ip").get("x-forwarded-for")).isEqualTo("127.0.0.1");
        assertThat(seen.get("/modules/m/real-ip").contains("x-real-ip")).isFalse();
    }

    private void proxyProtocol() throws Exception {
        try (EdgeServer listed = edge("", Map.of("PROXY_PROTOCOL_PEERS", "127.0.0.1"))) {
            RawHttp.exchange(
                    listed.port(), "PROXY UNKNOWN\r\nGET /modules/m/unknown HTTP/1.1\r\n" + HOST + "\r\n", 200);
            assertThat(seen.get("/modules/m/unknown").get("x-forwarded-for")).isEqualTo("127.0.0.1");
            assertThat(listed.management("/readyz").statusCode()).isEqualTo(200);
        }
        try (EdgeServer others = edge("", Map.of("PROXY_PROTOCOL_PEERS", "10.0.0.1"))) {
            assertThat(RawHttp.exchange(
                            others.port(),
                            "PROXY TCP4 10.0.0.1 10.0.0.2 1 2\r\nGET /modules/m/forged HTTP/1.1\r\n" + HOST + "\r\n"))
                    .isEmpty();
            assertThat(seen).doesNotContainKey("/modules/m/forged");
        }
    }

    private void underscores() {
        RawHttp.exchange(
                edge.port(),
                "GET /modules/m/twins HTTP/1.1\r\n" + HOST
                        + "X_Forwarded_For: 6.6.6.6\r\nX_Edge_User_Id: root\r\nX-Edge_User-Role: admin\r\nX_Real_IP: 6.6.6.6\r\n\r\n",
                200);
        assertThat(seen.get("/modules/m/twins").names())
                .noneMatch(name -> name.contains("_"))
                .noneMatch(name -> name.toLowerCase().startsWith("x-edge"));
    }

    private EdgeServer edge(String trusted, Map<String, String> settings) throws Exception {
        Map<String, String> all = new HashMap<>(
                Map.of("ORIGIN", "http://localhost:4173", "TRUSTED_PROXIES", trusted, "SERVER_EVENT_LOOPS", "1"));
        all.putAll(settings);
        return EdgeServer.start(directory, all);
    }

    private String clientOf(String... forwardedFor) {
        StringBuilder headers = new StringBuilder();
        for (String value : forwardedFor) {
            headers.append("X-Forwarded-For: ").append(value).append("\r\n");
        }
        RawHttp.exchange(
                edge.port(), "GET /modules/m/client HTTP/1.1\r\n" + HOST + "Connection: close\r\n" + headers + "\r\n");
        return seen.get("/modules/m/client").get("x-forwarded-for");
    }

    private int status(String line) {
        return RawHttp.status(
                RawHttp.exchange(edge.port(), line + " HTTP/1.1\r\n" + HOST + "Connection: close\r\n\r\n"));
    }

    private HttpResponse<String> get(String kind, String... headers) {
        return send("GET", "/modules/m/" + kind, null, headers);
    }

    private HttpResponse<String> send(String method, String path, String body, String... headers) {
        List<String> all = new ArrayList<>(List.of("Host", "localhost:4173"));
        all.addAll(List.of(headers));
        return edge.send(method, path, body, all.toArray(String[]::new));
    }

    private WebSocket socket(String path) throws Exception {
        WebSocketClient client = vertx.createWebSocketClient();
        open.add(client::close);
        return client.connect(new WebSocketConnectOptions()
                        .setHost("127.0.0.1")
                        .setPort(edge.port())
                        .setURI(path)
                        .addHeader("Host", "localhost:4173")
                        .addHeader("Origin", "http://localhost:4173"))
                .await(10, TimeUnit.SECONDS);
    }
}
