package app.molos.edge.auth;

import static org.assertj.core.api.Assertions.assertThat;

import app.molos.edge.boot.EdgeConfig;
import app.molos.edge.db.DirectConnection;
import app.molos.edge.testing.Browser;
import app.molos.edge.testing.Databases;
import app.molos.edge.testing.EdgeServer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Every endpoint of the wire: the whole shape of its success, on both databases. The refusals are in WireRefusalsIT.
 */
@Tag("http2")
class WireIT {
    static final String BASE = "/api/auth";
    static final String PASSWORD = "correct horse";
    static final Set<String> USER = Set.of(
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
    static final Set<String> SESSION = Set.of(
            "expiresAt", "token", "createdAt", "updatedAt", "ipAddress", "userAgent", "userId", "impersonatedBy", "id");

    static Browser signUp(EdgeServer edge, String name) {
        Browser browser = new Browser(edge, "User-Agent", name);
        ok(browser.postJson(
                BASE + "/sign-up/email", json("name", name, "email", name + "@example.org", "password", PASSWORD)));
        return browser;
    }

    static Browser signIn(EdgeServer edge, String name) {
        Browser browser = new Browser(edge, "User-Agent", name + " again");
        ok(browser.postJson(BASE + "/sign-in/email", json("email", name + "@example.org", "password", PASSWORD)));
        return browser;
    }

    static String json(Object... pairs) {
        JsonObject object = new JsonObject();
        for (int i = 0; i < pairs.length; i += 2) {
            object.put((String) pairs[i], pairs[i + 1]);
        }
        return object.encode();
    }

    static JsonObject ok(HttpResponse<String> answer) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(answer.headers().firstValue("content-type")).hasValue("application/json");
        assertThat(answer.headers().firstValue("cache-control")).hasValue("no-store");
        assertThat(answer.body()).doesNotContain(PASSWORD, "password", "token_hash");
        return answer.body().startsWith("[")
                ? new JsonObject().put("list", new JsonArray(answer.body()))
                : answer.body().equals("null") ? new JsonObject() : new JsonObject(answer.body());
    }

    static String code(HttpResponse<String> answer) {
        return answer.statusCode() + " "
                + (answer.body().startsWith("{") ? new JsonObject(answer.body()).getString("code", "") : "");
    }

    static String idOf(Browser browser) {
        return ok(browser.get(BASE + "/get-session")).getJsonObject("user").getString("id");
    }

    static boolean isSignedIn(Browser browser) {
        return !browser.copy().get(BASE + "/get-session").body().equals("null");
    }

    /** The same answers on both, in scripts that SQLite cannot fold, for those who were stored before as well. */
    @ParameterizedTest
    @EnumSource(Databases.class)
    void names_areFoundInAnyCase_onBothDatabases(Databases kind, @TempDir Path directory) throws Exception {
        Map<String, String> settings = kind.settings(directory);
        try (EdgeServer edge = EdgeServer.start(directory, settings)) {
            Browser admin = signUp(edge, "owner");
            for (String name : List.of("Ölmann", "İstanbul", "STRASSE", "Σίσυφος", "ｆｕｌｌ", "100%_a")) {
                ok(admin.postJson(
                        BASE + "/admin/create-user",
                        json("email", "u" + name.codePointAt(0) + "@example.org", "name", name, "password", PASSWORD)));
            }
            assertFound(
                    admin,
                    Map.of(
                            "ölmann",
                            "Ölmann",
                            "ÖLM",
                            "Ölmann",
                            "istanbul",
                            "İstanbul",
                            "İSTAN",
                            "İstanbul",
                            "straße",
                            "STRASSE",
                            "ΣΊΣΥΦΟΣ",
                            "Σίσυφος",
                            "full",
                            "ｆｕｌｌ",
                            "0%_A",
                            "100%_a",
                            "0%a",
                            ""));
            String id = ok(admin.get(BASE + "/admin/list-users?searchField=name&searchValue=100"))
                    .getJsonArray("users")
                    .getJsonObject(0)
                    .getString("id");
            for (String field : List.of("id", "_id")) {
                assertThat(ok(admin.get(BASE + "/admin/list-users?filterField=" + field + "&filterValue=" + id))
                                .getInteger("total"))
                        .isEqualTo(1);
            }
            assertThat(ok(admin.get(BASE + "/admin/list-users?searchField=email&searchValue=%C3%B6lmann"))
                            .getInteger("total"))
                    .isZero();
        }
        try (Connection connection = DirectConnection.open(EdgeConfig.read(EdgeServer.environment(directory, settings))
                        .database());
                Statement statement = connection.createStatement()) {
            statement.executeUpdate("UPDATE users SET name_folded = NULL");
        }
        try (EdgeServer edge = EdgeServer.start(directory, settings)) {
            Browser admin = new Browser(edge);
            assertThat(code(admin.postJson(
                            BASE + "/sign-in/email", json("email", "owner@example.org", "password", PASSWORD))))
                    .isEqualTo("200 ");
            Awaitility.await()
                    .atMost(Duration.ofSeconds(10))
                    .untilAsserted(() -> assertFound(admin, Map.of("ölmann", "Ölmann", "istanbul", "İstanbul")));
        }
    }

