package app.molos.edge.assertions;

import app.molos.edge.config.Secret;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.security.interfaces.EdECPrivateKey;
import java.security.interfaces.EdECPublicKey;
import java.security.spec.NamedParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The Ed25519 keys that assertions are signed with. Each is made from the installation's secret and the month it is
 * for, so that every node has the same ones, nothing is stored, and a month's key does not outlive it for long.
 * Thread-safe; making a key takes milliseconds.
 */
final class AssertionKeys {
    /** A key for a while; {@code id} is the JWK's thumbprint (RFC 7638). */
    record Key(String id, KeyPair pair) {
        /** The public half, as RFC 8037 has it. */
        JsonObject jwk() {
            return publicPart(pair).put("kid", id).put("use", "sig").put("alg", "EdDSA");
        }

        /** Both halves. */
        JsonObject secretJwk() {
            byte[] seed = ((EdECPrivateKey) pair.getPrivate()).getBytes().orElseThrow();
            return jwk().put("d", encoded(seed));
        }
    }

    private static final Duration PERIOD = Duration.ofDays(30);
    private static final String PURPOSE = "molos-edge assertion key ";
    private static final int KEY_BYTES = 32;

    private final Secret secret;

    AssertionKeys(Secret secret) {
        this.secret = secret;
    }

    /** The key that signs at that time. */
    Key at(Instant now) {
        return key(period(now));
    }

    /**
     * Returns the keys that modules verify with: the present one, the one before (assertions of it are still on their
     * way) and the next.
     */
    JsonObject published(Instant now) {
        JsonArray keys = new JsonArray();
        for (long period = period(now) + 1; period >= period(now) - 1; period--) {
            keys.add(key(period).jwk());
        }
        return new JsonObject().put("keys", keys);
    }

    static long period(Instant now) {
        return Math.floorDiv(now.toEpochMilli(), PERIOD.toMillis());
    }

    private Key key(long period) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret.bytes(), "HmacSHA256"));
            byte[] seed = mac.doFinal((PURPOSE + period).getBytes(StandardCharsets.UTF_8));
            KeyPairGenerator generator = KeyPairGenerator.getInstance("Ed25519");
            generator.initialize(NamedParameterSpec.ED25519, new Seeded(seed));
            KeyPair pair = generator.generateKeyPair();
            byte[] thumbprint = MessageDigest.getInstance("SHA-256")
                    .digest(publicPart(pair).encode().getBytes(StandardCharsets.UTF_8));
            return new Key(encoded(thumbprint), pair);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK from 15 on has Ed25519", e);
        }
    }

    /** Only what a thumbprint is made of, in its order: crv, kty, x. */
    private static JsonObject publicPart(KeyPair pair) {
        EdECPublicKey key = (EdECPublicKey) pair.getPublic();
        byte[] bigEndian = key.getPoint().getY().toByteArray();
        byte[] point = new byte[KEY_BYTES];
        for (int i = 0; i < Math.min(KEY_BYTES, bigEndian.length); i++) {
            point[i] = bigEndian[bigEndian.length - 1 - i];
        }
        if (key.getPoint().isXOdd()) {
            point[KEY_BYTES - 1] |= (byte) 0x80;
        }
        return new JsonObject().put("crv", "Ed25519").put("kty", "OKP").put("x", encoded(point));
    }

    private static String encoded(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    /** The JDK makes a public key for random private ones only; this one is not random. */
    private static final class Seeded extends SecureRandom {
        private static final long serialVersionUID = 1;
        private final byte[] seed;

        Seeded(byte[] seed) {
            this.seed = seed.clone();
        }

        @Override
        public void nextBytes(byte[] bytes) {
            System.arraycopy(seed, 0, bytes, 0, bytes.length);
        }
    }
}
