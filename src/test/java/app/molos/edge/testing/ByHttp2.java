package app.molos.edge.testing;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The run in which the tests tagged {@code http2} say the same by HTTP/2 over TLS ({@code -Phttp2}): the edge gets a
 * certificate, its origin becomes https, and requests go out by that version.
 */
public final class ByHttp2 {
    public static final boolean IS_ON = Boolean.getBoolean("edge.test.http2");

    private static Map<String, String> certificate = Map.of();

    private static final Set<Integer> PORTS = ConcurrentHashMap.newKeySet();

    private ByHttp2() {}

    /** Whether a port is an edge's of this run, and not somebody's in front of it or beside it. */
    static boolean isSpokenAt(int port) {
        return PORTS.contains(port);
    }

    static void isSpokenNowAt(int port) {
        if (IS_ON) {
            PORTS.add(port);
        }
    }

    /** The settings of an edge in this run; those that a test made for TLS or for a proxy in front of it stay. */
    static synchronized Map<String, String> settings(Map<String, String> settings) throws Exception {
        if (!IS_ON || settings.containsKey("TLS_CERT")) {
            return settings;
        }
        if (certificate.isEmpty()) {
            Path directory = Files.createTempDirectory("by-http2");
            certificate =
                    TestCertificate.make(directory, "edge", "dns:localhost").settings();
        }
        Map<String, String> all = new HashMap<>(settings);
        all.replaceAll((name, value) -> value == null ? null : secure(value));
        all.putAll(certificate);
        return all;
    }

    /** What names the site in a test, as this run has it. */
    public static String secure(String value) {
        return IS_ON ? value.replace("http://localhost:4173", "https://localhost:4173") : value;
    }
}
