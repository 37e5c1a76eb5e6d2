package app.molos.edge.auth;

import static org.assertj.core.api.Assertions.assertThat;

import app.molos.edge.testing.CommandLine;
import app.molos.edge.testing.Databases;
import app.molos.edge.testing.EdgeServer;
import app.molos.edge.testing.Postgres;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The thin account wire over HTTP, on both databases. */
@Tag("http2")
class AuthIT {
    private static final String SIGN_UP = "/api/auth/sign-up/email";
    private static final String SIGN_IN = "/api/auth/sign-in/email";
    private static final String GET_SESSION = "/api/auth/get-session";
    private static final String ORIGIN = "http://localhost:4173";
    private static final String DATE = "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z";

    private static String person(String email) {
        return "{\"name\":\"Ada\",\"email\":\"" + email + "\",\"password\":\"correct horse\"}";
    }

    @ParameterizedTest
    @EnumSource(Databases.class)
    void wholeLife_ofASession(Databases kind, @TempDir Path directory) throws Exception {
        try (EdgeServer edge = EdgeServer.start(directory, kind.settings(directory))) {
            assertThat(edge.get(GET_SESSION).body()).isEqualTo("null");

            HttpResponse<String> signUp = edge.postJson(SIGN_UP, person("Ada@Example.org"), "User-Agent", "test");
            assertThat(signUp.statusCode()).isEqualTo(200);
            JsonObject answer = new JsonObject(signUp.body());
            assertThat(answer.fieldNames()).containsExactly("token", "user");
            assertThat(answer.getJsonObject("user").fieldNames())
                    .containsExactly(
                            "name",
                            "email",
                            "emailVerified",
                            "image",
                            "createdAt",
                            "updatedAt",
                            "role",
                            "banned",
                            "banReason",
                            "banExpires",
                            "id");
            assertThat(answer.getJsonObject("user").getString("email")).isEqualTo("ada@example.org");
            assertThat(answer.getJsonObject("user").getString("role")).isEqualTo("admin");
            assertThat(answer.getJsonObject("user").getBoolean("banned")).isFalse();
            assertThat(answer.getJsonObject("user").getString("createdAt")).matches(DATE);
            assertThat(signUp.body()).doesNotContain("password", "correct horse");
            String cookie = EdgeServer.cookie(signUp);
            assertThat(cookie).startsWith("molos.session_token=" + answer.getString("token") + ".");
            assertThat(signUp.headers().firstValue("set-cookie").orElseThrow())
                    .endsWith("; Max-Age=604800; Path=/; HttpOnly; SameSite=Lax");

            HttpResponse<String> session = edge.get(GET_SESSION, "Cookie", cookie);
            JsonObject known = new JsonObject(session.body());
            assertThat(known.getJsonObject("session").fieldNames())
                    .containsExactly(
                            "expiresAt",
                            "token",
                            "createdAt",
                            "updatedAt",
                            "ipAddress",
                            "userAgent",
                            "userId",
                            "impersonatedBy",
                            "id");
            assertThat(known.getJsonObject("session").getString("userAgent")).isEqualTo("test");
            assertThat(known.getJsonObject("session").getString("ipAddress")).isEqualTo("127.0.0.1");
            assertThat(known.getJsonObject("user")).isEqualTo(answer.getJsonObject("user"));
            assertThat(session.headers().firstValue("cache-control")).hasValue("no-store");

            HttpResponse<String> signIn = edge.postJson(
                    SIGN_IN,
                    "{\"email\":\"ADA@example.org\",\"password\":\"correct horse\",\"callbackURL\":\"/ui/dashboard\"}",
                    "Origin",
                    ORIGIN.replace(":4173", ""));
            assertThat(new JsonObject(signIn.body()).fieldNames()).containsExactly("redirect", "token", "url", "user");
            assertThat(signIn.headers().firstValue("location")).hasValue("/ui/dashboard");
            assertThat(EdgeServer.cookie(signIn)).isNotEqualTo(cookie);

            HttpResponse<String> signOut =
                    edge.postJson("/api/auth/sign-out", "{}", "Cookie", cookie, "Sec-Fetch-Site", "same-origin");
            assertThat(signOut.body()).isEqualTo("{\"success\":true}");
            assertThat(signOut.headers().allValues("set-cookie"))
                    .hasSize(3)
                    .allMatch(l -> l.contains("=; Max-Age=0; "));
            HttpResponse<String> after = edge.get(GET_SESSION, "Cookie", cookie);
            assertThat(after.body()).isEqualTo("null");
            assertThat(after.headers().allValues("set-cookie")).hasSize(3);
        }
    }

