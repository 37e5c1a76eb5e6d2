package app.molos.edge.tls;

import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A certificate with its chain and the key that belongs to it. */
record Certificate(List<X509Certificate> chain, PrivateKey key, Set<String> names) {
    private static final Pattern COMMON_NAME = Pattern.compile("(?:^|,)\\s*CN=([^,]+)");
    private static final int DNS_NAME = 2;
    private static final byte[] PROBE = {1, 2, 3, 4};

    /**
     * Puts them together.
     *
     * @throws TlsProblem if the key is another certificate's
     */
    static Certificate of(List<X509Certificate> chain, PrivateKey key) {
        if (!belongs(chain.get(0), key)) {
            throw new TlsProblem(
                    "has a key that does not belong to the certificate", "the key that was made with the certificate");
        }
        return new Certificate(List.copyOf(chain), key, names(chain.get(0)));
    }

    /** Signs with the one and verifies with the other: the only proof that holds for every kind of key. */
    private static boolean belongs(X509Certificate certificate, PrivateKey key) {
        String algorithm = switch (key.getAlgorithm()) {
            case "RSA" -> "SHA256withRSA";
            case "EC" -> "SHA256withECDSA";
            default -> key.getAlgorithm();
        };
        try {
            Signature signing = Signature.getInstance(algorithm);
            signing.initSign(key);
            signing.update(PROBE);
            Signature verifying = Signature.getInstance(algorithm);
            verifying.initVerify(certificate.getPublicKey());
            verifying.update(PROBE);
            return verifying.verify(signing.sign());
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    private static Set<String> names(X509Certificate certificate) {
        Set<String> names = new TreeSet<>();
        try {
            Collection<List<?>> alternatives = certificate.getSubjectAlternativeNames();
            for (List<?> alternative : alternatives == null ? List.<List<?>>of() : alternatives) {
                if (alternative.get(0).equals(DNS_NAME)) {
                    names.add(String.valueOf(alternative.get(1)).toLowerCase(Locale.ROOT));
                }
            }
        } catch (CertificateParsingException e) {
            // Then it has none.
        }
        Matcher common =
                COMMON_NAME.matcher(certificate.getSubjectX500Principal().getName());
        if (names.isEmpty() && common.find()) {
            names.add(common.group(1).trim().toLowerCase(Locale.ROOT));
        }
        return names;
    }

    X509Certificate leaf() {
        return chain.get(0);
    }

    Instant expires() {
        return leaf().getNotAfter().toInstant();
    }

    /** Whether it speaks for a name, directly or by a star in the place of the first label. */
    boolean covers(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        int dot = lower.indexOf('.');
        return names.contains(lower) || (dot > 0 && names.contains("*" + lower.substring(dot)));
    }

    @Override
    public String toString() {
        List<String> shown = new ArrayList<>(names);
        return (shown.isEmpty() ? "no name" : String.join(", ", shown)) + ", until " + expires();
    }
}