    private static void assertFound(Browser admin, Map<String, String> expected) {
        expected.forEach((search, name) -> assertThat(ok(
                                admin.get(BASE + "/admin/list-users?searchField=name&searchValue="
                                        + URLEncoder.encode(search, StandardCharsets.UTF_8)))
                        .getJsonArray("users")
                        .stream()
                        .map(u -> ((JsonObject) u).getString("name")))
                .as(search)
                .isEqualTo(name.isEmpty() ? List.of() : List.of(name)));
    }

    @ParameterizedTest
    @EnumSource(Databases.class)
    void ownSessions_areListedByHandle_andEnd(Databases kind, @TempDir Path directory) throws Exception {
        try (EdgeServer edge = EdgeServer.start(directory, kind.settings(directory))) {
            Browser here = signUp(edge, "ada");
            Browser there = signIn(edge, "ada");
            Browser elsewhere = signIn(edge, "ada");
            Browser stranger = signUp(edge, "bob");

            JsonArray list = ok(here.get(BASE + "/list-sessions")).getJsonArray("list");
            assertThat(list).hasSize(3);
            String ownToken =
                    ok(here.get(BASE + "/get-session")).getJsonObject("session").getString("token");
            String thereToken = ok(there.get(BASE + "/get-session"))
                    .getJsonObject("session")
                    .getString("token");
            String thereId = ok(there.get(BASE + "/get-session"))
                    .getJsonObject("session")
                    .getString("id");
            list.stream()
                    .map(JsonObject.class::cast)
                    .forEach(s -> assertThat(s.fieldNames()).isEqualTo(SESSION));
            assertThat(list.encode()).contains(ownToken).doesNotContain(thereToken);

            // Somebody else's handle ends nothing, and does not say so.
            assertThat(ok(stranger.postJson(BASE + "/revoke-session", json("token", thereId))))
                    .isEqualTo(new JsonObject().put("status", true));
            assertThat(isSignedIn(there)).isTrue();
            assertThat(ok(here.postJson(BASE + "/revoke-session", json("token", thereId))))
                    .isEqualTo(new JsonObject().put("status", true));
            assertThat(isSignedIn(there)).isFalse();
            assertThat(isSignedIn(elsewhere)).isTrue();

            assertThat(ok(here.postJson(BASE + "/revoke-other-sessions", "{}")))
                    .isEqualTo(new JsonObject().put("status", true));
            assertThat(isSignedIn(elsewhere)).isFalse();
            assertThat(isSignedIn(here)).isTrue();
            assertThat(isSignedIn(stranger)).isTrue();

            assertThat(ok(here.postJson(BASE + "/revoke-sessions", "{}")))
                    .isEqualTo(new JsonObject().put("status", true));
            assertThat(here.cookies()).doesNotContainKey("molos.session_token");
            assertThat(code(here.get(BASE + "/list-sessions"))).isEqualTo("401 UNAUTHORIZED");
        }
    }