    @ParameterizedTest
    @EnumSource(Databases.class)
    void twentyFirstSignUpsAtOnce_makeOneAdmin(Databases kind, @TempDir Path directory) throws Exception {
        try (EdgeServer edge = EdgeServer.start(directory, kind.settings(directory))) {
            List<HttpResponse<String>> answers =
                    atOnce(20, i -> edge.postJson(SIGN_UP, person("p" + i + "@example.org")));
            assertThat(answers).allMatch(a -> a.statusCode() == 200);
            assertThat(answers.stream().filter(a -> a.body().contains("\"role\":\"admin\"")))
                    .hasSize(1);
        }
    }

    /**
     * Two nodes, one token: good on both, printed by one; a command makes another, and the first is good for nothing.
     */
    @ParameterizedTest
    @EnumSource(Databases.class)
    void auth05_setupToken_isOneForAllNodes(Databases kind, @TempDir Path directory) throws Exception {
        Map<String, String> settings = new HashMap<>(kind.settings(directory));
        settings.put("AUTH_SETUP_TOKEN", "on");
        try (EdgeServer one = EdgeServer.start(directory, settings);
                EdgeServer two = EdgeServer.start(directory, settings)) {
            assertThat(one.announcements().get(0)).containsPattern("setup token   \\w{32} ");
            assertThat(two.announcements().get(0))
                    .contains("molos-edge user setup-token", "/edge/welcome")
                    .doesNotContainPattern("\\w{32}");
            String first = one.announcements().get(0).replaceAll("(?s).*setup token   (\\w+).*", "$1");

            CommandLine.Result made = CommandLine.run(directory, settings, "user", "setup-token", "--json");
            String second = new JsonObject(made.out()).getString("token");
            assertThat(code(two.postJson(SIGN_UP, person("a@example.org"), "X-Setup-Token", first)))
                    .isEqualTo("403 INVALID_SETUP_TOKEN");
            assertThat(code(two.postJson(SIGN_UP, person("a@example.org"), "X-Setup-Token", second)))
                    .isEqualTo("200 ok");
            assertThat(one.get("/edge/welcome").statusCode()).isEqualTo(303);
            CommandLine.Result late = CommandLine.run(directory, settings, "user", "setup-token");
            assertThat(late.code()).isEqualTo(7);
            assertThat(late.err()).contains("has an owner");
        }
        try (EdgeServer again = EdgeServer.start(directory, settings)) {
            assertThat(again.announcements()).isEmpty();
        }
    }

