package app.molos.edge.testing;

import java.io.InputStream;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.subethamail.smtp.server.SMTPServer;

/** A real SMTP server that takes mail over TLS only, with a certificate of its own making. */
public final class SecureMailServer implements AutoCloseable {
    /** When TLS begins. */
    public enum Kind {
        SMTPS,
        STARTTLS
    }

    private static final String STORE_PASSWORD = "changeit";

    private final Kind kind;
    private final int port = JarProcess.freePort();
    private final List<String> recipients = new CopyOnWriteArrayList<>();
    private final Path certificate;
    private final SMTPServer server;

    /**
     * @param name what its certificate is good for, as keytool writes it: {@code ip:127.0.0.1} or {@code dns:localhost}
     */
    public SecureMailServer(Kind kind, String name, Path directory) throws Exception {
        this.kind = kind;
        Path store = directory.resolve("mail.p12");
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        "mail",
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=mail",
                        "-ext",
                        "san=" + name,
                        "-validity",
                        "2",
                        "-storetype",
                        "PKCS12",
                        "-keystore",
                        store.toString(),
                        "-storepass",
                        STORE_PASSWORD)
                .redirectErrorStream(true)
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectOutput(directory.resolve("keytool.out").toFile())
                .start();
        if (!keytool.waitFor(30, TimeUnit.SECONDS) || keytool.exitValue() != 0) {
            throw new IllegalStateException(Files.readString(directory.resolve("keytool.out")));
        }
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            keys.load(in, STORE_PASSWORD.toCharArray());
        }
        KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(keys, STORE_PASSWORD.toCharArray());
        SSLContext tls = SSLContext.getInstance("TLS");
        tls.init(factory.getKeyManagers(), null, null);
        certificate = Files.writeString(
                directory.resolve("mail.pem"),
                "-----BEGIN CERTIFICATE-----\n"
                        + Base64.getMimeEncoder()
                                .encodeToString(keys.getCertificate("mail").getEncoded())
                        + "\n-----END CERTIFICATE-----\n");
        SMTPServer.Builder builder = SMTPServer.port(port)
                .bindAddress(InetAddress.getByName("127.0.0.1"))
                .messageHandler((context, from, to, data) -> recipients.add(to));
        server = kind == Kind.SMTPS
                ? builder.serverSocketFactory(tls).build()
                : builder.requireTLS().startTlsSocketFactory(tls).build();
        server.start();
    }

    /** With the certificate as the one to trust; it can be taken out again. */
    public Map<String, String> settings() {
        return new HashMap<>(Map.of(
                "MAIL_URL",
                (kind == Kind.SMTPS ? "smtps" : "smtp") + "://127.0.0.1:" + port,
                "MAIL_FROM",
                "edge@example.org",
                "MAIL_RETRY_AFTER",
                "100ms",
                "MAIL_CA_FILE",
                certificate.toString()));
    }

    /** Whom the mail that came in was for. */
    public List<String> recipients() {
        return recipients;
    }

    @Override
    public void close() {
        server.stop();
    }
}
