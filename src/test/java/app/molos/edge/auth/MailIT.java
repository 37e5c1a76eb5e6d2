package app.molos.edge.auth;

import static app.molos.edge.auth.WireIT.BASE;
import static app.molos.edge.auth.WireIT.PASSWORD;
import static app.molos.edge.auth.WireIT.code;
import static app.molos.edge.auth.WireIT.isSignedIn;
import static app.molos.edge.auth.WireIT.json;
import static app.molos.edge.auth.WireIT.ok;
import static app.molos.edge.auth.WireIT.signUp;
import static org.assertj.core.api.Assertions.assertThat;

import app.molos.edge.testing.Browser;
import app.molos.edge.testing.Databases;
import app.molos.edge.testing.EdgeServer;
import app.molos.edge.testing.MailServer;
import app.molos.edge.testing.SecureMailServer;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Section 6 of the wire, with a real SMTP server. */
class MailIT {
    private static final String REQUEST = BASE + "/request-password-reset";
    private static final String RESET = BASE + "/reset-password";
    private static final String SIGN_IN = BASE + "/sign-in/email";

    @ParameterizedTest
    @EnumSource(Databases.class)
    void forgottenPassword_isReplacedOnce_andEndsAllSessions(Databases kind, @TempDir Path directory) throws Exception {
        try (MailServer mail = new MailServer();
                EdgeServer edge = EdgeServer.start(directory, mail.settings(kind.settings(directory)))) {
            Browser ada = signUp(edge, "ada");
            assertThat(mail.next().subject()).isEqualTo("Confirm your address");

            HttpResponse<String> known =
                    edge.postJson(REQUEST, json("email", "ADA@example.org", "redirectTo", "/ui/reset"));
            HttpResponse<String> unknown =
                    edge.postJson(REQUEST, json("email", "nobody@example.org", "redirectTo", "/ui/reset"));
            assertThat(ok0(known))
                    .isEqualTo(ok0(unknown))
                    .isEqualTo("{\"status\":true,\"message\":"
                            + "\"If this email exists in our system, check your email for the reset link\"}");
            MailServer.Mail letter = mail.next();
            assertThat(letter.to()).isEqualTo("ada@example.org");
            assertThat(letter.from()).isEqualTo("Our Edge <edge@example.org>");
            assertThat(letter.link()).startsWith("http://localhost");
            assertThat(mail.rest()).isEmpty();

            edge.send("HEAD", letter.path(), null);
            HttpResponse<String> opened = edge.get(letter.path());
            assertThat(opened.statusCode()).isEqualTo(302);
            String token =
                    opened.headers().firstValue("location").orElseThrow().replaceFirst(".*/ui/reset\\?token=", "");
            assertThat(token).matches("[A-Za-z0-9]{24}");
            assertThat(code(edge.postJson(RESET, json("newPassword", "1234567", "token", token))))
                    .isEqualTo("400 PASSWORD_TOO_SHORT");
            assertThat(code(edge.postJson(RESET, json("newPassword", "password1", "token", token))))
                    .isEqualTo("400 PASSWORD_TOO_WEAK");
            assertThat(edge.postJson(RESET, json("newPassword", "another horse", "token", token))
                            .body())
                    .isEqualTo("{\"status\":true}");
            assertThat(code(edge.postJson(RESET, json("newPassword", "third horse", "token", token))))
                    .isEqualTo("400 INVALID_TOKEN");
            assertThat(isSignedIn(ada)).isFalse();
            assertThat(code(edge.postJson(SIGN_IN, json("email", "ada@example.org", "password", PASSWORD))))
                    .isEqualTo("401 INVALID_EMAIL_OR_PASSWORD");
            ok(edge.postJson(SIGN_IN, json("email", "ada@example.org", "password", "another horse")));
            Awaitility.await()
                    .untilAsserted(() -> assertThat(edge.accessLog()).contains("/api/auth/reset-password/:token"));
            assertThat(edge.accessLog()).as("SES-09: a token is never logged").doesNotContain(token);
        }
    }

