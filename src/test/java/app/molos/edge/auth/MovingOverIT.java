package app.molos.edge.auth;

import static app.molos.edge.auth.WireIT.BASE;
import static app.molos.edge.auth.WireIT.PASSWORD;
import static app.molos.edge.auth.WireIT.json;
import static app.molos.edge.auth.WireIT.ok;
import static org.assertj.core.api.Assertions.assertThat;

import app.molos.edge.testing.CommandLine;
import app.molos.edge.testing.Databases;
import app.molos.edge.testing.EdgeServer;
import app.molos.edge.testing.JarProcess;
import app.molos.edge.testing.NodeProject;
import app.molos.edge.testing.Postgres;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The real better-auth 1.4.21 signs people up; its database is imported; the old password and the old cookie still sign
 * in. Needs Node and npm: profile {@code node}.
 */
@Tag("node")
class MovingOverIT {
    private static final String SECRET = "kX4v9QmZ7pLw2RtY8sNb3HdJ6fGc1VaE";

    @ParameterizedTest
    @CsvSource({"molos, SQLITE", "own, SQLITE", "molos, POSTGRESQL"})
    void people_keepPasswordsAndSessions(String shape, Databases kind, @TempDir Path directory) throws Exception {
        NodeProject project = NodeProject.of("node");
        int port = JarProcess.freePort();
        Path file = directory.resolve("old.db");
        Path log = directory.resolve("server.log");
        String cookie;
        Process server = project.start(log, "server.mjs", shape, file.toString(), Integer.toString(port), SECRET);
        try {
            Awaitility.await()
                    .atMost(Duration.ofSeconds(30))
                    .until(() -> Files.readString(log).contains("ready"));
            for (String name : List.of("ada", "bob")) {
                ok0(EdgeServer.send(
                        port,
                        "POST",
                        BASE + "/sign-up/email",
                        json("name", name, "email", name + "@example.org", "password", PASSWORD),
                        "Content-Type",
                        "application/json"));
            }
            HttpResponse<String> signIn = EdgeServer.send(
                    port,
                    "POST",
                    BASE + "/sign-in/email",
                    json("email", "ada@example.org", "password", PASSWORD),
                    "Content-Type",
                    "application/json",
                    "User-Agent",
                    "old browser");
            cookie = EdgeServer.cookie(signIn);
            assertThat(cookie).startsWith("better-auth.session_token=");
        } finally {
            server.destroy();
            server.waitFor();
        }

        Map<String, String> settings = new HashMap<>(kind.settings(directory));
        settings.put("BETTER_AUTH_SECRET", SECRET);
        settings.put("AUTH_ACCEPT_LEGACY_COOKIES", "true");
        settings.put("INTRUSION_MODE", "enforce");
        CommandLine.Result dry =
                CommandLine.run(directory, settings, "import", "molos", "--from", file.toString(), "--dry-run");
        assertThat(dry.code()).as(dry.err()).isZero();
        assertThat(dry.out()).contains("users       2", "passwords   2", "sessions    3", "Nothing was written.");
        CommandLine.Result first = CommandLine.run(directory, settings, "import", "molos", "--from", file.toString());
        assertThat(first.code()).as(first.err()).isZero();
        assertThat(first.out()).contains("users       2 ", "passwords   2 ", "sessions    3 ");
        CommandLine.Result second = CommandLine.run(directory, settings, "import", "molos", "--from", file.toString());
        assertThat(second.out()).contains("users       0       2", "passwords   0       2", "sessions    0       3");

        try (EdgeServer edge = EdgeServer.start(directory, settings)) {
            List<HttpResponse<String>> page = IntStream.range(0, 10)
                    .parallel()
                    .mapToObj(i -> edge.get(BASE + "/get-session", "Cookie", cookie))
                    .toList();
            assertThat(page).allSatisfy(answer -> {
                assertThat(answer.body()).contains("ada@example.org", "old browser");
                assertThat(answer.headers().allValues("set-cookie"))
                        .anyMatch(l -> l.startsWith("molos.session_token="))
                        .anyMatch(l -> l.startsWith("better-auth.session_token=; Max-Age=0"));
            });
            ok(edge.postJson(BASE + "/sign-in/email", json("email", "bob@example.org", "password", PASSWORD)));
            assertThat(edge.postJson(
                                    BASE + "/sign-in/email",
                                    json("email", "bob@example.org", "password", "wrong horse"))
                            .statusCode())
                    .isEqualTo(401);
            assertThat(edge.management("/metrics").body()).contains("edge_bans_spared 0.0");
        }
        if (kind == Databases.SQLITE) {
            moveOn(directory, settings, cookie);
        }
    }

    /** The installation that came from there outgrows its machine: a browser of MoLOS is still signed in, and reaches its modules. */
    private static void moveOn(Path directory, Map<String, String> settings, String cookie) throws Exception {
        Path module = Files.createDirectories(directory.resolve("tasks"));
        Files.writeString(module.resolve("index.html"), "<!doctype html><title>tasks of people</title>");
        EdgeServer.modules(directory, "development: {modules: [{id: tasks, static: tasks}]}\n");
        String postgres = Postgres.newDatabase();
        CommandLine.Result moved = CommandLine.run(directory, settings, "database", "move", "--to", postgres);
        assertThat(moved.code()).as(moved.err()).isZero();
        settings.put("DATABASE_URL", postgres);
        try (EdgeServer edge = EdgeServer.start(directory, settings)) {
            assertThat(edge.get(BASE + "/get-session", "Cookie", cookie).body()).contains("ada@example.org");
            assertThat(edge.get("/modules/tasks/", "Cookie", cookie).body()).contains("tasks of people");
            ok(edge.postJson(BASE + "/sign-in/email", json("email", "bob@example.org", "password", PASSWORD)));
        }
    }

    private static void ok0(HttpResponse<String> answer) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    }
}
