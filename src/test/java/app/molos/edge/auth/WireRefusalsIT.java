package app.molos.edge.auth;

import static app.molos.edge.auth.WireIT.BASE;
import static app.molos.edge.auth.WireIT.PASSWORD;
import static app.molos.edge.auth.WireIT.code;
import static app.molos.edge.auth.WireIT.json;
import static org.assertj.core.api.Assertions.assertThat;

import app.molos.edge.testing.Browser;
import app.molos.edge.testing.ByHttp2;
import app.molos.edge.testing.EdgeServer;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What each endpoint refuses, with its code: as nobody, as a user, as an admin. */
@Tag("http2")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class WireRefusalsIT {
    private enum Who {
        NOBODY,
        USER,
        ADMIN
    }

    private EdgeServer edge;
    private Browser nobody;
    private Browser user;
    private Browser admin;
    private String userId;
    private String adminId;

    @BeforeAll
    void start(@TempDir Path directory) throws Exception {
        edge = EdgeServer.start(directory, Map.of("ORIGIN", "http://localhost:4173"));
        nobody = new Browser(edge);
        admin = WireIT.signUp(edge, "owner");
        user = WireIT.signUp(edge, "ada");
        adminId = WireIT.idOf(admin);
        userId = WireIT.idOf(user);
    }

    @AfterAll
    void stop() throws Exception {
        edge.close();
    }

    /** {@code USER} and {@code ADMIN} inside a body stand for their ids. */
    static Stream<Arguments> rows() {
        return Stream.of(
                // Validation comes before who it is.
                row(Who.NOBODY, "/revoke-session", "{}", "400 VALIDATION_ERROR"),
                row(Who.NOBODY, "/revoke-session", "", "400 VALIDATION_ERROR"),
                row(Who.NOBODY, "/revoke-session", "{\"token\":5}", "400 VALIDATION_ERROR"),
                row(Who.NOBODY, "/revoke-session", "{\"token\":\"x\"}", "401 UNAUTHORIZED"),
                row(Who.NOBODY, "/revoke-sessions", "", "401 UNAUTHORIZED"),
                row(Who.NOBODY, "/revoke-other-sessions", "{}", "401 UNAUTHORIZED"),
                row(Who.NOBODY, "/update-user", "{\"name\":5}", "400 VALIDATION_ERROR"),
                row(Who.NOBODY, "/update-user", "{\"name\":\"x\"}", "401 UNAUTHORIZED"),
                row(Who.USER, "/update-user", "{}", "400 NO_FIELDS_TO_UPDATE"),
                row(Who.USER, "/update-user", "{\"name\":\"" + "n".repeat(10_000) + "\"}", "400 VALIDATION_ERROR"),
                row(Who.USER, "/update-user", "{\"name\":null}", "400 VALIDATION_ERROR"),
                row(Who.USER, "/update-user", "{\"image\":\"data:text/html,x\"}", "400 VALIDATION_ERROR"),
                row(Who.USER, "/update-user", "{\"email\":\"b@example.org\"}", "400 EMAIL_CAN_NOT_BE_UPDATED"),
                row(
                        Who.USER,
                        "/update-user",
                        "{\"name\":\"x\",\"role\":\"admin\"}",
                        "400 ROLE_IS_NOT_ALLOWED_TO_BE_SET"),
                row(Who.USER, "/update-user", "{\"name\":\"Ada\",\"banned\":false}", "200 "),
                row(Who.USER, "/update-user", "{\"banExpires\":7}", "400 BANEXPIRES_IS_NOT_ALLOWED_TO_BE_SET"),
                row(
                        Who.NOBODY,
                        "/change-password",
                        "{\"currentPassword\":\"x\",\"newPassword\":\"y\"}",
                        "401 UNAUTHORIZED"),
                row(
                        Who.USER,
                        "/change-password",
                        "{\"currentPassword\":\"x\",\"newPassword\":\"1234567\"}",
                        "400 PASSWORD_TOO_SHORT"),
                row(
                        Who.USER,
                        "/change-password",
                        "{\"currentPassword\":\"x\",\"newPassword\":\"" + "x".repeat(129) + "\"}",
                        "400 PASSWORD_TOO_LONG"),
                row(
                        Who.USER,
                        "/change-password",
                        "{\"currentPassword\":\"wrong horse\",\"newPassword\":\"another horse\"}",
                        "400 INVALID_PASSWORD"),
                row(
                        Who.USER,
                        "/change-password",
                        "{\"currentPassword\":\"" + PASSWORD + "\",\"newPassword\":\"password1\"}",
                        "400 PASSWORD_TOO_WEAK"),
                row(
                        Who.USER,
                        "/change-password",
                        "{\"currentPassword\":\"x\",\"newPassword\":\"another horse\",\"revokeOtherSessions\":\"yes\"}",
                        "400 VALIDATION_ERROR"),
                row(Who.NOBODY, "/verify-password", "{}", "400 VALIDATION_ERROR"),
                row(Who.NOBODY, "/verify-password", "{\"password\":\"x\"}", "401 UNAUTHORIZED"),
                row(Who.USER, "/verify-password", "{\"password\":\"wrong horse\"}", "400 INVALID_PASSWORD"),
                row(Who.NOBODY, "/delete-user", "", "400 VALIDATION_ERROR"),
                row(Who.NOBODY, "/delete-user", "{}", "401 UNAUTHORIZED"),
                row(Who.USER, "/delete-user", "{\"password\":\"wrong horse\"}", "400 INVALID_PASSWORD"),
                row(Who.USER, "/delete-user", "{\"token\":\"x\"}", "404 INVALID_TOKEN"),
                row(Who.ADMIN, "/delete-user", "{}", "400 LAST_ADMIN"),
                // Without a mail sender.
                row(Who.NOBODY, "/request-password-reset", "{\"email\":\"x\"}", "400 VALIDATION_ERROR"),
                row(
                        Who.NOBODY,
                        "/request-password-reset",
                        "{\"email\":\"ada@example.org\"}",
                        "400 RESET_PASSWORD_ISNT_ENABLED"),
                row(
                        Who.NOBODY,
                        "/request-password-reset",
                        "{\"email\":\"ada@example.org\",\"redirectTo\":\"//evil.example\"}",
                        "403 INVALID_REDIRECTURL"),
                row(Who.NOBODY, "/reset-password", "{\"newPassword\":\"another horse\"}", "400 INVALID_TOKEN"),
                row(
                        Who.NOBODY,
                        "/reset-password",
                        "{\"newPassword\":\"another horse\",\"token\":\"x\"}",
                        "400 INVALID_TOKEN"),
                row(
                        Who.NOBODY,
                        "/send-verification-email",
                        "{\"email\":\"ada@example.org\"}",
                        "400 VERIFICATION_EMAIL_ISNT_ENABLED"),
                row(Who.USER, "/change-email", "{\"newEmail\":\"b@example.org\"}", "400 CHANGE_EMAIL_IS_DISABLED"),
                row(Who.NOBODY, "/change-email", "{\"newEmail\":\"b@example.org\"}", "401 UNAUTHORIZED"),
                row(Who.NOBODY, "/forget-password", "{}", "404 "),
                row(Who.USER, "/set-password", "{\"newPassword\":\"another horse\"}", "404 "),
                row(Who.USER, "/api-key/create", "{}", "404 "),
                // Admin endpoints.
                row(Who.NOBODY, "/admin/set-role", "{}", "400 VALIDATION_ERROR"),
                row(Who.NOBODY, "/admin/set-role", "{\"userId\":\"USER\",\"role\":\"user\"}", "401 UNAUTHORIZED"),
                row(
                        Who.USER,
                        "/admin/set-role",
                        "{\"userId\":\"USER\",\"role\":\"admin\"}",
                        "403 YOU_ARE_NOT_ALLOWED_TO_CHANGE_USERS_ROLE"),
                row(Who.ADMIN, "/admin/set-role", "{\"userId\":\"nobody\",\"role\":\"user\"}", "404 USER_NOT_FOUND"),
                row(Who.ADMIN, "/admin/set-role", "{\"userId\":\"USER\",\"role\":\"<b>\"}", "400 VALIDATION_ERROR"),
                row(Who.ADMIN, "/admin/set-role", "{\"userId\":\"USER\",\"role\":[]}", "400 VALIDATION_ERROR"),
                row(Who.ADMIN, "/admin/set-role", "{\"userId\":\"ADMIN\",\"role\":\"user\"}", "400 LAST_ADMIN"),
                row(
                        Who.USER,
                        "/admin/create-user",
                        "{\"email\":\"x@example.org\",\"name\":\"x\"}",
                        "403 YOU_ARE_NOT_ALLOWED_TO_CREATE_USERS"),
                row(Who.ADMIN, "/admin/create-user", "{\"email\":\"no address\",\"name\":\"x\"}", "400 INVALID_EMAIL"),
                row(
                        Who.ADMIN,
                        "/admin/create-user",
                        "{\"email\":\"ADA@example.org\",\"name\":\"x\"}",
                        "400 USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL"),
                row(
                        Who.ADMIN,
                        "/admin/create-user",
                        "{\"email\":\"x@example.org\",\"name\":\"x\",\"password\":\"123\"}",
                        "400 PASSWORD_TOO_SHORT"),
                row(
                        Who.ADMIN,
                        "/admin/create-user",
                        "{\"email\":\"x@example.org\",\"name\":\"x\",\"password\":\"password1\"}",
                        "400 PASSWORD_TOO_WEAK"),
                row(
                        Who.ADMIN,
                        "/admin/create-user",
                        "{\"email\":\"x@example.org\",\"name\":\"x\",\"data\":[]}",
                        "400 VALIDATION_ERROR"),
                row(
                        Who.USER,
                        "/admin/update-user",
                        "{\"userId\":\"USER\",\"data\":{\"name\":\"x\"}}",
                        "403 YOU_ARE_NOT_ALLOWED_TO_UPDATE_USERS"),
                row(Who.ADMIN, "/admin/update-user", "{\"userId\":\"USER\",\"data\":{}}", "400 NO_DATA_TO_UPDATE"),
                row(
                        Who.ADMIN,
                        "/admin/update-user",
                        "{\"userId\":\"USER\",\"data\":{\"role\":5}}",
                        "400 INVALID_ROLE_TYPE"),
                row(
                        Who.ADMIN,
                        "/admin/update-user",
                        "{\"userId\":\"USER\",\"data\":{\"email\":\"OWNER@example.org\"}}",
                        "400 USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL"),
                row(
                        Who.ADMIN,
                        "/admin/update-user",
                        "{\"userId\":\"ADMIN\",\"data\":{\"banned\":true}}",
                        "400 YOU_CANNOT_BAN_YOURSELF"),
                row(
                        Who.ADMIN,
                        "/admin/update-user",
                        "{\"userId\":\"USER\",\"data\":{\"banned\":true,\"banExpires\":\"soon\"}}",
                        "400 VALIDATION_ERROR"),
                row(Who.USER, "/admin/ban-user", "{\"userId\":\"ADMIN\"}", "403 YOU_ARE_NOT_ALLOWED_TO_BAN_USERS"),
                row(Who.ADMIN, "/admin/ban-user", "{\"userId\":\"ADMIN\"}", "400 YOU_CANNOT_BAN_YOURSELF"),
                row(Who.ADMIN, "/admin/ban-user", "{\"userId\":\"nobody\"}", "404 USER_NOT_FOUND"),
                row(
                        Who.ADMIN,
                        "/admin/ban-user",
                        "{\"userId\":\"nobody\",\"banExpiresIn\":-1}",
                        "400 VALIDATION_ERROR"),
                row(
                        Who.ADMIN,
                        "/admin/ban-user",
                        "{\"userId\":\"nobody\",\"banExpiresIn\":1e300}",
                        "400 VALIDATION_ERROR"),
                row(Who.USER, "/admin/unban-user", "{\"userId\":\"ADMIN\"}", "403 YOU_ARE_NOT_ALLOWED_TO_BAN_USERS"),
                row(Who.ADMIN, "/admin/unban-user", "{\"userId\":\"nobody\"}", "404 USER_NOT_FOUND"),
                row(
                        Who.USER,
                        "/admin/remove-user",
                        "{\"userId\":\"ADMIN\"}",
                        "403 YOU_ARE_NOT_ALLOWED_TO_DELETE_USERS"),
                row(Who.ADMIN, "/admin/remove-user", "{\"userId\":\"ADMIN\"}", "400 YOU_CANNOT_REMOVE_YOURSELF"),
                row(Who.ADMIN, "/admin/remove-user", "{\"userId\":\"nobody\"}", "404 USER_NOT_FOUND"),
                row(
                        Who.USER,
                        "/admin/set-user-password",
                        "{\"userId\":\"ADMIN\",\"newPassword\":\"another horse\"}",
                        "403 YOU_ARE_NOT_ALLOWED_TO_SET_USERS_PASSWORD"),
                row(
                        Who.ADMIN,
                        "/admin/set-user-password",
                        "{\"userId\":\"USER\",\"newPassword\":\"\"}",
                        "400 VALIDATION_ERROR"),
                row(
                        Who.ADMIN,
                        "/admin/set-user-password",
                        "{\"userId\":\"USER\",\"newPassword\":\"123\"}",
                        "400 PASSWORD_TOO_SHORT"),
                row(
                        Who.ADMIN,
                        "/admin/set-user-password",
                        "{\"userId\":\"USER\",\"newPassword\":\"adaada123\"}",
                        "400 PASSWORD_TOO_WEAK"),
                row(
                        Who.ADMIN,
                        "/admin/set-user-password",
                        "{\"userId\":\"nobody\",\"newPassword\":\"another horse\"}",
                        "404 USER_NOT_FOUND"),
                row(
                        Who.USER,
                        "/admin/list-user-sessions",
                        "{\"userId\":\"ADMIN\"}",
                        "403 YOU_ARE_NOT_ALLOWED_TO_LIST_USERS_SESSIONS"),
                row(
                        Who.USER,
                        "/admin/revoke-user-session",
                        "{\"sessionToken\":\"x\"}",
                        "403 YOU_ARE_NOT_ALLOWED_TO_REVOKE_USERS_SESSIONS"),
                row(Who.ADMIN, "/admin/revoke-user-session", "{\"sessionToken\":\"x\"}", "200 "),
                row(
                        Who.USER,
                        "/admin/revoke-user-sessions",
                        "{\"userId\":\"ADMIN\"}",
                        "403 YOU_ARE_NOT_ALLOWED_TO_REVOKE_USERS_SESSIONS"),
                row(
                        Who.USER,
                        "/admin/impersonate-user",
                        "{\"userId\":\"ADMIN\"}",
                        "403 YOU_ARE_NOT_ALLOWED_TO_IMPERSONATE_USERS"),
                row(
                        Who.ADMIN,
                        "/admin/impersonate-user",
                        "{\"userId\":\"ADMIN\"}",
                        "403 YOU_CANNOT_IMPERSONATE_ADMINS"),
                row(Who.ADMIN, "/admin/impersonate-user", "{\"userId\":\"nobody\"}", "404 USER_NOT_FOUND"),
                row(Who.NOBODY, "/admin/stop-impersonating", "", "401 UNAUTHORIZED"),
                row(Who.NOBODY, "/admin/has-permission", "{\"permissions\":{}}", "401 UNAUTHORIZED"),
                row(Who.ADMIN, "/admin/has-permission", "{}", "400 VALIDATION_ERROR"),
                row(
                        Who.ADMIN,
                        "/admin/has-permission",
                        "{\"permissions\":{},\"permission\":{}}",
                        "400 VALIDATION_ERROR"),
                row(
                        Who.ADMIN,
                        "/admin/has-permission",
                        "{\"permissions\":{\"user\":\"ban\"}}",
                        "400 VALIDATION_ERROR"));
    }

    private static Arguments row(Who who, String path, String body, String expected) {
        return Arguments.of(who, path, body, expected);
    }

    @ParameterizedTest
    @MethodSource("rows")
    void refusal_hasItsCode(Who who, String path, String body, String expected) {
        HttpResponse<String> answer = browser(who)
                .postJson(BASE + path, body.replace("USER\"", userId + "\"").replace("ADMIN\"", adminId + "\""));
        assertThat(code(answer)).isEqualTo(expected);
        assertThat(answer.body()).doesNotContain("Exception", "SQL", "java.");
        assertThat(answer.headers().firstValue("cache-control")).hasValue("no-store");
    }

    static Stream<Arguments> reads() {
        return Stream.of(
                Arguments.of(Who.NOBODY, "/list-sessions", "401 UNAUTHORIZED"),
                Arguments.of(Who.NOBODY, "/list-accounts", "401 UNAUTHORIZED"),
                Arguments.of(Who.NOBODY, "/admin/list-users", "401 UNAUTHORIZED"),
                Arguments.of(Who.USER, "/admin/list-users", "403 YOU_ARE_NOT_ALLOWED_TO_LIST_USERS"),
                Arguments.of(Who.NOBODY, "/admin/list-users?sortDirection=up", "400 VALIDATION_ERROR"),
                Arguments.of(Who.NOBODY, "/admin/list-users?filterOperator=like", "400 VALIDATION_ERROR"),
                Arguments.of(Who.NOBODY, "/admin/list-users?searchField=role", "400 VALIDATION_ERROR"),
                Arguments.of(Who.ADMIN, "/admin/list-users?searchValue=%00", "400 VALIDATION_ERROR"),
                Arguments.of(Who.ADMIN, "/admin/list-users?limit=abc&offset=-1", "200 "),
                Arguments.of(Who.ADMIN, "/admin/list-users?limit=9999999999999999999", "200 "),
                Arguments.of(
                        Who.ADMIN,
                        "/admin/list-users?filterField=createdAt&filterOperator=gt&filterValue=" + "9".repeat(30),
                        "200 "),
                Arguments.of(Who.NOBODY, "/admin/get-user", "400 VALIDATION_ERROR"),
                Arguments.of(Who.USER, "/admin/get-user?id=x", "403 YOU_ARE_NOT_ALLOWED_TO_GET_USER"),
                Arguments.of(Who.ADMIN, "/admin/get-user?id=x", "404 USER_NOT_FOUND"),
                Arguments.of(Who.NOBODY, "/reset-password/x", "400 VALIDATION_ERROR"),
                Arguments.of(
                        Who.NOBODY, "/reset-password/x?callbackURL=https://evil.example", "403 INVALID_CALLBACKURL"),
                Arguments.of(Who.NOBODY, "/verify-email", "400 VALIDATION_ERROR"),
                Arguments.of(Who.NOBODY, "/verify-email?token=x", "401 INVALID_TOKEN"),
                Arguments.of(Who.NOBODY, "/verify-email?token=x&callbackURL=//evil.example", "403 INVALID_CALLBACKURL"),
                Arguments.of(Who.NOBODY, "/delete-user/callback?token=x", "404 "));
    }

    @ParameterizedTest
    @MethodSource("reads")
    void refusalOfARead_hasItsCode(Who who, String path, String expected) {
        HttpResponse<String> answer = browser(who).get(BASE + path);
        String got = expected.endsWith(" ") ? answer.statusCode() + " " : code(answer);
        assertThat(got).isEqualTo(expected);
        assertThat(answer.body()).doesNotContain("Exception", "SQL", "java.");
    }

    @Test
    void mailedLinks_leadOnWithAnErrorWord() {
        assertThat(location("/reset-password/x?callbackURL=/ui/reset"))
                .isEqualTo(ByHttp2.secure("http://localhost:4173/ui/reset?error=INVALID_TOKEN"));
        assertThat(location("/reset-password/x?callbackURL=/ui/reset?a=b"))
                .isEqualTo(ByHttp2.secure("http://localhost:4173/ui/reset?a=b&error=INVALID_TOKEN"));
        assertThat(location("/reset-password/x?callbackURL="))
                .isEqualTo(ByHttp2.secure("http://localhost:4173/api/auth/error?error=INVALID_TOKEN"));
        assertThat(location("/verify-email?token=x&callbackURL=/ui"))
                .isEqualTo(ByHttp2.secure("http://localhost:4173/ui?error=invalid_token"));
        HttpResponse<String> page = edge.get(BASE + "/error?error=%3Cb%3E&error_description=%3Cscript%3E");
        assertThat(page.body()).contains("UNKNOWN", "&lt;script&gt;").doesNotContain("<b>", "<script>");
    }

    @Test
    void csrf02_jsonEndpoints_takeNoForms() {
        for (String path : List.of("/revoke-session", "/change-password", "/admin/ban-user", "/sign-out")) {
            HttpResponse<String> answer = user.submit(BASE + path, Map.of("token", "x"));
            assertThat(code(answer)).as(path).isEqualTo("415 UNSUPPORTED_MEDIA_TYPE");
            assertThat(new JsonObject(answer.body()).getString("message")).endsWith("Allowed types: application/json");
        }
        assertThat(WireIT.isSignedIn(user)).isTrue();
    }

    @Test
    void bodyOver16KiB_is413() {
        HttpResponse<String> answer =
                nobody.postJson(BASE + "/sign-in/email", json("email", "a@b.org", "password", "x".repeat(70_000)));
        assertThat(answer.statusCode()).isEqualTo(413);
    }

    @Test
    void unknownFields_areDropped() {
        assertThat(code(user.postJson(BASE + "/update-user", json("name", "Ada", "id", adminId))))
                .isEqualTo("200 ");
        assertThat(WireIT.idOf(user)).isEqualTo(userId);
    }

    private String location(String path) {
        HttpResponse<String> answer = edge.get(BASE + path);
        assertThat(answer.statusCode()).isEqualTo(302);
        return answer.headers().firstValue("location").orElseThrow();
    }

    private Browser browser(Who who) {
        return switch (who) {
            case NOBODY -> nobody;
            case USER -> user;
            case ADMIN -> admin;
        };
    }
}
