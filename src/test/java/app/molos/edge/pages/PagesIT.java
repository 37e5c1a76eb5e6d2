package app.molos.edge.pages;

import static org.assertj.core.api.Assertions.assertThat;

import app.molos.edge.testing.Browser;
import app.molos.edge.testing.EdgeServer;
import app.molos.edge.testing.MailServer;
import app.molos.edge.testing.RawHttp;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The pages over HTTP: what they lead to and what they refuse. How they look to people is in BrowserIT. */
@Tag("http2")
class PagesIT {
    private static final String PASSWORD = "correct horse";

    private static Map<String, String> newUser(String email) {
        return Map.of("name", "Ada", "email", email, "password", PASSWORD, "again", PASSWORD);
    }

    private static Map<String, String> signIn(String to) {
        return Map.of("email", "ada@example.org", "password", PASSWORD, "remember", "on", "to", to);
    }

    /** It was a 500 for strangers, and no answer at all for one who had to be looked up. */
    @Test
    void queryThatCannotBeDecoded_isRefused_byEveryPage(@TempDir Path directory) throws Exception {
        try (EdgeServer edge = EdgeServer.start(directory, Map.of())) {
            String cookie = edge.signUp("ada@example.org");
            for (String page : List.of("sign-in", "account", "welcome", "new-password", "undo-address", "landed", "")) {
                for (String who : List.of("", "Cookie: " + cookie + "\r\n")) {
                    for (String query : List.of("a=%zz", "%", "token=a%2")) {
                        assertThat(RawHttp.exchange(
                                        edge.port(),
                                        "GET /edge/" + page + "?" + query + " HTTP/1.1\r\nHost: localhost\r\n" + who
                                                + "\r\n"))
                                .as(page + query)
                                .startsWith("HTTP/1.1 400")
                                .contains("malformed escape");
                    }
                }
            }
        }
    }

    @Test
    void person_signsUpAndIn_andLandsWhereTheyWereGoing(@TempDir Path directory) throws Exception {
        Files.createDirectories(directory.resolve("private"));
        Files.writeString(directory.resolve("private/index.html"), "private page");
        EdgeServer.modules(directory, "development:\n  modules:\n    - id: private\n      static: private\n");
        try (EdgeServer edge = EdgeServer.start(directory, Map.of())) {
            Browser ada = new Browser(edge);
            assertThat(location(ada.get("/edge/sign-in"))).isEqualTo("/edge/welcome");
            assertThat(location(ada.submit("/edge/welcome", newUser("ada@example.org"))))
                    .isEqualTo("/edge/landed");
            assertThat(location(ada.get("/edge/landed"))).isEqualTo("/");
            assertThat(ada.get("/edge/account").body()).contains("ada@example.org", "administrator", "this one");
            assertThat(location(ada.get("/edge/welcome")))
                    .as("gone once somebody owns it")
                    .isEqualTo("/edge/sign-in");

            Browser again = new Browser(edge, "Accept", "text/html");
            String asked = "/modules/private/?a=b";
            String led = location(again.get(asked));
            assertThat(led).isEqualTo("/edge/sign-in?to=%2Fmodules%2Fprivate%2F%3Fa%3Db");
            assertThat(again.get(led).body()).contains("value=\"/modules/private/?a=b\"");
            HttpResponse<String> wrong = again.submit(
                    "/edge/sign-in", Map.of("email", "ada@example.org", "password", "wrong horse", "to", asked));
            assertThat(wrong.statusCode()).isEqualTo(401);
            assertThat(wrong.body())
                    .contains("role=\"alert\"", "not right", "value=\"ada@example.org\"")
                    .doesNotContain("wrong horse");
            String landed = location(again.submit("/edge/sign-in", signIn(asked)));
            assertThat(location(again.get(landed))).isEqualTo(asked);
            assertThat(again.get(asked).body()).isEqualTo("private page");

            for (String evil :
                    List.of("//evil.example", "/\\evil.example", "https://evil.example", "/\t/evil.example")) {
                String step = location(again.submit("/edge/sign-in", signIn(evil)));
                assertThat(step).startsWith("/edge/landed");
                assertThat(location(again.get(step))).as(evil).isEqualTo("/");
            }
            assertThat(new Browser(edge).get("/modules/private/").statusCode())
                    .as("a program gets no page")
                    .isEqualTo(401);
        }
    }

