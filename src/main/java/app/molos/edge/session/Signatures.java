package app.molos.edge.session;

import app.molos.edge.config.Secret;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** HMAC-SHA256 under the installation's secrets: the first one signs, every one of them verifies. */
public final class Signatures {
    /** The worth of a signature. */
    public enum Verdict {
        CURRENT,
        /** Made with a former secret: good, and to be replaced. */
        OLD,
        BAD
    }

    private final List<ThreadLocal<Mac>> macs;

    /** @param secrets the one that signs, then the ones that still verify */
    public Signatures(List<Secret> secrets) {
        if (secrets.isEmpty()) {
            throw new IllegalArgumentException("nothing to sign with");
        }
        this.macs = secrets.stream()
                .map(secret -> new SecretKeySpec(secret.bytes(), "HmacSHA256"))
                .map(key -> ThreadLocal.withInitial(() -> mac(key)))
                .toList();
    }

    public byte[] sign(String text) {
        return sign(macs.get(0), text);
    }

    public Verdict verify(String text, byte[] signature) {
        for (int i = 0; i < macs.size(); i++) {
            if (MessageDigest.isEqual(signature, sign(macs.get(i), text))) {
                return i == 0 ? Verdict.CURRENT : Verdict.OLD;
            }
        }
        return Verdict.BAD;
    }

    private static byte[] sign(ThreadLocal<Mac> mac, String text) {
        return mac.get().doFinal(text.getBytes(StandardCharsets.UTF_8));
    }

    private static Mac mac(SecretKeySpec key) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(key);
            return mac;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has HmacSHA256", e);
        }
    }
}