    @ParameterizedTest
    @EnumSource(Databases.class)
    void ownAccount_isChangedAndDeleted(Databases kind, @TempDir Path directory) throws Exception {
        try (EdgeServer edge = EdgeServer.start(directory, kind.settings(directory))) {
            signUp(edge, "owner");
            Browser here = signUp(edge, "ada");
            Browser there = signIn(edge, "ada");

            HttpResponse<String> update =
                    here.postJson(BASE + "/update-user", json("name", "Ada L.", "image", "https://x.example/a.png"));
            assertThat(ok(update)).isEqualTo(new JsonObject().put("status", true));
            assertThat(update.headers().firstValue("set-cookie").orElseThrow()).contains("Max-Age=604800");
            JsonObject user = ok(here.get(BASE + "/get-session")).getJsonObject("user");
            assertThat(user.getString("name")).isEqualTo("Ada L.");
            assertThat(user.getString("image")).isEqualTo("https://x.example/a.png");
            ok(here.postJson(BASE + "/update-user", "{\"image\":null}"));
            assertThat(ok(here.get(BASE + "/get-session")).getJsonObject("user").getString("image"))
                    .isNull();

            JsonArray accounts = ok(here.get(BASE + "/list-accounts")).getJsonArray("list");
            assertThat(accounts).hasSize(1);
            assertThat(accounts.getJsonObject(0).fieldNames())
                    .containsExactlyInAnyOrder(
                            "accountId", "providerId", "userId", "createdAt", "updatedAt", "id", "scopes");
            assertThat(accounts.getJsonObject(0).getString("providerId")).isEqualTo("credential");

            assertThat(ok(here.postJson(BASE + "/verify-password", json("password", PASSWORD))))
                    .isEqualTo(new JsonObject().put("status", true));

            JsonObject changed = ok(here.postJson(
                    BASE + "/change-password", json("currentPassword", PASSWORD, "newPassword", "another horse")));
            assertThat(changed.getValue("token")).isNull();
            assertThat(changed.getJsonObject("user").fieldNames()).isEqualTo(USER);
            assertThat(isSignedIn(here)).isTrue();
            assertThat(isSignedIn(there))
                    .as("SES-05: a password change ends the others")
                    .isFalse();
            assertThat(code(new Browser(edge)
                            .postJson(BASE + "/sign-in/email", json("email", "ada@example.org", "password", PASSWORD))))
                    .isEqualTo("401 INVALID_EMAIL_OR_PASSWORD");

            String before = here.cookies().get("molos.session_token");
            JsonObject renewed = ok(here.postJson(
                    BASE + "/change-password",
                    json("currentPassword", "another horse", "newPassword", PASSWORD, "revokeOtherSessions", true)));
            assertThat(here.cookies().get("molos.session_token"))
                    .startsWith(renewed.getString("token") + ".")
                    .isNotEqualTo(before);
            assertThat(isSignedIn(here)).isTrue();

            JsonObject deleted = ok(here.postJson(BASE + "/delete-user", "{}"));
            assertThat(deleted).isEqualTo(new JsonObject().put("success", true).put("message", "User deleted"));
            assertThat(here.cookies()).doesNotContainKey("molos.session_token");
            assertThat(code(new Browser(edge)
                            .postJson(BASE + "/sign-in/email", json("email", "ada@example.org", "password", PASSWORD))))
                    .isEqualTo("401 INVALID_EMAIL_OR_PASSWORD");
            assertThat(ok(edge.get(BASE + "/ok"))).isEqualTo(new JsonObject().put("ok", true));
        }
    }