    @Test
    void severalResetLinks_areUsedUpByOne(@TempDir Path directory) throws Exception {
        try (MailServer mail = new MailServer();
                EdgeServer edge = EdgeServer.start(directory, mail.settings(Map.of()))) {
            signUp(edge, "ada");
            mail.next();
            edge.postJson(REQUEST, json("email", "ada@example.org"));
            String first = tokenOf(edge, mail.next());
            edge.postJson(REQUEST, json("email", "ada@example.org"));
            String second = tokenOf(edge, mail.next());
            assertThat(edge.postJson(RESET, json("newPassword", "another horse", "token", second))
                            .statusCode())
                    .isEqualTo(200);
            assertThat(code(edge.postJson(RESET, json("newPassword", "third horse", "token", first))))
                    .isEqualTo("400 INVALID_TOKEN");
        }
    }

    @ParameterizedTest
    @EnumSource(Databases.class)
    void address_isVerified_andChangedByBoth(Databases kind, @TempDir Path directory) throws Exception {
        try (MailServer mail = new MailServer();
                EdgeServer edge = EdgeServer.start(directory, mail.settings(kind.settings(directory)))) {
            Browser ada = new Browser(edge);
            ok(ada.postJson(
                    BASE + "/sign-up/email",
                    json("name", "Ada", "email", "ada@example.org", "password", PASSWORD, "callbackURL", "/ui/hello")));
            MailServer.Mail welcome = mail.next();
            HttpResponse<String> followed = edge.get(welcome.path());
            assertThat(followed.headers().firstValue("location").orElseThrow()).endsWith("/ui/hello");
            assertThat(userOf(ada).getBoolean("emailVerified")).isTrue();
            assertThat(edge.get(welcome.path()).headers().firstValue("location").orElseThrow())
                    .as("a second click is no fault")
                    .endsWith("/ui/hello");
            assertThat(code(ada.postJson(BASE + "/send-verification-email", json("email", "ada@example.org"))))
                    .isEqualTo("400 EMAIL_IS_ALREADY_VERIFIED");
            assertThat(code(ada.postJson(BASE + "/send-verification-email", json("email", "b@example.org"))))
                    .isEqualTo("400 EMAIL_MISMATCH");
            assertThat(edge.postJson(BASE + "/send-verification-email", json("email", "nobody@example.org"))
                            .body())
                    .isEqualTo("{\"status\":true}");

            assertThat(code(ada.postJson(BASE + "/change-email", json("newEmail", "ada@example.org"))))
                    .isEqualTo("400 EMAIL_IS_THE_SAME");
            assertThat(ok(ada.postJson(BASE + "/change-email", json("newEmail", "countess@example.org"))))
                    .isEqualTo(new JsonObject().put("status", true));
            MailServer.Mail toOld = mail.next();
            assertThat(toOld.to()).isEqualTo("ada@example.org");
            assertThat(edge.get(toOld.path()).statusCode()).isEqualTo(302);
            assertThat(userOf(ada).getString("email"))
                    .as("the new address was not asked yet")
                    .isEqualTo("ada@example.org");
            MailServer.Mail toNew = mail.next();
            assertThat(toNew.to()).isEqualTo("countess@example.org");
            assertThat(edge.get(toOld.path()).headers().firstValue("location").orElseThrow())
                    .endsWith("?error=invalid_token");
            edge.get(toNew.path());
            assertThat(userOf(ada).getString("email")).isEqualTo("countess@example.org");
            assertThat(edge.get(toNew.path()).headers().firstValue("location").orElseThrow())
                    .as("single use")
                    .endsWith("?error=invalid_token");
            assertThat(mail.next().text()).contains("is countess@example.org now", "/edge/undo-address?token=");

            // A taken address gets no mail, and the answer does not say why.
            signUp(edge, "bob");
            mail.next();
            assertThat(ok(ada.postJson(BASE + "/change-email", json("newEmail", "bob@example.org"))))
                    .isEqualTo(new JsonObject().put("status", true));
            assertThat(mail.rest()).isEmpty();
        }
    }

