package app.molos.edge.http;

import static org.assertj.core.api.Assertions.assertThat;

import app.molos.edge.testing.Databases;
import app.molos.edge.testing.EdgeServer;
import app.molos.edge.testing.FakeModule;
import app.molos.edge.testing.RawHttp;
import io.vertx.core.http.HttpServerRequest;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** RL-01 to RL-05: who asks too often, counted by the address that a trusted proxy names. */
class LimitsIT {
    private static final Map<String, String> SMALL = Map.of(
            "TRUSTED_PROXIES", "127.0.0.1/32",
            "LIMITS_ANONYMOUS_RATE", "1",
            "LIMITS_ANONYMOUS_BURST", "10",
            "LIMITS_PERSON_RATE", "1",
            "LIMITS_PERSON_BURST", "30");
    private static final String HEALTH = "/api/auth/ok";

    private static int passed(EdgeServer edge, String address, String path, int count, String... headers) {
        int passed = 0;
        for (int i = 0; i < count; i++) {
            passed += edge.get(path, with(address, headers)).statusCode() == 429 ? 0 : 1;
        }
        return passed;
    }

    private static String[] with(String address, String... headers) {
        String[] all = new String[headers.length + 2];
        System.arraycopy(headers, 0, all, 2, headers.length);
        all[0] = "X-Forwarded-For";
        all[1] = address;
        return all;
    }

    @Test
    void burst_thenRefused_withTheHeadersOfTheDraft_perAddress(@TempDir Path directory) throws Exception {
        try (EdgeServer edge = EdgeServer.start(directory, SMALL)) {
            assertThat(passed(edge, "203.0.113.1", HEALTH, 15)).isBetween(10, 11);
            HttpResponse<String> refused = edge.get("/nowhere", with("203.0.113.1"));
            assertThat(refused.statusCode()).isEqualTo(429);
            assertThat(refused.headers().firstValue("retry-after")).hasValue("1");
            assertThat(refused.headers().firstValue("ratelimit-policy").orElseThrow())
                    .matches("\"anonymous\";q=10;w=10;pk=:[A-Za-z0-9+/]{11}=:");
            assertThat(refused.headers().firstValue("ratelimit").orElseThrow())
                    .startsWith("\"anonymous\";r=0;t=1;pk=:");
            assertThat(refused.body()).contains("TOO_MANY_REQUESTS").doesNotContain("203.0.113.1");
            assertThat(passed(edge, "203.0.113.2", HEALTH, 1)).isEqualTo(1);
            // What probes ask is answered: a balancer must not lose a node by its own questions.
            assertThat(passed(edge, "203.0.113.1", "/readyz", 30)).isEqualTo(30);
            assertThat(passed(edge, "127.0.0.1", HEALTH, 60)).isEqualTo(60);
        }
    }

    @Test
    void ipv6_isLimitedByItsNetwork_andByTheBlockAroundIt(@TempDir Path directory) throws Exception {
        try (EdgeServer edge = EdgeServer.start(directory, SMALL)) {
            int passed = 0;
            for (int i = 0; i < 20; i++) {
                passed += passed(edge, "2001:db8:1:1::" + Integer.toHexString(i + 1), HEALTH, 1);
            }
            assertThat(passed).isBetween(10, 11);
            int inBlock = passed;
            for (int network = 2; network < 12; network++) {
                inBlock += passed(edge, "2001:db8:1:" + Integer.toHexString(network) + "::1", HEALTH, 10);
            }
            assertThat(inBlock).isBetween(40, 50);
            assertThat(passed(edge, "2001:db8:1:100::1", HEALTH, 10)).isEqualTo(10);
        }
    }