    /** Where no module is at /, people find the way in and what they may open; programs find nothing, as before. */
    @Test
    void frontPage_leadsToWhatOneMayOpen_underTheSitesName(@TempDir Path directory) throws Exception {
        for (String name : List.of("shown", "private", "secret")) {
            Files.createDirectories(directory.resolve(name));
            Files.writeString(directory.resolve(name + "/index.html"), name);
        }
        EdgeServer.modules(directory, """
                development:
                  modules:
                    - {id: shown, static: shown, access: public}
                    - {id: private, static: private}
                    - {id: secret, static: secret, access: admin, paths: [/secret]}
                    - {id: unused, static: shown, enabled: false}
                """);
        try (EdgeServer edge = EdgeServer.start(directory, Map.of("SITE_NAME", "Our <place>"))) {
            Browser owner = new Browser(edge, "Accept", "text/html");
            Browser ada = new Browser(edge, "Accept", "text/html");
            assertThat(ada.get("/").body())
                    .contains(
                            "href=\"/edge/sign-in\"",
                            "href=\"/modules/shown/\"",
                            "Our &lt;place",
                            "<title>Welcome - Our &lt;place")
                    .doesNotContain("private", "secret", "MoLOS Edge", "/modules/unused");
            owner.submit("/edge/welcome", newUser("owner@example.org"));
            ada.submit("/edge/sign-up", newUser("ada@example.org"));
            assertThat(ada.get("/").body())
                    .contains("/modules/shown/", "/modules/private/", "signed in as")
                    .doesNotContain("/secret");
            assertThat(owner.get("/").body()).contains("href=\"/secret/\"");
            assertThat(edge.get("/").statusCode()).as("a program").isEqualTo(404);
            assertThat(owner.get("/edge/account").body())
                    .contains(
                            "<a href=\"/\">Back to Our &lt;place",
                            "Current password",
                            "Save new password",
                            "type=\"text\" name=\"username\" autocomplete=\"username\" value=\"owner@example.org\"");
        }
        try (EdgeServer edge = EdgeServer.start(directory, Map.of("ORIGIN", "http://localhost:4173"))) {
            assertThat(edge.get("/edge/sign-in", "Accept", "text/html").body()).contains("<title>Sign in - localhost");
        }
    }

    /** What went wrong is tied to its field, for those who do not see the colour. */
    @Test
    void problem_isTiedToItsField(@TempDir Path directory) throws Exception {
        try (EdgeServer edge = EdgeServer.start(directory, Map.of())) {
            Browser ada = new Browser(edge);
            ada.submit("/edge/welcome", newUser("ada@example.org"));
            Map<String, String> weak = new HashMap<>(newUser("b@example.org"));
            weak.put("password", "short");
            weak.put("again", "short");
            assertInvalid(new Browser(edge).submit("/edge/sign-up", weak).body(), "password", "problem password-hint");
            weak.put("again", "other");
            assertInvalid(new Browser(edge).submit("/edge/sign-up", weak).body(), "again", "problem");
            assertInvalid(
                    new Browser(edge)
                            .submit("/edge/sign-up", newUser("ada@example.org"))
                            .body(),
                    "email",
                    "problem");
            assertInvalid(
                    new Browser(edge)
                            .submit("/edge/sign-in", Map.of("email", "ada@example.org", "password", "wrong horse"))
                            .body(),
                    "password",
                    "problem");
            String token = token(ada.get("/edge/account").body(), "/edge/account/password");
            assertInvalid(
                    ada.submit(
                                    "/edge/account/password",
                                    Map.of(
                                            "token",
                                            token,
                                            "current",
                                            "wrong horse",
                                            "password",
                                            "another horse",
                                            "again",
                                            "another horse"))
                            .body(),
                    "current",
                    "problem");
        }
    }

