package app.molos.edge.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import app.molos.edge.testing.ByHttp2;
import app.molos.edge.testing.EdgeServer;
import app.molos.edge.testing.FakeModule;
import app.molos.edge.testing.Http1Only;
import app.molos.edge.testing.JarProcess;
import app.molos.edge.testing.RawHttp;
import io.vertx.core.Vertx;
import io.vertx.core.http.UpgradeRejectedException;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** What a module sees of a client, and what a client sees of a module. */
@Tag("http2")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ProxyIT {
    private final Vertx vertx = Vertx.vertx();
    /** Held, because a client that nobody refers to is closed by the collector in the middle of a handshake. */
    private final io.vertx.core.http.WebSocketClient sockets = vertx.createWebSocketClient();

    private FakeModule module;
    private EdgeServer edge;
    private String cookie;
    private Path directory;

    @BeforeAll
    void start(@TempDir Path temp) throws Exception {
        directory = temp;
        module = FakeModule.start(request -> {
            if (request.path().endsWith("/headers")) {
                request.response()
                        .putHeader("Content-Security-Policy", "default-src 'self'")
                        .putHeader("X-Frame-Options", "SAMEORIGIN")
                        .putHeader("Referrer-Policy", "no-referrer")
                        .putHeader("Strict-Transport-Security", "max-age=1")
                        .putHeader("Cross-Origin-Opener-Policy", "unsafe-none")
                        .putHeader("Cache-Control", "max-age=60")
                        .putHeader("Keep-Alive", "timeout=5")
                        .putHeader("Connection", "X-Hop")
                        .putHeader("X-Hop", "hop")
                        .putHeader("X-Kept", "kept");
                request.response()
                        .headers()
                        .add("Set-Cookie", "molos.session_token=forged; Path=/")
                        .add("Set-Cookie", "__Host-molos.session_token=forged; Path=/; Secure")
                        .add("Set-Cookie", "theirs=1; Path=/");
            }
            if (request.path().endsWith("/caching")) {
                request.response()
                        .putHeader("Cache-Control", request.getParam("cc"))
                        .putHeader("Expires", "0")
                        .putHeader("Date", "today");
            }
            if (request.path().endsWith("/created")) {
                request.response().setStatusCode(201).end("made");
            }
            if (request.path().endsWith("/chunks")) {
                request.response().setChunked(true);
                request.response().write("one ");
                vertx.setTimer(50, t -> request.response().end("two"));
            }
        });
        EdgeServer.modules(directory, """
                development:
                  modules:
                    - {id: open, repository: r, tag: v1.0.0, upstream: "http://127.0.0.1:%1$d", access: public}
                    - {id: closed, repository: r, tag: v1.0.0, upstream: "http://127.0.0.1:%1$d"}
                    - {id: staff, repository: r, tag: v1.0.0, upstream: "http://127.0.0.1:%1$d", access: admin}
                    - {id: inner, repository: r, tag: v1.0.0, upstream: "http://127.0.0.1:%1$d", access: public, paths: [/modules/closed/inner]}
                    - {id: dead, repository: r, tag: v1.0.0, upstream: "http://127.0.0.1:%2$d", access: public}
                    - {id: later, repository: r, tag: v1.0.0, access: public}
                    - {id: files, static: files}
                """.formatted(module.port(), JarProcess.freePort()));
        Files.createDirectories(directory.resolve("files/sub/dir"));
        Files.writeString(directory.resolve("files/index.html"), "<h1>files</h1>");
        Files.writeString(directory.resolve("files/app.js"), "1;");
        Files.writeString(directory.resolve("files/sub/index.html"), "sub");
        Files.writeString(directory.resolve("files/.env"), "secret");
        Files.writeString(directory.resolve("outside.txt"), "outside");
        Files.createSymbolicLink(directory.resolve("files/link.txt"), directory.resolve("outside.txt"));
        edge = EdgeServer.start(directory, Map.of("ORIGIN", "http://localhost:4173"));
        cookie = edge.signUp("ada@example.org");
    }

    @AfterAll
    void stop() throws Exception {
        edge.close();
        module.close();
        vertx.close().await(10, TimeUnit.SECONDS);
    }

    @Test
    void pathQueryAndHost_arriveAsTheyWereDecidedOn() {
        HttpResponse<String> answer = edge.get("/modules/open/a%20b%2Fc/%7Ed?q=%2F..&q=2", "Host", "localhost:4173");
        assertThat(answer.body()).isEqualTo("module /modules/open/a%20b%2Fc/~d?q=%2F..&q=2");
        assertThat(module.seen().headers()).containsEntry("host", "localhost:4173");
    }

    @Test
    void forgedHeaders_areReplacedByFreshOnes() {
        edge.get(
                "/modules/open/",
                "X-Forwarded-For",
                "6.6.6.6",
                "X-Forwarded-Proto",
                "https",
                "X-Forwarded-Prefix",
                "/evil",
                "X_Forwarded_For",
                "6.6.6.6",
                "Forwarded",
                "for=6.6.6.6",
                "X-Edge-User-Id",
                "root",
                "X_Edge_User_Id",
                "root",
                "X-Edge-Anything",
                "x",
                "X-Real-IP",
                "6.6.6.6",
                "X-Kept",
                "kept",
                "Host",
                "localhost:4173");
        Map<String, String> seen = module.seen().headers();
        assertThat(seen)
                .containsEntry("x-forwarded-for", "127.0.0.1")
                .containsEntry("x-forwarded-proto", ByHttp2.IS_ON ? "https" : "http")
                .containsEntry("x-forwarded-host", "localhost:4173")
                .containsEntry("x-forwarded-port", "4173")
                .containsEntry(
                        "forwarded",
                        "for=127.0.0.1;host=\"localhost:4173\";proto=" + (ByHttp2.IS_ON ? "https" : "http"))
                .containsEntry("x-kept", "kept")
                .containsKey("x-request-id");
        assertThat(seen.keySet())
                .noneMatch(n -> n.contains("_")
                        || n.startsWith("x-edge-")
                        || n.equals("x-real-ip")
                        || n.equals("x-forwarded-prefix"));
        assertThat(seen.values()).noneMatch(v -> v.contains("6.6.6.6"));
    }

    @Test
    @Http1Only
    void hopByHop_andWhatConnectionNames_endAtTheEdge() {
        String answer = RawHttp.exchange(
                edge.port(),
                "GET /modules/open/headers HTTP/1.1\r\nHost: localhost:4173\r\n"
                        + "Connection: close, X-Hop, X-Edge-User-Id\r\nX-Hop: 1\r\nTE: trailers\r\nProxy-Authorization: x\r\nKeep-Alive: 5\r\n\r\n");
        assertThat(module.seen().headers()).doesNotContainKeys("x-hop", "te", "proxy-authorization", "keep-alive");
        assertThat(answer).contains("X-Kept: kept").doesNotContain("X-Hop", "timeout=5");
    }

    @Test
    void moduleAnswer_keepsWhatIsItsOwn_once() {
        HttpResponse<String> answer = edge.get("/modules/open/headers");
        Map<String, java.util.List<String>> headers = answer.headers().map();
        assertThat(headers.get("content-security-policy")).containsExactly("default-src 'self'");
        assertThat(headers.get("cross-origin-opener-policy")).containsExactly("unsafe-none");
        assertThat(headers.get("cache-control")).containsExactly("max-age=60");
        assertThat(headers.get("x-frame-options")).containsExactly("DENY");
        assertThat(headers.get("referrer-policy")).containsExactly("no-referrer");
        assertThat(headers)
                .doesNotContainKeys("cross-origin-resource-policy")
                .doesNotContainValue(List.of("max-age=1"));
        assertThat(headers.get("set-cookie")).containsExactly("theirs=1; Path=/");
        assertThat(headers.get("x-request-id")).hasSize(1);
        assertThat(edge.get("/modules/open/").headers().allValues("content-security-policy"))
                .containsExactly("frame-ancestors 'none'; object-src 'none'; base-uri 'self'");
    }

    /** What vertx-http-proxy cannot parse is the module's business, and no reason for a 502. */
    @org.junit.jupiter.params.ParameterizedTest
    @org.junit.jupiter.params.provider.ValueSource(
            strings = {"max-age=31536000000", "max-age=0.5", "public", "public,max-age=60"})
    void oddCachingHeaders_passAsTheyAre(String value) {
        HttpResponse<String> answer = edge.get("/modules/open/caching?cc=" + value);
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().allValues("cache-control")).containsExactly(value);
        assertThat(answer.headers().allValues("expires")).containsExactly("0");
    }

    @Test
    void signedIn_isNamed_andTheCookieStaysHere() {
        HttpResponse<String> answer = edge.get("/modules/closed/", "Cookie", "a=1; " + cookie + "; b=2");
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("cache-control")).hasValue("private, no-cache");
        Map<String, String> seen = module.seen().headers();
        assertThat(seen)
                .containsEntry("x-edge-user-email", "ada@example.org")
                .containsEntry("x-edge-user-role", "admin")
                .containsEntry("cookie", "a=1; b=2");
        assertThat(seen.get("x-edge-user-id")).hasSize(32);
        edge.get("/modules/open/", "Cookie", cookie);
        assertThat(module.seen().headers()).doesNotContainKeys("cookie", "x-edge-user-id");
    }

    @Test
    void signedOut_isRefused_asPageOrJson() {
        HttpResponse<String> json = edge.get("/modules/closed/x", "Accept", "application/json");
        assertThat(json.statusCode()).isEqualTo(401);
        assertThat(new JsonObject(json.body()).getString("code")).isEqualTo("UNAUTHORIZED");
        // B7.6: a person who opens a page is led to the door and back; what a script asks for is refused.
        HttpResponse<String> page = edge.get("/modules/closed/x?a=b", "Accept", "text/html");
        assertThat(page.statusCode()).isEqualTo(302);
        assertThat(page.headers().firstValue("location")).hasValue("/edge/sign-in?to=%2Fmodules%2Fclosed%2Fx%3Fa%3Db");
        assertThat(edge.get("/modules/closed/x", "Accept", "text/html", "Sec-Fetch-Mode", "cors")
                        .statusCode())
                .isEqualTo(401);
        assertThat(edge.get(
                                "/modules/closed/x",
                                "Accept",
                                "text/html",
                                "Sec-Fetch-Mode",
                                "navigate",
                                "Sec-Fetch-Dest",
                                "iframe")
                        .statusCode())
                .isEqualTo(401);
        assertThat(edge.send("POST", "/modules/closed/x", "", "Accept", "text/html")
                        .statusCode())
                .isEqualTo(401);
        assertThat(edge.get("/modules/closed/inner/x").statusCode()).isEqualTo(200);
        assertThat(edge.get("/modules/closed/%69nner/x").statusCode()).isEqualTo(200);
        assertThat(edge.get("/modules/%63losed/x").statusCode()).isEqualTo(401);
        assertThat(edge.get("/modules//closed/x").statusCode()).isEqualTo(401);
        assertThat(edge.get("/modules/./closed/x").statusCode()).isEqualTo(401);
    }

    @Test
    void admins_onlyEnterWhereAdminsMay() {
        assertThat(edge.get("/modules/staff/", "Cookie", cookie).statusCode()).isEqualTo(200);
        String other = edge.signUp("bob@example.org");
        assertThat(edge.get("/modules/staff/", "Cookie", other).statusCode()).isEqualTo(403);
        assertThat(edge.get("/modules/closed/", "Cookie", other).statusCode()).isEqualTo(200);
        // By then both sessions are known, which is a shorter way.
        assertThat(edge.get("/modules/staff/", "Cookie", other).statusCode()).isEqualTo(403);
        assertThat(edge.get("/modules/staff/", "Cookie", cookie).statusCode()).isEqualTo(200);
    }

    @Test
    void prefix_endsAtASegment_andRedirectsToItsSlash() {
        assertThat(edge.get("/modules/openness").statusCode()).isEqualTo(404);
        HttpResponse<String> redirect = edge.get("/modules/open?x=1");
        assertThat(redirect.statusCode()).isEqualTo(308);
        assertThat(redirect.headers().firstValue("location")).hasValue("/modules/open/?x=1");
        assertThat(edge.send("POST", "/modules/open", "x").statusCode()).isEqualTo(200);
    }

    @Test
    void deadModule_is502OnItsOwnPathsOnly() {
        HttpResponse<String> answer = edge.get("/modules/dead/x");
        assertThat(answer.statusCode()).isEqualTo(502);
        JsonObject problem = new JsonObject(answer.body());
        assertThat(problem.getString("code")).isEqualTo("MODULE_DOWN");
        assertThat(problem.getString("requestId"))
                .isEqualTo(answer.headers().firstValue("x-request-id").orElseThrow());
        assertThat(answer.body()).doesNotContain("refused", "127.0.0.1");
        assertThat(edge.get("/modules/open/").statusCode()).isEqualTo(200);
        assertThat(edge.send("POST", "/modules/dead/x", "y".repeat(300_000)).statusCode())
                .isEqualTo(502);
    }

    @Test
    void moduleThatIsNotFetched_is503() {
        HttpResponse<String> answer = edge.get("/modules/later/");
        assertThat(answer.statusCode()).isEqualTo(503);
        assertThat(answer.headers().firstValue("retry-after")).isPresent();
    }

    @Test
    void crossSitePost_isAProblemAnswer() {
        HttpResponse<String> answer = edge.send("POST", "/modules/open/form", "x", "Origin", "https://evil.example");
        assertThat(answer.statusCode()).isEqualTo(403);
        assertThat(answer.headers().firstValue("content-type")).hasValue("application/problem+json");
        assertThat(edge.send("POST", "/modules/open/form", "x", "Origin", "http://localhost:4173")
                        .statusCode())
                .isEqualTo(200);
    }

    @Test
    void statusAndChunks_passThrough() {
        assertThat(edge.send("PUT", "/modules/open/created", "x").statusCode()).isEqualTo(201);
        assertThat(edge.get("/modules/open/chunks").body()).isEqualTo("one two");
        assertThat(edge.send("HEAD", "/modules/open/created", null).statusCode())
                .isEqualTo(201);
    }

    @Test
    void http10Client_getsABodyOfUnknownLength_untilTheConnectionEnds() {
        String answer =
                RawHttp.exchange(edge.port(), "GET /modules/open/chunks HTTP/1.0\r\nHost: localhost:4173\r\n\r\n");
        assertThat(RawHttp.status(answer)).isEqualTo(200);
        assertThat(answer).endsWith("\r\n\r\none two").doesNotContainIgnoringCase("transfer-encoding");
    }

    /** "inner" is public, "closed" around it is not: a path that a server may read as the other's is neither's. */
    @Test
    void pathThatTwoModulesCouldClaim_isRefused() {
        for (String path : java.util.List.of(
                "/modules/closed%2Finner/x",
                "/modules/closed;x/inner/x", "/modules%2Fstaff/x", "/modules/open%2F..%2Fx")) {
            assertThat(edge.get(path).statusCode()).as(path).isIn(400, 404);
        }
        assertThat(edge.get("/modules/open/a%2Fb;c=d").statusCode()).isEqualTo(200);
    }

    /**
     * Answers that vertx-http-proxy would end by itself, each with its upstream connection stuck: many more than the
     * pool.
     */
    @Test
    void answerOfAnUnknownCoding_orStray101_is502_andLeaksNoConnection() throws Exception {
        AtomicReference<String> head = new AtomicReference<>();
        try (ServerSocket server = new ServerSocket(0, 50, java.net.InetAddress.getByName("127.0.0.1"))) {
            Thread upstream = new Thread(() -> serve(server, head));
            upstream.setDaemon(true);
            upstream.start();
            Path other = Files.createDirectories(directory.resolve("other"));
            EdgeServer.modules(other, """
                    development:
                      modules:
                        - {id: odd, repository: r, tag: v1, upstream: "http://127.0.0.1:%d", access: public}
                    """.formatted(server.getLocalPort()));
            try (EdgeServer odd = EdgeServer.start(
                    other,
                    Map.of("PROXY_POOL_SIZE", "2", "PROXY_CONNECT_TIMEOUT", "2s", "PROXY_BREAKER_FAILURES", "100"))) {
                String body = "\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
                head.set("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked" + body);
                for (int i = 0; i < 6; i++) {
                    HttpResponse<String> answer = odd.get("/modules/odd/x");
                    assertThat(answer.statusCode()).isEqualTo(502);
                    assertThat(answer.body()).contains("MODULE_DOWN");
                }
                head.set("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n");
                for (int i = 0; i < 6; i++) {
                    assertThat(odd.get("/modules/odd/x").statusCode()).isEqualTo(502);
                }
                head.set("HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked" + body);
                assertThat(odd.get("/modules/odd/x").body()).isEqualTo("hello");
            }
        }
    }

    /** Answers each connection's first request with the bytes in {@code head} and closes. */
    private static void serve(ServerSocket server, AtomicReference<String> head) {
        while (!server.isClosed()) {
            try (java.net.Socket socket = server.accept()) {
                socket.getInputStream().read(new byte[8192]);
                socket.getOutputStream().write(head.get().getBytes(java.nio.charset.StandardCharsets.ISO_8859_1));
                socket.getOutputStream().flush();
            } catch (java.io.IOException e) {
                // The next connection, or the end of the test.
            }
        }
    }

    @Test
    @Http1Only
    void refusedUpgrade_keepsItsBody() {
        String answer = RawHttp.exchange(
                edge.port(),
                "GET /modules/open/plain HTTP/1.1\r\nHost: localhost:4173\r\n"
                        + "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nOrigin: http://localhost:4173\r\n\r\n");
        assertThat(answer).startsWith("HTTP/1.1 403").endsWith("Forbidden").contains("nosniff");
    }

    @Test
    void largeBody_isStreamed() {
        HttpResponse<String> answer = edge.send("POST", "/modules/open/upload", "x".repeat(5_000_000));
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(module.seen().bodyLength()).isEqualTo(5_000_000);
    }

    @Test
    @Http1Only
    void expectContinue_isAnswered() {
        String answer = RawHttp.exchange(
                edge.port(),
                "POST /modules/open/x HTTP/1.1\r\nHost: localhost:4173\r\n"
                        + "Expect: 100-continue\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
        assertThat(answer).startsWith("HTTP/1.1 100 Continue").contains("HTTP/1.1 200 OK");
        assertThat(module.seen().headers()).doesNotContainKey("expect");
    }

    /** A client that really waits is told once, when there is a module that takes it, and the connection lives on. */
    @Test
    @Http1Only
    void expectContinue_isAnsweredOnce_toAClientThatWaits() throws Exception {
        try (Socket client = new Socket("127.0.0.1", edge.port())) {
            client.setSoTimeout(3000);
            for (int i = 0; i < 2; i++) {
                client.getOutputStream()
                        .write(
                                ("POST /modules/open/x HTTP/1.1\r\nHost: localhost:4173\r\nSec-Fetch-Site: same-origin\r\n"
                                                + "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n")
                                        .getBytes(StandardCharsets.US_ASCII));
                assertThat(readTo(client, "\r\n\r\n")).isEqualTo("HTTP/1.1 100 Continue\r\n\r\n");
                client.getOutputStream().write("ok".getBytes(StandardCharsets.US_ASCII));
                assertThat(readTo(client, "module /modules/open/x"))
                        .startsWith("HTTP/1.1 200 OK")
                        .doesNotContainIgnoringCase("connection:");
            }
        }
    }

    private static String readTo(Socket socket, String end) throws IOException {
        StringBuilder text = new StringBuilder();
        while (text.indexOf(end) < 0) {
            int next = socket.getInputStream().read();
            if (next < 0) {
                break;
            }
            text.append((char) next);
        }
        return text.toString();
    }

    /** Nor does anybody wait for what the client need not send any more: the connection is closed. */
    @Test
    @Http1Only
    void expectContinue_ofARefusedUpload_endsItsConnection() {
        long start = System.nanoTime();
        assertThat(RawHttp.exchange(
                        edge.port(),
                        "POST /modules/closed/x HTTP/1.1\r\nHost: localhost:4173\r\nSec-Fetch-Site: same-origin\r\n"
                                + "Expect: 100-continue\r\nContent-Length: 2000000000\r\n\r\n",
                        9000))
                .startsWith("HTTP/1.1 401");
        assertThat(RawHttp.exchange(
                        edge.port(),
                        "GET /livez HTTP/1.1\r\nHost: localhost:4173\r\nExpect: 100-continue\r\nContent-Length: 60\r\n\r\n",
                        9000))
                .startsWith("HTTP/1.1 200")
                .containsIgnoringCase("connection: close")
                .doesNotContain(" 100 ");
        assertThat(java.time.Duration.ofNanos(System.nanoTime() - start)).isLessThan(java.time.Duration.ofSeconds(6));
    }

    /** A client that may not enter, or that nobody can answer, is told so before sending two gigabytes. */
    @Test
    @Http1Only
    void expectContinue_ofARefusedUpload_isNotAnswered() {
        String upload =
                " HTTP/1.1\r\nHost: localhost:4173\r\nSec-Fetch-Site: same-origin\r\nExpect: 100-continue\r\nContent-Length: 2000000000\r\n\r\n";
        assertThat(RawHttp.exchange(edge.port(), "POST /modules/closed/x" + upload))
                .startsWith("HTTP/1.1 401")
                .containsIgnoringCase("connection: close")
                .doesNotContain(" 100 ");
        assertThat(RawHttp.exchange(edge.port(), "POST /modules/dead/x" + upload))
                .startsWith("HTTP/1.1 502")
                .doesNotContain(" 100 ");
        assertThat(RawHttp.exchange(
                        edge.port(), "POST /api/auth/sign-up/email" + upload.replace("2000000000", "2000000")))
                .startsWith("HTTP/1.1 413")
                .doesNotContain(" 100 ");
    }

    /** Once, not once by the server and once more by the reader. */
    @Test
    @Http1Only
    void expectContinue_ofOurOwnRoutes_isAnsweredOnce() {
        String answer = RawHttp.exchange(
                edge.port(),
                "POST /api/auth/sign-in/email HTTP/1.1\r\nHost: localhost:4173\r\n"
                        + "Content-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}");
        assertThat(answer.split("100 Continue", -1)).hasSize(2);
        assertThat(answer).contains("HTTP/1.1 400");
    }

    /** The session is not in the cache: the lookup takes a moment in which the body already comes. */
    @Test
    void coldSessionCache_losesNoByteOfALargePost() throws Exception {
        try (EdgeServer cold = EdgeServer.start(directory, coldSettings())) {
            HttpResponse<String> answer = cold.send(
                    "POST",
                    "/modules/closed/upload",
                    "x".repeat(200_000),
                    "Cookie",
                    cookie,
                    "Origin",
                    "http://localhost:4173");
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(module.seen().bodyLength()).isEqualTo(200_000);
        }
    }

    @Test
    @Http1Only
    void coldSessionCache_letsAWebSocketThrough() throws Exception {
        try (EdgeServer cold = EdgeServer.start(directory, coldSettings())) {
            assertThat(talk(cold, "/modules/closed/socket", "Cookie", cookie)).isEqualTo("echo hello");
            assertThat(module.seen().headers())
                    .containsEntry("x-edge-user-email", "ada@example.org")
                    .doesNotContainKey("cookie");
        }
    }

    private Map<String, String> coldSettings() {
        return Map.of("ORIGIN", "http://localhost:4173", "SESSION_CACHE_AGE", "1ms");
    }

    @Test
    @Http1Only
    void webSocket_passes_withFreshHeaders() throws Exception {
        assertThat(talk(edge, "/modules/open/socket", "X-Forwarded-For", "6.6.6.6"))
                .isEqualTo("echo hello");
        assertThat(module.seen().headers()).containsEntry("x-forwarded-for", "127.0.0.1");
    }

    /** Firefox sends "keep-alive, Upgrade" (B4.8). */
    @Test
    @Http1Only
    void webSocket_withKeepAliveInConnection_passes() {
        String answer = RawHttp.exchange(
                edge.port(),
                "GET /modules/open/socket HTTP/1.1\r\nHost: localhost:4173\r\n"
                        + "Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nOrigin: http://localhost:4173\r\n\r\n");
        assertThat(answer)
                .startsWith("HTTP/1.1 101")
                .containsIgnoringCase("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
                .containsIgnoringCase("x-content-type-options: nosniff");
    }

    /** What the module did not agree to must not be agreed to on its behalf: its frames would be unreadable. */
    @Test
    @Http1Only
    void webSocket_extensions_areTheModulesBusiness() {
        String answer = RawHttp.exchange(
                edge.port(),
                "GET /modules/open/socket HTTP/1.1\r\nHost: localhost:4173\r\n"
                        + "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Extensions: permessage-deflate\r\n"
                        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nOrigin: http://localhost:4173\r\n\r\n");
        assertThat(answer).startsWith("HTTP/1.1 101").doesNotContainIgnoringCase("sec-websocket-extensions");
        assertThat(module.seen().headers()).containsEntry("sec-websocket-extensions", "permessage-deflate");
    }

    @Test
    @Http1Only
    void webSocket_ofAnotherSite_orSignedOut_isRefused() {
        assertThat(rejected(edge, "/modules/open/socket", "Origin", "https://evil.example"))
                .isEqualTo(403);
        assertThat(rejected(edge, "/modules/closed/socket", "X", "y")).isEqualTo(401);
        assertThat(rejected(edge, "/modules/dead/socket", "X", "y")).isEqualTo(502);
    }

    /** The module refuses the upgrade itself: its status passes, and what every answer carries stands on it. */
    @Test
    @Http1Only
    void webSocket_refusedByTheModule_keepsStatusAndHeaders() {
        String answer = RawHttp.exchange(
                edge.port(),
                "GET /modules/open/created HTTP/1.1\r\nHost: localhost:4173\r\n"
                        + "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 99\r\n"
                        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nOrigin: http://localhost:4173\r\n\r\n");
        assertThat(RawHttp.status(answer)).as(answer).isBetween(400, 499);
        assertThat(answer.toLowerCase(java.util.Locale.ROOT))
                .contains("x-content-type-options: nosniff", "x-frame-options: deny", "x-request-id: ");
    }

    @Test
    void staticFiles_areServedFromTheirDirectoryOnly() {
        String[] signedIn = {"Cookie", cookie};
        assertThat(edge.get("/modules/files/").statusCode()).isEqualTo(401);
        assertThat(edge.get("/modules/files/", signedIn).body()).isEqualTo("<h1>files</h1>");
        assertThat(edge.get("/modules/files/", signedIn).headers().firstValue("cache-control"))
                .hasValue("private, no-cache");
        HttpResponse<String> script = edge.get("/modules/files/app.js", signedIn);
        assertThat(script.headers().firstValue("content-type").orElseThrow())
                .contains("javascript")
                .contains("charset=utf-8");
        String etag = script.headers().firstValue("etag").orElseThrow();
        HttpResponse<String> again = edge.get("/modules/files/app.js", "Cookie", cookie, "If-None-Match", etag);
        assertThat(again.statusCode()).isEqualTo(304);
        assertThat(again.headers().allValues("x-frame-options")).containsExactly("DENY");
        assertThat(edge.get("/modules/files/sub/", signedIn).body()).isEqualTo("sub");
        assertThat(edge.get("/modules/files/sub", signedIn).headers().firstValue("location"))
                .hasValue("/modules/files/sub/");
        assertThat(edge.send("HEAD", "/modules/files/app.js", null, signedIn)
                        .headers()
                        .firstValue("content-length"))
                .hasValue("2");
        assertThat(edge.send("POST", "/modules/files/app.js", "x", "Cookie", cookie, "Origin", "http://localhost:4173")
                        .statusCode())
                .isEqualTo(405);
    }

    @Test
    void staticFiles_fallBackToTheStartPage_forPagesOnly() {
        assertThat(edge.get("/modules/files/some/route", "Cookie", cookie, "Accept", "text/html")
                        .body())
                .isEqualTo("<h1>files</h1>");
        assertThat(edge.get("/modules/files/missing.js", "Cookie", cookie, "Accept", "text/html")
                        .statusCode())
                .isEqualTo(404);
        assertThat(edge.get("/modules/files/some/route", "Cookie", cookie, "Accept", "application/json")
                        .statusCode())
                .isEqualTo(404);
    }

    @Test
    void staticFiles_giveNoDotFile_andNothingOutside() {
        for (String path : java.util.List.of(
                "/.env",
                "/%2eenv",
                "/link.txt",
                "/sub/%2e%2e%2f.env",
                "/..%2foutside.txt",
                "/%2fetc/passwd",
                "//etc/passwd",
                "/sub%2findex.html")) {
            HttpResponse<String> answer =
                    edge.get("/modules/files" + path, "Cookie", cookie, "Accept", "application/json");
            assertThat(answer.statusCode()).as(path).isIn(400, 404);
            assertThat(answer.body()).doesNotContain("secret", "outside", "root:");
        }
    }

    private String talk(EdgeServer server, String path, String header, String value) throws Exception {
        CompletableFuture<String> answer = new CompletableFuture<>();
        WebSocket socket = sockets.connect(
                        options(server, path).addHeader(header, value).addHeader("Origin", "http://localhost:4173"))
                .await(10, TimeUnit.SECONDS);
        socket.textMessageHandler(answer::complete);
        socket.writeTextMessage("hello");
        try {
            return answer.get(10, TimeUnit.SECONDS);
        } finally {
            socket.close();
        }
    }

    private int rejected(EdgeServer server, String path, String header, String value) {
        try {
            sockets.connect(options(server, path)
                            .setAllowOriginHeader(header.equals("Origin"))
                            .addHeader(header, value))
                    .await(10, TimeUnit.SECONDS);
            return 101;
        } catch (UpgradeRejectedException e) {
            return e.getStatus();
        } catch (java.util.concurrent.TimeoutException e) {
            throw new AssertionError(e);
        }
    }

    private static WebSocketConnectOptions options(EdgeServer server, String path) {
        return new WebSocketConnectOptions()
                .setHost("127.0.0.1")
                .setPort(server.port())
                .setURI(path)
                .addHeader("Host", "localhost:4173");
    }
}