    @Test
    void person_isCountedAsOne_andNotByAddress(@TempDir Path directory) throws Exception {
        Files.createDirectories(directory.resolve("files"));
        Files.writeString(directory.resolve("files/a.txt"), "a");
        EdgeServer.modules(directory, "development: {modules: [{id: files, static: files, access: public}]}\n");
        try (EdgeServer edge = EdgeServer.start(directory, new HashMap<>(SMALL))) {
            String cookie = edge.signUp("ada@example.org");
            assertThat(passed(edge, "203.0.113.1", HEALTH, 20)).isBetween(10, 11);
            // Known from memory after the first request that looked it up.
            assertThat(edge.get("/api/auth/get-session", with("203.0.113.9", "Cookie", cookie))
                            .body())
                    .contains("ada@example.org");
            assertThat(passed(edge, "203.0.113.1", HEALTH, 40, "Cookie", cookie))
                    .isBetween(30, 33);
            // A file costs a tenth.
            assertThat(passed(edge, "203.0.113.3", "/modules/files/a.txt", 90)).isEqualTo(90);
            assertThat(passed(edge, "203.0.113.3", "/modules/files/a.txt", 90)).isBetween(10, 40);
        }
    }

    @Test
    void observing_refusesNobody_andCounts(@TempDir Path directory) throws Exception {
        Map<String, String> settings = new HashMap<>(SMALL);
        settings.put("LIMITS_MODE", "observe");
        try (EdgeServer edge = EdgeServer.start(directory, settings)) {
            assertThat(passed(edge, "203.0.113.1", HEALTH, 30)).isEqualTo(30);
            assertThat(edge.management("/metrics").body()).containsPattern("edge_limit_excesses (19|20)\\.0");
        }
    }

    /** A proxy that nobody listed: one address for everybody, so nobody is refused by it. Its like in the internet is anybody. */
    @Test
    void unlistedProxy_inAPrivateNetwork_isOnlyObserved(@TempDir Path directory) throws Exception {
        Map<String, String> settings = new HashMap<>(SMALL);
        settings.put("TRUSTED_PROXIES", "");
        settings.put("PROXY_PROTOCOL_PEERS", "127.0.0.1/32");
        settings.put("ORIGIN", "http://localhost:4173");
        try (EdgeServer edge = EdgeServer.start(directory, settings)) {
            assertThat(passedRaw(edge, "10.1.2.3", "X-Forwarded-For: 203.0.113.1\r\n"))
                    .isEqualTo(20);
            assertThat(passedRaw(edge, "10.1.2.4", "")).isBetween(10, 12);
            assertThat(passedRaw(edge, "203.0.113.9", "X-Forwarded-For: 203.0.113.1\r\n"))
                    .isBetween(10, 12);
        }
    }

    private static int passedRaw(EdgeServer edge, String address, String header) {
        String request = "GET " + HEALTH + " HTTP/1.1\r\nHost: localhost:4173\r\n" + header + "\r\n";
        String answers = RawHttp.exchange(
                edge.port(), "PROXY TCP4 " + address + " 203.0.113.200 1 2\r\n" + request.repeat(20), 700);
        return answers.split("HTTP/1.1 200", -1).length - 1;
    }

    @Test
    void connections_beyondTheLimit_areClosed(@TempDir Path directory) throws Exception {
        Map<String, String> settings = new HashMap<>(SMALL);
        settings.put("TRUSTED_PROXIES", "");
        settings.put("PROXY_PROTOCOL_PEERS", "127.0.0.1/32");
        settings.put("ORIGIN", "http://localhost:4173");
        settings.put("LIMITS_CONNECTIONS", "1");
        String request = "GET /readyz HTTP/1.1\r\nHost: localhost:4173\r\nConnection: close\r\n\r\n";
        try (EdgeServer edge = EdgeServer.start(directory, settings)) {
            int answered = 0;
            for (int i = 0; i < 10; i++) {
                String answer =
                        RawHttp.exchange(edge.port(), "PROXY TCP4 203.0.113.1 203.0.113.200 1 2\r\n" + request, 200);
                answered += answer.startsWith("HTTP/1.1 200") ? 1 : 0;
            }
            assertThat(answered).isBetween(5, 7);
            assertThat(RawHttp.exchange(edge.port(), "PROXY TCP4 203.0.113.2 203.0.113.200 1 2\r\n" + request, 200))
                    .startsWith("HTTP/1.1 200");
        }
    }