    private static void assertInvalid(String page, String id, String describedBy) {
        assertThat(page).contains("id=\"problem\"").containsOnlyOnce("aria-invalid=");
        assertThat(page)
                .containsPattern(
                        "<input id=\"" + id + "\"[^>]* aria-invalid=\"true\" aria-describedby=\"" + describedBy + "\"");
    }

    /** CSRF-03: a form is good for the session and the action that it was made for, and for nothing else. */
    @Test
    void csrf03_accountForms_needTheirOwnToken(@TempDir Path directory) throws Exception {
        try (EdgeServer edge = EdgeServer.start(directory, Map.of())) {
            Browser owner = new Browser(edge);
            owner.submit("/edge/welcome", newUser("owner@example.org"));
            Browser ada = new Browser(edge);
            ada.submit("/edge/sign-up", newUser("ada@example.org"));
            String nameToken = token(ada.get("/edge/account").body(), "/edge/account/name");
            String endToken = token(ada.get("/edge/account").body(), "/edge/account/delete");
            for (String bad :
                    List.of("", "x", endToken, token(owner.get("/edge/account").body(), "/edge/account/name"))) {
                assertThat(ada.submit("/edge/account/name", Map.of("name", "Eve", "token", bad))
                                .statusCode())
                        .isEqualTo(403);
            }
            assertThat(ada.get("/edge/account").body()).doesNotContain("Eve");
            assertThat(location(
                            ada.submit("/edge/account/name", Map.of("name", "<b>Countess</b>", "token", nameToken))))
                    .isEqualTo("/edge/account?done=name");
            assertThat(ada.get("/edge/account?done=name").body())
                    .contains("&lt;b>Countess&lt;/b>", "Your name is changed")
                    .doesNotContain("<b>Countess");
            assertThat(ada.submit("/edge/account/name", Map.of("name", "", "token", nameToken))
                            .statusCode())
                    .isEqualTo(400);
            assertThat(location(ada.get("/edge/sign-out")))
                    .as("signed in: a form, not a redirect")
                    .isEmpty();
            assertThat(ada.submit("/edge/sign-out", Map.of()).statusCode()).isEqualTo(403);
            String out = token(ada.get("/edge/sign-out").body(), "/edge/sign-out");
            assertThat(location(ada.submit("/edge/sign-out", Map.of("token", out))))
                    .isEqualTo("/edge/sign-in?done=out");
            assertThat(location(ada.get("/edge/account"))).isEqualTo("/edge/sign-in?to=%2Fedge%2Faccount");
            assertThat(ada.submit("/edge/account/delete", Map.of("password", PASSWORD, "token", endToken))
                            .statusCode())
                    .as("nobody is signed in")
                    .isEqualTo(303);
        }
    }