    /** Production: the token opens the door once, and it closes behind the first. */
    @Tag("long")
    @ParameterizedTest
    @EnumSource(Databases.class)
    void auth05_setupToken_letsOneIn(Databases kind, @TempDir Path directory) throws Exception {
        EdgeServer.modules(directory, "production:\n  modules: []\n");
        Map<String, String> settings = new HashMap<>(kind.settings(directory));
        settings.putAll(Map.of(
                "EDGE_ENV",
                "production",
                "ORIGIN",
                "https://edge.example.org",
                "HOST",
                "127.0.0.1",
                "BETTER_AUTH_SECRET",
                "kX4v9QmZ7pLw2RtY8sNb3HdJ6fGc1VaE"));
        try (EdgeServer edge = EdgeServer.start(directory, settings)) {
            String[] host = {"Host", "edge.example.org"};
            assertThat(edge.announcements()).hasSize(1);
            String token = edge.announcements().get(0).replaceAll("(?s).*setup token   (\\w+).*", "$1");
            assertThat(code(edge.postJson(SIGN_UP, person("a@example.org"), host)))
                    .isEqualTo("403 SETUP_TOKEN_REQUIRED");
            assertThat(code(edge.postJson(
                            SIGN_UP, person("a@example.org"), "Host", "edge.example.org", "X-Setup-Token", "wrong")))
                    .isEqualTo("403 INVALID_SETUP_TOKEN");

            List<HttpResponse<String>> answers = atOnce(
                    20,
                    i -> edge.postJson(
                            SIGN_UP,
                            person("p" + i + "@example.org"),
                            "Host",
                            "edge.example.org",
                            "X-Setup-Token",
                            token));
            assertThat(answers.stream().map(AuthIT::code).filter(c -> c.equals("200 ok")))
                    .hasSize(1);
            assertThat(answers.stream()
                            .map(AuthIT::code)
                            .filter(c -> !c.equals("200 ok"))
                            .distinct())
                    .containsExactly("400 EMAIL_AND_PASSWORD_SIGN_UP_IS_NOT_ENABLED");
            HttpResponse<String> owner = answers.stream()
                    .filter(a -> a.statusCode() == 200)
                    .findFirst()
                    .orElseThrow();
            assertThat(owner.body()).contains("\"role\":\"admin\"");
            assertThat(owner.headers().firstValue("set-cookie").orElseThrow())
                    .startsWith("__Host-molos.session_token=")
                    .contains("; Secure; ");
            assertThat(owner.headers().firstValue("strict-transport-security"))
                    .hasValue("max-age=31536000; includeSubDomains");
        }
        try (EdgeServer again = EdgeServer.start(directory, settings)) {
            assertThat(again.announcements()).isEmpty();
        }
    }

    @Test
    void ses01_storedToken_isNotTheCookies(@TempDir Path directory) throws Exception {
        try (EdgeServer edge = EdgeServer.start(directory, Map.of())) {
            String token = new JsonObject(
                            edge.postJson(SIGN_UP, person("a@example.org")).body())
                    .getString("token");
            try (var connection = DriverManager.getConnection("jdbc:sqlite:" + directory.resolve("data/molos.db"));
                    var rows = connection.createStatement().executeQuery("SELECT token_hash FROM sessions")) {
                assertThat(rows.next()).isTrue();
                assertThat(rows.getString(1)).matches("[0-9a-f]{64}").doesNotContain(token);
            }
        }
    }

    @Test
    void restart_keepsSessions(@TempDir Path directory) throws Exception {
        String cookie;
        try (EdgeServer edge = EdgeServer.start(directory, Map.of())) {
            cookie = edge.signUp("a@example.org");
        }
        try (EdgeServer edge = EdgeServer.start(directory, Map.of())) {
            assertThat(edge.get(GET_SESSION, "Cookie", cookie).body()).contains("a@example.org");
        }
    }

    @Test
    void hashQueueFull_answers503WithRetryAfter_andHealthStaysQuick(@TempDir Path directory) throws Exception {
        try (EdgeServer edge = EdgeServer.start(directory, Map.of("AUTH_HASH_THREADS", "1", "AUTH_HASH_QUEUE", "2"))) {
            edge.signUp("a@example.org");
            List<HttpResponse<String>> answers = atOnce(
                    20, i -> edge.postJson(SIGN_IN, "{\"email\":\"a@example.org\",\"password\":\"wrong horse\"}"));
            assertThat(answers.stream().map(AuthIT::code).distinct())
                    .containsExactlyInAnyOrder("401 INVALID_EMAIL_OR_PASSWORD", "503 TOO_BUSY");
            assertThat(answers.stream().filter(a -> a.statusCode() == 503))
                    .allMatch(a -> a.headers().firstValue("retry-after").isPresent());
        }
    }

    /** A session whose end is due moves, and the answer that moved it carries the cookie. */
    @Test
    void slidingEnd_moves_withTheCookieInTheSameAnswer(@TempDir Path directory) throws Exception {
        try (EdgeServer edge = EdgeServer.start(directory, Map.of("SESSION_REFRESH_AFTER", "1s"))) {
            String cookie = edge.signUp("a@example.org");
            String before = new JsonObject(
                            edge.get(GET_SESSION, "Cookie", cookie).body())
                    .getJsonObject("session")
                    .getString("expiresAt");
            org.awaitility.Awaitility.await()
                    .pollInterval(java.time.Duration.ofMillis(300))
                    .untilAsserted(() -> {
                        HttpResponse<String> answer = edge.get(GET_SESSION, "Cookie", cookie);
                        assertThat(answer.headers().firstValue("set-cookie").orElse(""))
                                .startsWith(cookie)
                                .contains("Max-Age=604800");
                        assertThat(new JsonObject(answer.body())
                                        .getJsonObject("session")
                                        .getString("expiresAt"))
                                .isGreaterThan(before);
                    });
        }
    }