    @ParameterizedTest
    @EnumSource(Databases.class)
    void admin_managesUsers(Databases kind, @TempDir Path directory) throws Exception {
        try (EdgeServer edge = EdgeServer.start(directory, kind.settings(directory))) {
            Browser admin = signUp(edge, "owner");
            Browser ada = signUp(edge, "ada");
            signUp(edge, "bob");
            String adaId = idOf(ada);

            JsonObject created = ok(admin.postJson(
                    BASE + "/admin/create-user",
                    json(
                            "email",
                            "Cleo@Example.org",
                            "name",
                            "Cleo",
                            "password",
                            PASSWORD,
                            "role",
                            new JsonArray().add("user").add("editor"))));
            assertThat(created.getJsonObject("user").fieldNames()).isEqualTo(USER);
            assertThat(created.getJsonObject("user").getString("role")).isEqualTo("user,editor");
            assertThat(created.getJsonObject("user").getString("email")).isEqualTo("cleo@example.org");
            signIn(edge, "cleo");

            JsonObject all = ok(admin.get(BASE + "/admin/list-users"));
            assertThat(all.fieldNames()).containsExactly("users", "total");
            assertThat(all.getInteger("total")).isEqualTo(4);
            JsonObject page =
                    ok(admin.get(BASE + "/admin/list-users?limit=2&offset=1&sortBy=email&sortDirection=desc"));
            assertThat(page.fieldNames()).containsExactly("users", "total", "limit", "offset");
            assertThat(emails(page)).containsExactly("cleo@example.org", "bob@example.org");
            assertThat(emails(ok(admin.get(BASE + "/admin/list-users?searchValue=ADA@&searchOperator=starts_with"))))
                    .containsExactly("ada@example.org");
            assertThat(emails(ok(admin.get(BASE + "/admin/list-users?searchValue=%25"))))
                    .isEmpty();
            assertThat(emails(ok(admin.get(
                            BASE + "/admin/list-users?searchField=name&searchValue=leo&searchOperator=ends_with"))))
                    .containsExactly("cleo@example.org");
            assertThat(emails(ok(admin.get(BASE + "/admin/list-users?filterField=role&filterValue=admin"))))
                    .containsExactly("owner@example.org");
            assertThat(emails(ok(admin.get(BASE + "/admin/list-users?filterField=banned&filterValue=true"))))
                    .isEmpty();
            assertThat(emails(ok(admin.get(BASE
                            + "/admin/list-users?filterField=createdAt&filterOperator=gt&filterValue=2000-01-01"))))
                    .hasSize(4);
            assertThat(emails(ok(admin.get(BASE + "/admin/list-users?sortBy=nothing"))))
                    .isEmpty();

            assertThat(ok(admin.get(BASE + "/admin/get-user?id=" + adaId)).fieldNames())
                    .isEqualTo(USER);
            JsonObject updated = ok(admin.postJson(
                    BASE + "/admin/update-user",
                    json(
                            "userId",
                            adaId,
                            "data",
                            new JsonObject().put("name", "Countess").put("emailVerified", true))));
            assertThat(updated.getString("name")).isEqualTo("Countess");
            assertThat(updated.getBoolean("emailVerified")).isTrue();
            assertThat(ok(ada.get(BASE + "/get-session")).getJsonObject("user").getString("name"))
                    .isEqualTo("Countess");

            assertThat(ok(admin.postJson(BASE + "/admin/set-role", json("userId", adaId, "role", "admin")))
                            .getJsonObject("user")
                            .getString("role"))
                    .isEqualTo("admin");
            ok(ada.get(BASE + "/admin/list-users"));
            ok(admin.postJson(BASE + "/admin/set-role", json("userId", adaId, "role", "user")));
            assertThat(code(ada.get(BASE + "/admin/list-users"))).isEqualTo("403 YOU_ARE_NOT_ALLOWED_TO_LIST_USERS");

            assertThat(ok(admin.postJson(
                            BASE + "/admin/has-permission",
                            json(
                                    "permissions",
                                    new JsonObject()
                                            .put("user", new JsonArray().add("ban"))
                                            .put("session", new JsonArray().add("list"))))))
                    .isEqualTo(new JsonObject().putNull("error").put("success", true));
            assertThat(ok(ada.postJson(
                                    BASE + "/admin/has-permission",
                                    json("permissions", new JsonObject().put("user", new JsonArray().add("list")))))
                            .getBoolean("success"))
                    .isFalse();
            assertThat(ok(admin.postJson(
                                    BASE + "/admin/has-permission",
                                    json("permission", new JsonObject().put("rocket", new JsonArray().add("launch")))))
                            .getBoolean("success"))
                    .isFalse();

            assertThat(ok(admin.postJson(
                            BASE + "/admin/set-user-password", json("userId", adaId, "newPassword", "another horse"))))
                    .isEqualTo(new JsonObject().put("status", true));
            assertThat(isSignedIn(ada))
                    .as("section 0: an admin's set-password ends sessions")
                    .isFalse();
            ok(ada.postJson(BASE + "/sign-in/email", json("email", "ada@example.org", "password", "another horse")));

            assertThat(ok(admin.postJson(BASE + "/admin/remove-user", json("userId", adaId))))
                    .isEqualTo(new JsonObject().put("success", true));
            assertThat(isSignedIn(ada)).isFalse();
            assertThat(code(admin.get(BASE + "/admin/get-user?id=" + adaId))).isEqualTo("404 USER_NOT_FOUND");
        }
    }

