package app.molos.edge.http;

import static org.assertj.core.api.Assertions.assertThat;

import app.molos.edge.testing.EdgeServer;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** A site with a public address and one in the LAN: each request is judged and answered by the one it came by. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OriginsIT {
    private static final String PUBLIC = "edge.example.org";
    private static final String LAN = "192.168.1.10:4173";
    private static final String SIGN_UP = "{\"name\":\"Ada\",\"email\":\"%s\",\"password\":\"correct horse\"}";

    private EdgeServer edge;

    @BeforeAll
    void start(@TempDir Path directory) throws Exception {
        edge = EdgeServer.start(
                directory, Map.of("ORIGIN", "https://" + PUBLIC + ",http://" + LAN, "TRUSTED_PROXIES", "127.0.0.1/32"));
    }

    @AfterAll
    void stop() throws Exception {
        edge.close();
    }

    private HttpResponse<String> signUp(String host, String origin, String email) {
        return edge.postJson("/api/auth/sign-up/email", SIGN_UP.formatted(email), "Host", host, "Origin", origin);
    }

    @Test
    void cookieAndHsts_followTheOriginOfTheRequest() {
        HttpResponse<String> secure = signUp(PUBLIC, "https://" + PUBLIC, "ada@example.org");
        assertThat(secure.headers().firstValue("set-cookie").orElseThrow())
                .startsWith("__Host-molos.session_token=")
                .contains("; Secure");
        assertThat(secure.headers().firstValue("strict-transport-security")).isPresent();
        HttpResponse<String> plain = signUp(LAN, "http://" + LAN, "bob@example.org");
        assertThat(plain.headers().firstValue("set-cookie").orElseThrow())
                .startsWith("molos.session_token=")
                .doesNotContain("Secure");
        assertThat(plain.headers().firstValue("strict-transport-security")).isEmpty();
        assertThat(edge.get("/api/auth/get-session", "Host", LAN, "Cookie", EdgeServer.cookie(plain))
                        .body())
                .contains("bob@example.org");
        assertThat(edge.get("/api/auth/get-session", "Host", PUBLIC, "Cookie", EdgeServer.cookie(plain))
                        .body())
                .as("its cookie is not the other's")
                .isEqualTo("null");
    }

    /** Whoever is on the way to the LAN address can write a page there. */
    @Test
    void oneOrigin_cannotWriteToTheOther() {
        assertThat(signUp(PUBLIC, "http://" + LAN, "c@example.org").statusCode())
                .isEqualTo(403);
        assertThat(signUp(LAN, "https://" + PUBLIC, "d@example.org").statusCode())
                .isEqualTo(403);
        assertThat(signUp("evil.example", "https://evil.example", "e@example.org")
                        .statusCode())
                .isEqualTo(421);
    }
}
