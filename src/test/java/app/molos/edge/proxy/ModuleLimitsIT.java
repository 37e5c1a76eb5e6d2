package app.molos.edge.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import app.molos.edge.testing.EdgeServer;
import app.molos.edge.testing.Http1Only;
import app.molos.edge.testing.RawHttp;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
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
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Modules that are slow, broken or endless: what their clients see, and what it costs the others. */
@Tag("http2")
class ModuleLimitsIT {
    @TempDir
    Path directory;

    private final Vertx vertx = Vertx.vertx();
    private final List<AutoCloseable> open = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable closeable : open) {
            closeable.close();
        }
        vertx.close().otherwiseEmpty().await(10, TimeUnit.SECONDS);
    }

    private int module(Handler<HttpServerRequest> answers) throws Exception {
        HttpServer server = vertx.createHttpServer()
                .webSocketHandler(socket -> socket.textMessageHandler(socket::writeTextMessage))
                .requestHandler(answers);
        return server.listen(0, "127.0.0.1").await(10, TimeUnit.SECONDS).actualPort();
    }

    private EdgeServer edge(Map<String, String> settings, String upstream, String access) throws Exception {
        EdgeServer.modules(directory, """
                development:
                  modules:
                    - {id: m, repository: r, tag: v1, upstream: %s, access: %s}
                """.formatted(upstream, access));
        Map<String, String> all = new HashMap<>(Map.of("ORIGIN", "http://localhost:4173"));
        all.putAll(settings);
        EdgeServer edge = EdgeServer.start(directory, all);
        open.add(edge);
        return edge;
    }

    private static String at(int port) {
        return "\"http://127.0.0.1:" + port + "\"";
    }

    private static String code(HttpResponse<String> answer) {
        return answer.statusCode() + " " + new JsonObject(answer.body()).getString("code");
    }

    /** B4.2: late is 504, whatever the client sent; and the next request finds the module as it was. */
    @Test
    void moduleThatDoesNotAnswer_is504() throws Exception {
        int port = module(request -> request.body().onSuccess(body -> {
            if (!request.path().endsWith("/never")) {
                request.response().end("ok");
            }
        }));
        EdgeServer edge = edge(Map.of("PROXY_FIRST_BYTE_TIMEOUT", "400ms"), at(port), "public");
        long start = System.nanoTime();
        assertThat(code(edge.get("/modules/m/never"))).isEqualTo("504 MODULE_TIMEOUT");
        assertThat(Duration.ofNanos(System.nanoTime() - start))
                .isBetween(Duration.ofMillis(350), Duration.ofMillis(1500));
        HttpResponse<String> post =
                edge.send("POST", "/modules/m/never", "x".repeat(100_000), "Origin", "http://localhost:4173");
        assertThat(code(post)).isEqualTo("504 MODULE_TIMEOUT");
        assertThat(new JsonObject(post.body()).getString("requestId"))
                .isEqualTo(post.headers().firstValue("x-request-id").orElseThrow());
        assertThat(edge.get("/modules/m/x").body()).isEqualTo("ok");
    }

    @Test
    void unreachableAddress_is504_withinTheConnectTimeout() throws Exception {
        // A full backlog: the kernel answers no more handshakes.
        try (ServerSocket full = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            List<Socket> waiting = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                Socket socket = new Socket();
                waiting.add(socket);
                try {
                    socket.connect(full.getLocalSocketAddress(), 200);
                } catch (IOException e) {
                    break;
                }
            }
            EdgeServer edge = edge(Map.of("PROXY_CONNECT_TIMEOUT", "500ms"), at(full.getLocalPort()), "public");
            assertThat(code(edge.get("/modules/m/x"))).isEqualTo("504 MODULE_TIMEOUT");
            for (Socket socket : waiting) {
                socket.close();
            }
        }
    }

    /** An answer that stands still ends; one that is a stream may be silent (B4.2, B4.3). */
    @Test
    void answerThatStandsStill_isCut_andAQuietStreamIsNot() throws Exception {
        int port = module(request -> {
            boolean isStream = request.path().endsWith("/events");
            request.response()
                    .setChunked(true)
                    .putHeader("Content-Type", isStream ? "text/event-stream" : "text/plain");
            request.response().write("data: one\n\n");
            if (isStream) {
                vertx.setTimer(1500, t -> request.response().end("data: two\n\n"));
            }
        });
        EdgeServer edge =
                edge(Map.of("PROXY_RESPONSE_IDLE_TIMEOUT", "400ms", "PROXY_TOTAL_TIMEOUT", "1s"), at(port), "public");
        assertThat(edge.get("/modules/m/events").body()).isEqualTo("data: one\n\ndata: two\n\n");
        String cut = RawHttp.exchange(edge.port(), "GET /modules/m/stuck HTTP/1.1\r\nHost: localhost:4173\r\n\r\n");
        assertThat(cut).startsWith("HTTP/1.1 200").contains("data: one").doesNotContain("\r\n0\r\n");
    }

    /** What the module sends of a stream is with the client at once. */
    @Test
    @Http1Only
    void events_arriveOneByOne() throws Exception {
        CompletableFuture<Void> mayGoOn = new CompletableFuture<>();
        int port = module(request -> {
            request.response()
                    .setChunked(true)
                    .putHeader("Content-Type", "text/event-stream; charset=utf-8")
                    .writeHead();
            request.response().write("data: first\n\n");
            mayGoOn.thenRun(() -> request.response().end("data: second\n\n"));
        });
        EdgeServer edge = edge(Map.of(), at(port), "public");
        try (Socket socket = new Socket("127.0.0.1", edge.port())) {
            socket.setSoTimeout(5000);
            socket.getOutputStream()
                    .write("GET /modules/m/events HTTP/1.1\r\nHost: localhost:4173\r\n\r\n"
                            .getBytes(StandardCharsets.US_ASCII));
            StringBuilder seen = new StringBuilder();
            InputStream in = socket.getInputStream();
            byte[] buffer = new byte[4096];
            while (seen.indexOf("first") < 0) {
                seen.append(new String(buffer, 0, in.read(buffer), StandardCharsets.US_ASCII));
            }
            assertThat(seen).doesNotContain("second");
            mayGoOn.complete(null);
            while (seen.indexOf("second") < 0) {
                seen.append(new String(buffer, 0, in.read(buffer), StandardCharsets.US_ASCII));
            }
        }
    }

    /** A body that breaks off is not one that ended: the module sees its connection die, not a short upload. */
    @Test
    @Http1Only
    void brokenUpload_isNoUploadForTheModule() throws Exception {
        CompletableFuture<String> seen = new CompletableFuture<>();
        CompletableFuture<Void> begun = new CompletableFuture<>();
        int port = module(request -> {
            begun.complete(null);
            request.body()
                    .onSuccess(body -> seen.complete("a whole body of " + body.length()))
                    .onFailure(e -> seen.complete("broken"));
        });
        EdgeServer edge = edge(Map.of(), at(port), "public");
        try (Socket socket = new Socket("127.0.0.1", edge.port())) {
            socket.getOutputStream()
                    .write(("POST /modules/m/up HTTP/1.1\r\nHost: localhost:4173\r\nTransfer-Encoding: chunked\r\n\r\n"
                                    + "5\r\nhello\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            begun.get(5, TimeUnit.SECONDS);
            socket.getOutputStream().write("zz\r\n".getBytes(StandardCharsets.US_ASCII));
            assertThat(seen.get(5, TimeUnit.SECONDS)).isEqualTo("broken");
        }
    }

    @Test
    @Http1Only
    void uploadThatStandsStill_ends() throws Exception {
        CompletableFuture<String> seen = new CompletableFuture<>();
        int port = module(request ->
                request.body().onSuccess(body -> seen.complete("whole")).onFailure(e -> seen.complete("broken")));
        EdgeServer edge = edge(Map.of("PROXY_BODY_IDLE_TIMEOUT", "1s"), at(port), "public");
        String answer = RawHttp.exchange(
                edge.port(),
                "POST /modules/m/up HTTP/1.1\r\nHost: localhost:4173\r\nContent-Length: 10\r\n\r\nhello",
                3000);
        assertThat(seen.get(5, TimeUnit.SECONDS)).isEqualTo("broken");
        assertThat(answer).startsWith("HTTP/1.1 408");
    }

    /**
     * A module that answers before it has read the request: its connection has half a request on it and serves nobody
     * else.
     */
    @Test
    @Http1Only
    void earlyAnswer_costsNoPlace_andIsWhole() throws Exception {
        int port = module(request -> {
            if (request.path().endsWith("/early")) {
                request.response().setStatusCode(413).end("too large");
            } else {
                request.response().end("ok");
            }
        });
        EdgeServer edge = edge(
                Map.of("PROXY_POOL_SIZE", "1", "PROXY_CONNECT_TIMEOUT", "1s", "SERVER_EVENT_LOOPS", "1"),
                at(port),
                "public");
        for (int i = 0; i < 4; i++) {
            assertThat(
                            RawHttp.exchange(
                                    edge.port(),
                                    "POST /modules/m/early HTTP/1.1\r\nHost: localhost:4173\r\nContent-Length: 1000\r\n\r\nhello"))
                    .startsWith("HTTP/1.1 413")
                    .endsWith("too large");
            assertThat(edge.get("/modules/m/x").body()).isEqualTo("ok");
        }
    }

    @Test
    @Http1Only
    void refusedUpgrade_givesItsConnectionBack() throws Exception {
        int port;
        HttpServer server = vertx.createHttpServer()
                .requestHandler(request -> request.response().setStatusCode(403).end("no"));
        AtomicInteger connections = new AtomicInteger();
        server.connectionHandler(connection -> {
            connections.incrementAndGet();
            connection.closeHandler(v -> connections.decrementAndGet());
        });
        port = server.listen(0, "127.0.0.1").await(10, TimeUnit.SECONDS).actualPort();
        EdgeServer edge = edge(Map.of("PROXY_MAX_SOCKETS", "2", "SERVER_EVENT_LOOPS", "1"), at(port), "public");
        for (int i = 0; i < 6; i++) {
            assertThat(RawHttp.exchange(
                            edge.port(),
                            "GET /modules/m/socket HTTP/1.1\r\nHost: localhost:4173\r\nConnection: Upgrade\r\n"
                                    + "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                                    + "Origin: http://localhost:4173\r\n\r\n"))
                    .startsWith("HTTP/1.1 403")
                    .endsWith("no");
        }
        Awaitility.await().until(() -> connections.get() <= 2);
    }

    /** What the module said of a body that never came must not stand on a page of the edge. */
    @Test
    void headWithoutABody_isCut_andNotMixedWithAnErrorPage() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"))) {
            Thread thread = new Thread(() -> {
                try (Socket socket = server.accept()) {
                    socket.getInputStream().read(new byte[8192]);
                    socket.getOutputStream()
                            .write(
                                    "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\nCache-Control: public, max-age=999\r\n\r\n"
                                            .getBytes(StandardCharsets.US_ASCII));
                    socket.getOutputStream().flush();
                    // The head is to be with the edge, and read, before the connection dies.
                    Thread.sleep(300);
                } catch (IOException | InterruptedException e) {
                    // the test sees what came of it
                }
            });
            thread.setDaemon(true);
            thread.start();
            EdgeServer edge = edge(Map.of(), at(server.getLocalPort()), "public");
            String answer =
                    RawHttp.exchange(edge.port(), "GET /modules/m/x HTTP/1.1\r\nHost: localhost:4173\r\n\r\n", 3000);
            assertThat(answer).doesNotContain("MODULE_DOWN", "502");
        }
    }

    /** A 102 is no answer: the real one that follows it would be given to the next request. */
    @Test
    void interimAnswer_isNotTakenForTheAnswer() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"))) {
            AtomicInteger connections = new AtomicInteger();
            Thread thread = new Thread(() -> {
                while (!server.isClosed()) {
                    try (Socket socket = server.accept()) {
                        connections.incrementAndGet();
                        socket.getInputStream().read(new byte[8192]);
                        socket.getOutputStream()
                                .write("HTTP/1.1 102 Processing\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                        socket.getOutputStream().flush();
                        // Late enough that a connection which was released would have another request by now.
                        Thread.sleep(200);
                        socket.getOutputStream()
                                .write("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret"
                                        .getBytes(StandardCharsets.US_ASCII));
                        socket.getOutputStream().flush();
                        Thread.sleep(500);
                    } catch (IOException | InterruptedException e) {
                        // the next connection, or the end of the test
                    }
                }
            });
            thread.setDaemon(true);
            thread.start();
            EdgeServer edge = edge(Map.of(), at(server.getLocalPort()), "public");
            assertThat(edge.get("/modules/m/first").body()).isEqualTo("secret");
            assertThat(edge.get("/modules/m/second").body()).isEqualTo("secret");
        }
    }

    @Test
    @Http1Only
    void trailers_passThrough() throws Exception {
        int port = module(request -> {
            request.response().setChunked(true).putTrailer("X-Checksum", "abc");
            request.response().write("part");
            request.response().end();
        });
        EdgeServer edge = edge(Map.of(), at(port), "public");
        assertThat(RawHttp.exchange(
                        edge.port(), "GET /modules/m/x HTTP/1.1\r\nHost: localhost:4173\r\nConnection: close\r\n\r\n"))
                .containsIgnoringCase("\r\n0\r\nx-checksum: abc\r\n");
    }

    /**
     * B4.4: a connection that the module closed while it lay in the pool is nobody's fault; a form is not sent twice.
     */
    @Test
    void staleConnection_isTriedAgain_forWhatMayBeRepeated() throws Exception {
        AtomicInteger gets = new AtomicInteger();
        AtomicInteger posts = new AtomicInteger();
        try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"))) {
            Thread thread = new Thread(() -> everyOtherTimeNothing(server, gets, posts));
            thread.setDaemon(true);
            thread.start();
            EdgeServer edge = edge(Map.of(), at(server.getLocalPort()), "public");
            for (int i = 0; i < 5; i++) {
                assertThat(edge.get("/modules/m/x").body()).isEqualTo("ok");
            }
            assertThat(gets.get()).isEqualTo(10);
            assertThat(code(edge.send("POST", "/modules/m/x", "form", "Origin", "http://localhost:4173")))
                    .isEqualTo("502 MODULE_DOWN");
            assertThat(posts).hasValue(1);
        }
    }

    /** Reads a request and closes; answers the next one; and so on. */
    private static void everyOtherTimeNothing(ServerSocket server, AtomicInteger gets, AtomicInteger posts) {
        while (!server.isClosed()) {
            try (Socket socket = server.accept()) {
                byte[] buffer = new byte[8192];
                int n = socket.getInputStream().read(buffer);
                boolean isGet = new String(buffer, 0, Math.max(n, 0), StandardCharsets.US_ASCII).startsWith("GET");
                int count = (isGet ? gets : posts).incrementAndGet();
                if (isGet && count % 2 == 0) {
                    socket.getOutputStream()
                            .write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"
                                    .getBytes(StandardCharsets.US_ASCII));
                    socket.getOutputStream().flush();
                }
            } catch (IOException e) {
                // The next connection, or the end of the test.
            }
        }
    }

    @Test
    void severalUpstreams_takeTurns_andADeadOneIsSkipped() throws Exception {
        int one = module(request -> request.response().end("one"));
        int two = module(request -> request.response().end("two"));
        int dead;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            dead = socket.getLocalPort();
        }
        EdgeServer edge = edge(Map.of(), "[" + at(one) + ", " + at(dead) + ", " + at(two) + "]", "public");
        Map<String, Integer> answers = new HashMap<>();
        for (int i = 0; i < 30; i++) {
            HttpResponse<String> answer = i % 2 == 0
                    ? edge.get("/modules/m/x")
                    : edge.send("POST", "/modules/m/x", "form", "Origin", "http://localhost:4173");
            answers.merge(answer.statusCode() + answer.body(), 1, Integer::sum);
        }
        assertThat(answers).containsOnlyKeys("200one", "200two");
        assertThat(answers.values()).allSatisfy(count -> assertThat(count).isGreaterThan(8));
    }

    /** A module that fails again and again is left alone, says when to come back, and is tried again. */
    @Test
    void breaker_opens_andCloses() throws Exception {
        int port;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            port = socket.getLocalPort();
        }
        EdgeServer edge = edge(Map.of("PROXY_BREAKER_FAILURES", "3", "PROXY_BREAKER_PAUSE", "1s"), at(port), "public");
        for (int i = 0; i < 3; i++) {
            assertThat(code(edge.get("/modules/m/x"))).isEqualTo("502 MODULE_DOWN");
        }
        HttpResponse<String> refused = edge.get("/modules/m/x");
        assertThat(code(refused)).isEqualTo("503 MODULE_CIRCUIT_OPEN");
        assertThat(refused.headers().firstValue("retry-after")).hasValue("1");
        vertx.createHttpServer()
                .requestHandler(request -> request.response().end("back"))
                .listen(port, "127.0.0.1")
                .await(10, TimeUnit.SECONDS);
        Awaitility.await()
                .untilAsserted(() -> assertThat(edge.get("/modules/m/x").body()).isEqualTo("back"));
        assertThat(edge.get("/modules/m/x").body()).isEqualTo("back");
    }

    /** Failures among successes are no outage: only those in a row open the breaker. */
    @Test
    void breaker_forgetsFailures_withASuccess() throws Exception {
        int port = module(request -> {
            if (request.path().endsWith("/bad")) {
                request.connection().close();
            } else {
                request.response().end("good");
            }
        });
        EdgeServer edge = edge(Map.of("PROXY_BREAKER_FAILURES", "3", "PROXY_BREAKER_PAUSE", "1m"), at(port), "public");
        for (int round = 0; round < 4; round++) {
            for (int i = 0; i < 2; i++) {
                HttpResponse<String> bad = edge.send("POST", "/modules/m/bad", "x", "Origin", "http://localhost:4173");
                assertThat(code(bad)).isEqualTo("502 MODULE_DOWN");
            }
            assertThat(edge.get("/modules/m/x").body()).isEqualTo("good");
        }
        for (int i = 0; i < 3; i++) {
            edge.send("POST", "/modules/m/bad", "x", "Origin", "http://localhost:4173");
        }
        assertThat(code(edge.get("/modules/m/x"))).isEqualTo("503 MODULE_CIRCUIT_OPEN");
    }

    /** Compressed or not, the ETag that a client got is one that it can ask with; and caches are told of both kinds. */
    @Test
    void weakenedTags_areUnderstoodByTheModule_andVaryIsSaidWithEveryAnswer() throws Exception {
        String text = "text ".repeat(1000);
        int port = module(request -> {
            String match = request.getHeader("If-Match");
            String noneMatch = request.getHeader("If-None-Match");
            request.response().putHeader("ETag", "\"v1\"");
            if (match != null && List.of(match.split(", *")).stream().noneMatch("\"v1\""::equals)) {
                request.response().setStatusCode(412).end();
            } else if (noneMatch != null && noneMatch.contains(", \"v1\"")) {
                request.response().setStatusCode(304).end();
            } else {
                request.response()
                        .putHeader("Content-Type", "text/plain")
                        .putHeader("Repr-Digest", "sha-256=:x:")
                        .end(text);
            }
        });
        EdgeServer edge = edge(Map.of(), at(port), "public");
        HttpResponse<String> packed = edge.get("/modules/m/x", "Accept-Encoding", "gzip");
        String tag = packed.headers().firstValue("etag").orElseThrow();
        assertThat(tag).isEqualTo("W/\"v1\"");
        assertThat(packed.headers().firstValue("repr-digest")).isEmpty();

        assertThat(edge.send("PUT", "/modules/m/x", "y", "If-Match", tag, "Origin", "http://localhost:4173")
                        .statusCode())
                .isEqualTo(200);
        assertThat(edge.send("PUT", "/modules/m/x", "y", "If-Match", "\"v0\"", "Origin", "http://localhost:4173")
                        .statusCode())
                .isEqualTo(412);
        HttpResponse<String> same = edge.get("/modules/m/x", "Accept-Encoding", "gzip", "If-None-Match", tag);
        assertThat(same.statusCode()).isEqualTo(304);
        assertThat(same.headers().firstValue("etag")).hasValue(tag);
        assertThat(same.headers().firstValue("vary")).hasValue("accept-encoding");
        assertThat(edge.send("HEAD", "/modules/m/x", null).headers().firstValue("vary"))
                .hasValue("accept-encoding");
        assertThat(edge.get("/modules/m/x").headers().firstValue("vary")).hasValue("accept-encoding");
    }

    @Test
    void moduleWithAllItsPlacesTaken_is503_andGivesThemBack() throws Exception {
        List<HttpServerRequest> held = new ArrayList<>();
        int port = module(request -> {
            if (request.path().endsWith("/hold")) {
                held.add(request);
            } else {
                request.response().end("ok");
            }
        });
        EdgeServer edge = edge(Map.of("PROXY_MAX_ACTIVE", "2"), at(port), "public");
        List<CompletableFuture<HttpResponse<String>>> waiting = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            waiting.add(CompletableFuture.supplyAsync(() -> edge.get("/modules/m/hold")));
        }
        Awaitility.await().until(() -> held.size() == 2);
        assertThat(code(edge.get("/modules/m/x"))).isEqualTo("503 MODULE_BUSY");
        held.forEach(request -> request.response().end("done"));
        for (CompletableFuture<HttpResponse<String>> answer : waiting) {
            assertThat(answer.get(5, TimeUnit.SECONDS).body()).isEqualTo("done");
        }
        assertThat(edge.get("/modules/m/x").body()).isEqualTo("ok");
    }

    /** B7.4: one who signs out does not go on listening; nor does who was banned, here or at the command line. */
    @Test
    @Http1Only
    void endedSession_closesItsSocketsAndStreams_withinASecond() throws Exception {
        int port = module(request -> {
            request.response().setChunked(true).putHeader("Content-Type", "text/event-stream");
            request.response().write("data: hello\n\n");
        });
        EdgeServer edge = edge(Map.of(), at(port), "user");
        String owner = edge.signUp("owner@example.org");
        for (String way : List.of("sign-out", "ban")) {
            String cookie = edge.signUp(way + "@example.org");
            WebSocket socket = socket(edge, cookie);
            WebSocket other = socket(edge, owner);
            CompletableFuture<Integer> events = CompletableFuture.supplyAsync(() -> {
                try {
                    return edge.get("/modules/m/events", "Cookie", cookie).statusCode();
                } catch (RuntimeException e) {
                    return -1;
                }
            });
            // The stream is open once its first event is with the client, which the blocking client does not show.
            Thread.sleep(200);
            long start = System.nanoTime();
            if (way.equals("sign-out")) {
                edge.postJson("/api/auth/sign-out", "{}", "Cookie", cookie, "Origin", "http://localhost:4173");
            } else {
                String id = new JsonObject(edge.get("/api/auth/get-session", "Cookie", cookie)
                                .body())
                        .getJsonObject("user")
                        .getString("id");
                edge.postJson(
                        "/api/auth/admin/ban-user",
                        "{\"userId\":\"" + id + "\"}",
                        "Cookie",
                        owner,
                        "Origin",
                        "http://localhost:4173");
            }
            Awaitility.await().atMost(Duration.ofSeconds(3)).until(socket::isClosed);
            events.get(3, TimeUnit.SECONDS);
            assertThat(Duration.ofNanos(System.nanoTime() - start)).as(way).isLessThan(Duration.ofMillis(1300));
            assertThat(other.isClosed()).as("somebody else's").isFalse();
            other.close().await(5, TimeUnit.SECONDS);
        }
    }

    /** Sockets stay for hours: however many there are, requests find their way. */
    @Test
    @Http1Only
    void socketsTakeNoPlaceOfARequest_andHaveABoundOfTheirOwn() throws Exception {
        int port = module(request -> request.response().end("ok"));
        EdgeServer edge = edge(
                Map.of(
                        "PROXY_POOL_SIZE",
                        "1",
                        "PROXY_MAX_ACTIVE",
                        "1",
                        "PROXY_MAX_SOCKETS",
                        "3",
                        "SERVER_EVENT_LOOPS",
                        "1"),
                at(port),
                "user");
        String cookie = edge.signUp("ada@example.org");
        for (int i = 0; i < 3; i++) {
            socket(edge, cookie);
        }
        assertThat(edge.get("/modules/m/x", "Cookie", cookie).body()).isEqualTo("ok");
        String refused = RawHttp.exchange(
                edge.port(),
                "GET /modules/m/socket HTTP/1.1\r\nHost: localhost:4173\r\nConnection: Upgrade\r\n"
                        + "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                        + "Origin: http://localhost:4173\r\nCookie: " + cookie + "\r\n\r\n");
        assertThat(refused).startsWith("HTTP/1.1 503").contains("MODULE_BUSY");
    }

    @Test
    void connectionToAnUpstream_isOpenedAnewAfterItsLife() throws Exception {
        List<String> connections = java.util.Collections.synchronizedList(new ArrayList<>());
        int port = module(request -> {
            connections.add(request.connection().remoteAddress().toString());
            request.response().end("ok");
        });
        EdgeServer edge = edge(
                Map.of("PROXY_MAX_CONNECTION_LIFETIME", "1s", "PROXY_KEEP_ALIVE", "30s", "SERVER_EVENT_LOOPS", "1"),
                at(port),
                "public");
        edge.get("/modules/m/1");
        edge.get("/modules/m/2");
        Thread.sleep(1400);
        edge.get("/modules/m/3");
        edge.get("/modules/m/4");
        assertThat(connections.get(1)).isEqualTo(connections.get(0));
        assertThat(connections.get(2)).isNotEqualTo(connections.get(0)).isEqualTo(connections.get(3));
    }

    @Test
    void leastRequests_goToTheUpstreamThatHasThem() throws Exception {
        AtomicInteger slow = new AtomicInteger();
        AtomicInteger quick = new AtomicInteger();
        int slowPort = module(request -> {
            slow.incrementAndGet();
            vertx.setTimer(1500, t -> request.response().end("slow"));
        });
        int quickPort = module(request -> {
            quick.incrementAndGet();
            request.response().end("quick");
        });
        EdgeServer edge =
                edge(Map.of(), "[" + at(slowPort) + ", " + at(quickPort) + "], balance: least-requests", "public");
        List<CompletableFuture<HttpResponse<String>>> asked = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            asked.add(CompletableFuture.supplyAsync(() -> edge.get("/modules/m/x")));
            Thread.sleep(50);
        }
        for (CompletableFuture<HttpResponse<String>> answer : asked) {
            assertThat(answer.get(10, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
        }
        assertThat(slow.get()).isEqualTo(1);
        assertThat(quick.get()).isEqualTo(11);
    }

    private WebSocket socket(EdgeServer edge, String cookie) throws Exception {
        WebSocketClient client = vertx.createWebSocketClient();
        open.add(() -> client.close());
        WebSocket socket = client.connect(new WebSocketConnectOptions()
                        .setHost("127.0.0.1")
                        .setPort(edge.port())
                        .setURI("/modules/m/socket")
                        .addHeader("Host", "localhost:4173")
                        .addHeader("Cookie", cookie)
                        .addHeader("Origin", "http://localhost:4173"))
                .await(10, TimeUnit.SECONDS);
        CompletableFuture<String> echo = new CompletableFuture<>();
        socket.textMessageHandler(echo::complete);
        socket.writeTextMessage("hi");
        assertThat(echo.get(5, TimeUnit.SECONDS)).isEqualTo("hi");
        return socket;
    }
}