    @ParameterizedTest
    @EnumSource(Databases.class)
    void admin_bansAndEndsSessions(Databases kind, @TempDir Path directory) throws Exception {
        try (EdgeServer edge = EdgeServer.start(directory, kind.settings(directory))) {
            Browser admin = signUp(edge, "owner");
            Browser ada = signUp(edge, "ada");
            Browser again = signIn(edge, "ada");
            String adaId = idOf(ada);

            JsonObject sessions = ok(admin.postJson(BASE + "/admin/list-user-sessions", json("userId", adaId)));
            assertThat(sessions.fieldNames()).containsExactly("sessions");
            assertThat(sessions.getJsonArray("sessions")).hasSize(2);
            String againId = ok(again.get(BASE + "/get-session"))
                    .getJsonObject("session")
                    .getString("id");
            String againToken = ok(again.get(BASE + "/get-session"))
                    .getJsonObject("session")
                    .getString("token");
            assertThat(sessions.encode()).doesNotContain(againToken);
            assertThat(ok(admin.postJson(BASE + "/admin/revoke-user-session", json("sessionToken", againId))))
                    .isEqualTo(new JsonObject().put("success", true));
            assertThat(isSignedIn(again)).isFalse();
            assertThat(isSignedIn(ada)).isTrue();
            assertThat(ok(admin.postJson(BASE + "/admin/revoke-user-sessions", json("userId", adaId))))
                    .isEqualTo(new JsonObject().put("success", true));
            assertThat(isSignedIn(ada)).isFalse();

            ada = signIn(edge, "ada");
            JsonObject banned = ok(admin.postJson(BASE + "/admin/ban-user", json("userId", adaId)))
                    .getJsonObject("user");
            assertThat(banned.getBoolean("banned")).isTrue();
            assertThat(banned.getString("banReason")).isEqualTo("No reason");
            assertThat(banned.getString("banExpires")).isNull();
            assertThat(isSignedIn(ada)).isFalse();
            assertThat(code(new Browser(edge)
                            .postJson(BASE + "/sign-in/email", json("email", "ada@example.org", "password", PASSWORD))))
                    .isEqualTo("403 BANNED_USER");
            assertThat(code(new Browser(edge)
                            .postJson(
                                    BASE + "/sign-in/email",
                                    json("email", "ada@example.org", "password", "wrong horse"))))
                    .as("a ban is told only to who knows the password")
                    .isEqualTo("401 INVALID_EMAIL_OR_PASSWORD");
            JsonObject unbanned = ok(admin.postJson(BASE + "/admin/unban-user", json("userId", adaId)))
                    .getJsonObject("user");
            assertThat(unbanned.getBoolean("banned")).isFalse();
            assertThat(unbanned.getString("banReason")).isNull();

            // A ban that ends by itself is lifted by the next sign-in.
            assertThat(ok(admin.postJson(
                                    BASE + "/admin/ban-user",
                                    json("userId", adaId, "banReason", "late", "banExpiresIn", 1)))
                            .getJsonObject("user")
                            .getString("banExpires"))
                    .matches("\\d{4}.*Z");
            // The shortest ban there is, and its end is what is shown.
            Thread.sleep(1100);
            Browser back = new Browser(edge);
            assertThat(ok(back.postJson(
                                    BASE + "/sign-in/email", json("email", "ada@example.org", "password", PASSWORD)))
                            .getJsonObject("user")
                            .getBoolean("banned"))
                    .isTrue();
            assertThat(ok(back.get(BASE + "/get-session")).getJsonObject("user").getBoolean("banned"))
                    .isFalse();
        }
    }