    @Test
    void requestsAtOnce_areBounded_perPersonOrAddress(@TempDir Path directory) throws Exception {
        Map<String, String> settings = new HashMap<>(SMALL);
        settings.put("LIMITS_CONCURRENT", "3");
        List<HttpServerRequest> held = new CopyOnWriteArrayList<>();
        try (FakeModule module = FakeModule.start(request -> {
            request.response().setChunked(true).write("begun");
            held.add(request);
        })) {
            EdgeServer.modules(directory, """
                    development:
                      modules:
                        - {id: m, external: true, upstream: "http://127.0.0.1:%d", access: public}
                    """.formatted(module.port()));
            try (EdgeServer edge = EdgeServer.start(directory, settings)) {
                List<CompletableFuture<Integer>> waiting = new ArrayList<>();
                for (int i = 0; i < 3; i++) {
                    waiting.add(CompletableFuture.supplyAsync(
                            () -> edge.get("/modules/m/x", with("203.0.113.1")).statusCode()));
                }
                await(() -> held.size() == 3);
                assertThat(edge.get("/modules/m/x", with("203.0.113.1")).statusCode())
                        .isEqualTo(429);
                assertThat(edge.get(HEALTH, with("203.0.113.2")).statusCode()).isEqualTo(200);
                held.forEach(request -> request.response().end());
                for (CompletableFuture<Integer> one : waiting) {
                    assertThat(one.get(5, TimeUnit.SECONDS)).isEqualTo(200);
                }
                assertThat(edge.get(HEALTH, with("203.0.113.1")).statusCode()).isEqualTo(200);
            }
        }
    }

    @Test
    void module_hasALimitOfItsOwn(@TempDir Path directory) throws Exception {
        try (FakeModule module = FakeModule.start()) {
            EdgeServer.modules(directory, """
                    development:
                      modules:
                        - id: m
                          external: true
                          upstream: "http://127.0.0.1:%d"
                          access: public
                          limit: {rate: 1, burst: 3}
                    """.formatted(module.port()));
            try (EdgeServer edge = EdgeServer.start(directory, SMALL)) {
                assertThat(passed(edge, "203.0.113.1", "/modules/m/x", 8)).isBetween(3, 4);
                assertThat(edge.get("/modules/m/x", with("203.0.113.1"))
                                .headers()
                                .firstValue("ratelimit-policy")
                                .orElseThrow())
                        .startsWith("\"module-m\";q=3;w=3;");
                assertThat(passed(edge, "203.0.113.1", HEALTH, 10)).isEqualTo(10);
            }
        }
    }

