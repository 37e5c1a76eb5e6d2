package app.molos.edge.tls;

import java.io.ByteArrayOutputStream;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads a private key in PEM: PKCS#8, or the older forms of RSA (PKCS#1) and EC (SEC 1). */
final class PemKey {
    private static final Pattern PEM = Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([^-]+)-----END \\1-----");
    private static final int SEQUENCE = 0x30;
    private static final int INTEGER = 0x02;
    private static final int OCTETS = 0x04;

    private PemKey() {}

    /**
     * Reads the key that belongs to a public one, whose algorithm it has.
     *
     * @throws TlsProblem if there is none that can be read
     */
    static PrivateKey read(String pem, PublicKey of) {
        Matcher block = PEM.matcher(pem);
        while (block.find()) {
            String label = block.group(1);
            if (label.equals("ENCRYPTED PRIVATE KEY") || block.group(2).contains("Proc-Type")) {
                throw new TlsProblem("has a password on it", "a key without one, readable by the edge's user only");
            }
            if (label.endsWith("PRIVATE KEY")) {
                return key(label, block.group(2), of);
            }
        }
        throw new TlsProblem("has no private key in it", "a PEM file with a PRIVATE KEY block");
    }

    private static PrivateKey key(String label, String base64, PublicKey of) {
        try {
            byte[] der = Base64.getMimeDecoder().decode(base64);
            byte[] pkcs8 = label.equals("PRIVATE KEY") ? der : wrapped(der, of);
            return KeyFactory.getInstance(of.getAlgorithm()).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw new TlsProblem(
                    "has a key that cannot be read, or one of another kind than the certificate's (" + of.getAlgorithm()
                            + ")",
                    "the key that the certificate was made for");
        }
    }

    /** PKCS#8 around an older form: the algorithm, with its curve, is the one that the certificate names. */
    private static byte[] wrapped(byte[] der, PublicKey of) {
        byte[] spki = of.getEncoded();
        int at = content(spki, 0);
        byte[] algorithm = new byte[end(spki, at) - at];
        System.arraycopy(spki, at, algorithm, 0, algorithm.length);
        ByteArrayOutputStream inner = new ByteArrayOutputStream();
        inner.writeBytes(new byte[] {INTEGER, 1, 0});
        inner.writeBytes(algorithm);
        inner.writeBytes(tagged(OCTETS, der));
        return tagged(SEQUENCE, inner.toByteArray());
    }

    private static byte[] tagged(int tag, byte[] content) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(tag);
        if (content.length < 0x80) {
            out.write(content.length);
        } else if (content.length < 0x100) {
            out.writeBytes(new byte[] {(byte) 0x81, (byte) content.length});
        } else {
            out.writeBytes(new byte[] {(byte) 0x82, (byte) (content.length >> 8), (byte) content.length});
        }
        out.writeBytes(content);
        return out.toByteArray();
    }

    /** Returns where the content of the value at this place begins. */
    private static int content(byte[] der, int at) {
        int length = der[at + 1] & 0xff;
        return at + 2 + (length < 0x80 ? 0 : length & 0x7f);
    }

    /** Returns where the value at this place ends. */
    private static int end(byte[] der, int at) {
        int length = der[at + 1] & 0xff;
        if (length >= 0x80) {
            int bytes = length & 0x7f;
            length = 0;
            for (int i = 0; i < bytes; i++) {
                length = (length << 8) | (der[at + 2 + i] & 0xff);
            }
        }
        return content(der, at) + length;
    }
}
