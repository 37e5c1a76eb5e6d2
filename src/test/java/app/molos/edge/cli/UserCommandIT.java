package app.molos.edge.cli;

import static org.assertj.core.api.Assertions.assertThat;

import app.molos.edge.testing.CommandLine;
import app.molos.edge.testing.Databases;
import app.molos.edge.testing.EdgeServer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The operator's commands, without a running edge and beside one. */
class UserCommandIT {
    @ParameterizedTest
    @EnumSource(Databases.class)
    void operator_managesPeopleOffline(Databases kind, @TempDir Path directory) {
        Map<String, String> settings = kind.settings(directory);
        CommandLine.Result early = CommandLine.run(directory, settings, "user", "list");
        assertThat(early.code()).isEqualTo(6);
        assertThat(early.err()).contains("migrate apply");
        assertThat(CommandLine.run(directory, settings, "migrate", "apply").code())
                .isZero();
        assertThat(CommandLine.run(directory, settings, "user", "list").out()).isEqualTo("There are no users yet.\n");

        CommandLine.Result created = CommandLine.run(
                "correct horse\n",
                directory,
                settings,
                "user",
                "create",
                "Owner@Example.org",
                "--name",
                "Owner",
                "--role",
                "admin",
                "--json");
        assertThat(created.code()).as(created.err()).isZero();
        assertThat(new JsonObject(created.out()).getString("email")).isEqualTo("owner@example.org");
        assertThat(created.out()).doesNotContain("correct horse");
        assertThat(run("correct horse\n", directory, settings, "user", "create", "ada@example.org"))
                .isEqualTo("0 Made ada@example.org (user).\n");
        assertThat(run("correct horse\n", directory, settings, "user", "create", "ada@example.org"))
                .startsWith("7 User already exists");
        assertThat(run("password1\n", directory, settings, "user", "create", "b@example.org"))
                .startsWith("7 Password too weak");
        assertThat(run("", directory, settings, "user", "create", "b@example.org"))
                .startsWith("64 Give the password");
        assertThat(run("", directory, settings, "user", "create", "no address", "--no-password"))
                .startsWith("64 \"no address\" is no e-mail");

        JsonArray users = new JsonArray(
                CommandLine.run(directory, settings, "user", "list", "--json").out());
        assertThat(users).hasSize(2);
        assertThat(CommandLine.run(directory, settings, "user", "list", "ADA").out())
                .contains("ada@example.org")
                .doesNotContain("owner@");

        assertThat(run("", directory, settings, "user", "ban", "ada@example.org", "--reason", "late", "--days", "3"))
                .startsWith("0 ada@example.org is banned until ");
        assertThat(CommandLine.run(directory, settings, "user", "list").out()).contains("banned until");
        assertThat(run("", directory, settings, "user", "unban", "ada@example.org"))
                .startsWith("0 ada@example.org is not banned");
        assertThat(run("", directory, settings, "user", "set-role", "owner@example.org", "user"))
                .startsWith("7 This is the last administrator");
        assertThat(run("", directory, settings, "user", "remove", "owner@example.org", "--yes"))
                .startsWith("7 This is the last administrator");
        assertThat(run("", directory, settings, "user", "set-role", "ada@example.org", "admin"))
                .isEqualTo("0 ada@example.org is admin now.\n");
        assertThat(run("", directory, settings, "user", "set-role", "ada@example.org", "<b>"))
                .startsWith("64 ");
        assertThat(run("", directory, settings, "user", "remove", "owner@example.org"))
                .startsWith("64 There is no way back");
        assertThat(run("", directory, settings, "user", "remove", "owner@example.org", "--yes"))
                .startsWith("0 Removed owner@example.org");
        assertThat(run("", directory, settings, "user", "ban", "nobody@example.org"))
                .isEqualTo("7 User not found\n");
    }

    /** A locked-out owner gets back in, while the edge runs. */
    @ParameterizedTest
    @EnumSource(Databases.class)
    void operator_worksBesideARunningEdge(Databases kind, @TempDir Path directory) throws Exception {
        Map<String, String> settings = kind.settings(directory);
        try (EdgeServer edge = EdgeServer.start(directory, settings)) {
            String cookie = edge.signUp("owner@example.org");
            JsonArray sessions =
                    new JsonArray(CommandLine.run(directory, settings, "session", "list", "owner@example.org", "--json")
                            .out());
            assertThat(sessions).hasSize(1);
            assertThat(sessions.getJsonObject(0).containsKey("token")).isFalse();
            String id = sessions.getJsonObject(0).getString("id");
            assertThat(CommandLine.run(directory, settings, "session", "list", "owner@example.org")
                            .out())
                    .contains(id, "127.0.0.1");
            assertThat(run("", directory, settings, "session", "revoke", id)).isEqualTo("0 The session has ended.\n");
            Awaitility.await()
                    .untilAsserted(() -> assertThat(edge.get("/api/auth/get-session", "Cookie", cookie)
                                    .body())
                            .isEqualTo("null"));

            assertThat(run("another horse\n", directory, settings, "user", "set-password", "owner@example.org"))
                    .startsWith("0 owner@example.org has a new password");
            HttpResponse<String> signIn = edge.postJson(
                    "/api/auth/sign-in/email", "{\"email\":\"owner@example.org\",\"password\":\"another horse\"}");
            assertThat(signIn.statusCode()).isEqualTo(200);
            assertThat(run("", directory, settings, "session", "revoke", "owner@example.org", "--user"))
                    .startsWith("0 All sessions of owner@example.org");
            assertThat(CommandLine.run(directory, settings, "session", "list", "owner@example.org")
                            .out())
                    .isEqualTo("No session is open.\n");
        }
    }

