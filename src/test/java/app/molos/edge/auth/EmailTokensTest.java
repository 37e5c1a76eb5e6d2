package app.molos.edge.auth;

import static org.assertj.core.api.Assertions.assertThat;

import app.molos.edge.config.Secret;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The tokens in mailed links. */
@ExtendWith(VertxExtension.class)
class EmailTokensTest {
    /** The token that better-auth 1.4.21 made is read: expired by now, and so not invalid. */
    @Test
    void emailToken_ofBetterAuth_isKnown(Vertx vertx) throws Exception {
        JsonObject vector;
        try (var in = EmailTokensTest.class.getResourceAsStream("/auth-vectors.json")) {
            vector = new JsonObject(new String(in.readAllBytes(), StandardCharsets.UTF_8))
                    .getJsonObject("emailVerificationJwt");
        }
        Secret secret = new Secret(vector.getString("secret"));
        EmailTokens tokens = new EmailTokens(vertx, List.of(new Secret("another"), secret), Duration.ofHours(1));
        EmailTokens.Reading reading = tokens.read(vector.getString("token")).await(5, TimeUnit.SECONDS);
        long expires = vector.getJsonObject("payload").getLong("exp");
        if (expires * 1000 > System.currentTimeMillis()) {
            assertThat(reading.claim().orElseThrow().email())
                    .isEqualTo(vector.getJsonObject("payload").getString("email"));
        } else {
            assertThat(reading.fault()).isEqualTo("token_expired");
        }
    }

    @Test
    void emailToken_saysWhatItIsFor_andOldSecretsStillVerify(Vertx vertx) throws Exception {
        Secret old = new Secret("old");
        String token = new EmailTokens(vertx, List.of(old), Duration.ofHours(1))
                .make("a@example.org", Optional.of("b@example.org"), EmailTokens.Purpose.CONFIRM_CHANGE);
        EmailTokens rotated = new EmailTokens(vertx, List.of(new Secret("new"), old), Duration.ofHours(1));
        EmailTokens.Claim claim =
                rotated.read(token).await(5, TimeUnit.SECONDS).claim().orElseThrow();
        assertThat(claim)
                .isEqualTo(new EmailTokens.Claim(
                        "a@example.org", Optional.of("b@example.org"), EmailTokens.Purpose.CONFIRM_CHANGE));
        for (String bad : List.of(
                "",
                "x",
                "a.b.c",
                token + "x",
                token.substring(0, token.lastIndexOf('.') + 1),
                "eyJhbGciOiJub25lIn0.eyJlbWFpbCI6ImFAZXhhbXBsZS5vcmcifQ.")) {
            assertThat(rotated.read(bad).await(5, TimeUnit.SECONDS).claim())
                    .as(bad)
                    .isEmpty();
        }
    }
}
