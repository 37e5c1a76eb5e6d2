package app.molos.edge.tls;

import app.molos.edge.config.ConfigKey;
import app.molos.edge.config.ConfigReader;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Whether the public listener speaks TLS, and with which certificates.
 *
 * @param files where they are; empty: it speaks plain HTTP
 * @param watchInterval between two looks at the files
 */
public record TlsConfig(Optional<Files> files, Duration watchInterval) {
    /** The files of all certificates. */
    public record Files(List<Pair> pairs, Optional<Store> keyStore) {}

    /** A certificate chain and its key, both in PEM. */
    public record Pair(Path certificate, Path key) {}

    /** A PKCS#12 file, and the file that has its password. */
    public record Store(Path file, Path passwordFile) {}

    public static final ConfigKey CERT = ConfigKey.of(
            "tls.cert",
            "TLS_CERT",
            null,
            "PEM files with a certificate and its chain; several are chosen by the name that a client asks for (SNI), the first"
                    + " is everybody else's; then the public port speaks TLS 1.2 and 1.3, HTTP/1.1 and HTTP/2");
    public static final ConfigKey KEY =
            ConfigKey.of("tls.key", "TLS_KEY", null, "PEM files with their keys, in the same order");
    public static final ConfigKey KEYSTORE = ConfigKey.of(
            "tls.keystore", "TLS_KEYSTORE", null, "a PKCS#12 file with certificates and keys, instead or too");
    public static final ConfigKey KEYSTORE_PASSWORD_FILE =
            ConfigKey.of("tls.keystorePasswordFile", "TLS_KEYSTORE_PASSWORD_FILE", null, "a file with its password");
    public static final ConfigKey WATCH_INTERVAL = ConfigKey.of(
            "tls.watchInterval",
            "TLS_WATCH_INTERVAL",
            "2s",
            "how often the files are looked at; a renewed certificate is used once all of them fit together");
    public static final List<ConfigKey> KEYS = List.of(CERT, KEY, KEYSTORE, KEYSTORE_PASSWORD_FILE, WATCH_INTERVAL);

    public boolean isOn() {
        return files.isPresent();
    }

    /** Reads the settings, and the files once: what cannot be served with is found before a door opens. */
    public static TlsConfig read(ConfigReader reader) {
        Duration watch = reader.duration(WATCH_INTERVAL, Duration.ofMillis(100), Duration.ofHours(1));
        List<Path> certificates = paths(reader, CERT);
        List<Path> keys = paths(reader, KEY);
        Optional<Path> keyStore = reader.path(KEYSTORE);
        if (certificates.size() != keys.size()) {
            ConfigKey shorter = certificates.size() < keys.size() ? CERT : KEY;
            reader.refuse(
                    shorter,
                    "there are " + certificates.size() + " certificates (TLS_CERT) and " + keys.size()
                            + " keys (TLS_KEY)",
                    shorter.variable() + "=one file for each of the other");
            return new TlsConfig(Optional.empty(), watch);
        }
        if (keyStore.isPresent() && !reader.isSet(KEYSTORE_PASSWORD_FILE)) {
            reader.refuse(
                    KEYSTORE_PASSWORD_FILE,
                    "TLS_KEYSTORE is set, and nothing says its password",
                    "TLS_KEYSTORE_PASSWORD_FILE=/run/secrets/keystore");
            return new TlsConfig(Optional.empty(), watch);
        }
        if (certificates.isEmpty() && keyStore.isEmpty()) {
            return new TlsConfig(Optional.empty(), watch);
        }
        List<Pair> pairs = new ArrayList<>();
        for (int i = 0; i < certificates.size(); i++) {
            pairs.add(new Pair(certificates.get(i), keys.get(i)));
        }
        Files files = new Files(
                pairs,
                keyStore.map(file ->
                        new Store(file, reader.path(KEYSTORE_PASSWORD_FILE).orElseThrow())));
        try {
            Certificates.read(files);
        } catch (TlsProblem e) {
            ConfigKey key = certificates.isEmpty() ? KEYSTORE : keyOf(e, keys) ? KEY : CERT;
            reader.refuse(key, e.what(), e.fix());
        }
        return new TlsConfig(Optional.of(files), watch);
    }

    private static boolean keyOf(TlsProblem problem, List<Path> keys) {
        return keys.stream().anyMatch(key -> problem.what().contains(key.toString()));
    }

    private static List<Path> paths(ConfigReader reader, ConfigKey key) {
        return reader.list(key).stream().map(Path::of).toList();
    }

    /** Reads the certificates again; they were good when the configuration was read. Blocking. */
    public Optional<Certificates> certificates() {
        return files.map(Certificates::read);
    }

    /** Says what is no fault and still locks people out. */
    public List<String> warnings(String host, Instant now) {
        if (files.isEmpty()) {
            return List.of();
        }
        List<String> warnings = new ArrayList<>();
        try {
            Certificates found = Certificates.read(files.get());
            if (!found.cover(host)) {
                warnings.add("No certificate of TLS_CERT is for " + host + ", the host of ORIGIN; they are: " + found);
            }
            if (found.isInvalidAt(now)) {
                warnings.add("A certificate of TLS_CERT is not valid now, and browsers will refuse it; they are: "
                        + found + "; renew it, nothing has to be restarted");
            }
        } catch (TlsProblem e) {
            // A problem of the configuration, which is told as such.
        }
        return warnings;
    }
}
