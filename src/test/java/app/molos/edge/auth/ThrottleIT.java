package app.molos.edge.auth;

import static app.molos.edge.auth.WireIT.BASE;
import static app.molos.edge.auth.WireIT.PASSWORD;
import static app.molos.edge.auth.WireIT.code;
import static app.molos.edge.auth.WireIT.json;
import static org.assertj.core.api.Assertions.assertThat;

import app.molos.edge.testing.Browser;
import app.molos.edge.testing.EdgeServer;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Limits as a client meets them, and what the clock tells. */
@Tag("long")
@Tag("http2")
class ThrottleIT {
    private static final String SIGN_IN = BASE + "/sign-in/email";
    private static final String RIGHT = json("email", "ada@example.org", "password", PASSWORD);
    private static final String WRONG = json("email", "ada@example.org", "password", "wrong horse");

    /** Behind a proxy, each visitor by an address of their own. */
    private static final Map<String, String> ON = Map.of(
            "AUTH_THROTTLE",
            "true",
            "TRUSTED_PROXIES",
            "127.0.0.1/32",
            "AUTH_HASH_QUEUE",
            "1000",
            "AUTH_ACCOUNT_DELAY",
            "3s");

    private static HttpResponse<String> from(EdgeServer edge, String address, String path, String body) {
        return edge.postJson(path, body, "X-Forwarded-For", address);
    }

    @Test
    void fourthSignInWithinTenSeconds_is429_inJson_perAddressAndPath(@TempDir Path directory) throws Exception {
        try (EdgeServer edge = EdgeServer.start(directory, ON)) {
            edge.signUp("ada@example.org");
            for (int i = 0; i < 3; i++) {
                assertThat(from(edge, "192.0.2.1", SIGN_IN, RIGHT).statusCode()).isEqualTo(200);
            }
            HttpResponse<String> fourth = from(edge, "192.0.2.1", SIGN_IN, RIGHT);
            assertThat(code(fourth)).isEqualTo("429 TOO_MANY_REQUESTS");
            assertThat(fourth.headers().firstValue("content-type")).hasValue("application/json");
            int seconds =
                    Integer.parseInt(fourth.headers().firstValue("retry-after").orElseThrow());
            assertThat(seconds).isBetween(1, 10);
            assertThat(fourth.headers().firstValue("x-retry-after")).hasValue(Integer.toString(seconds));
            // Bad bodies count as well; other paths and addresses do not.
            assertThat(from(edge, "192.0.2.1", SIGN_IN, "{").statusCode()).isEqualTo(429);
            assertThat(from(edge, "192.0.2.2", SIGN_IN, RIGHT).statusCode()).isEqualTo(200);
            assertThat(from(edge, "192.0.2.1", BASE + "/sign-up/email", "{}").statusCode())
                    .isEqualTo(400);
            assertThat(edge.get(BASE + "/get-session", "X-Forwarded-For", "192.0.2.1")
                            .statusCode())
                    .isEqualTo(200);
            // RL-02: one household has one budget.
            for (int i = 0; i < 3; i++) {
                assertThat(from(edge, "2001:db8::" + i, SIGN_IN, RIGHT).statusCode())
                        .isEqualTo(200);
            }
            assertThat(from(edge, "2001:db8::77", SIGN_IN, RIGHT).statusCode()).isEqualTo(429);
            assertThat(from(edge, "2001:db8:0:1::1", SIGN_IN, RIGHT).statusCode())
                    .isEqualTo(200);
        }
    }

    /** What no route takes counts for nothing: three links in a page would otherwise lock a household out. */
    @Test
    void otherMethods_andUnknownPaths_areNotCounted_andAKnownBrowserHasABudgetOfItsOwn(@TempDir Path directory)
            throws Exception {
        try (EdgeServer edge = EdgeServer.start(directory, ON)) {
            Browser owner = new Browser(edge, "X-Forwarded-For", "192.0.2.1");
            owner.postJson(
                    BASE + "/sign-up/email", json("name", "Ada", "email", "ada@example.org", "password", PASSWORD));
            owner.postJson(BASE + "/sign-out", "{}");
            for (int i = 0; i < 5; i++) {
                assertThat(edge.get(SIGN_IN, "X-Forwarded-For", "192.0.2.1").statusCode())
                        .isEqualTo(404);
                assertThat(from(edge, "192.0.2.1", SIGN_IN + "/x", "{}").statusCode())
                        .isEqualTo(404);
            }
            for (int i = 0; i < 3; i++) {
                assertThat(from(edge, "192.0.2.1", SIGN_IN, RIGHT).statusCode()).isEqualTo(200);
            }
            assertThat(from(edge, "192.0.2.1", SIGN_IN, RIGHT).statusCode()).isEqualTo(429);
            for (int i = 0; i < 3; i++) {
                assertThat(owner.postJson(SIGN_IN, RIGHT).statusCode()).isEqualTo(200);
            }
            assertThat(owner.postJson(SIGN_IN, RIGHT).statusCode())
                    .as("one of three, as everybody's")
                    .isEqualTo(429);
            // A word that somebody else wrote, or for another address, is no word.
            assertThat(edge.postJson(SIGN_IN, RIGHT, "X-Forwarded-For", "192.0.2.1", "Cookie", "molos.device=x.y")
                            .statusCode())
                    .isEqualTo(429);
        }
    }

