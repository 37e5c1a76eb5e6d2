package app.molos.edge.auth;

import static app.molos.edge.auth.WireIT.BASE;
import static app.molos.edge.auth.WireIT.PASSWORD;
import static app.molos.edge.auth.WireIT.code;
import static app.molos.edge.auth.WireIT.idOf;
import static app.molos.edge.auth.WireIT.json;
import static app.molos.edge.auth.WireIT.ok;
import static app.molos.edge.auth.WireIT.signUp;
import static org.assertj.core.api.Assertions.assertThat;

import app.molos.edge.testing.Browser;
import app.molos.edge.testing.Databases;
import app.molos.edge.testing.EdgeServer;
import app.molos.edge.testing.Postgres;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A right that is taken away while requests wait that were admitted on it: whatever stands in the queue behind the
 * demotion or the ban does nothing any more. Every write of the wire is tried, in one process.
 */
@Tag("http2")
@Tag("long")
class StalePowerIT {
    private static final String LATER = "another horse";

    @TempDir
    Path directory;

    private EdgeServer edge;
    private Browser owner;
    private Browser mallory;
    private Browser bob;
    private String ownerId;
    private String malloryId;
    private String bobId;

    private void start(Databases kind, Map<String, String> settings) throws Exception {
        edge = EdgeServer.start(directory, settings);
        owner = signUp(edge, "owner");
        mallory = signUp(edge, "mallory");
        bob = signUp(edge, "bob");
        ownerId = idOf(owner);
        malloryId = idOf(mallory);
        bobId = idOf(bob);
        ok(owner.postJson(BASE + "/admin/set-role", json("userId", malloryId, "role", "admin")));
        ok(mallory.get(BASE + "/admin/list-users"));
    }

    private Map<String, Supplier<HttpResponse<String>>> admins() {
        Map<String, Supplier<HttpResponse<String>>> writes = new LinkedHashMap<>();
        writes.put(
                "create",
                () -> send(
                        "create-user",
                        json("name", "Eve", "email", "eve@example.org", "password", PASSWORD, "role", "admin")));
        writes.put("set-role", () -> send("set-role", json("userId", malloryId, "role", "admin")));
        writes.put(
                "update",
                () -> send("update-user", json("userId", malloryId, "data", new JsonObject().put("role", "admin"))));
        writes.put(
                "update ban",
                () -> send("update-user", json("userId", bobId, "data", new JsonObject().put("banned", true))));
        writes.put(
                "update name",
                () -> send("update-user", json("userId", ownerId, "data", new JsonObject().put("name", "Fooled"))));
        writes.put("ban", () -> send("ban-user", json("userId", ownerId)));
        writes.put("unban", () -> send("unban-user", json("userId", malloryId)));
        writes.put("set-user-password", () -> send("set-user-password", json("userId", ownerId, "newPassword", LATER)));
        writes.put("own password", () -> send("set-user-password", json("userId", malloryId, "newPassword", LATER)));
        writes.put("remove", () -> send("remove-user", json("userId", ownerId)));
        writes.put("revoke all", () -> send("revoke-user-sessions", json("userId", ownerId)));
        writes.put("revoke one", () -> send("revoke-user-session", json("sessionToken", "x")));
        writes.put("impersonate", () -> send("impersonate-user", json("userId", bobId)));
        return writes;
    }

    private HttpResponse<String> send(String endpoint, String body) {
        return mallory.copy().postJson(BASE + "/admin/" + endpoint, body);
    }

    private Map<String, Supplier<HttpResponse<String>>> own() {
        Map<String, Supplier<HttpResponse<String>>> writes = new LinkedHashMap<>();
        writes.put("update-user", () -> mallory.copy().postJson(BASE + "/update-user", json("name", "Fooled")));
        writes.put(
                "change-password",
                () -> mallory.copy()
                        .postJson(
                                BASE + "/change-password",
                                json("currentPassword", PASSWORD, "newPassword", LATER, "revokeOtherSessions", true)));
        writes.put("revoke-other-sessions", () -> mallory.copy().postJson(BASE + "/revoke-other-sessions", "{}"));
        writes.put("delete-user", () -> mallory.copy().postJson(BASE + "/delete-user", json("password", PASSWORD)));
        return writes;
    }

