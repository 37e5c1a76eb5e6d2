package app.molos.edge.testing;

import java.io.InputStream;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;

/** A certificate that a test makes for itself, and clients that believe it. */
public record TestCertificate(Path certificate, Path key, Path store, Path password) {
    private static final String PASSWORD = "changeit";

    /** @param names what it is good for, as keytool writes it: {@code dns:localhost}, {@code ip:127.0.0.1} */
    public static TestCertificate make(Path directory, String file, String... names) throws Exception {
        return make(directory, file, List.of("-keyalg", "EC", "-validity", "90"), names);
    }

    /** The same with other options of keytool. */
    public static TestCertificate make(Path directory, String file, List<String> options, String... names)
            throws Exception {
        Files.createDirectories(directory);
        Path store = directory.resolve(file + ".p12");
        Files.deleteIfExists(store);
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "it",
                "-dname",
                "CN=edge.test",
                "-storetype",
                "PKCS12",
                "-keystore",
                store.toString(),
                "-storepass",
                PASSWORD,
                "-ext",
                "san=" + String.join(",", names)));
        command.addAll(options);
        Process keytool = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectOutput(directory.resolve("keytool.out").toFile())
                .start();
        if (!keytool.waitFor(30, TimeUnit.SECONDS) || keytool.exitValue() != 0) {
            throw new IllegalStateException(Files.readString(directory.resolve("keytool.out")));
        }
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            keys.load(in, PASSWORD.toCharArray());
        }
        return new TestCertificate(
                Files.writeString(
                        directory.resolve(file + ".pem"),
                        pem("CERTIFICATE", keys.getCertificate("it").getEncoded())),
                Files.writeString(
                        directory.resolve(file + ".key"),
                        pem(
                                "PRIVATE KEY",
                                keys.getKey("it", PASSWORD.toCharArray()).getEncoded())),
                store,
                Files.writeString(directory.resolve(file + ".password"), PASSWORD + "\n"));
    }

    private static String pem(String label, byte[] der) {
        return "-----BEGIN " + label + "-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der) + "\n-----END " + label + "-----\n";
    }

    public Map<String, String> settings() {
        return Map.of("TLS_CERT", certificate.toString(), "TLS_KEY", key.toString());
    }

    /** Believes everybody: what is tested is who is met, not whether to trust them. */
    public static SSLContext trusting() throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {new Credulous()}, null);
        return context;
    }

    /** Returns the certificate that a new client gets when it asks for a name; empty: for none. */
    public static X509Certificate met(int port, String name) throws Exception {
        try (SSLSocket socket = (SSLSocket) trusting().getSocketFactory().createSocket("127.0.0.1", port)) {
            if (!name.isEmpty()) {
                var parameters = socket.getSSLParameters();
                parameters.setServerNames(List.of(new javax.net.ssl.SNIHostName(name)));
                socket.setSSLParameters(parameters);
            }
            socket.setSoTimeout(5000);
            socket.startHandshake();
            return (X509Certificate) socket.getSession().getPeerCertificates()[0];
        }
    }

    private static final class Credulous extends X509ExtendedTrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