    /**
     * Somebody with a stolen session and the password moves the account twice; the mailbox that it came from takes it
     * back.
     */
    @Tag("long")
    @ParameterizedTest
    @EnumSource(Databases.class)
    void changedAddress_isTakenBackFromTheOldMailbox_howeverOftenItWasChanged(Databases kind, @TempDir Path directory)
            throws Exception {
        try (MailServer mail = new MailServer();
                EdgeServer edge = EdgeServer.start(directory, mail.settings(kind.settings(directory)))) {
            Browser ada = signUp(edge, "ada");
            mail.next();
            ok(ada.postJson(BASE + "/change-email", json("newEmail", "thief@example.org")));
            edge.get(mail.next().path());
            MailServer.Mail told = mail.next();
            assertThat(told.to()).isEqualTo("ada@example.org");
            Matcher undo = Pattern.compile("/edge/undo-address\\?token=(\\S+)").matcher(told.text());
            assertThat(undo.find()).isTrue();
            ok(ada.postJson(BASE + "/change-email", json("newEmail", "second@example.org")));
            edge.get(mail.next().path());
            edge.get(mail.next().path());
            MailServer.Mail toThief = mail.next();
            assertThat(toThief.to()).isEqualTo("thief@example.org");
            Matcher counter =
                    Pattern.compile("/edge/undo-address\\?token=(\\S+)").matcher(toThief.text());
            assertThat(counter.find()).isTrue();
            assertThat(code(edge.postJson(
                            BASE + "/sign-up/email",
                            json("name", "No", "email", "ada@example.org", "password", PASSWORD))))
                    .as("the address is kept for its owner")
                    .isEqualTo("422 USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL");
            ok(ada.postJson(
                    BASE + "/change-password", json("currentPassword", PASSWORD, "newPassword", "stolen horse")));

            Browser owner = new Browser(edge);
            assertThat(owner.get(undo.group()).body()).contains("Take my address back");
            assertThat(userOf(ada).getString("email"))
                    .as("looking is not taking back")
                    .isEqualTo("second@example.org");
            assertThat(owner.submit("/edge/undo-address", Map.of("undo", undo.group(1)))
                            .body())
                    .contains("Your address is back");
            assertThat(isSignedIn(ada)).as("every session ended").isFalse();
            assertThat(code(owner.postJson(
                            BASE + "/sign-in/email", json("email", "ada@example.org", "password", "stolen horse"))))
                    .isEqualTo("200 ");
            assertThat(owner.submit("/edge/undo-address", Map.of("undo", undo.group(1)))
                            .statusCode())
                    .as("once")
                    .isEqualTo(400);
            assertThat(owner.get(undo.group()).statusCode()).isEqualTo(400);
            assertThat(new Browser(edge)
                            .submit("/edge/undo-address", Map.of("undo", counter.group(1)))
                            .statusCode())
                    .as("what the thief's mailbox got is worth nothing any more")
                    .isEqualTo(400);
            assertThat(code(owner.postJson(
                            BASE + "/sign-in/email", json("email", "ada@example.org", "password", "stolen horse"))))
                    .isEqualTo("200 ");
        }
    }

    /** Two changes are asked for at once, and the second link is kept until the first one was taken back. */
    @Tag("long")
    @Test
    void linkThatWasMailedBefore_isDeadAfterTheAddressWasTakenBack(@TempDir Path directory) throws Exception {
        try (MailServer mail = new MailServer();
                EdgeServer edge = EdgeServer.start(directory, mail.settings(Map.of()))) {
            signUp(edge, "owner");
            mail.next();
            Browser ada = signUp(edge, "ada");
            mail.next();
            ok(ada.postJson(BASE + "/change-email", json("newEmail", "one@example.org")));
            String first = mail.next().path();
            ok(ada.postJson(BASE + "/change-email", json("newEmail", "two@example.org")));
            String second = mail.next().path();
            edge.get(first);
            Matcher undo = Pattern.compile("/edge/undo-address\\?token=(\\S+)")
                    .matcher(mail.next().text());
            assertThat(undo.find()).isTrue();
            assertThat(new Browser(edge)
                            .submit("/edge/undo-address", Map.of("undo", undo.group(1)))
                            .body())
                    .contains("Your address is back");
            edge.get(second);
            assertThat(code(edge.postJson(SIGN_IN, json("email", "ada@example.org", "password", PASSWORD))))
                    .isEqualTo("200 ");
            assertThat(code(edge.postJson(SIGN_IN, json("email", "two@example.org", "password", PASSWORD))))
                    .startsWith("401 ");
        }
    }