    @Test
    void ends_areEnforcedOnTheServer(@TempDir Path directory) throws Exception {
        try (EdgeServer edge = EdgeServer.start(directory, Map.of())) {
            String cookie = edge.signUp("a@example.org");
            String database = "jdbc:sqlite:" + directory.resolve("data/molos.db") + "?busy_timeout=5000";
            try (var connection = DriverManager.getConnection(database);
                    var statement = connection.createStatement()) {
                statement.executeUpdate("UPDATE sessions SET ends_at = 1");
            }
            org.awaitility.Awaitility.await()
                    .untilAsserted(() -> assertThat(
                                    edge.get(GET_SESSION, "Cookie", cookie).body())
                            .isEqualTo("null"));
        }
    }

    @Nested
    @TestInstance(TestInstance.Lifecycle.PER_CLASS)
    class Refusals {
        private EdgeServer edge;

        @BeforeAll
        void start(@TempDir Path directory) throws Exception {
            edge = EdgeServer.start(directory, Map.of("ORIGIN", ORIGIN));
            edge.signUp("taken@example.org");
        }

        @AfterAll
        void stop() throws Exception {
            edge.close();
        }

        static Stream<Arguments> rows() {
            String ok = "\"name\":\"A\",\"email\":\"new@example.org\",\"password\":\"correct horse\"";
            return Stream.of(
                    Arguments.of(SIGN_UP, "{", "400 BAD_REQUEST"),
                    Arguments.of(SIGN_UP, "[]", "400 VALIDATION_ERROR"),
                    Arguments.of(SIGN_UP, "null", "400 VALIDATION_ERROR"),
                    Arguments.of(SIGN_UP, "\"text\"", "400 VALIDATION_ERROR"),
                    Arguments.of(SIGN_UP, "[".repeat(15_000), "400 BAD_REQUEST"),
                    Arguments.of(
                            SIGN_IN,
                            "/* c */{\"email\":\"taken@example.org\",\"password\":\"correct horse\"}",
                            "400 BAD_REQUEST"),
                    Arguments.of(
                            SIGN_IN,
                            "{\"email\":\"taken@example.org\", // c\n\"password\":\"correct horse\"}",
                            "400 BAD_REQUEST"),
                    Arguments.of(SIGN_UP, "", "400 VALIDATION_ERROR"),
                    Arguments.of(SIGN_UP, "{}", "400 VALIDATION_ERROR"),
                    Arguments.of(
                            SIGN_UP,
                            "{\"name\":5,\"email\":\"a@b.org\",\"password\":\"correct horse\"}",
                            "400 VALIDATION_ERROR"),
                    Arguments.of(
                            SIGN_UP,
                            "{\"name\":\"" + "n".repeat(201)
                                    + "\",\"email\":\"a@b.org\",\"password\":\"correct horse\"}",
                            "400 VALIDATION_ERROR"),
                    Arguments.of(
                            SIGN_UP,
                            "{\"name\":\"a\\u0000b\",\"email\":\"a@b.org\",\"password\":\"correct horse\"}",
                            "400 VALIDATION_ERROR"),
                    Arguments.of(
                            SIGN_UP,
                            "{\"name\":\"\\ud800\",\"email\":\"a@b.org\",\"password\":\"correct horse\"}",
                            "400 VALIDATION_ERROR"),
                    Arguments.of(
                            SIGN_UP,
                            "{\"name\":\"A\",\"email\":\"admin@localhost\",\"password\":\"correct horse\"}",
                            "400 VALIDATION_ERROR"),
                    Arguments.of(
                            SIGN_UP,
                            "{\"name\":\"A\",\"email\":\"a..b@x.org\",\"password\":\"correct horse\"}",
                            "400 VALIDATION_ERROR"),
                    Arguments.of(
                            SIGN_UP,
                            "{\"name\":\"A\",\"email\":\"" + "a".repeat(2000)
                                    + "@x.org\",\"password\":\"correct horse\"}",
                            "400 VALIDATION_ERROR"),
                    Arguments.of(
                            SIGN_UP,
                            "{\"name\":\"A\",\"email\":\"new@example.org\",\"password\":\"\"}",
                            "400 VALIDATION_ERROR"),
                    Arguments.of(
                            SIGN_UP,
                            "{\"name\":\"A\",\"email\":\"new@example.org\",\"password\":\"1234567\"}",
                            "400 PASSWORD_TOO_SHORT"),
                    Arguments.of(
                            SIGN_UP,
                            "{\"name\":\"A\",\"email\":\"new@example.org\",\"password\":\"" + "x".repeat(129) + "\"}",
                            "400 PASSWORD_TOO_LONG"),
                    Arguments.of(SIGN_UP, "{" + ok + ",\"image\":\"javascript:alert(1)\"}", "400 VALIDATION_ERROR"),
                    Arguments.of(SIGN_UP, "{" + ok + ",\"rememberMe\":\"yes\"}", "400 VALIDATION_ERROR"),
                    Arguments.of(SIGN_UP, "{" + ok + ",\"role\":\"admin\"}", "400 ROLE_IS_NOT_ALLOWED_TO_BE_SET"),
                    Arguments.of(SIGN_UP, "{" + ok + ",\"callbackURL\":\"//evil.example\"}", "403 INVALID_CALLBACKURL"),
                    Arguments.of(
                            SIGN_UP,
                            "{" + ok + ",\"callbackURL\":\"https://evil.example/\"}",
                            "403 INVALID_CALLBACKURL"),
                    Arguments.of(
                            SIGN_UP,
                            "{\"name\":\"A\",\"email\":\"TAKEN@example.org\",\"password\":\"correct horse\"}",
                            "422 USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL"),
                    Arguments.of(SIGN_IN, "{\"email\":\"not an address\",\"password\":\"x\"}", "400 INVALID_EMAIL"),
                    Arguments.of(
                            SIGN_IN,
                            "{\"email\":\"nobody@example.org\",\"password\":\"correct horse\"}",
                            "401 INVALID_EMAIL_OR_PASSWORD"),
                    Arguments.of(
                            SIGN_IN,
                            "{\"email\":\"taken@example.org\",\"password\":\"wrong horse\"}",
                            "401 INVALID_EMAIL_OR_PASSWORD"),
                    Arguments.of(
                            SIGN_IN,
                            "{\"email\":\"taken@example.org\",\"password\":\"\"}",
                            "401 INVALID_EMAIL_OR_PASSWORD"),
                    Arguments.of(SIGN_IN, "{\"email\":5,\"password\":\"x\"}", "400 VALIDATION_ERROR"),
                    Arguments.of(
                            SIGN_IN,
                            "{\"email\":\"a@b.org\",\"password\":\"x\",\"callbackURL\":\"javascript:1\"}",
                            "403 INVALID_CALLBACKURL"));
        }

