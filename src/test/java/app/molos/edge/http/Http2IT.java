package app.molos.edge.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import app.molos.edge.testing.EdgeServer;
import app.molos.edge.testing.FakeModule;
import app.molos.edge.testing.RawHttp2;
import app.molos.edge.testing.RawHttp2.Answer;
import app.molos.edge.testing.TestCertificate;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
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

/** HTTP/2 over TLS: what it must share with HTTP/1, and what only it can be asked. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class Http2IT {
    private static final String AUTHORITY = "localhost:4173";
    private static final String HEAD = " HTTP/1.1\r\nHost: " + AUTHORITY + "\r\n";

    private FakeModule module;
    private EdgeServer edge;

    @BeforeAll
    void start(@TempDir Path directory) throws Exception {
        module = FakeModule.start(request -> {
            String last = request.path().substring(request.path().lastIndexOf('/') + 1);
            if (last.equals("trailers")) {
                request.response().setChunked(true).putHeader("Trailer", "X-Sum");
                request.response().putTrailer("X-Sum", "42");
                request.response().end("with trailers");
            } else if (last.equals("big")) {
                request.response().end(Buffer.buffer("x".repeat(600_000)));
            } else if (last.equals("cut")) {
                request.response().putHeader("Content-Length", "10000").write("some");
                request.connection().close();
            } else if (last.equals("hop")) {
                request.response()
                        .putHeader("Connection", "X-Hop")
                        .putHeader("X-Hop", "1")
                        .putHeader("Keep-Alive", "x");
            } else if (last.equals("events")) {
                request.response()
                        .putHeader("Content-Type", "text/event-stream")
                        .setChunked(true);
                request.response().write("data: 1\n\n");
            }
        });
        Files.createDirectories(directory.resolve("files"));
        Files.writeString(directory.resolve("files/index.html"), "<p>files</p>");
        Files.writeString(directory.resolve("files/big.txt"), "y".repeat(300_000));
        EdgeServer.modules(directory, """
                development:
                  modules:
                    - {id: m, repository: r, tag: v1, upstream: "http://127.0.0.1:%1$d", access: public}
                    - {id: mine, repository: r, tag: v1, upstream: "http://127.0.0.1:%1$d"}
                    - {id: files, static: files, access: public}
                """.formatted(module.port()));
        Map<String, String> settings = new HashMap<>(
                TestCertificate.make(directory, "edge", "dns:localhost").settings());
        settings.putAll(Map.of(
                "ORIGIN", "https://" + AUTHORITY,
                "SERVER_BODY_IDLE_TIMEOUT", "1s",
                "SERVER_WRITE_IDLE_TIMEOUT", "2s",
                "SERVER_KEEP_ALIVE_TIMEOUT", "2s",
                "HTTP2_MAX_PINGS", "40"));
        edge = EdgeServer.start(directory, settings);
    }

    @AfterAll
    void stop() throws Exception {
        edge.close();
        module.close();
    }

    private Answer ask(String text) throws IOException {
        try (RawHttp2 client = new RawHttp2(edge.port())) {
            return client.ask(text);
        }
    }

    @Test
    void everyKindOfAnswer_comes(@TempDir Path directory) throws Exception {
        try (RawHttp2 client = new RawHttp2(edge.port())) {
            assertThat(client.ask("GET /api/health" + HEAD + "\r\n").body()).contains("\"status\":\"healthy\"");
            Answer proxied = client.ask("GET /modules/m/x?q=1" + HEAD + "\r\n");
            assertThat(proxied.status()).isEqualTo(200);
            assertThat(proxied.body()).isEqualTo("module /modules/m/x?q=1");
            assertThat(module.seen().headers())
                    .containsEntry("host", AUTHORITY)
                    .containsEntry("x-forwarded-proto", "https")
                    .containsEntry("x-forwarded-host", AUTHORITY);
            assertThat(client.ask("GET /modules/files/" + HEAD + "\r\n").body()).isEqualTo("<p>files</p>");
            assertThat(client.ask("GET /modules/files/big.txt" + HEAD + "\r\n").body())
                    .hasSize(300_000);
            assertThat(client.ask("GET /modules/m/big" + HEAD + "\r\n").body()).hasSize(600_000);
            assertThat(client.ask("HEAD /modules/m/x" + HEAD + "\r\n").status()).isEqualTo(200);
            assertThat(client.ask("GET /edge/sign-in" + HEAD + "Accept: text/html\r\n\r\n")
                            .status())
                    .isIn(200, 303);
            assertThat(client.ask("GET /modules/mine/x" + HEAD + "\r\n").status())
                    .isEqualTo(401);
            assertThat(client.ask("GET /nowhere" + HEAD + "\r\n").status()).isEqualTo(404);
            assertThat(client.ask("TRACE /x" + HEAD + "\r\n").status()).isEqualTo(405);
            Answer connect = client.read(client.open(true, ":method", "CONNECT", ":authority", AUTHORITY));
            assertThat(connect.status()).as(connect.heads()).isEqualTo(405);
            assertThat(client.ask("BREW /x" + HEAD + "\r\n").status()).isEqualTo(501);
            assertThat(client.ask("GET /x HTTP/1.1\r\nHost: evil.example\r\n\r\n")
                            .status())
                    .isEqualTo(421);
        }
    }

    /** No head but the frames says that a body follows; one that is refused is refused with an answer. */
    @Test
    void body_arrives_withAndWithoutLength_andARefusedOneIsAnswered() throws Exception {
        assertThat(ask("POST /modules/m/x" + HEAD + "Content-Length: 5\r\n\r\nhello")
                        .status())
                .isEqualTo(200);
        assertThat(module.seen().bodyLength()).isEqualTo(5);
        assertThat(ask("POST /modules/m/x" + HEAD + "\r\nhello you").status()).isEqualTo(200);
        assertThat(module.seen().bodyLength()).isEqualTo(9);
        assertThat(ask("POST /modules/m/x" + HEAD + "Transfer-Encoding: chunked\r\n\r\n")
                        .status())
                .isEqualTo(200);
        assertThat(module.seen().bodyLength()).isZero();
        Answer signIn = ask("POST /api/auth/sign-in/email" + HEAD
                + "Content-Type: application/json\r\nOrigin: https://" + AUTHORITY
                + "\r\n\r\n{\"email\":\"a@example.org\",\"password\":\"wrong password\"}");
        assertThat(signIn.status()).as(signIn.heads()).isEqualTo(401);
        Answer refused = ask("POST /modules/mine/x" + HEAD + "Origin: https://evil.example\r\n\r\nhello");
        assertThat(refused.status()).isEqualTo(403);
        assertThat(refused.heads()).doesNotContain("connection:");
        Answer large = ask("POST /api/auth/sign-in/email" + HEAD + "Content-Type: application/json\r\nOrigin: https://"
                + AUTHORITY + "\r\nContent-Length: 100000\r\n\r\n{");
        assertThat(large.status()).as(large.heads()).isIn(413, 0);
    }

    @Test
    void cookieCrumbs_areOneCookie_andCrossSiteIsRefused() throws Exception {
        try (RawHttp2 client = new RawHttp2(edge.port())) {
            int stream = client.open(
                    true,
                    ":method",
                    "GET",
                    ":scheme",
                    "https",
                    ":path",
                    "/modules/m/x",
                    ":authority",
                    AUTHORITY,
                    "cookie",
                    "a=1",
                    "cookie",
                    "b=2");
            assertThat(client.read(stream).status()).isEqualTo(200);
            assertThat(module.seen().headers()).containsEntry("cookie", "a=1; b=2");
        }
    }

    /** A session that is looked up after the body was read holds back what is not there to be held back. */
    @Test
    void sessionLookedUpLate_losesNothing(@TempDir Path directory) throws Exception {
        Map<String, String> settings = new HashMap<>(
                TestCertificate.make(directory, "late", "dns:localhost").settings());
        settings.putAll(Map.of("ORIGIN", "https://" + AUTHORITY, "SESSION_CACHE_AGE", "1ms"));
        try (EdgeServer late = EdgeServer.start(directory.resolve("late"), settings);
                RawHttp2 client = new RawHttp2(late.port())) {
            String json = HEAD + "Content-Type: application/json\r\nOrigin: https://" + AUTHORITY + "\r\n";
            String signUp = "{\"name\":\"Ada\",\"email\":\"ada@example.org\",\"password\":\"correct horse\"}";
            Answer signedUp = client.ask(
                    "POST /api/auth/sign-up/email" + json + "Content-Length: " + signUp.length() + "\r\n\r\n" + signUp);
            String cookie = signedUp.heads()
                    .lines()
                    .filter(line -> line.startsWith("set-cookie: __Host-molos.session_token="))
                    .map(line -> line.substring(12, line.indexOf(';')))
                    .findFirst()
                    .orElseThrow();
            for (int i = 0; i < 5; i++) {
                String update = "{\"name\":\"Ada " + i + "\"}";
                Answer updated = client.ask("POST /api/auth/update-user" + json + "Cookie: " + cookie
                        + "\r\nContent-Length: " + update.length() + "\r\n\r\n" + update);
                assertThat(updated.status()).as(updated.body()).isEqualTo(200);
                Answer session = client.ask("GET /api/auth/get-session" + HEAD + "Cookie: " + cookie + "\r\n\r\n");
                assertThat(session.body()).contains("\"Ada " + i + "\"");
                assertThat(client.ask("GET /api/auth/list-sessions" + HEAD + "Cookie: " + cookie + "\r\n\r\n")
                                .status())
                        .isEqualTo(200);
            }
        }
    }

    /** Host and :authority that differ, none at all, headers that are HTTP/1's only: RFC 9113, 8.2 and 8.3. */
    static Stream<Arguments> malformed() {
        List<String> plain = List.of(":method", "GET", ":scheme", "https", ":path", "/modules/m/x");
        return Stream.of(
                Arguments.of("no authority", plain, List.of()),
                Arguments.of("two hosts", plain, List.of(":authority", AUTHORITY, "host", "evil.example")),
                Arguments.of("connection", plain, List.of(":authority", AUTHORITY, "connection", "keep-alive")),
                Arguments.of("chunked", plain, List.of(":authority", AUTHORITY, "transfer-encoding", "chunked")),
                Arguments.of("upgrade", plain, List.of(":authority", AUTHORITY, "upgrade", "websocket")),
                Arguments.of("a capital letter", plain, List.of(":authority", AUTHORITY, "X-Upper", "1")),
                Arguments.of(
                        "no path", List.of(":method", "GET", ":scheme", "https"), List.of(":authority", AUTHORITY)),
                Arguments.of(
                        "a pseudo header behind", plain, List.of(":authority", AUTHORITY, "x", "1", ":path", "/y")),
                Arguments.of("a pseudo header of nobody", plain, List.of(":authority", AUTHORITY, ":edge", "1")),
                target("a space in the query", "/modules/m/x?a=b c"),
                target("a version in the query", "/modules/m/x?a=b HTTP/1.1"),
                target("a second head in the query", "/modules/m/x?a HTTP/1.1\r\nX-Edge-User-Id: root\r\n\r\n"),
                target("a line feed in the query", "/modules/m/x?a=\nb"),
                target("a carriage return in the query", "/modules/m/x?a=\rb"),
                target("a tab in the query", "/modules/m/x?a=\tb"),
                target("DEL in the query", "/modules/m/x?a=\u007fb"),
                target("a space in the path", "/modules/m/x y"),
                target("an empty path", ""),
                target("the form of OPTIONS", "*"),
                target("the whole of a URL", "http://evil.example/modules/m/x"),
                Arguments.of("a line break", plain, List.of(":authority", AUTHORITY, "x", "a\r\nb: c")),
                Arguments.of("a NUL", plain, List.of(":authority", AUTHORITY, "x", "a\u0000b")),
                Arguments.of(
                        "two lengths",
                        plain,
                        List.of(":authority", AUTHORITY, "content-length", "1", "content-length", "2")));
    }

    private static Arguments target(String what, String path) {
        return Arguments.of(
                what, List.of(":method", "GET", ":scheme", "https", ":path", path), List.of(":authority", AUTHORITY));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("malformed")
    void malformedHead_reachesNoModule(String what, List<String> pseudo, List<String> others) throws Exception {
        ask("GET /modules/m/before" + HEAD + "\r\n");
        try (RawHttp2 client = new RawHttp2(edge.port())) {
            Stream<String> all = Stream.concat(pseudo.stream(), others.stream());
            Answer answer = client.read(client.open(true, all.toArray(String[]::new)));
            assertThat(answer.status()).isIn(0, 400);
        }
        assertThat(module.seen().uri()).isEqualTo("/modules/m/before");
    }

    @Test
    void trailersArrive_hopByHopDoesNot_aBrokenModuleIsAReset() throws Exception {
        Answer trailers = ask("GET /modules/m/trailers" + HEAD + "\r\n");
        assertThat(trailers.body()).isEqualTo("with trailers");
        assertThat(trailers.heads()).contains("--\nx-sum: 42");
        assertThat(ask("GET /modules/m/hop" + HEAD + "\r\n").heads())
                .doesNotContain("x-hop", "keep-alive", "connection");
        try (RawHttp2 client = new RawHttp2(edge.port())) {
            Answer cut = client.ask("GET /modules/m/cut" + HEAD + "\r\n");
            assertThat(cut.status() == 502 || cut.reset() >= 0).isTrue();
            assertThat(client.ask("GET /modules/m/x" + HEAD + "\r\n").status())
                    .as("the others live on")
                    .isEqualTo(200);
        }
    }

    @Test
    void eventStream_comesAtOnce_andItsEndByTheClientEndsItAtTheModule() throws Exception {
        try (RawHttp2 client = new RawHttp2(edge.port())) {
            int stream = client.open(
                    true, ":method", "GET", ":scheme", "https", ":path", "/modules/m/events", ":authority", AUTHORITY);
            client.readFor(500);
            client.frame(RawHttp2.RST_STREAM, 0, stream, new byte[] {0, 0, 0, 8});
            assertThat(client.ask("GET /modules/m/x" + HEAD + "\r\n").status()).isEqualTo(200);
            assertThat(client.read(stream).body()).isEqualTo("data: 1\n\n");
        }
        Awaitility.await()
                .atMost(Duration.ofSeconds(3))
                .until(() -> edge.management("/metrics").body().contains("edge_drain_inflight 0.0"));
    }

    /** Each stream has its own clock: one whose body stands still ends, the others do not notice. */
    @Test
    void bodyThatStandsStill_endsItsStreamAlone() throws Exception {
        try (RawHttp2 client = new RawHttp2(edge.port())) {
            int still = client.open(
                    false, ":method", "POST", ":scheme", "https", ":path", "/modules/m/x", ":authority", AUTHORITY);
            long begun = System.nanoTime();
            Answer answer = client.read(still);
            assertThat(answer.reset() >= 0 || answer.status() == 408)
                    .as(answer.heads())
                    .isTrue();
            assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(4));
            assertThat(client.ask("GET /modules/m/x" + HEAD + "\r\n").status()).isEqualTo(200);
        }
    }

    /** A window of nothing: what waits for such a client is given up, however many streams it asks on. */
    @Test
    @Tag("long")
    void clientThatTakesNothing_isResetAfterTheWriteTimeout() throws Exception {
        try (RawHttp2 client = new RawHttp2(edge.port(), new byte[] {0, 4, 0, 0, 0, 0})) {
            client.giveNoWindow();
            int first = client.open(
                    true, ":method", "GET", ":scheme", "https", ":path", "/modules/m/big", ":authority", AUTHORITY);
            int second = client.open(
                    true, ":method", "GET", ":scheme", "https", ":path", "/modules/m/x", ":authority", AUTHORITY);
            assertThat(client.read(first).reset() >= 0 || client.isClosed()).isTrue();
            assertThat(client.read(second).reset() >= 0 || client.isClosed()).isTrue();
        }
    }

    /** A window that lets one byte pass: the whole of a small answer is handed on then, and waits below Vert.x. */
    @Test
    @Tag("long")
    void clientThatTakesOneByte_isResetAfterTheWriteTimeout() throws Exception {
        try (RawHttp2 client = new RawHttp2(edge.port(), new byte[] {0, 4, 0, 0, 0, 1})) {
            client.giveNoWindow();
            int stream = client.open(
                    true, ":method", "GET", ":scheme", "https", ":path", "/modules/m/x", ":authority", AUTHORITY);
            assertThat(client.read(stream).reset()).isEqualTo(8);
        }
    }

    /** What one upload has sent and nobody has taken must not keep the others from being sent. */
    @Test
    void uploadThatNobodyTakes_starvesNoOther() throws Exception {
        try (RawHttp2 client = new RawHttp2(edge.port())) {
            for (int i = 0; i < 12; i++) {
                Answer answer = client.ask("POST /modules/m/x" + HEAD + "\r\n" + "x".repeat(16_000));
                assertThat(answer.status()).isEqualTo(200);
                assertThat(module.seen().bodyLength()).isEqualTo(16_000);
            }
        }
    }

    /** A large head costs as much by HTTP/2 as by HTTP/1. */
    @Test
    void largeHeads_arePaidFor() throws Exception {
        try (RawHttp2 client = new RawHttp2(edge.port())) {
            for (int i = 0; i < 5; i++) {
                client.open(
                        false,
                        ":method",
                        "POST",
                        ":scheme",
                        "https",
                        ":path",
                        "/api/auth/sign-in/email",
                        ":authority",
                        AUTHORITY,
                        "content-type",
                        "application/json",
                        "origin",
                        "https://" + AUTHORITY,
                        "x-large",
                        "x".repeat(12_000));
            }
            Awaitility.await().atMost(Duration.ofSeconds(3)).until(() -> inbound() > 60_000);
        }
        Awaitility.await().atMost(Duration.ofSeconds(3)).until(() -> inbound() == 0);
    }

    private double inbound() {
        return Double.parseDouble(edge.management("/metrics")
                .body()
                .lines()
                .filter(line -> line.startsWith("edge_inbound_bytes "))
                .findFirst()
                .orElseThrow()
                .substring("edge_inbound_bytes ".length()));
    }

    /** It is waited for while it says something, but not without end. */
    @Test
    void clientThatGoesOn_afterTheConnectionsEnd_isCut() throws Exception {
        try (RawHttp2 client = new RawHttp2(edge.port())) {
            assertThat(client.ask("GET /livez" + HEAD + "\r\n").status()).isEqualTo(200);
            client.readFor(5000);
            assertThat(client.isClosed()).isTrue();
            assertThat(client.goAway()).isZero();
            long ended = System.nanoTime();
            assertThatThrownBy(() -> {
                        while (System.nanoTime() - ended
                                < Duration.ofSeconds(10).toNanos()) {
                            client.frame(RawHttp2.PING, 0, 0, new byte[8]);
                            Thread.sleep(50);
                        }
                    })
                    .isInstanceOf(IOException.class);
            assertThat(Duration.ofNanos(System.nanoTime() - ended))
                    .isBetween(Duration.ofMillis(1200), Duration.ofMillis(4000));
        }
    }

    @Test
    void idleConnection_isClosed_afterTheKeepAliveTimeout() throws Exception {
        try (RawHttp2 client = new RawHttp2(edge.port())) {
            assertThat(client.ask("GET /livez" + HEAD + "\r\n").status()).isEqualTo(200);
            long begun = System.nanoTime();
            client.readFor(5000);
            assertThat(client.isClosed()).isTrue();
            assertThat(Duration.ofNanos(System.nanoTime() - begun))
                    .isBetween(Duration.ofMillis(1500), Duration.ofSeconds(4));
        }
    }

    /** What costs its sender nothing. */
    static Stream<Arguments> floods() {
        byte[] ping = RawHttp2.bytes(RawHttp2.PING, 0, 0, new byte[8]);
        byte[] settings = RawHttp2.bytes(RawHttp2.SETTINGS, 0, 0, new byte[0]);
        return Stream.of(Arguments.of("PING", ping, 45), Arguments.of("SETTINGS", settings, 25));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("floods")
    void flood_endsTheConnection_andNobodyElses(String what, byte[] frame, int count) throws Exception {
        try (RawHttp2 other = new RawHttp2(edge.port());
                RawHttp2 client = new RawHttp2(edge.port())) {
            for (int i = 0; i < count; i++) {
                client.write(frame);
            }
            client.readFor(2000);
            assertThat(client.isClosed()).isTrue();
            assertThat(other.ask("GET /livez" + HEAD + "\r\n").status()).isEqualTo(200);
        }
    }

    @Test
    void rapidReset_endsTheConnection() throws Exception {
        try (RawHttp2 client = new RawHttp2(edge.port())) {
            try {
                for (int i = 0; i < 400; i++) {
                    int stream = client.open(
                            true,
                            ":method",
                            "GET",
                            ":scheme",
                            "https",
                            ":path",
                            "/modules/m/x",
                            ":authority",
                            AUTHORITY);
                    client.frame(RawHttp2.RST_STREAM, 0, stream, new byte[] {0, 0, 0, 8});
                }
            } catch (SocketException e) {
                // Closed meanwhile.
            }
            client.readFor(2000);
            assertThat(client.isClosed()).isTrue();
        }
        assertThat(ask("GET /livez" + HEAD + "\r\n").status()).isEqualTo(200);
    }

    /** CVE-2024-27983 and its kin: a head that never ends. */
    @Test
    void continuationFlood_endsTheConnection() throws Exception {
        try (RawHttp2 client = new RawHttp2(edge.port())) {
            byte[] head = client.encode(":method", "GET", ":scheme", "https", ":path", "/x", ":authority", AUTHORITY);
            client.frame(RawHttp2.HEADERS, RawHttp2.END_STREAM, 1, head);
            try {
                for (int i = 0; i < 50; i++) {
                    client.frame(RawHttp2.CONTINUATION, 0, 1, client.encode("x-" + i, "y"));
                }
            } catch (SocketException e) {
                // Closed meanwhile.
            }
            client.readFor(2000);
            assertThat(client.isClosed()).isTrue();
        }
    }

    @Test
    void headThatIsTooLong_isRefused() throws Exception {
        try (RawHttp2 client = new RawHttp2(edge.port())) {
            Answer answer = client.ask("GET /modules/m/x" + HEAD + "X-Bomb: " + "x".repeat(20_000) + "\r\n\r\n");
            assertThat(answer.status()).isIn(431, 0);
            assertThat(answer.status() == 431 || answer.reset() >= 0 || client.isClosed())
                    .isTrue();
        }
        Answer many = ask("GET /modules/m/x" + HEAD + "x: y\r\n".repeat(300) + "\r\n");
        assertThat(many.status()).isEqualTo(431);
    }

    /** RFC 9113 has a sentence for each of them; ours is that the process and the others live on. */
    @Test
    @Tag("long")
    void randomFrames_hurtNobodyElse() throws Exception {
        Random random = new Random(13);
        long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        int rounds = 0;
        while (System.nanoTime() - end < 0) {
            try (RawHttp2 client = new RawHttp2(edge.port())) {
                for (int i = 0; i < 12; i++) {
                    byte[] payload = new byte[random.nextInt(40)];
                    random.nextBytes(payload);
                    if (random.nextInt(5) == 0) {
                        client.write(payload);
                    } else {
                        client.frame(random.nextInt(11), random.nextInt(256), random.nextInt(6), payload);
                    }
                }
                client.readFor(20);
            } catch (IOException e) {
                // Closed, which is an answer.
            }
            rounds++;
        }
        assertThat(rounds).isGreaterThan(20);
        assertThat(ask("GET /modules/m/x" + HEAD + "\r\n").status()).isEqualTo(200);
    }
}