    /** RL-01: a header that nobody trusted wrote gives no new budget. */
    @Test
    void rotatedForwardedFor_ofAnUntrustedPeer_isOneAddress(@TempDir Path directory) throws Exception {
        try (EdgeServer edge = EdgeServer.start(directory, Map.of("AUTH_THROTTLE", "true"))) {
            for (int i = 0; i < 3; i++) {
                assertThat(from(edge, "192.0.2." + i, SIGN_IN, RIGHT).statusCode())
                        .isEqualTo(401);
            }
            assertThat(from(edge, "192.0.2.99", SIGN_IN, RIGHT).statusCode()).isEqualTo(429);
        }
    }

    /** RL-04: strangers guess from everywhere; the owner signs in on the browser they used before, without a wait. */
    @Test
    void rl04_ownerWithAKnownBrowser_isNotSlowedByStrangers(@TempDir Path directory) throws Exception {
        try (EdgeServer edge = EdgeServer.start(directory, ON)) {
            Browser owner = new Browser(edge, "X-Forwarded-For", "198.51.100.7");
            owner.postJson(
                    BASE + "/sign-up/email", json("name", "Ada", "email", "ada@example.org", "password", PASSWORD));
            owner.postJson(BASE + "/sign-out", "{}");
            assertThat(owner.cookies()).containsOnlyKeys("molos.device");
            assertThat(IntStream.range(0, 54)
                            .parallel()
                            .map(i ->
                                    from(edge, "203.0.113." + i, SIGN_IN, WRONG).statusCode()))
                    .containsOnly(401);
            long start = System.nanoTime();
            assertThat(owner.postJson(SIGN_IN, RIGHT).statusCode()).isEqualTo(200);
            long known = System.nanoTime() - start;
            start = System.nanoTime();
            assertThat(from(edge, "198.51.100.8", SIGN_IN, RIGHT).statusCode())
                    .as("a new browser waits, and gets in")
                    .isEqualTo(200);
            long stranger = System.nanoTime() - start;
            assertThat(stranger - known).isGreaterThan(2_500_000_000L);
        }
    }

    /** RL-04: somebody in the same house guesses; who is signed in there changes their password all the same. */
    @Test
    void rl04_guessesFromTheSameNetwork_doNotTouchWhoIsSignedIn(@TempDir Path directory) throws Exception {
        Map<String, String> settings = new HashMap<>(ON);
        settings.put("AUTH_THROTTLE_LIMIT", "100");
        try (EdgeServer edge = EdgeServer.start(directory, settings)) {
            Browser owner = new Browser(edge, "X-Forwarded-For", "198.51.100.7");
            owner.postJson(
                    BASE + "/sign-up/email", json("name", "Ada", "email", "ada@example.org", "password", PASSWORD));
            for (int i = 0; i < 6; i++) {
                from(edge, "198.51.100.7", SIGN_IN, WRONG);
            }
            assertThat(from(edge, "198.51.100.7", SIGN_IN, RIGHT).statusCode()).isEqualTo(429);
            String change = json("currentPassword", PASSWORD, "newPassword", "another horse");
            assertThat(owner.postJson(BASE + "/change-password", change).statusCode())
                    .isEqualTo(200);
            // Guessing from inside is as slow as at the door.
            for (int i = 0; i < 6; i++) {
                assertThat(code(owner.postJson(BASE + "/change-password", change)))
                        .isEqualTo(i < 5 ? "400 INVALID_PASSWORD" : "429 TOO_MANY_REQUESTS");
            }
        }
    }

    /** AUTH-04: who there is cannot be told by the clock. */
    @Test
    void auth04_unknownUser_andWrongPassword_takeTheSameTime(@TempDir Path directory) throws Exception {
        try (EdgeServer edge = EdgeServer.start(directory, Map.of())) {
            edge.signUp("ada@example.org");
            String unknown = json("email", "nobody@example.org", "password", "wrong horse");
            for (int i = 0; i < 3; i++) {
                nanos(edge, WRONG);
                nanos(edge, unknown);
            }
            // In pairs, and more of them while the machine is busy with something else: what is in the code stays.
            List<Double> ratios = new ArrayList<>();
            double difference = 1;
            while (difference > 0.05 && ratios.size() < 200) {
                for (int i = 0; i < 20; i++) {
                    ratios.add((double) nanos(edge, WRONG) / nanos(edge, unknown));
                }
                difference = Math.abs(ratios.stream().sorted().toList().get(ratios.size() / 2) - 1);
            }
            assertThat(difference).as("the median of %s pairs", ratios.size()).isLessThanOrEqualTo(0.05);
        }
    }

    private static long nanos(EdgeServer edge, String body) {
        long start = System.nanoTime();
        assertThat(edge.postJson(SIGN_IN, body).body())
                .isEqualTo("{\"code\":\"INVALID_EMAIL_OR_PASSWORD\",\"message\":\"Invalid email or password\"}");
        return System.nanoTime() - start;
    }
}