    @ParameterizedTest
    @EnumSource(Databases.class)
    void admin_isSomebodyElse_andThemselvesAgain(Databases kind, @TempDir Path directory) throws Exception {
        try (EdgeServer edge = EdgeServer.start(directory, kind.settings(directory))) {
            Browser admin = signUp(edge, "owner");
            String adminId = idOf(admin);
            Browser ada = signUp(edge, "ada");
            String adaId = idOf(ada);
            String adminCookie = admin.cookies().get("molos.session_token");

            HttpResponse<String> answer = admin.postJson(BASE + "/admin/impersonate-user", json("userId", adaId));
            JsonObject impersonated = ok(answer);
            assertThat(impersonated.fieldNames()).containsExactly("session", "user");
            assertThat(impersonated.getJsonObject("session").getString("impersonatedBy"))
                    .isEqualTo(adminId);
            List<String> lines = answer.headers().allValues("set-cookie");
            assertThat(lines.subList(0, 3)).allMatch(l -> l.contains("=; Max-Age=0"));
            assertThat(lines.get(3)).startsWith("molos.admin_session=").contains("Max-Age=604800");
            assertThat(lines.get(4)).startsWith("molos.session_token=").doesNotContain("Max-Age");
            assertThat(lines.get(5)).startsWith("molos.dont_remember=true.");
            assertThat(idOf(admin)).isEqualTo(adaId);
            assertThat(ok(ada.get(BASE + "/list-sessions")).getJsonArray("list"))
                    .as("an impersonation is not the user's to see")
                    .hasSize(1);

            JsonObject stopped = ok(admin.postJson(BASE + "/admin/stop-impersonating", ""));
            assertThat(stopped.getJsonObject("user").getString("id")).isEqualTo(adminId);
            assertThat(admin.cookies()).doesNotContainKeys("molos.admin_session", "molos.dont_remember");
            assertThat(admin.cookies().get("molos.session_token")).isEqualTo(adminCookie);
            assertThat(code(admin.postJson(BASE + "/admin/stop-impersonating", "")))
                    .isEqualTo("400 YOU_ARE_NOT_IMPERSONATING_ANYONE");

            ok(admin.postJson(BASE + "/admin/impersonate-user", json("userId", adaId)));
            ok(admin.postJson(BASE + "/sign-out", "{}"));
            assertThat(admin.cookies())
                    .as("sign-out leaves no way back")
                    .doesNotContainKeys("molos.admin_session", "molos.session_token");
        }
    }