        @ParameterizedTest
        @MethodSource("rows")
        void badInput_hasItsCode(String path, String body, String expected) {
            assertThat(code(edge.postJson(path, body))).isEqualTo(expected);
        }

        @Test
        void mediaTypes_areJsonAndForms() {
            assertThat(code(edge.send("POST", SIGN_IN, "x", "Content-Type", "text/plain")))
                    .isEqualTo("415 UNSUPPORTED_MEDIA_TYPE");
            assertThat(code(edge.send("POST", SIGN_IN, "--b--", "Content-Type", "multipart/form-data; boundary=b")))
                    .isEqualTo("415 UNSUPPORTED_MEDIA_TYPE");
            assertThat(code(edge.send("POST", SIGN_IN, "{}", "Content-Type", "application/vnd.x+json")))
                    .isEqualTo("415 UNSUPPORTED_MEDIA_TYPE");
            assertThat(code(edge.send(
                            "POST",
                            SIGN_IN,
                            "email=taken%40example.org&password=correct+horse",
                            "Content-Type",
                            "application/x-www-form-urlencoded")))
                    .isEqualTo("200 ok");
        }

        @Test
        void unknownPath_wrongMethod_andDoubleSlash_are404WithoutBody() {
            for (HttpResponse<String> answer : List.of(
                    edge.get("/api/auth/nothing"),
                    edge.get("/api/auth"),
                    edge.get("/api/auth/"),
                    edge.get(SIGN_IN),
                    edge.get("/api/auth//get-session"),
                    edge.get("/api/auth/get-session/"),
                    edge.postJson(GET_SESSION, "{}"),
                    edge.send("OPTIONS", SIGN_IN, null),
                    edge.send("HEAD", GET_SESSION, null))) {
                assertThat(answer.statusCode()).isEqualTo(404);
                assertThat(answer.body()).isEmpty();
                assertThat(answer.headers().firstValue("content-type")).isEmpty();
            }
        }