    @Tag("long")
    @Test
    void linkOfABannedUser_changesNothing(@TempDir Path directory) throws Exception {
        try (MailServer mail = new MailServer();
                EdgeServer edge = EdgeServer.start(directory, mail.settings(Map.of()))) {
            Browser owner = signUp(edge, "owner");
            mail.next();
            Browser ada = signUp(edge, "ada");
            mail.next();
            ok(ada.postJson(BASE + "/change-email", json("newEmail", "one@example.org")));
            String id = userOf(ada).getString("id");
            ok(owner.postJson(BASE + "/admin/ban-user", json("userId", id)));
            assertThat(edge.get(mail.next().path())
                            .headers()
                            .firstValue("location")
                            .orElseThrow())
                    .endsWith("?error=invalid_token");
            assertThat(ok(owner.get(BASE + "/admin/get-user?id=" + id)).getString("email"))
                    .isEqualTo("ada@example.org");
        }
    }

    @Test
    void newAddress_needsAFreshSessionOrThePassword_andNobodyElsesSession(@TempDir Path directory) throws Exception {
        Map<String, String> settings = new HashMap<>(Map.of("SESSION_FRESH", "1s"));
        try (MailServer mail = new MailServer();
                EdgeServer edge = EdgeServer.start(directory, mail.settings(settings))) {
            Browser owner = signUp(edge, "owner");
            Browser ada = signUp(edge, "ada");
            mail.next();
            mail.next();
            Awaitility.await()
                    .atMost(Duration.ofSeconds(5))
                    .until(() -> code(ada.postJson(BASE + "/change-email", json("newEmail", "b@example.org")))
                            .startsWith("400 SESSION_EXPIRED"));
            mail.rest();
            assertThat(code(ada.postJson(
                            BASE + "/change-email", json("newEmail", "c@example.org", "password", "wrong horse"))))
                    .isEqualTo("400 INVALID_PASSWORD");
            assertThat(code(ada.postJson(
                            BASE + "/change-email", json("newEmail", "c@example.org", "password", PASSWORD))))
                    .isEqualTo("200 ");
            assertThat(mail.next().to()).isEqualTo("c@example.org");
            ok(owner.postJson(
                    BASE + "/admin/impersonate-user", json("userId", userOf(ada).getString("id"))));
            assertThat(code(owner.postJson(
                            BASE + "/change-email", json("newEmail", "d@example.org", "password", PASSWORD))))
                    .isEqualTo("403 NOT_WHILE_IMPERSONATING");
            assertThat(mail.rest()).isEmpty();
        }
    }

    @Test
    void link_ofSomebodyElse_changesNothing(@TempDir Path directory) throws Exception {
        try (MailServer mail = new MailServer();
                EdgeServer edge = EdgeServer.start(directory, mail.settings(Map.of()))) {
            Browser ada = signUp(edge, "ada");
            mail.next();
            Browser bob = signUp(edge, "bob");
            mail.next();
            ada.postJson(BASE + "/change-email", json("newEmail", "countess@example.org"));
            MailServer.Mail toNew = mail.next();
            assertThat(bob.get(toNew.path()).headers().firstValue("location").orElseThrow())
                    .endsWith("?error=unauthorized");
            assertThat(userOf(ada).getString("email")).isEqualTo("ada@example.org");
        }
    }