    @Test
    void forgottenPassword_isChosenAnew(@TempDir Path directory) throws Exception {
        try (MailServer mail = new MailServer();
                EdgeServer edge = EdgeServer.start(directory, mail.settings(new HashMap<>()))) {
            Browser ada = new Browser(edge);
            ada.submit("/edge/welcome", newUser("ada@example.org"));
            mail.next();
            Browser lost = new Browser(edge);
            assertThat(lost.get("/edge/sign-in").body()).contains("/edge/forgot");
            String known = lost.submit("/edge/forgot", Map.of("email", "ada@example.org"))
                    .body();
            String unknown = lost.submit("/edge/forgot", Map.of("email", "bob@example.org"))
                    .body();
            assertThat(known.replace("ada@", "")).isEqualTo(unknown.replace("bob@", ""));
            String page = location(lost.get(mail.next().path())).replaceFirst("https?://[^/]+", "");
            assertThat(page).startsWith("/edge/new-password?token=");
            String reset = page.substring(page.indexOf('=') + 1);
            assertThat(lost.get(page).body()).contains("value=\"" + reset + "\"");
            assertThat(lost.submit(
                                    "/edge/new-password",
                                    Map.of("reset", reset, "password", "another horse", "again", "other"))
                            .body())
                    .contains("not the same");
            assertThat(location(lost.submit(
                            "/edge/new-password",
                            Map.of("reset", reset, "password", "another horse", "again", "another horse"))))
                    .isEqualTo("/edge/sign-in?done=password");
            assertThat(lost.submit(
                                    "/edge/new-password",
                                    Map.of("reset", reset, "password", "third horse", "again", "third horse"))
                            .body())
                    .contains("was used already");
            assertThat(location(ada.get("/edge/account")))
                    .as("every session ended")
                    .startsWith("/edge/sign-in");
        }
    }

    @Test
    void landed_withoutACookie_saysWhy_andDoesNotGoRound(@TempDir Path directory) throws Exception {
        try (EdgeServer edge = EdgeServer.start(
                directory, Map.of("ORIGIN", "https://localhost:9", "TRUSTED_PROXIES", "127.0.0.1/32"))) {
            HttpResponse<String> byHttp = edge.get("/edge/landed", "Host", "localhost:9", "X-Forwarded-Proto", "http");
            assertThat(byHttp.statusCode()).isEqualTo(400);
            assertThat(byHttp.body()).contains("by http", "ORIGIN", "https://localhost:9");
            assertThat(edge.get("/edge/landed", "Host", "localhost:5").body()).contains("localhost:5", "ORIGIN");
            assertThat(edge.get(
                                    "/edge/landed",
                                    "Host",
                                    "localhost:9",
                                    "X-Forwarded-Proto",
                                    "https",
                                    "Sec-Fetch-Site",
                                    "same-origin")
                            .body())
                    .contains("blocks cookies");
        }
    }

    @Test
    void pages_haveNoScript_andAStylesheetForGood(@TempDir Path directory) throws Exception {
        try (EdgeServer edge = EdgeServer.start(directory, Map.of())) {
            HttpResponse<String> page = edge.get("/edge/welcome");
            assertThat(page.body()).doesNotContain("<script", "style=", "onclick");
            assertThat(page.headers().firstValue("content-security-policy").orElseThrow())
                    .contains("default-src 'none'", "style-src 'self'", "form-action 'self'")
                    .doesNotContain("unsafe", "script-src");
            assertThat(page.headers().firstValue("cache-control")).hasValue("no-store");
            Matcher link =
                    Pattern.compile("href=\"(/edge/style-[0-9a-f]{12}\\.css)\"").matcher(page.body());
            assertThat(link.find()).isTrue();
            HttpResponse<String> style = edge.get(link.group(1));
            assertThat(style.headers().firstValue("cache-control")).hasValue("public, max-age=31536000, immutable");
            assertThat(style.headers().firstValue("content-type")).hasValue("text/css; charset=utf-8");
            assertThat(edge.get("/edge/nothing").statusCode()).isEqualTo(404);
            assertThat(edge.postJson("/edge/sign-in", "{}").statusCode()).isIn(404, 415);
        }
    }

    private static String location(HttpResponse<String> answer) {
        return answer.headers().firstValue("location").orElse("");
    }

    private static String token(String page, String action) {
        Matcher matcher = Pattern.compile(
                        "action=\"" + action + "\">\\s*<input type=\"hidden\" name=\"token\" value=\"([^\"]+)\"")
                .matcher(page);
        assertThat(matcher.find()).as(page).isTrue();
        return matcher.group(1);
    }
}