    /** RL-03: five accounts an hour from one address, and what an administrator does to others is slow enough to be noticed. */
    @Test
    void signUps_andAdminsWrites_areBounded(@TempDir Path directory) throws Exception {
        Map<String, String> settings = new HashMap<>(SMALL);
        settings.put("LIMITS_ADMIN_WRITES", "4");
        settings.put("LIMITS_PERSON_BURST", "1000");
        try (EdgeServer edge = EdgeServer.start(directory, settings)) {
            String admin = edge.signUp("ada@example.org");
            int made = 0;
            for (int i = 0; i < 7; i++) {
                HttpResponse<String> answer = edge.postJson(
                        "/api/auth/sign-up/email",
                        "{\"name\":\"B\",\"email\":\"b" + i + "@example.org\",\"password\":\"correct horse\"}",
                        with("203.0.113.1"));
                made += answer.statusCode() == 200 ? 1 : 0;
                if (answer.statusCode() == 429) {
                    assertThat(Integer.parseInt(
                                    answer.headers().firstValue("retry-after").orElseThrow()))
                            .isBetween(600, 721);
                    assertThat(answer.body()).contains("\"code\":\"TOO_MANY_REQUESTS\"");
                }
            }
            assertThat(made).isEqualTo(5);
            List<Integer> written = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                written.add(edge.postJson(
                                "/api/auth/admin/unban-user",
                                "{\"userId\":\"nobody\"}",
                                "Cookie",
                                admin,
                                "Origin",
                                "http://localhost")
                        .statusCode());
            }
            assertThat(written).containsExactly(404, 404, 404, 404, 429, 429);
        }
    }

    /** RL-06: whoever guessed before a restart waits after it. */
    @ParameterizedTest
    @EnumSource(Databases.class)
    void rl06_wrongPasswords_outliveARestart(Databases kind, @TempDir Path directory) throws Exception {
        Map<String, String> settings = new HashMap<>(Map.of("AUTH_THROTTLE", "true", "AUTH_THROTTLE_LIMIT", "100"));
        settings.putAll(kind.settings(directory));
        try (EdgeServer edge = EdgeServer.start(directory, settings)) {
            edge.signUp("ada@example.org");
            for (int i = 0; i < 8; i++) {
                signIn(edge, "wrong password");
            }
            assertThat(signIn(edge, "correct horse").statusCode()).isEqualTo(429);
        }
        try (EdgeServer edge = EdgeServer.start(directory, settings)) {
            assertThat(signIn(edge, "correct horse").statusCode()).isEqualTo(429);
        }
    }

    private static HttpResponse<String> signIn(EdgeServer edge, String password) {
        return edge.postJson(
                "/api/auth/sign-in/email", "{\"email\":\"ada@example.org\",\"password\":\"" + password + "\"}");
    }

    private static void await(BooleanSupplier condition) throws InterruptedException {
        for (int i = 0; i < 500 && !condition.getAsBoolean(); i++) {
            Thread.sleep(10);
        }
    }

    /** What ends without a response - a WebSocket that began, a download that was left - gives its place back, too. */
    @Test
    void requestsThatEndOtherwise_giveTheirPlaceBack(@TempDir Path directory) throws Exception {
        Map<String, String> settings = new HashMap<>(SMALL);
        settings.put("LIMITS_CONCURRENT", "2");
        settings.put("LIMITS_ANONYMOUS_BURST", "1000");
        Files.createDirectories(directory.resolve("files"));
        Files.write(directory.resolve("files/large.bin"), new byte[20_000_000]);
        try (FakeModule module = FakeModule.start()) {
            EdgeServer.modules(directory, """
                    development:
                      modules:
                        - {id: m, external: true, upstream: "http://127.0.0.1:%d", access: public}
                        - {id: files, static: files, access: public}
                    """.formatted(module.port()));
            try (EdgeServer edge = EdgeServer.start(directory, settings)) {
                String by = " HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: 203.0.113.1\r\n";
                for (int i = 0; i < 5; i++) {
                    try (Socket socket = new Socket("127.0.0.1", edge.port())) {
                        socket.getOutputStream()
                                .write(("GET /modules/files/large.bin" + by + "\r\n")
                                        .getBytes(StandardCharsets.ISO_8859_1));
                        assertThat(new String(socket.getInputStream().readNBytes(12), StandardCharsets.ISO_8859_1))
                                .as("download %d", i)
                                .isEqualTo("HTTP/1.1 200");
                    }
                    Thread.sleep(100);
                }
                List<Socket> open = new ArrayList<>();
                for (int i = 0; i < 4; i++) {
                    Socket socket = new Socket("127.0.0.1", edge.port());
                    open.add(socket);
                    socket.getOutputStream()
                            .write(("GET /modules/m/ws" + by + "Connection: Upgrade\r\nUpgrade: websocket\r\n"
                                            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
                                    .getBytes(StandardCharsets.ISO_8859_1));
                    assertThat(new String(socket.getInputStream().readNBytes(12), StandardCharsets.ISO_8859_1))
                            .as("socket %d", i)
                            .isEqualTo("HTTP/1.1 101");
                }
                assertThat(edge.get(HEALTH, with("203.0.113.1")).statusCode()).isEqualTo(200);
                for (Socket socket : open) {
                    socket.close();
                }
            }
        }
    }
}
