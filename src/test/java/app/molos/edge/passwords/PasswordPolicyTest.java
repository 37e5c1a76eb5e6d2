package app.molos.edge.passwords;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import app.molos.edge.web.HttpError;
import io.vertx.junit5.VertxExtension;
import java.util.List;
import org.bouncycastle.crypto.generators.SCrypt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** AUTH-02, and the stored forms of hashes. */
@ExtendWith(VertxExtension.class)
class PasswordPolicyTest {
    private static final PasswordPolicy POLICY = new PasswordPolicy();
    private static final String[] OWNER = {"Ada Lovelace", "ada.lovelace@example.org"};

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Password123456",
                "molosmolos12",
                "qwertyuiop12",
                "12345678",
                "aaaaaaaaaa",
                "iloveyou",
                "letmein123",
                "lovelace2026",
                "ada.lovelace1",
                "LovelaceAda",
                "ada.lovelace@example.org",
                "example.org",
                "P@ssw0rd"
            })
    void auth02_commonOrOwnWords_areRefused(String password) {
        assertThatThrownBy(() -> POLICY.refuseWeak(password, OWNER))
                .isInstanceOfSatisfying(
                        HttpError.class, e -> assertThat(e.code()).isEqualTo("PASSWORD_TOO_WEAK"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "correct horse",
                "correct horse battery staple",
                "Tr0ub4dor&3x",
                "ada rides a green horse",
                "müde Katze 7"
            })
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
        for (String other :
                List.of("", "x", "N=99999999:" + wire, "N=16385:" + wire, "$2b$10$abc", ":" + "0".repeat(128))) {
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
}