        @Test
        void foreignOrigin_isRefusedBeforeRouting() {
            assertThat(code(edge.postJson(SIGN_IN, "{}", "Origin", "https://evil.example")))
                    .isEqualTo("403 INVALID_ORIGIN");
            assertThat(code(edge.postJson("/api/auth/nothing", "{}", "Origin", "https://evil.example")))
                    .isEqualTo("403 INVALID_ORIGIN");
            assertThat(edge.postJson(SIGN_IN, "{}", "Origin", "https://evil.example")
                            .body())
                    .contains("CSRF_TRUSTED_ORIGINS");
            assertThat(code(edge.postJson("/api/auth/sign-out", "{}", "Cookie", "molos.session_token=x")))
                    .isEqualTo("403 MISSING_OR_NULL_ORIGIN");
        }

        @Test
        void malformedEscapeInTheQuery_is400() {
            // The client library would not send it.
            String answer = app.molos.edge.testing.RawHttp.exchange(
                    edge.port(),
                    "GET /api/auth/get-session?x=%zz HTTP/1.1\r\nHost: localhost:4173\r\nConnection: close\r\n\r\n");
            assertThat(app.molos.edge.testing.RawHttp.status(answer)).isEqualTo(400);
            assertThat(answer).contains("BAD_REQUEST").doesNotContain("Exception");
        }

        @Test
        void unsignedCookie_isNobody_withoutSetCookie() {
            HttpResponse<String> answer = edge.get(GET_SESSION, "Cookie", "molos.session_token=attacker");
            assertThat(answer.body()).isEqualTo("null");
            assertThat(answer.headers().allValues("set-cookie")).isEmpty();
        }

        @Test
        void notRemembered_givesBrowserSessionCookies() {
            HttpResponse<String> answer = edge.postJson(
                    SIGN_IN, "{\"email\":\"taken@example.org\",\"password\":\"correct horse\",\"rememberMe\":false}");
            List<String> lines = answer.headers().allValues("set-cookie");
            assertThat(lines).hasSize(3);
            assertThat(lines.subList(0, 2))
                    .noneMatch(l -> l.contains("Max-Age"))
                    .anyMatch(l -> l.contains("molos.dont_remember=true."));
            assertThat(lines.get(2)).contains("molos.device=").contains("Max-Age=31536000");
        }
    }

    /** {@code "status CODE"}, or {@code "200 ok"}. */
    private static String code(HttpResponse<String> answer) {
        return answer.statusCode() + " "
                + (answer.statusCode() == 200 ? "ok" : new JsonObject(answer.body()).getString("code"));
    }

    private interface Call {
        HttpResponse<String> send(int number) throws Exception;
    }

    private static List<HttpResponse<String>> atOnce(int count, Call call) {
        ExecutorService threads = Executors.newFixedThreadPool(count);
        try {
            List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                int number = i;
                answers.add(CompletableFuture.supplyAsync(
                        () -> {
                            try {
                                return call.send(number);
                            } catch (Exception e) {
                                throw new IllegalStateException(e);
                            }
                        },
                        threads));
            }
            return answers.stream().map(CompletableFuture::join).toList();
        } finally {
            threads.shutdown();
        }
    }

    static {
        Postgres.newDatabase();
    }
}
