package app.molos.edge.tls;

import app.molos.edge.config.FileTrouble;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import javax.net.ssl.X509ExtendedKeyManager;

/** All certificates of one reading of their files. Immutable: another reading is another one of these. */
public final class Certificates {
    private static final int MAX_FILE = 1 << 20;

    private final List<Certificate> all;

    private Certificates(List<Certificate> all) {
        this.all = List.copyOf(all);
    }

    /**
     * Reads the files, whole or not at all. Blocking.
     *
     * @throws TlsProblem naming the file, if one of them is missing, empty, broken, or not the other's
     */
    static Certificates read(TlsConfig.Files files) {
        List<Certificate> all = new ArrayList<>();
        for (TlsConfig.Pair pair : files.pairs()) {
            all.add(read(pair));
        }
        files.keyStore().ifPresent(store -> all.addAll(read(store)));
        return new Certificates(all);
    }

    private static Certificate read(TlsConfig.Pair pair) {
        List<X509Certificate> chain = naming(pair.certificate(), () -> chain(bytes(pair.certificate())));
        return naming(pair.key(), () -> {
            String pem = new String(bytes(pair.key()), StandardCharsets.ISO_8859_1);
            return Certificate.of(chain, PemKey.read(pem, chain.get(0).getPublicKey()));
        });
    }

    private static List<X509Certificate> chain(byte[] pem) {
        try {
            List<X509Certificate> chain = new ArrayList<>();
            for (java.security.cert.Certificate each :
                    CertificateFactory.getInstance("X.509").generateCertificates(new ByteArrayInputStream(pem))) {
                chain.add((X509Certificate) each);
            }
            if (!chain.isEmpty()) {
                return chain;
            }
        } catch (CertificateException e) {
            throw new TlsProblem(
                    "is no certificate, or a part of one", "a PEM file with the whole chain, its own first");
        }
        throw new TlsProblem("has no certificate in it", "a PEM file with the whole chain, its own first");
    }

    private static List<Certificate> read(TlsConfig.Store store) {
        return naming(store.file(), () -> {
            char[] password = new String(bytes(store.passwordFile()), StandardCharsets.UTF_8)
                    .strip()
                    .toCharArray();
            try {
                KeyStore keyStore = KeyStore.getInstance("PKCS12");
                keyStore.load(new ByteArrayInputStream(bytes(store.file())), password);
                List<Certificate> all = new ArrayList<>();
                for (String alias : Collections.list(keyStore.aliases())) {
                    Key key = keyStore.getKey(alias, password);
                    if (key instanceof PrivateKey secret) {
                        all.add(Certificate.of(
                                Arrays.stream(keyStore.getCertificateChain(alias))
                                        .map(X509Certificate.class::cast)
                                        .toList(),
                                secret));
                    }
                }
                if (!all.isEmpty()) {
                    return all;
                }
            } catch (IOException | GeneralSecurityException e) {
                throw new TlsProblem(
                        "is no PKCS#12 file, or " + store.passwordFile() + " has another password", "one that opens");
            } finally {
                Arrays.fill(password, ' ');
            }
            throw new TlsProblem("has no key in it", "a PKCS#12 file with a key and its certificates");
        });
    }

    /** Work on one file. */
    private interface Reading<T> {
        T read();
    }

    private static <T> T naming(Path file, Reading<T> reading) {
        try {
            return reading.read();
        } catch (TlsProblem e) {
            throw e.what().startsWith("The file ") ? e : new TlsProblem("The file " + file + " " + e.what(), e.fix());
        }
    }

    private static byte[] bytes(Path file) {
        try {
            if (Files.size(file) > MAX_FILE) {
                throw new TlsProblem("The file " + file + " is larger than 1 MiB", "a certificate or a key");
            }
            byte[] bytes = Files.readAllBytes(file);
            if (bytes.length == 0) {
                throw new TlsProblem("The file " + file + " is empty", "a certificate or a key in it");
            }
            return bytes;
        } catch (NoSuchFileException e) {
            throw new TlsProblem("The file " + file + " is not there", "the path of a file that is");
        } catch (IOException e) {
            throw new TlsProblem(
                    "The file " + file + " cannot be read: " + FileTrouble.of(file, e),
                    "a file that the edge's user can read");
        }
    }

    /** Chooses among them by the name that a client asks for; the first is everybody else's. */
    public X509ExtendedKeyManager keyManager() {
        return new SniKeyManager(all);
    }

    boolean isSame(Certificates other) {
        return all.equals(other.all);
    }

    /** When the first of them expires. */
    public Instant expires() {
        return all.stream().map(Certificate::expires).min(Instant::compareTo).orElseThrow();
    }

    /** Whether one of them speaks for a host. */
    public boolean cover(String host) {
        return all.stream().anyMatch(certificate -> certificate.covers(host));
    }

    /** Whether any is not valid at a moment. */
    boolean isInvalidAt(Instant now) {
        return all.stream()
                .anyMatch(c -> c.expires().isBefore(now)
                        || c.leaf().getNotBefore().toInstant().isAfter(now));
    }

    /** For the log: names and ends. */
    @Override
    public String toString() {
        return String.join("; ", all.stream().map(Certificate::toString).toList());
    }
}
