package app.molos.edge.cli;

import static org.assertj.core.api.Assertions.assertThat;

import app.molos.edge.testing.CommandLine;
import app.molos.edge.testing.Databases;
import app.molos.edge.testing.EdgeServer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
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
        assertThat(CommandLine.run(directory, settings, "migrate", "apply").code()).isZero();
        assertThat(CommandLine.run(directory, settings, "user", "list").out()).isEqualTo("There are no users yet.\n");

        CommandLine.Result created = CommandLine.run("correct horse\n", directory, settings,
                "user", "create", "Owner@Example.org", "--name", "Owner", "--role", "admin", "--json");
        assertThat(created.code()).as(created.err()).isZero();
        assertThat(new JsonObject(created.out()).getString("email")).isEqualTo("owner@example.org");
        assertThat(created.out()).doesNotContain("correct horse");
        assertThat(run("correct horse\n", directory, settings, "user", "create", "ada@example.org")).isEqualTo("0 Made ada@example.org (user).\n");
        assertThat(run("correct horse\n", directory, settings, "user", "create", "ada@example.org")).startsWith("7 User already exists");
        assertThat(run("password1\n", directory, settings, "user", "create", "b@example.org")).startsWith("7 Password too weak");
        assertThat(run("", directory, settings, "user", "create", "b@example.org")).startsWith("64 Give the password");
        assertThat(run("", directory, settings, "user", "create", "no address", "--no-password")).startsWith("64 \"no address\" is no e-mail");

        JsonArray users = new JsonArray(CommandLine.run(directory, settings, "user", "list", "--json").out());
        assertThat(users).hasSize(2);
        assertThat(CommandLine.run(directory, settings, "user", "list", "ADA").out()).contains("ada@example.org").doesNotContain("owner@");

        assertThat(run("", directory, settings, "user", "ban", "ada@example.org", "--reason", "late", "--days", "3")).startsWith("0 ada@example.org is banned until ");
        assertThat(CommandLine.run(directory, settings, "user", "list").out()).contains("banned until");
        assertThat(run("", directory, settings, "user", "unban", "ada@example.org")).startsWith("0 ada@example.org is not banned");
        assertThat(run("", directory, settings, "user", "set-role", "owner@example.org", "user")).startsWith("7 This is the last administrator");
        assertThat(run("", directory, settings, "user", "remove", "owner@example.org", "--yes")).startsWith("7 This is the last administrator");
        assertThat(run("", directory, settings, "user", "set-role", "ada@example.org", "admin")).isEqualTo("0 ada@example.org is admin now.\n");
        assertThat(run("", directory, settings, "user", "set-role", "ada@example.org", "<b>")).startsWith("64 ");
        assertThat(run("", directory, settings, "user", "remove", "owner@example.org")).startsWith("64 There is no way back");
        assertThat(run("", directory, settings, "user", "remove", "owner@example.org", "--yes")).startsWith("0 Removed owner@example.org");
        assertThat(run("", directory, settings, "user", "ban", "nobody@example.org")).isEqualTo("7 User not found\n");
    }

    /** A locked-out owner gets back in, while the edge runs. */
    @ParameterizedTest
    @EnumSource(Databases.class)
    void operator_worksBesideARunningEdge(Databases kind, @TempDir Path directory) throws Exception {
        Map<String, String> settings = kind.settings(directory);
        try (EdgeServer edge = EdgeServer.start(directory, settings)) {
            String cookie = edge.signUp("owner@example.org");
            JsonArray sessions = new JsonArray(CommandLine.run(directory, settings, "session", "list", "owner@example.org", "--json").out());
            assertThat(sessions).hasSize(1);
            assertThat(sessions.getJsonObject(0).containsKey("token")).isFalse();
            String id = sessions.getJsonObject(0).getString("id");
            assertThat(CommandLine.run(directory, settings, "session", "list", "owner@example.org").out()).contains(id, "127.0.0.1");
            assertThat(run("", directory, settings, "session", "revoke", id)).isEqualTo("0 The session has ended.\n");
            Awaitility.await().untilAsserted(() ->
                    assertThat(edge.get("/api/auth/get-session", "Cookie", cookie).body()).isEqualTo("null"));

            assertThat(run("another horse\n", directory, settings, "user", "set-password", "owner@example.org")).startsWith("0 owner@example.org has a new password");
            HttpResponse<String> signIn = edge.postJson("/api/auth/sign-in/email", "{\"email\":\"owner@example.org\",\"password\":\"another horse\"}");
            assertThat(signIn.statusCode()).isEqualTo(200);
            assertThat(run("", directory, settings, "session", "revoke", "owner@example.org", "--user")).startsWith("0 All sessions of owner@example.org");
            assertThat(CommandLine.run(directory, settings, "session", "list", "owner@example.org").out()).isEqualTo("No session is open.\n");
        }
    }

    /** Whoever the operator makes the admin of an installation without one owns it: the next to sign up is nobody's first user. */
    @ParameterizedTest
    @EnumSource(Databases.class)
    void setRole_givesAnOwner_toAnInstallationWithoutOne(Databases kind, @TempDir Path directory) throws Exception {
        Map<String, String> settings = kind.settings(directory);
        CommandLine.run(directory, settings, "migrate", "apply");
        run("correct horse\n", directory, settings, "user", "create", "ada@example.org");
        try (EdgeServer edge = EdgeServer.start(directory, settings)) {
            assertThat(edge.get("/edge/sign-up").headers().firstValue("location")).as("nobody owns it yet").hasValue("/edge/welcome");
        }
        run("", directory, settings, "user", "set-role", "ada@example.org", "admin");
        try (EdgeServer edge = EdgeServer.start(directory, settings)) {
            String stranger = edge.signUp("stranger@example.org");
            assertThat(new JsonObject(edge.get("/api/auth/get-session", "Cookie", stranger).body()).getJsonObject("user").getString("role"))
                    .isEqualTo("user");
        }
    }

    @Test
    void invitation_letsOneIn_whoIsMeant(@TempDir Path directory) throws Exception {
        Map<String, String> settings = new HashMap<>(Map.of("AUTH_SIGN_UP", "invite"));
        try (EdgeServer edge = EdgeServer.start(directory, settings)) {
            edge.signUp("owner@example.org");
            String signUp = "{\"name\":\"A\",\"email\":\"%s\",\"password\":\"correct horse\",\"inviteToken\":\"%s\"}";
            assertThat(edge.postJson("/api/auth/sign-up/email", signUp.formatted("a@example.org", "")).body()).contains("INVITATION_REQUIRED");
            String link = new JsonObject(CommandLine.run(directory, settings, "user", "invite", "A@example.org", "--json").out()).getString("link");
            String token = link.substring(link.indexOf("invite=") + 7);
            for (String nobody : new String[] {"", "x".repeat(32)}) {
                assertThat(edge.postJson("/api/auth/sign-up/email", signUp.formatted("owner@example.org", nobody)).body())
                        .as("who has no invitation does not learn who is here").contains("INVITATION");
            }
            assertThat(edge.postJson("/api/auth/sign-up/email", signUp.formatted("b@example.org", token)).body()).contains("INVALID_INVITATION");
            assertThat(edge.postJson("/api/auth/sign-up/email", signUp.formatted("a@example.org", token)).statusCode())
                    .as("whoever was not meant did not use it up").isEqualTo(200);
            assertThat(edge.postJson("/api/auth/sign-up/email", signUp.formatted("c@example.org", token)).body()).contains("INVALID_INVITATION");
        }
    }

    /** {@code "code out"}, or {@code "code err"} when nothing was printed. */
    private static String run(String input, Path directory, Map<String, String> settings, String... arguments) {
        CommandLine.Result result = CommandLine.run(input, directory, settings, arguments);
        return result.code() + " " + (result.out().isEmpty() ? result.err() : result.out());
    }
}
