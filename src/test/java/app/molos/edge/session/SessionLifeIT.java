package app.molos.edge.session;

import static org.assertj.core.api.Assertions.assertThat;

import app.molos.edge.testing.Browser;
import app.molos.edge.testing.Databases;
import app.molos.edge.testing.EdgeServer;
import app.molos.edge.testing.FakeModule;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a session outlives, and what it does not. */
@Tag("http2")
class SessionLifeIT {
    private static final String GET_SESSION = "/api/auth/get-session";
    private static final String OLD = "kX4v9QmZ7pLw2RtY8sNb3HdJ6fGc1VaE";
    private static final String NEW = "Zp7Lw2RtY8sNb3HdJ6fGc1VaEkX4v9Qm";

    /** A cookie as better-auth makes it, by the vectors' own recipe. */
    static String signed(String secret, String token) {
        return new SessionCookies(new Signatures(List.of(new app.molos.edge.config.Secret(secret))), false, false)
                .signed(token);
    }

    @Test
    void secretRotation_keepsSessions_andRenewsTheCookie(@TempDir Path directory) throws Exception {
        String cookie;
        try (EdgeServer edge = EdgeServer.start(directory, Map.of("BETTER_AUTH_SECRET", OLD))) {
            cookie = edge.signUp("ada@example.org");
        }
        try (EdgeServer edge =
                EdgeServer.start(directory, Map.of("BETTER_AUTH_SECRET", NEW, "BETTER_AUTH_OLD_SECRETS", "x," + OLD))) {
            HttpResponse<String> answer = edge.get(GET_SESSION, "Cookie", cookie);
            assertThat(answer.body()).contains("ada@example.org");
            String renewed = EdgeServer.cookie(answer);
            assertThat(renewed).isNotEqualTo(cookie);
            cookie = renewed;
        }
        try (EdgeServer edge = EdgeServer.start(directory, Map.of("BETTER_AUTH_SECRET", NEW))) {
            HttpResponse<String> answer = edge.get(GET_SESSION, "Cookie", cookie);
            assertThat(answer.body()).contains("ada@example.org");
            assertThat(answer.headers().allValues("set-cookie")).isEmpty();
        }
        try (EdgeServer edge = EdgeServer.start(directory, Map.of("BETTER_AUTH_SECRET", OLD))) {
            assertThat(edge.get(GET_SESSION, "Cookie", cookie).body()).isEqualTo("null");
        }
    }

    /**
     * The answer of a module that carries a renewed cookie is one person's, however long the module would have it kept.
     */
    @Test
    void moduleAnswerWithARenewedCookie_isKeptByNoCache(@TempDir Path directory) throws Exception {
        try (FakeModule module =
                FakeModule.start(r -> r.response().putHeader("cache-control", "public, max-age=600"))) {
            EdgeServer.modules(
                    directory,
                    "development:\n  modules:\n    - {id: notes, repository: r, tag: v1.0.0, upstream: \"http://127.0.0.1:"
                            + module.port() + "\"}\n");
            String cookie;
            try (EdgeServer edge = EdgeServer.start(directory, Map.of("BETTER_AUTH_SECRET", OLD))) {
                cookie = edge.signUp("ada@example.org");
                assertThat(edge.get("/modules/notes/x", "Cookie", cookie)
                                .headers()
                                .allValues("cache-control"))
                        .containsExactly("public, max-age=600");
            }
            try (EdgeServer edge =
                    EdgeServer.start(directory, Map.of("BETTER_AUTH_SECRET", NEW, "BETTER_AUTH_OLD_SECRETS", OLD))) {
                HttpResponse<String> answer = edge.get("/modules/notes/x", "Cookie", cookie);
                assertThat(EdgeServer.cookie(answer)).isNotEqualTo(cookie);
                assertThat(answer.headers().allValues("cache-control")).containsExactly("private, no-store");
            }
        }
    }

    /** Ten requests of one page come in with the legacy cookie before the first answer is out: all of them pass. */
    @ParameterizedTest
    @ValueSource(
            strings = {"better-auth.session_token", "__Secure-better-auth.session_token", "__Secure-molos.session_token"
            })
    void legacyCookie_passesTenTimesAtOnce_andIsReplaced(String name, @TempDir Path directory) throws Exception {
        try (FakeModule module = FakeModule.start()) {
            EdgeServer.modules(
                    directory,
                    "development:\n  modules:\n    - id: notes\n      repository: https://git.example.org/n.git\n"
                            + "      tag: v1.0.0\n      upstream: http://127.0.0.1:" + module.port() + "\n");
            try (EdgeServer edge = EdgeServer.start(
                    directory, Map.of("BETTER_AUTH_SECRET", OLD, "AUTH_ACCEPT_LEGACY_COOKIES", "true"))) {
                String own = edge.signUp("ada@example.org");
                String value = own.substring(own.indexOf('=') + 1);
                List<HttpResponse<String>> answers =
                        atOnce(10, i -> edge.get("/modules/notes/" + i, "Cookie", name + "=" + value + "; theme=dark"));
                assertThat(answers).allSatisfy(answer -> {
                    assertThat(answer.statusCode()).isEqualTo(200);
                    List<String> lines = answer.headers().allValues("set-cookie");
                    assertThat(lines).anyMatch(l -> l.startsWith(own + "; Max-Age="));
                    assertThat(lines)
                            .anyMatch(l -> l.startsWith(name + "=; Max-Age=0; Path=/")
                                    && l.contains("Secure") == name.startsWith("__"));
                });
                assertThat(module.seen().headers().get("cookie"))
                        .as("no module sees it")
                        .isEqualTo("theme=dark");
                assertThat(edge.get(GET_SESSION, "Cookie", name + "=attacker.x").body())
                        .isEqualTo("null");
            }
        }
    }

