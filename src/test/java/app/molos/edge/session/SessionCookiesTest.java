package app.molos.edge.session;

import static org.assertj.core.api.Assertions.assertThat;

import app.molos.edge.config.Secret;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The known answers of better-auth 1.4.21, and section 7's lines under the edge's names. */
class SessionCookiesTest {
    static JsonObject vectors() throws IOException {
        try (var in = SessionCookiesTest.class.getResourceAsStream("/auth-vectors.json")) {
            return new JsonObject(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        }
    }

    static Stream<JsonObject> signed() throws IOException {
        return objects(vectors().getJsonArray("signedCookies"));
    }

    static Stream<JsonObject> invalid() throws IOException {
        return objects(vectors().getJsonArray("signedCookiesInvalid"));
    }

    private static Stream<JsonObject> objects(JsonArray array) {
        return array.stream().map(JsonObject.class::cast);
    }

    @ParameterizedTest
    @MethodSource("signed")
    void cookieOfBetterAuth_isSignedAndVerifiedTheSame(JsonObject vector) {
        SessionCookies cookies =
                new SessionCookies(new Signatures(List.of(new Secret(vector.getString("secret")))), false, false);
        assertThat(cookies.signed(vector.getString("value"))).isEqualTo(vector.getString("cookieValueOnWire"));
        assertThat(cookies.verify(vector.getString("cookieValueOnWire"))).isEqualTo(vector.getString("value"));
    }

    @ParameterizedTest
    @MethodSource("invalid")
    void oddCookies_areJudgedAsBetterAuthDoes(JsonObject vector) throws IOException {
        SessionCookies cookies =
                new SessionCookies(new Signatures(List.of(new Secret(vectors().getString("secret")))), false, false);
        String token = cookies.verify(vector.getString("cookieValueOnWire"));
        if (vector.getBoolean("accepted")) {
            assertThat(token).isEqualTo(vector.getString("getSignedCookieResult"));
        } else {
            assertThat(token).isNull();
        }
    }

    @Test
    void lines_onHttp_haveNoSecure() {
        SessionCookies cookies = new SessionCookies(new Signatures(List.of(new Secret("short"))), false, false);
        assertThat(cookies.issue("abcdefghijklmnopqrstuvwxyzABCDEF", 604_800))
                .containsExactly(
                        "molos.session_token=abcdefghijklmnopqrstuvwxyzABCDEF.%2FmCBqckylk8vceVdRB0F4GCFCErQCCt9SzRM445wFgc%3D;"
                                + " Max-Age=604800; Path=/; HttpOnly; SameSite=Lax");
        assertThat(cookies.deletions())
                .containsExactly(
                        "molos.session_token=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax",
                        "molos.session_data=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax",
                        "molos.dont_remember=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax");
    }

    @Test
    void lines_onHttps_haveHostPrefixAndSecure() {
        SessionCookies cookies = new SessionCookies(new Signatures(List.of(new Secret("short"))), true, false);
        assertThat(cookies.tokenName()).isEqualTo("__Host-molos.session_token");
        assertThat(cookies.deletions().get(0))
                .isEqualTo("__Host-molos.session_token=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Lax");
        assertThat(cookies.issue("t", -1)).hasSize(2).noneMatch(line -> line.contains("Max-Age"));
    }
}
