package app.molos.edge.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import app.molos.edge.testing.ByHttp2;
import app.molos.edge.testing.EdgeServer;
import app.molos.edge.testing.FakeModule;
import io.vertx.core.json.JsonObject;
import java.math.BigInteger;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.EdECPoint;
import java.security.spec.EdECPublicKeySpec;
import java.security.spec.NamedParameterSpec;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a module may have otherwise, and who it is told is asking. */
@Tag("http2")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ModuleOptionsIT {
    private FakeModule module;
    private EdgeServer edge;
    private String cookie;

    @BeforeAll
    void start(@TempDir Path directory) throws Exception {
        module = FakeModule.start(request -> {
            String sends = request.getHeader("X-Sends");
            if (sends != null) {
                request.response()
                        .putHeader(sends.substring(0, sends.indexOf('=')), sends.substring(sends.indexOf('=') + 1));
            }
        });
        Files.createDirectories(directory.resolve("files"));
        Files.writeString(directory.resolve("files/index.html"), "<p>framed</p>");
        EdgeServer.modules(directory, """
                development:
                  modules:
                    - {id: plain, repository: r, tag: v1, upstream: "http://127.0.0.1:%1$d"}
                    - id: own
                      repository: r
                      tag: v1
                      upstream: http://127.0.0.1:%1$d
                      paths: [/app, /other/app]
                      stripPath: true
                      forwardCookie: true
                      csrf: false
                      headers: {X-Frame-Options: SAMEORIGIN, permissions-policy: "", content-security-policy: "frame-ancestors 'self'"}
                      timeouts: {firstByte: 5m, total: 0s}
                    - {id: root, repository: r, tag: v1, upstream: "http://127.0.0.1:%1$d", paths: [/], csrf: false, access: public}
                    - {id: else, external: true, version: "2.0.0", upstream: "http://127.0.0.1:%1$d", access: public}
                    - {id: framed, static: files, access: public, headers: {x-frame-options: ""}}
                """.formatted(module.port()));
        edge = EdgeServer.start(directory, Map.of("ORIGIN", "http://localhost:4173"));
        cookie = edge.signUp("ada@example.org");
    }

    @AfterAll
    void stop() throws Exception {
        edge.close();
        module.close();
    }

    /** Where a module sends people is said in its own words only as long as nobody has to go there. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "plain | Location | http://127.0.0.1:PORT/modules/plain/login?a=b | /modules/plain/login?a=b",
                "plain | Location | HTTP://127.0.0.1:PORT | /",
                "plain | Content-Location | //127.0.0.1:PORT/x | /x",
                "plain | Refresh | 5; url=http://127.0.0.1:PORT/x | 5; url=/x",
                "plain | Refresh | 0;URL='https://127.0.0.1:PORT/x' | 0;URL='/x'",
                "plain | Location | http://127.0.0.1:PORT//evil.example/x | /evil.example/x",
                "plain | Location | http://127.0.0.1:PORT/\\evil.example | /evil.example",
                "plain | Location | http://127.0.0.1:PORT/\t/evil.example | /evil.example",
                "plain | Refresh | 0;url=http://127.0.0.1:PORT//evil.example | 0;url=/evil.example",
                "own | Location | http://127.0.0.1:PORT/login | /app/login",
                "own | Location | http://127.0.0.1:PORT?a | /app/?a",
                "plain | Location | http://127.0.0.1:PORT1/x | http://127.0.0.1:PORT1/x",
                "plain | Location | http://127.0.0.1.example.org/x | http://127.0.0.1.example.org/x",
                "plain | Location | https://sso.example.org/?to=http://127.0.0.1:PORT/x | https://sso.example.org/?to=http://127.0.0.1:PORT/x",
                "plain | Location | /relative | /relative",
                "plain | X-Other | http://127.0.0.1:PORT/x | http://127.0.0.1:PORT/x"
            })
    void ownAddress_isNeverWhereAnybodyIsSent(String id, String name, String sent, String received) {
        String port = Integer.toString(module.port());
        HttpResponse<String> answer = edge.get(
                id.equals("own") ? "/app/x" : "/modules/" + id + "/x",
                "Cookie",
                cookie,
                "X-Sends",
                name + "=" + sent.replace("PORT", port));
        assertThat(answer.headers().firstValue(name)).hasValue(received.replace("PORT", port));
    }

    /** A module checks who asks as any program would: with the published key and no secret. */
    @Test
    void assertion_isVerifiedByThePublishedKey_andIsForOneModule() throws Exception {
        edge.get("/modules/plain/x", "Cookie", cookie, "X-Edge-Assertion", "forged", "X_Edge_Assertion", "forged");
        Map<String, String> seen = module.seen().headers();
        String[] parts = seen.get("x-edge-assertion").split("\\.");
        JsonObject header = decoded(parts[0]);
        JsonObject claims = decoded(parts[1]);
        HttpResponse<String> published = edge.get("/.well-known/jwks.json");
        assertThat(published.headers().firstValue("content-type")).hasValue("application/jwk-set+json");
        assertThat(published.body()).doesNotContain("\"d\"");
        JsonObject key = new JsonObject(published.body())
                .getJsonArray("keys").stream()
                        .map(JsonObject.class::cast)
                        .filter(k -> k.getString("kid").equals(header.getString("kid")))
                        .findFirst()
                        .orElseThrow();
        assertThat(header.getString("alg")).isEqualTo("EdDSA");
        assertThat(isGood(key.getString("x"), parts)).isTrue();
        parts[1] = Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(claims.copy().put("role", "owner").encode().getBytes(StandardCharsets.UTF_8));
        assertThat(isGood(key.getString("x"), parts)).isFalse();

        assertThat(claims.getString("aud")).isEqualTo("plain");
        assertThat(claims.getString("iss")).isEqualTo(ByHttp2.secure("http://localhost:4173"));
        assertThat(claims.getString("sub")).isEqualTo(seen.get("x-edge-user-id"));
        assertThat(claims.getString("email")).isEqualTo("ada@example.org");
        assertThat(claims.getString("role")).isEqualTo("admin");
        long now = Instant.now().getEpochSecond();
        assertThat(claims.getLong("exp")).isBetween(now + 30, now + 121);
        edge.get("/app/x", "Cookie", cookie);
        assertThat(decoded(module.seen().headers().get("x-edge-assertion").split("\\.")[1])
                        .getString("aud"))
                .isEqualTo("own");
    }

    @Test
    void strippedPath_keepsTheRest_andSaysWhatIsMissing() {
        assertThat(edge.get("/app/a%2Fb/./c?x=%2F", "Cookie", cookie).body()).isEqualTo("module /a%2Fb/c?x=%2F");
        assertThat(module.seen().headers()).containsEntry("x-forwarded-prefix", "/app");
        assertThat(edge.get("/%61pp/x", "Cookie", cookie).body()).isEqualTo("module /x");
        assertThat(edge.get("/other/app/", "Cookie", cookie).body()).isEqualTo("module /");
        edge.get("/modules/plain/x", "Cookie", cookie, "X-Forwarded-Prefix", "/evil");
        assertThat(module.seen().headers()).doesNotContainKey("x-forwarded-prefix");
    }

    @Test
    void cookie_reachesOnlyTheModuleThatMayHaveIt() {
        edge.get("/app/x", "Cookie", "a=1; " + cookie);
        assertThat(module.seen().headers()).containsEntry("cookie", "a=1; " + cookie);
        edge.get("/modules/plain/x", "Cookie", "a=1; " + cookie);
        assertThat(module.seen().headers()).containsEntry("cookie", "a=1");
    }

    @Test
    void formOfAnotherSite_reachesOnlyTheModuleThatTakesIt() {
        String[] foreign = {"Cookie", cookie, "Origin", "https://partner.example"};
        assertThat(edge.send("POST", "/app/hook", "x", foreign).statusCode()).isEqualTo(200);
        assertThat(edge.send("POST", "/modules/plain/hook", "x", foreign).statusCode())
                .isEqualTo(403);
        assertThat(edge.send("POST", "/app/../modules/plain/hook", "x", foreign).statusCode())
                .isIn(400, 403);
        assertThat(edge.send("POST", "/app%2F..%2Fmodules%2Fplain%2Fhook", "x", foreign)
                        .statusCode())
                .isIn(400, 403, 404);
        assertThat(edge.send("POST", "/hook", "x", foreign).statusCode())
                .as("the module at the root")
                .isEqualTo(200);
        for (String own : new String[] {
            "/api/auth/sign-out",
            "/api/auth/admin/set-role",
            "/edge/sign-out",
            "/api//auth/sign-out",
            "/api/./auth/sign-out"
        }) {
            assertThat(edge.postJson(own, "{}", foreign).statusCode()).as(own).isIn(400, 403);
        }
    }

    @Test
    void headers_areTheModulesOwn_whereItMayHaveThem() {
        HttpResponse<String> own = edge.get("/app/x", "Cookie", cookie);
        assertThat(own.headers().allValues("x-frame-options")).containsExactly("SAMEORIGIN");
        assertThat(own.headers().allValues("permissions-policy")).isEmpty();
        assertThat(own.headers().allValues("content-security-policy")).containsExactly("frame-ancestors 'self'");
        assertThat(own.headers().allValues("x-content-type-options")).containsExactly("nosniff");
        HttpResponse<String> framed = edge.get("/modules/framed/");
        assertThat(framed.headers().allValues("x-frame-options")).isEmpty();
        assertThat(edge.get("/modules/plain/x", "Cookie", cookie).headers().allValues("x-frame-options"))
                .containsExactly("DENY");
    }

    private static JsonObject decoded(String part) {
        return new JsonObject(new String(Base64.getUrlDecoder().decode(part), StandardCharsets.UTF_8));
    }

    private static boolean isGood(String x, String[] parts) throws Exception {
        byte[] littleEndian = Base64.getUrlDecoder().decode(x);
        byte[] bigEndian = new byte[32];
        for (int i = 0; i < 32; i++) {
            bigEndian[i] = littleEndian[31 - i];
        }
        boolean isXOdd = (bigEndian[0] & 0x80) != 0;
        bigEndian[0] &= 0x7f;
        PublicKey key = KeyFactory.getInstance("Ed25519")
                .generatePublic(new EdECPublicKeySpec(
                        NamedParameterSpec.ED25519, new EdECPoint(isXOdd, new BigInteger(1, bigEndian))));
        Signature signature = Signature.getInstance("Ed25519");
        signature.initVerify(key);
        signature.update((parts[0] + "." + parts[1]).getBytes(StandardCharsets.US_ASCII));
        return signature.verify(Base64.getUrlDecoder().decode(parts[2]));
    }
}
