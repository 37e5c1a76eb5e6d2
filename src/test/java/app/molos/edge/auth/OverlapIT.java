package app.molos.edge.auth;

import static app.molos.edge.auth.WireIT.BASE;
import static app.molos.edge.auth.WireIT.PASSWORD;
import static app.molos.edge.auth.WireIT.code;
import static app.molos.edge.auth.WireIT.json;
import static app.molos.edge.auth.WireIT.ok;
import static app.molos.edge.auth.WireIT.signUp;
import static org.assertj.core.api.Assertions.assertThat;

import app.molos.edge.testing.Browser;
import app.molos.edge.testing.CommandLine;
import app.molos.edge.testing.Databases;
import app.molos.edge.testing.EdgeServer;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A password is compared for a while; what is taken away meanwhile is gone. */
@Tag("long")
@Tag("http2")
class OverlapIT {
    private static final String SIGN_IN = BASE + "/sign-in/email";
    /** Comparisons ahead in the one hash thread: well over a second to act in. */
    private static final int AHEAD = 24;

    @ParameterizedTest
    @EnumSource(Databases.class)
    void signIn_withAPasswordThatIsReplacedMeanwhile_opensNothing(Databases kind, @TempDir Path directory)
            throws Exception {
        Map<String, String> settings = settings(kind, directory);
        try (EdgeServer edge = EdgeServer.start(directory, settings)) {
            signUp(edge, "ada");
            CompletableFuture<HttpResponse<String>> signIn = slowly(edge);
            assertThat(CommandLine.run(
                                    "another horse\n", directory, settings, "user", "set-password", "ada@example.org")
                            .code())
                    .isZero();
            assertThat(signIn).as("the comparison is still under way").isNotDone();
            assertThat(code(signIn.get(30, TimeUnit.SECONDS))).isEqualTo("401 INVALID_EMAIL_OR_PASSWORD");
            assertThat(CommandLine.run(directory, settings, "session", "list", "ada@example.org")
                            .out())
                    .isEqualTo("No session is open.\n");
        }
    }

    @ParameterizedTest
    @EnumSource(Databases.class)
    void signIn_ofSomebodyWhoIsBannedMeanwhile_isOfNoUse(Databases kind, @TempDir Path directory) throws Exception {
        try (EdgeServer edge = EdgeServer.start(directory, settings(kind, directory))) {
            Browser owner = signUp(edge, "owner");
            String ada = ok(signUp(edge, "ada").get(BASE + "/get-session"))
                    .getJsonObject("user")
                    .getString("id");
            CompletableFuture<HttpResponse<String>> signIn = slowly(edge);
            ok(owner.postJson(BASE + "/admin/ban-user", json("userId", ada)));
            assertThat(signIn).as("the comparison is still under way").isNotDone();
            HttpResponse<String> answer = signIn.get(30, TimeUnit.SECONDS);
            if (answer.statusCode() == 200) {
                assertThat(edge.get(BASE + "/get-session", "Cookie", EdgeServer.cookie(answer))
                                .body())
                        .isEqualTo("null");
            } else {
                assertThat(code(answer)).isEqualTo("403 BANNED_USER");
            }
        }
    }

    /** Ada's right password, at the end of a queue. */
    private static CompletableFuture<HttpResponse<String>> slowly(EdgeServer edge) throws InterruptedException {
        for (int i = 0; i < AHEAD; i++) {
            new Thread(() -> edge.postJson(SIGN_IN, json("email", "nobody@example.org", "password", "wrong horse")))
                    .start();
        }
        // So that they stand in the queue before it; each takes about a twentieth of a second there.
        Thread.sleep(150);
        CompletableFuture<HttpResponse<String>> signIn = CompletableFuture.supplyAsync(
                () -> edge.postJson(SIGN_IN, json("email", "ada@example.org", "password", PASSWORD)));
        // Its user is looked up at once, and the queue is far longer than this.
        Thread.sleep(200);
        return signIn;
    }

    private static Map<String, String> settings(Databases kind, Path directory) {
        Map<String, String> settings = new HashMap<>(kind.settings(directory));
        settings.putAll(Map.of("AUTH_HASH_THREADS", "1", "AUTH_HASH_QUEUE", "100"));
        return settings;
    }
}