    /**
     * Holds every writer back while the right is taken away and then used.
     *
     * @param held the row at which PostgreSQL makes the first of them wait; SQLite has one lock
     */
    private Map<String, String> behind(
            Databases kind,
            String url,
            String held,
            Supplier<HttpResponse<String>> taking,
            Map<String, Supplier<HttpResponse<String>>> writes)
            throws Exception {
        Map<String, CompletableFuture<HttpResponse<String>>> answers = new LinkedHashMap<>();
        CompletableFuture<HttpResponse<String>> taken;
        try (Connection holding = kind == Databases.SQLITE
                        ? DriverManager.getConnection("jdbc:sqlite:" + directory.resolve("data/molos.db"))
                        : Postgres.connect(Postgres.nameOf(url));
                Statement statement = holding.createStatement()) {
            statement.execute(kind == Databases.SQLITE ? "BEGIN IMMEDIATE" : "BEGIN");
            statement.execute(held);
            taken = CompletableFuture.supplyAsync(taking);
            Thread.sleep(400);
            writes.forEach((name, write) ->
                    answers.put(name, CompletableFuture.supplyAsync(write, task -> new Thread(task).start())));
            Thread.sleep(700);
            statement.execute("ROLLBACK");
        }
        ok(taken.get(20, TimeUnit.SECONDS));
        Map<String, String> codes = new LinkedHashMap<>();
        for (Map.Entry<String, CompletableFuture<HttpResponse<String>>> answer : answers.entrySet()) {
            codes.put(
                    answer.getKey(),
                    String.valueOf(answer.getValue().get(20, TimeUnit.SECONDS).statusCode()));
        }
        return codes;
    }

    private void assertUnchanged() {
        JsonArray users = ok(owner.get(BASE + "/admin/list-users")).getJsonArray("users");
        assertThat(users).hasSize(3);
        assertThat(users.encode()).doesNotContain("eve@example.org", "Fooled");
        assertThat(new Browser(edge)
                        .postJson(BASE + "/sign-in/email", json("email", "owner@example.org", "password", PASSWORD))
                        .statusCode())
                .isEqualTo(200);
        assertThat(new Browser(edge)
                        .postJson(BASE + "/sign-in/email", json("email", "owner@example.org", "password", LATER))
                        .statusCode())
                .isEqualTo(401);
        assertThat(WireIT.isSignedIn(bob)).isTrue();
    }

    @ParameterizedTest
    @CsvSource({"SQLITE, demoted", "SQLITE, banned", "POSTGRESQL, demoted", "POSTGRESQL, banned"})
    void adminsWrites_behindTheirDemotion_doNothing(Databases kind, String how) throws Exception {
        Map<String, String> settings = new HashMap<>(kind.settings(directory));
        start(kind, settings);
        try {
            Map<String, String> codes = behind(
                    kind,
                    settings.get("DATABASE_URL"),
                    "UPDATE owner SET user_id = user_id",
                    () -> how.equals("banned")
                            ? owner.postJson(BASE + "/admin/ban-user", json("userId", malloryId))
                            : owner.postJson(BASE + "/admin/set-role", json("userId", malloryId, "role", "user")),
                    admins());
            assertThat(codes.values()).as(codes.toString()).containsOnly(how.equals("banned") ? "401" : "403");
            assertUnchanged();
            String state =
                    ok(owner.get(BASE + "/admin/get-user?id=" + malloryId)).encode();
            assertThat(state).contains(how.equals("banned") ? "\"banned\":true" : "\"role\":\"user\"");
        } finally {
            edge.close();
        }
    }

    /** Who signs in after a ban that is over lifts it, and not the one that came meanwhile. */
    @ParameterizedTest
    @CsvSource({"SQLITE", "POSTGRESQL"})
    void signIn_behindANewBan_opensNothing_andLiftsNothing(Databases kind) throws Exception {
        Map<String, String> settings = new HashMap<>(kind.settings(directory));
        start(kind, settings);
        try {
            ok(owner.postJson(BASE + "/admin/ban-user", json("userId", malloryId, "banExpiresIn", 1)));
            Thread.sleep(1100);
            Map<String, String> codes = behind(
                    kind,
                    settings.get("DATABASE_URL"),
                    "UPDATE users SET name = name WHERE id = '" + malloryId + "'",
                    () -> owner.postJson(BASE + "/admin/ban-user", json("userId", malloryId)),
                    Map.of(
                            "sign-in",
                            () -> new Browser(edge)
                                    .postJson(
                                            BASE + "/sign-in/email",
                                            json("email", "mallory@example.org", "password", PASSWORD))));
            assertThat(code(new Browser(edge)
                            .postJson(
                                    BASE + "/sign-in/email",
                                    json("email", "mallory@example.org", "password", PASSWORD))))
                    .isEqualTo("403 BANNED_USER");
            assertThat(codes).containsEntry("sign-in", "403");
        } finally {
            edge.close();
        }
    }

    @ParameterizedTest
    @CsvSource({"SQLITE", "POSTGRESQL"})
    void ownWrites_behindABan_doNothing(Databases kind) throws Exception {
        Map<String, String> settings = new HashMap<>(kind.settings(directory));
        start(kind, settings);
        try {
            Map<String, String> codes = behind(
                    kind,
                    settings.get("DATABASE_URL"),
                    "UPDATE users SET name = name WHERE id = '" + malloryId + "'",
                    () -> owner.postJson(BASE + "/admin/ban-user", json("userId", malloryId)),
                    own());
            assertThat(codes.values()).as(codes.toString()).containsOnly("401");
            assertUnchanged();
            assertThat(code(new Browser(edge)
                            .postJson(
                                    BASE + "/sign-in/email",
                                    json("email", "mallory@example.org", "password", PASSWORD))))
                    .isEqualTo("403 BANNED_USER");
        } finally {
            edge.close();
        }
    }
}