    /**
     * The one whom the operator makes the admin of an installation without one owns it: the next to sign up is nobody's
     * first user.
     */
    @ParameterizedTest
    @EnumSource(Databases.class)
    void setRole_givesAnOwner_toAnInstallationWithoutOne(Databases kind, @TempDir Path directory) throws Exception {
        Map<String, String> settings = kind.settings(directory);
        CommandLine.run(directory, settings, "migrate", "apply");
        run("correct horse\n", directory, settings, "user", "create", "ada@example.org");
        try (EdgeServer edge = EdgeServer.start(directory, settings)) {
            assertThat(edge.get("/edge/sign-up").headers().firstValue("location"))
                    .as("nobody owns it yet")
                    .hasValue("/edge/welcome");
        }
        run("", directory, settings, "user", "set-role", "ada@example.org", "admin");
        try (EdgeServer edge = EdgeServer.start(directory, settings)) {
            String stranger = edge.signUp("stranger@example.org");
            assertThat(new JsonObject(edge.get("/api/auth/get-session", "Cookie", stranger)
                                    .body())
                            .getJsonObject("user")
                            .getString("role"))
                    .isEqualTo("user");
        }
    }

    @Test
    void invitation_letsOneIn_whoIsMeant(@TempDir Path directory) throws Exception {
        Map<String, String> settings = new HashMap<>(Map.of("AUTH_SIGN_UP", "invite"));
        try (EdgeServer edge = EdgeServer.start(directory, settings)) {
            edge.signUp("owner@example.org");
            String signUp = "{\"name\":\"A\",\"email\":\"%s\",\"password\":\"correct horse\",\"inviteToken\":\"%s\"}";
            assertThat(edge.postJson("/api/auth/sign-up/email", signUp.formatted("a@example.org", ""))
                            .body())
                    .contains("INVITATION_REQUIRED");
            String link = new JsonObject(
                            CommandLine.run(directory, settings, "user", "invite", "A@example.org", "--json")
                                    .out())
                    .getString("link");
            String token = link.substring(link.indexOf("invite=") + 7);
            for (String nobody : new String[] {"", "x".repeat(32)}) {
                assertThat(edge.postJson("/api/auth/sign-up/email", signUp.formatted("owner@example.org", nobody))
                                .body())
                        .as("who has no invitation does not learn who is here")
                        .contains("INVITATION");
            }
            assertThat(edge.postJson("/api/auth/sign-up/email", signUp.formatted("b@example.org", token))
                            .body())
                    .contains("INVALID_INVITATION");
            assertThat(edge.postJson("/api/auth/sign-up/email", signUp.formatted("a@example.org", token))
                            .statusCode())
                    .as("somebody else did not use it up")
                    .isEqualTo(200);
            assertThat(edge.postJson("/api/auth/sign-up/email", signUp.formatted("c@example.org", token))
                            .body())
                    .contains("INVALID_INVITATION");
        }
    }

    /** {@code "code out"}, or {@code "code err"} when nothing was printed. */
    private static String run(String input, Path directory, Map<String, String> settings, String... arguments) {
        CommandLine.Result result = CommandLine.run(input, directory, settings, arguments);
        return result.code() + " " + (result.out().isEmpty() ? result.err() : result.out());
    }

    /** An account that cannot sign in is no administrator that is left. */
    @ParameterizedTest
    @EnumSource(Databases.class)
    void adminWithoutAPassword_doesNotCount(Databases kind, @TempDir Path directory) {
        Map<String, String> settings = kind.settings(directory);
        CommandLine.run(directory, settings, "migrate", "apply");
        assertThat(run(
                        "correct horse\n",
                        directory,
                        settings,
                        "user",
                        "create",
                        "owner@example.org",
                        "--role",
                        "admin"))
                .startsWith("0 ");
        assertThat(run("", directory, settings, "user", "create", "b@example.org", "--role", "admin", "--no-password"))
                .startsWith("0 ");
        assertThat(run("", directory, settings, "user", "remove", "owner@example.org", "--yes"))
                .startsWith("7 This is the last administrator");
        assertThat(run("correct horse\n", directory, settings, "user", "set-password", "b@example.org"))
                .startsWith("0 ");
        assertThat(run("", directory, settings, "user", "remove", "owner@example.org", "--yes"))
                .startsWith("0 Removed");
    }

