package app.molos.edge.http;

import static org.assertj.core.api.Assertions.assertThat;

import app.molos.edge.testing.ByHttp2;
import app.molos.edge.testing.EdgeServer;
import app.molos.edge.testing.Http1Only;
import app.molos.edge.testing.RawHttp;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What holds for every request of the public listener, hostile ones first. */
@Tag("http2")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ListenerIT {
    /** What HTTP/2 cannot say, or says with its own words: see Http2IT. */
    private static final Set<String> HTTP1_ONLY = Set.of(
            "CONNECT",
            "no Host",
            "two Hosts",
            "empty Host",
            "empty port",
            "large head",
            "absolute form of another host",
            "absolute form of this host",
            "asterisk",
            "no path",
            "not HTTP",
            "quoted chunk extension",
            "length and chunks",
            "xchunked",
            "two lengths",
            "space before colon",
            "empty header name",
            "two lengths in HTTP/1.0",
            "version of the future",
            "probe of HTTP/1.0 without Host, for something else",
            "probe in another spelling",
            "probe of HTTP/1.1 without Host",
            "chunks in HTTP/1.0");

    private EdgeServer edge;

    @BeforeAll
    void start(@TempDir Path directory) throws Exception {
        Files.createDirectories(directory.resolve("hello"));
        Files.writeString(directory.resolve("hello/index.html"), "<h1>hello</h1>");
        EdgeServer.modules(directory, "development:\n  modules:\n    - {id: hello, static: hello, access: public}\n");
        edge = EdgeServer.start(
                directory,
                Map.of(
                        "ORIGIN", "http://localhost:4173",
                        "SERVER_HEAD_TIMEOUT", "700ms",
                        "SERVER_BODY_IDLE_TIMEOUT", "800ms",
                        "SERVER_KEEP_ALIVE_TIMEOUT", "1500ms"));
    }

    @AfterAll
    void stop() throws Exception {
        edge.close();
    }

    static Stream<Arguments> hostile() {
        return everyHostile().filter(row -> !ByHttp2.IS_ON || !HTTP1_ONLY.contains(String.valueOf(row.get()[0])));
    }

    private static Stream<Arguments> everyHostile() {
        String host = "Host: localhost:4173\r\n";
        return Stream.of(
                Arguments.of("TRACE", "TRACE / HTTP/1.1\r\n" + host + "\r\n", 405),
                Arguments.of("CONNECT", "CONNECT localhost:4173 HTTP/1.1\r\n" + host + "\r\n", 405),
                Arguments.of("unknown method", "BREW / HTTP/1.1\r\n" + host + "\r\n", 501),
                Arguments.of("no Host", "GET / HTTP/1.1\r\n\r\n", 400),
                Arguments.of("two Hosts", "GET / HTTP/1.1\r\n" + host + host + "\r\n", 400),
                Arguments.of("empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", 400),
                Arguments.of(
                        "absolute form of another host", "GET http://evil.example/ HTTP/1.1\r\n" + host + "\r\n", 400),
                Arguments.of(
                        "absolute form of this host",
                        "GET http://localhost:4173/livez HTTP/1.1\r\n" + host + "\r\n",
                        200),
                Arguments.of("asterisk", "OPTIONS * HTTP/1.1\r\n" + host + "\r\n", 400),
                Arguments.of("no path", "GET nonsense HTTP/1.1\r\n" + host + "\r\n", 400),
                Arguments.of("malformed escape", "GET /%zz HTTP/1.1\r\n" + host + "\r\n", 400),
                Arguments.of("NUL", "GET /a%00 HTTP/1.1\r\n" + host + "\r\n", 400),
                Arguments.of("backslash", "GET /a\\b HTTP/1.1\r\n" + host + "\r\n", 400),
                Arguments.of("upwards", "GET /modules/../x HTTP/1.1\r\n" + host + "\r\n", 400),
                Arguments.of("upwards, encoded", "GET /modules/%2e%2e/x HTTP/1.1\r\n" + host + "\r\n", 400),
                Arguments.of("fragment", "GET /modules/hello/x#/../../y HTTP/1.1\r\n" + host + "\r\n", 400),
                Arguments.of("empty port", "GET / HTTP/1.1\r\nHost: localhost:\r\n\r\n", 400),
                Arguments.of("foreign Host", "GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n", 421),
                Arguments.of("foreign Host asks for health", "GET /api/health HTTP/1.1\r\nHost: 10.1.2.3\r\n\r\n", 200),
                Arguments.of("foreign Host asks for readiness", "GET /readyz HTTP/1.1\r\nHost: 10.1.2.3\r\n\r\n", 200),
                Arguments.of("long line", "GET /" + "a".repeat(9000) + " HTTP/1.1\r\n" + host + "\r\n", 414),
                Arguments.of("large head", "GET / HTTP/1.1\r\n" + host + "X: " + "a".repeat(20_000) + "\r\n\r\n", 431),
                Arguments.of("not HTTP", "hello there\r\n\r\n", 400),
                // Netty before 4.2.10 read a second request out of each of these.
                Arguments.of("quoted chunk extension", chunked("4;a=\"\r\nX\"\r\n"), 0),
                Arguments.of(
                        "length and chunks",
                        "POST /api/auth/sign-out HTTP/1.1\r\n" + host
                                + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\n"
                                + host + "\r\n",
                        400),
                Arguments.of(
                        "xchunked",
                        "POST /api/auth/sign-out HTTP/1.1\r\n" + host + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
                        400),
                Arguments.of(
                        "two lengths",
                        "POST /api/auth/sign-out HTTP/1.1\r\n" + host
                                + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
                        400),
                Arguments.of("space before colon", "GET / HTTP/1.1\r\n" + host + "X : y\r\n\r\n", 400),
                Arguments.of("empty header name", "GET / HTTP/1.1\r\n" + host + ": y\r\n\r\n", 400),
                Arguments.of(
                        "two lengths in HTTP/1.0",
                        "POST /api/auth/sign-out HTTP/1.0\r\n" + host
                                + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
                        400),
                Arguments.of("control character in the query", "GET /?a=\u0001 HTTP/1.1\r\n" + host + "\r\n", 400),
                Arguments.of("version of the future", "GET / HTTP/3.7\r\n" + host + "\r\n", 505),
                Arguments.of(
                        "probe of HTTP/1.0 without Host, for something else",
                        "GET /modules/hello/ HTTP/1.0\r\n\r\n",
                        400),
                Arguments.of("probe in another spelling", "GET //readyz HTTP/1.0\r\n\r\n", 400),
                Arguments.of("probe of HTTP/1.1 without Host", "GET /readyz HTTP/1.1\r\n\r\n", 400),
                Arguments.of(
                        "chunks in HTTP/1.0",
                        "POST /api/auth/sign-out HTTP/1.0\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                        400));
    }

    private static String chunked(String size) {
        return "POST /api/auth/sign-out HTTP/1.1\r\nHost: localhost:4173\r\nTransfer-Encoding: chunked\r\n\r\n" + size
                + "GET /smuggled HTTP/1.1\r\nHost: localhost:4173\r\n\r\n0\r\n\r\n";
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("hostile")
    void hostileRequest_isAnsweredOnce_withEveryHeader(String name, String request, int status) {
        String answer = RawHttp.exchange(edge.port(), request);
        if (status != 0) {
            // By HTTP/2 a head that is malformed may be refused by resetting its stream (RFC 9113, 8.1.1).
            int reset = ByHttp2.IS_ON && (status == 400 || status == 431) ? 0 : status;
            assertThat(RawHttp.status(answer)).as(answer).isIn(status, reset);
        }
        assertThat(answer.split("HTTP/1\\.[01] ", -1)).as(answer).hasSizeLessThanOrEqualTo(2);
        assertThat(answer).doesNotContain("smuggled", "Exception", "io.vertx");
        if (!answer.isEmpty()) {
            assertOwnHeaders(answer);
        }
    }

    private static void assertOwnHeaders(String answer) {
        String head = answer.substring(0, answer.indexOf("\r\n\r\n")).toLowerCase(java.util.Locale.ROOT);
        assertThat(head.lines().map(line -> line.replaceAll(": .*", "")).filter(n -> n.matches("[a-z-]+")))
                .contains(
                        "x-content-type-options",
                        "x-frame-options",
                        "referrer-policy",
                        "x-xss-protection",
                        "permissions-policy",
                        "content-security-policy",
                        "cross-origin-opener-policy",
                        "cross-origin-resource-policy",
                        "cache-control",
                        "x-request-id")
                .doesNotHaveDuplicates()
                .doesNotContain("server", "x-powered-by", ByHttp2.IS_ON ? "" : "strict-transport-security");
    }

    /** As the balancers send them: HAProxy's {@code option httpchk GET /readyz}, Caddy, Traefik, Kubernetes, AWS. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /readyz HTTP/1.0\r\n\r\n",
                "HEAD /readyz HTTP/1.0\r\n\r\n",
                "GET /api/health HTTP/1.0\r\nUser-Agent: HAProxy\r\n\r\n",
                "GET /livez HTTP/1.0\r\nHost:\r\n\r\n",
                "GET /readyz HTTP/1.1\r\nHost: 10.0.0.7:4173\r\nUser-Agent: Go-http-client/1.1\r\nAccept-Encoding: gzip\r\n\r\n",
                "GET /readyz HTTP/1.1\r\nHost: 10.0.0.7:4173\r\nUser-Agent: kube-probe/1.31\r\nAccept: */*\r\nConnection: close\r\n\r\n",
                "GET /api/health HTTP/1.1\r\nHost: 10.0.0.7:4173\r\nConnection: close\r\nUser-Agent: ELB-HealthChecker/2.0\r\n\r\n"
            })
    @Http1Only
    void balancersProbe_isAnswered(String request) {
        assertThat(RawHttp.status(RawHttp.exchange(edge.port(), request)))
                .isEqualTo(request.contains("Host:\r\n") ? 400 : 200);
        assertThat(RawHttp.status(RawHttp.exchange(edge.managementPort(), request.replace("/api/health", "/health"))))
                .isEqualTo(request.contains("Host:\r\n") ? 400 : 200);
    }

    @Test
    void probeWithASlashAtItsEnd_isAProbeToo() {
        assertThat(RawHttp.status(
                        RawHttp.exchange(edge.port(), "GET /readyz/ HTTP/1.1\r\nHost: 10.0.0.7:4173\r\n\r\n")))
                .isEqualTo(200);
    }

    /** A link that somebody mistyped is refused, and its token stays out of the log. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "/api/auth/reset-password/TOKEN-abc%zz",
                "/api/auth//reset-password/TOKEN-abc/../x",
                "/API/auth/Reset-Password/TOKEN-abc\\"
            })
    void tokenOfAnOddPath_isNotLogged(String path) {
        assertThat(RawHttp.status(
                        RawHttp.exchange(edge.port(), "GET " + path + " HTTP/1.1\r\nHost: localhost:4173\r\n\r\n")))
                .isEqualTo(400);
        Awaitility.await().until(() -> edge.accessLog().contains("reset-password/:token"));
        assertThat(edge.accessLog()).doesNotContain("TOKEN-abc");
    }

    @Test
    @Http1Only
    void upload_thatWasRefused_isNotKeptOpen() throws Exception {
        try (java.net.Socket socket = new java.net.Socket("127.0.0.1", edge.port())) {
            socket.setSoTimeout(5000);
            socket.getOutputStream()
                    .write(("POST /nothing HTTP/1.1\r\nHost: localhost:4173\r\nOrigin: http://localhost:4173\r\n"
                                    + "Content-Length: 1000000\r\n\r\nbegin")
                            .getBytes(java.nio.charset.StandardCharsets.ISO_8859_1));
            long start = System.nanoTime();
            String answer =
                    new String(socket.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.ISO_8859_1);
            assertThat(RawHttp.status(answer)).isEqualTo(404);
            assertThat(answer).containsIgnoringCase("connection: close");
            // The linger time and its sweep, not the idle time of a body.
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofMillis(780));
        }
    }

    /** B13: what is announced happens, also where the request came whole. */
    @Test
    @Http1Only
    void announcedClose_isAClose() throws Exception {
        try (java.net.Socket socket = new java.net.Socket("127.0.0.1", edge.port())) {
            socket.setSoTimeout(5000);
            socket.getOutputStream()
                    .write(
                            ("POST /api/auth/sign-out HTTP/1.1\r\nHost: localhost:4173\r\nOrigin: http://localhost:4173\r\n"
                                            + "Content-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n{}")
                                    .getBytes(java.nio.charset.StandardCharsets.ISO_8859_1));
            long start = System.nanoTime();
            String answer =
                    new String(socket.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.ISO_8859_1);
            assertThat(answer)
                    .startsWith("HTTP/1.1 100 ")
                    .contains("HTTP/1.1 200 OK")
                    .containsIgnoringCase("connection: close");
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(2));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/api/health",
                "/livez",
                "/readyz",
                "/",
                "/nothing",
                "/api/auth/get-session",
                "/api/auth/x",
                "/edge",
                "/edge/x",
                "/api/health/x",
                "/.well-known/jwks.json"
            })
    void ownAnswers_carryClassesAAndB(String path) {
        String answer = RawHttp.exchange(
                edge.port(), "GET " + path + " HTTP/1.1\r\nHost: localhost:4173\r\nConnection: close\r\n\r\n");
        assertOwnHeaders(answer);
        assertThat(answer)
                .contains("content-security-policy: default-src 'none'; frame-ancestors 'none'; base-uri 'none'");
    }

    @Test
    void moduleAnswer_carriesClassesAAndC() {
        HttpResponse<String> response = edge.get("/modules/hello/");
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().allValues("content-security-policy"))
                .containsExactly("frame-ancestors 'none'; object-src 'none'; base-uri 'self'");
        assertThat(response.headers().allValues("x-frame-options")).containsExactly("DENY");
        assertThat(response.headers().map()).doesNotContainKey("cross-origin-opener-policy");
        assertThat(response.headers().allValues("cache-control")).containsExactly("public, no-cache");
    }

    @Test
    void reservedPaths_areNeverAModules() {
        assertThat(edge.get("/edge/x").statusCode()).isEqualTo(404);
        assertThat(edge.get("/api/health/x").statusCode()).isEqualTo(404);
        assertThat(edge.send("POST", "/livez", "").statusCode()).isEqualTo(404);
    }

    @Test
    void root_leadsHome() {
        HttpResponse<String> response = edge.get("/");
        assertThat(response.statusCode()).isEqualTo(302);
        assertThat(response.headers().firstValue("location")).hasValue("/modules/hello/");
    }

    @Test
    void problem_isJsonForPrograms_andAPageForBrowsers() {
        HttpResponse<String> json = edge.get("/nothing", "Accept", "application/json");
        assertThat(json.headers().firstValue("content-type")).hasValue("application/problem+json");
        String id = json.headers().firstValue("x-request-id").orElseThrow();
        assertThat(json.body())
                .isEqualTo("{\"type\":\"about:blank\",\"title\":\"Not Found\",\"status\":404,\"detail\":"
                        + "\"Not Found\",\"code\":\"NOT_FOUND\",\"requestId\":\"" + id + "\"}");
        HttpResponse<String> page = edge.get("/nothing", "Accept", "text/html,application/xhtml+xml,*/*;q=0.8");
        assertThat(page.headers().firstValue("content-type")).hasValue("text/html; charset=utf-8");
        assertThat(page.body())
                .contains(
                        "<h1>Not Found</h1>",
                        page.headers().firstValue("x-request-id").orElseThrow());
    }

    @Test
    void foreignHost_isToldTheSetting() {
        String answer = RawHttp.exchange(edge.port(), "GET / HTTP/1.1\r\nHost: nas.lan\r\n\r\n");
        assertThat(answer).contains("localhost:4173", "ORIGIN", "CSRF_TRUSTED_ORIGINS");
    }

    @Test
    void developmentLoopback_passesOnAnyPort() {
        assertThat(edge.get("/modules/hello/", "Host", "127.0.0.1:9999").statusCode())
                .isEqualTo(200);
        assertThat(edge.get("/modules/hello/", "Host", "localhost").statusCode())
                .isEqualTo(200);
    }

    @Test
    void bodyOver16KiB_isRefusedWith413() {
        HttpResponse<String> declared = edge.postJson("/api/auth/sign-in/email", "x".repeat(70_000));
        assertThat(declared.statusCode()).isEqualTo(413);
        String chunk = "10000\r\n" + "x".repeat(65_536) + "\r\n";
        String answer = RawHttp.exchange(
                edge.port(),
                "POST /api/auth/sign-in/email HTTP/1.1\r\nHost: localhost:4173\r\n"
                        + "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk + chunk);
        assertThat(RawHttp.status(answer)).isEqualTo(413);
    }

    @Test
    void head_isAnsweredLikeGet_withoutBody() {
        String answer = RawHttp.exchange(
                edge.port(), "HEAD /api/health HTTP/1.1\r\nHost: localhost:4173\r\nConnection: close\r\n\r\n");
        assertThat(RawHttp.status(answer)).isEqualTo(200);
        assertThat(answer).containsPattern("content-length: [1-9]").endsWith("\r\n\r\n");
    }

    @Test
    @Http1Only
    void keepAlive_survivesAnErrorAnswer() {
        String request = "GET /nothing HTTP/1.1\r\nHost: localhost:4173\r\n\r\n";
        String answer = RawHttp.exchange(edge.port(), request + request.replace("/nothing", "/livez"));
        assertThat(answer.split("HTTP/1.1 ", -1)).hasSize(3);
    }

    @Test
    @Http1Only
    void h2c_isOff() {
        String upgrade = RawHttp.exchange(
                edge.port(),
                "GET /livez HTTP/1.1\r\nHost: localhost:4173\r\n"
                        + "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n");
        assertThat(RawHttp.status(upgrade)).isNotEqualTo(101);
        String prior = RawHttp.exchange(edge.port(), "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
        assertThat(prior).doesNotContain("\0\0");
    }

    /** A connection that never says anything, or drips its head, ends without a word. */
    @ParameterizedTest
    @ValueSource(strings = {"", "GET / HTTP/1.1\r\nHost: loc"})
    @Http1Only
    void firstHead_thatNeverComes_closesSilently(String beginning) {
        long start = System.nanoTime();
        String answer = RawHttp.exchange(edge.port(), beginning, 5000);
        assertThat(answer).isEmpty();
        assertThat(Duration.ofNanos(System.nanoTime() - start))
                .isBetween(Duration.ofMillis(500), Duration.ofMillis(1500));
    }

    @Test
    void firstHead_thatNeverComes_closesTheManagementListenersConnectionToo() {
        long start = System.nanoTime();
        assertThat(RawHttp.exchange(edge.managementPort(), "GET /livez HTTP/1.1\r\nHost: 127", 5000))
                .isEmpty();
        assertThat(Duration.ofNanos(System.nanoTime() - start))
                .isBetween(Duration.ofMillis(500), Duration.ofMillis(1500));
    }

    @Test
    @Http1Only
    void body_thatStandsStill_closesSilently() {
        long start = System.nanoTime();
        String answer = RawHttp.exchange(
                edge.port(),
                "POST /api/auth/sign-in/email HTTP/1.1\r\nHost: localhost:4173\r\n"
                        + "Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{",
                5000);
        assertThat(answer).isEmpty();
        assertThat(Duration.ofNanos(System.nanoTime() - start))
                .isBetween(Duration.ofMillis(600), Duration.ofMillis(2000));
    }

    @Test
    @Http1Only
    void idleKeepAlive_isClosed() {
        long start = System.nanoTime();
        String answer = RawHttp.exchange(edge.port(), "GET /livez HTTP/1.1\r\nHost: localhost:4173\r\n\r\n", 5000);
        assertThat(RawHttp.status(answer)).isEqualTo(200);
        assertThat(Duration.ofNanos(System.nanoTime() - start))
                .isBetween(Duration.ofMillis(1300), Duration.ofMillis(2500));
    }

    @Test
    void accessLog_hasTheRequest_andNoSecrets() {
        edge.get(
                "/modules/hello/log-me?token=canary-query",
                "Cookie",
                "molos.session_token=canary-cookie",
                "X-Canary",
                "canary-header",
                "User-Agent",
                "agent \"quoted\"");
        edge.get("/api/health");
        Awaitility.await()
                .atMost(Duration.ofSeconds(1))
                .until(() -> edge.accessLog().contains("log-me"));
        assertThat(edge.accessLog().lines().filter(l -> l.contains("log-me")))
                .singleElement()
                .asString()
                .contains(
                        "\"method\":\"GET\",\"path\":\"/modules/hello/log-me\",\"status\":200",
                        "\"module\":\"hello\"",
                        "\"agent\":\"agent \\\"quoted\\\"\"");
        assertThat(edge.accessLog()).doesNotContain("canary", "/api/health", "/livez");
    }

    @Test
    void management_isAskedByAddressOnly_andActsOnNothing() {
        assertThat(edge.management("/livez").body()).isEqualTo("{\"status\":\"live\"}");
        assertThat(edge.management("/readyz").body()).isEqualTo("{\"status\":\"ready\"}");
        assertThat(edge.management("/startupz").statusCode()).isEqualTo(200);
        assertThat(edge.management("/health").body()).contains("\"durationMs\":", "\"ageMs\":");
        assertThat(edge.management("/metrics").body())
                .contains("edge_http_requests_total{source=\"edge\",status=\"4xx\"}");
        assertThat(edge.management("/livez", "Host", "rebound.example").statusCode())
                .isEqualTo(421);
        assertThat(EdgeServer.send(edge.managementPort(), "POST", "/readyz", "").statusCode())
                .isEqualTo(405);
        assertOwnHeaders(RawHttp.exchange(
                edge.managementPort(), "GET /nothing HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"));
    }
}