    @ParameterizedTest
    @EnumSource(Databases.class)
    void lastAdmin_stays(Databases kind, @TempDir Path directory) throws Exception {
        try (EdgeServer edge = EdgeServer.start(directory, kind.settings(directory))) {
            Browser admin = signUp(edge, "owner");
            String id = idOf(admin);
            Browser ada = signUp(edge, "ada");
            String adaId = idOf(ada);
            assertThat(code(admin.postJson(BASE + "/admin/set-role", json("userId", id, "role", "user"))))
                    .isEqualTo("400 LAST_ADMIN");
            assertThat(code(admin.postJson(
                            BASE + "/admin/update-user",
                            json("userId", id, "data", new JsonObject().put("role", "user")))))
                    .isEqualTo("400 LAST_ADMIN");
            assertThat(code(admin.postJson(BASE + "/delete-user", json("password", PASSWORD))))
                    .isEqualTo("400 LAST_ADMIN");
            assertThat(isSignedIn(admin)).isTrue();

            // Two admins who take each other's role away at the same moment: one of them stays one.
            ok(admin.postJson(BASE + "/admin/set-role", json("userId", adaId, "role", "admin")));
            Thread other = new Thread(() -> ada.postJson(BASE + "/admin/set-role", json("userId", id, "role", "user")));
            other.start();
            admin.postJson(BASE + "/admin/set-role", json("userId", adaId, "role", "user"));
            other.join();
            Browser left = ok(admin.get(BASE + "/get-session"))
                            .getJsonObject("user")
                            .getString("role")
                            .equals("admin")
                    ? admin
                    : ada;
            assertThat(emails(ok(left.get(BASE + "/admin/list-users?filterField=role&filterValue=admin"))))
                    .hasSize(1);

            // A banned admin is none that could help.
            String leftId = idOf(left);
            String otherId = leftId.equals(id) ? adaId : id;
            ok(left.postJson(BASE + "/admin/set-role", json("userId", otherId, "role", "admin")));
            ok(left.postJson(BASE + "/admin/ban-user", json("userId", otherId)));
            assertThat(code(left.postJson(BASE + "/admin/set-role", json("userId", leftId, "role", "user"))))
                    .isEqualTo("400 LAST_ADMIN");
        }
    }

    /** An administrator loses what they are doing with the role, and signing out leaves nothing of their own behind. */
    @ParameterizedTest
    @EnumSource(Databases.class)
    void impersonation_endsWithTheAdminsRole_andWithSignOut(Databases kind, @TempDir Path directory) throws Exception {
        try (EdgeServer edge = EdgeServer.start(directory, kind.settings(directory))) {
            Browser owner = signUp(edge, "owner");
            Browser bob = signUp(edge, "bob");
            String bobId = idOf(bob);
            String adaId = idOf(signUp(edge, "ada"));
            ok(owner.postJson(BASE + "/admin/set-role", json("userId", bobId, "role", "admin")));
            ok(bob.postJson(BASE + "/admin/impersonate-user", json("userId", adaId)));
            assertThat(idOf(bob)).isEqualTo(adaId);
            ok(owner.postJson(BASE + "/admin/set-role", json("userId", bobId, "role", "user")));
            assertThat(isSignedIn(bob)).isFalse();

            ok(owner.postJson(BASE + "/admin/impersonate-user", json("userId", adaId)));
            Browser kept = owner.copy();
            ok(owner.postJson(BASE + "/sign-out", "{}"));
            assertThat(code(kept.postJson(BASE + "/admin/stop-impersonating", "")))
                    .startsWith("401");
        }
    }

    @Test
    void ses06_eleventhSession_endsTheOldest(@TempDir Path directory) throws Exception {
        try (EdgeServer edge = EdgeServer.start(directory, Map.of("SESSION_MAX_PER_USER", "3"))) {
            Browser first = signUp(edge, "ada");
            Browser second = signIn(edge, "ada");
            signIn(edge, "ada");
            assertThat(isSignedIn(first)).isTrue();
            signIn(edge, "ada");
            assertThat(isSignedIn(first)).isFalse();
            assertThat(isSignedIn(second)).isTrue();
        }
    }

    static List<String> emails(JsonObject page) {
        return page.getJsonArray("users").stream()
                .map(u -> ((JsonObject) u).getString("email"))
                .toList();
    }
}