    @Test
    void refusals_areJson_whereJsonIsAskedFor(@TempDir Path directory) {
        CommandLine.Result early = CommandLine.run(directory, Map.of(), "user", "list", "--json");
        assertThat(early.code()).isEqualTo(6);
        assertThat(early.err()).isEmpty();
        assertThat(new JsonObject(early.out()))
                .isEqualTo(new JsonObject()
                        .put("ok", false)
                        .put("exitCode", 6)
                        .put("error", new JsonObject(early.out()).getString("error")));
        assertThat(new JsonObject(early.out()).getString("error")).contains("migrate apply");
        CommandLine.Result bad = CommandLine.run(directory, Map.of("PORT", "x"), "modules", "list", "--json");
        assertThat(bad.code()).isEqualTo(2);
        assertThat(new JsonObject(bad.out()).getString("error")).contains("PORT");
    }

    @Test
    void config_isShown_withWhereItCameFrom_andMasked(@TempDir Path directory) throws IOException {
        Path file = Files.writeString(
                directory.resolve("edge.yaml"),
                "server:\n  port: 5000\nauth:\n  secret: abcdefghijklmnopqrstuvwxyz0123456789\n");
        Map<String, String> settings = new HashMap<>(Map.of(
                "EDGE_CONFIG",
                file.toString(),
                "DATABASE_URL",
                "postgresql://me:hush@db.example.org/x",
                "HEALTH_INTERVAL",
                "500ms"));
        settings.put("PORT", "");
        CommandLine.Result shown = CommandLine.run(directory, settings, "config", "show");
        assertThat(shown.code()).isZero();
        assertThat(shown.out().lines())
                .anyMatch(line -> line.matches(" *server\\.port +5000 +" + file + ":2 +4173"))
                .anyMatch(line -> line.matches(" *health\\.interval +500ms +HEALTH_INTERVAL +1s"))
                .anyMatch(line -> line.matches(" *server\\.headTimeout +10s +default +10s"))
                .anyMatch(line -> line.contains("postgresql://me:•••@db.example.org/x"));
        assertThat(shown.out()).doesNotContain("hush", "abcdefghij");
        CommandLine.Result changed = CommandLine.run(directory, settings, "config", "show", "--changed", "--json");
        assertThat(new JsonArray(changed.out()).stream().map(o -> ((JsonObject) o).getString("key")))
                .contains("server.port", "auth.secret", "database.url", "health.interval")
                .doesNotContain("server.headTimeout");
    }

    @Test
    void modules_areListedAndRemoved_withTheirLock(@TempDir Path directory) throws IOException {
        String list = """
                development:
                  modules:
                    - {id: a, external: true, version: "1.2", upstream: "http://127.0.0.1:1", access: public}
                    # the notes
                    - id: notes
                      static: notes

                    - id: later
                      repository: r
                      tag: v1
                """;
        EdgeServer.modules(directory, list);
        Files.createDirectories(directory.resolve("notes"));
        assertThat(CommandLine.run(directory, Map.of(), "modules", "list").out())
                .containsPattern("a +external 1.2 +- +somebody else's +/modules/a +public")
                .containsPattern("notes +- +- +here +/modules/notes +user")
                .containsPattern("later +v1 +- +not here ");
        assertThat(run("", directory, Map.of(), "modules", "remove", "notes")).startsWith("0 Removed notes");
        assertThat(Files.readString(directory.resolve("modules.yaml")))
                .isEqualTo(list.replace("    - id: notes\n      static: notes\n", ""));
        assertThat(run("", directory, Map.of(), "modules", "remove", "notes"))
                .startsWith("7 There is no module \"notes\"");
        assertThat(run("", directory, Map.of(), "modules", "remove", "a")).startsWith("0 ");
        assertThat(run("", directory, Map.of(), "modules", "remove", "later")).startsWith("0 ");
        assertThat(CommandLine.run(directory, Map.of(), "modules", "list").out())
                .isEqualTo("No module is configured.\n");
    }

    /** A line that stayed behind would be the module's before it. */
    @Test
    void lastModule_isRemovedWhole_thoughItsLastLineHasNoEnd(@TempDir Path directory) throws Exception {
        String kept =
                "development:\n  modules:\n    - id: a\n      external: true\n      upstream: http://127.0.0.1:3000\n";
        EdgeServer.modules(
                directory,
                kept
                        + "    - id: b\n      external: true\n      upstream: http://127.0.0.1:3001\n      access: public");
        assertThat(run("", directory, Map.of(), "modules", "remove", "b")).startsWith("0 Removed b");
        assertThat(Files.readString(directory.resolve("modules.yaml"))).isEqualTo(kept);
        assertThat(CommandLine.run(directory, Map.of(), "modules", "list").out())
                .containsPattern("a +external .* user");
    }

    @Test
    void completion_isAScript(@TempDir Path directory) {
        assertThat(CommandLine.run(directory, Map.of(), "completion").out())
                .contains("complete -F _complete_molos-edge", "setup-token");
    }
}