    @Test
    void requiredVerification_letsInAfterTheLink_andTheOwnerAtOnce(@TempDir Path directory) throws Exception {
        try (MailServer mail = new MailServer();
                EdgeServer edge =
                        EdgeServer.start(directory, mail.settings(Map.of("AUTH_REQUIRE_VERIFIED_EMAIL", "true")))) {
            Browser owner = signUp(edge, "owner");
            assertThat(userOf(owner).getBoolean("emailVerified")).isTrue();
            HttpResponse<String> answer = edge.postJson(
                    BASE + "/sign-up/email", json("name", "Ada", "email", "ada@example.org", "password", PASSWORD));
            assertThat(new JsonObject(answer.body()).getValue("token")).isNull();
            assertThat(answer.headers().allValues("set-cookie")).isEmpty();
            String signIn = json("email", "ada@example.org", "password", PASSWORD);
            assertThat(code(edge.postJson(SIGN_IN, signIn))).isEqualTo("403 EMAIL_NOT_VERIFIED");
            edge.get(mail.next().path());
            ok(edge.postJson(SIGN_IN, signIn));
        }
    }

    @Test
    void serverThatIsDown_isTriedAgain_showsInHealth_andNobodyWaits(@TempDir Path directory) throws Exception {
        try (MailServer mail = new MailServer();
                EdgeServer edge = EdgeServer.start(directory, mail.settings(Map.of("MAIL_RETRY_AFTER", "200ms")))) {
            mail.close();
            long start = System.nanoTime();
            Browser ada = signUp(edge, "ada");
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
            isDegraded(edge);
            assertThat(new JsonObject(edge.get("/api/health").body()).getString("status"))
                    .isEqualTo("degraded");
            assertThat(edge.get("/api/health").statusCode()).isEqualTo(200);
            mail.open();
            assertThat(mail.next().to()).isEqualTo("ada@example.org");
            Awaitility.await()
                    .untilAsserted(() -> assertThat(
                                    new JsonObject(edge.get("/api/health").body()).getString("status"))
                            .isEqualTo("healthy"));
            assertThat(isSignedIn(ada)).isTrue();
        }
    }

    @ParameterizedTest
    @EnumSource(SecureMailServer.Kind.class)
    void mail_goesOutEncrypted_toAServerOfOnesOwn(SecureMailServer.Kind kind, @TempDir Path directory)
            throws Exception {
        try (SecureMailServer mail = new SecureMailServer(kind, "ip:127.0.0.1", directory);
                EdgeServer edge = EdgeServer.start(directory, mail.settings())) {
            signUp(edge, "ada");
            Awaitility.await().untilAsserted(() -> assertThat(mail.recipients()).containsExactly("ada@example.org"));
        }
    }

    @ParameterizedTest
    @EnumSource(SecureMailServer.Kind.class)
    void mail_isKeptFromAServer_thatCannotProveItsName(SecureMailServer.Kind kind, @TempDir Path directory)
            throws Exception {
        try (SecureMailServer mail = new SecureMailServer(kind, "dns:mail.example.org", directory)) {
            staysHere(directory, mail, mail.settings());
            Map<String, String> unknownAuthority = mail.settings();
            unknownAuthority.remove("MAIL_CA_FILE");
            staysHere(directory, mail, unknownAuthority);
        }
    }

    /** Without {@code ?tls=} a server that knows no STARTTLS, or that somebody stripped of it, gets nothing. */
    @Test
    void mail_isKeptFromAServer_withoutStarttls(@TempDir Path directory) throws Exception {
        try (MailServer mail = new MailServer()) {
            Map<String, String> settings = mail.settings(Map.of("MAIL_RETRY_AFTER", "100ms"));
            settings.computeIfPresent("MAIL_URL", (key, url) -> url.replace("?tls=none", ""));
            try (EdgeServer edge = EdgeServer.start(directory, settings)) {
                signUp(edge, "ada");
                isDegraded(edge);
                assertThat(mail.rest()).isEmpty();
            }
        }
    }