    @Test
    void legacyCookie_isNothingToUs_unlessAccepted(@TempDir Path directory) throws Exception {
        try (EdgeServer edge = EdgeServer.start(directory, Map.of())) {
            String own = edge.signUp("ada@example.org");
            String legacy = "better-auth.session_token=" + own.substring(own.indexOf('=') + 1);
            assertThat(edge.get(GET_SESSION, "Cookie", legacy).body()).isEqualTo("null");
        }
    }

    /** Two nodes on one database: what one ends is dead at the other within a second. */
    @Test
    void revokeOnOneNode_holdsOnTheOtherWithinASecond(@TempDir Path first, @TempDir Path second) throws Exception {
        Map<String, String> settings = new HashMap<>(Databases.POSTGRESQL.settings(first));
        settings.put("BETTER_AUTH_SECRET", OLD);
        try (EdgeServer a = EdgeServer.start(first, settings);
                EdgeServer b = EdgeServer.start(second, settings)) {
            String cookie = a.signUp("ada@example.org");
            assertThat(b.get(GET_SESSION, "Cookie", cookie).body()).contains("ada@example.org");
            a.postJson("/api/auth/sign-out", "{}", "Cookie", cookie, "Sec-Fetch-Site", "same-origin");
            assertThat(a.get(GET_SESSION, "Cookie", cookie).body()).isEqualTo("null");
            Awaitility.await()
                    .atMost(Duration.ofMillis(1100))
                    .pollInterval(Duration.ofMillis(50))
                    .untilAsserted(() -> assertThat(
                                    b.get(GET_SESSION, "Cookie", cookie).body())
                            .isEqualTo("null"));
        }
    }

    @ParameterizedTest
    @EnumSource(Databases.class)
    void endedSessions_areSwept(Databases kind, @TempDir Path directory) throws Exception {
        Map<String, String> settings = new HashMap<>(kind.settings(directory));
        settings.put("SESSION_SWEEP_INTERVAL", "1s");
        try (EdgeServer edge = EdgeServer.start(directory, settings)) {
            Browser admin = new Browser(edge);
            admin.postJson(
                    "/api/auth/sign-up/email",
                    "{\"name\":\"A\",\"email\":\"a@example.org\",\"password\":\"correct horse\"}");
            edge.postJson("/api/auth/sign-in/email", "{\"email\":\"a@example.org\",\"password\":\"correct horse\"}");
            assertThat(count(kind, settings, "SELECT COUNT(*) FROM sessions")).isEqualTo(2);
            String id = new JsonObject(admin.get(GET_SESSION).body())
                    .getJsonObject("session")
                    .getString("id");
            update(kind, settings, "UPDATE sessions SET expires_at = 1 WHERE id <> '" + id + "'");
            Awaitility.await()
                    .untilAsserted(() -> assertThat(count(kind, settings, "SELECT COUNT(*) FROM sessions"))
                            .isEqualTo(1));
            assertThat(admin.get(GET_SESSION).body()).contains("a@example.org");
        }
    }

    private static long count(Databases kind, Map<String, String> settings, String sql) throws Exception {
        try (var connection = connect(kind, settings);
                var rows = connection.createStatement().executeQuery(sql)) {
            rows.next();
            return rows.getLong(1);
        }
    }

    private static void update(Databases kind, Map<String, String> settings, String sql) throws Exception {
        try (var connection = connect(kind, settings);
                var statement = connection.createStatement()) {
            statement.executeUpdate(sql);
        }
    }

    private static java.sql.Connection connect(Databases kind, Map<String, String> settings) throws Exception {
        String url = settings.get("DATABASE_URL");
        return kind == Databases.SQLITE
                ? DriverManager.getConnection("jdbc:sqlite:" + url.substring("file:".length()) + "?busy_timeout=5000")
                : app.molos.edge.testing.Postgres.connect(app.molos.edge.testing.Postgres.nameOf(url));
    }

    private interface Call {
        HttpResponse<String> send(int number);
    }

    private static List<HttpResponse<String>> atOnce(int count, Call call) {
        ExecutorService threads = Executors.newFixedThreadPool(count);
        try {
            return IntStream.range(0, count)
                    .mapToObj(i -> CompletableFuture.supplyAsync(() -> call.send(i), threads))
                    .toList()
                    .stream()
                    .map(CompletableFuture::join)
                    .toList();
        } finally {
            threads.shutdown();
        }
    }
}
