package app.molos.edge.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import app.molos.edge.config.Secret;
import app.molos.edge.web.HttpError;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.bouncycastle.crypto.generators.SCrypt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** AUTH-02, the stored forms of hashes, and the tokens in mailed links. */
@ExtendWith(VertxExtension.class)
class PasswordPolicyTest {
    private static final PasswordPolicy POLICY = new PasswordPolicy();
    private static final String[] OWNER = {"Ada Lovelace", "ada.lovelace@example.org"};

    @ParameterizedTest
    @ValueSource(strings = {
        "Password123456", "molosmolos12", "qwertyuiop12", "12345678", "aaaaaaaaaa", "iloveyou", "letmein123", "lovelace2026",
        "ada.lovelace1", "LovelaceAda", "ada.lovelace@example.org", "example.org", "P@ssw0rd"
    })
    void auth02_commonOrOwnWords_areRefused(String password) {
        assertThatThrownBy(() -> POLICY.refuseWeak(password, OWNER)).isInstanceOfSatisfying(
                HttpError.class, e -> assertThat(e.code()).isEqualTo("PASSWORD_TOO_WEAK"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"correct horse", "correct horse battery staple", "Tr0ub4dor&3x", "ada rides a green horse", "müde Katze 7"})
    void goodPassword_passes(String password) {
        assertThatCode(() -> POLICY.refuseWeak(password, OWNER)).doesNotThrowAnyException();
    }

    @Test
    void strongerHash_saysItsCost_andWeakOnesAreToBeRenewed() {
        byte[] salt = new byte[16];
        String wire = Scrypt.hash("correct horse", salt, 16_384);
        String strong = Scrypt.hash("correct horse", salt, 32_768);
        assertThat(wire).matches("[0-9a-f]{32}:[0-9a-f]{128}");
        assertThat(strong).matches("N=32768:[0-9a-f]{32}:[0-9a-f]{128}");
        assertThat(Scrypt.matches("correct horse", strong)).isTrue();
        assertThat(Scrypt.matches("wrong horse", strong)).isFalse();
        assertThat(Scrypt.isWeaker(wire, 32_768)).isTrue();
        assertThat(Scrypt.isWeaker(strong, 32_768)).isFalse();
        assertThat(Scrypt.isWeaker(strong, 16_384)).as("nothing is made weaker").isFalse();
        for (String other : List.of("", "x", "N=99999999:" + wire, "N=16385:" + wire, "$2b$10$abc", ":" + "0".repeat(128))) {
            assertThat(Scrypt.matches("correct horse", other)).isFalse();
        }
    }

    /** Bouncy Castle's scrypt is the oracle: other costs, lengths and passwords than the vectors have. */
    @Test
    void scrypt_isWhatBouncyCastleComputes() {
        java.util.Random random = new java.util.Random(7);
        for (int i = 0; i < 40; i++) {
            byte[] password = new byte[i == 0 ? 0 : random.nextInt(200)];
            byte[] salt = new byte[random.nextInt(40)];
            random.nextBytes(password);
            random.nextBytes(salt);
            int cost = 2 << random.nextInt(10);
            int blockSize = 1 + random.nextInt(16);
            int length = 1 + random.nextInt(100);
            assertThat(ScryptFunction.derive(password, salt, cost, blockSize, length))
                    .isEqualTo(SCrypt.generate(password, salt, cost, blockSize, 1, length));
        }
    }

    /** The token that better-auth 1.4.21 made is read: expired by now, and so not invalid. */
    @Test
    void emailToken_ofBetterAuth_isKnown(Vertx vertx) throws Exception {
        JsonObject vector;
        try (var in = PasswordPolicyTest.class.getResourceAsStream("/auth-vectors.json")) {
            vector = new JsonObject(new String(in.readAllBytes(), StandardCharsets.UTF_8)).getJsonObject("emailVerificationJwt");
        }
        Secret secret = new Secret(vector.getString("secret"));
        EmailTokens tokens = new EmailTokens(vertx, List.of(new Secret("another"), secret), Duration.ofHours(1));
        EmailTokens.Reading reading = tokens.read(vector.getString("token")).await(5, TimeUnit.SECONDS);
        long expires = vector.getJsonObject("payload").getLong("exp");
        if (expires * 1000 > System.currentTimeMillis()) {
            assertThat(reading.claim().orElseThrow().email()).isEqualTo(vector.getJsonObject("payload").getString("email"));
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
        EmailTokens.Claim claim = rotated.read(token).await(5, TimeUnit.SECONDS).claim().orElseThrow();
        assertThat(claim).isEqualTo(new EmailTokens.Claim(
                "a@example.org", Optional.of("b@example.org"), EmailTokens.Purpose.CONFIRM_CHANGE));
        for (String bad : List.of("", "x", "a.b.c", token + "x", token.substring(0, token.lastIndexOf('.') + 1),
                "eyJhbGciOiJub25lIn0.eyJlbWFpbCI6ImFAZXhhbXBsZS5vcmcifQ.")) {
            assertThat(rotated.read(bad).await(5, TimeUnit.SECONDS).claim()).as(bad).isEmpty();
        }
    }
}