    private static void staysHere(Path directory, SecureMailServer mail, Map<String, String> settings)
            throws Exception {
        try (EdgeServer edge = EdgeServer.start(Files.createTempDirectory(directory, "edge"), settings)) {
            signUp(edge, "ada");
            isDegraded(edge);
            assertThat(mail.recipients()).isEmpty();
        }
    }

    private static void isDegraded(EdgeServer edge) {
        Awaitility.await()
                .untilAsserted(
                        () -> assertThat(new JsonObject(edge.get("/api/health").body())
                                        .getJsonObject("checks")
                                        .getJsonObject("mail")
                                        .getString("code"))
                                .isEqualTo("mail_not_sent"));
    }

    /**
     * A new password ends what was mailed before it; and what is mailed after it takes no password of the owner's own
     * words.
     */
    @ParameterizedTest
    @EnumSource(Databases.class)
    void pendingLinks_endWithAPasswordChange(Databases kind, @TempDir Path directory) throws Exception {
        try (MailServer mail = new MailServer();
                EdgeServer edge = EdgeServer.start(directory, mail.settings(kind.settings(directory)))) {
            Browser ada = signUp(edge, "ada");
            mail.next();
            edge.postJson(REQUEST, json("email", "ada@example.org"));
            String reset = tokenOf(edge, mail.next());
            ok(ada.postJson(BASE + "/change-email", json("newEmail", "thief@example.org")));
            MailServer.Mail change = mail.next();
            ok(ada.postJson(
                    BASE + "/change-password", json("currentPassword", PASSWORD, "newPassword", "another horse")));
            assertThat(code(edge.postJson(RESET, json("newPassword", "third horse", "token", reset))))
                    .isEqualTo("400 INVALID_TOKEN");
            assertThat(edge.get(change.path()).headers().firstValue("location").orElseThrow())
                    .endsWith("?error=invalid_token");
            assertThat(userOf(ada).getString("email")).isEqualTo("ada@example.org");

            edge.postJson(REQUEST, json("email", "ada@example.org"));
            String next = tokenOf(edge, mail.next());
            assertThat(code(edge.postJson(RESET, json("newPassword", "ada@example", "token", next))))
                    .isEqualTo("400 PASSWORD_TOO_WEAK");
            assertThat(edge.postJson(RESET, json("newPassword", "third horse", "token", next))
                            .statusCode())
                    .as("a refused password does not use the link up")
                    .isEqualTo(200);
        }
    }

    /** AUTH-04: the clock does not tell whether an address is known either. */
    @Test
    void resetRequest_takesTheSameTime_forKnownAndUnknown(@TempDir Path directory) throws Exception {
        try (MailServer mail = new MailServer();
                EdgeServer edge = EdgeServer.start(directory, mail.settings(Map.of()))) {
            signUp(edge, "ada");
            long[] known = new long[40];
            long[] unknown = new long[40];
            for (int i = -10; i < 40; i++) {
                long a = nanos(() -> edge.postJson(REQUEST, json("email", "ada@example.org")));
                long b = nanos(() -> edge.postJson(REQUEST, json("email", "nobody@example.org")));
                if (i >= 0) {
                    known[i] = a;
                    unknown[i] = b;
                }
            }
            double difference = Math.abs(median(known) - median(unknown)) / 1e6;
            assertThat(difference).as("ms between the medians").isLessThan(2);
        }
    }

    private static long nanos(Runnable work) {
        long start = System.nanoTime();
        work.run();
        return System.nanoTime() - start;
    }

    private static double median(long[] values) {
        Arrays.sort(values);
        return values[values.length / 2];
    }

    private static String ok0(HttpResponse<String> answer) {
        assertThat(answer.statusCode()).isEqualTo(200);
        return answer.body();
    }

    private static JsonObject userOf(Browser browser) {
        return ok(browser.copy().get(BASE + "/get-session")).getJsonObject("user");
    }

    private static String tokenOf(EdgeServer edge, MailServer.Mail letter) {
        return edge.get(letter.path())
                .headers()
                .firstValue("location")
                .orElseThrow()
                .replaceFirst(".*token=", "");
    }
}
