package app.molos.edge.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import app.molos.edge.testing.CommandLine;
import app.molos.edge.testing.EdgeServer;
import app.molos.edge.testing.FakeModule;
import app.molos.edge.testing.JarProcess;
import app.molos.edge.testing.RawHttp;
import app.molos.edge.testing.TestCertificate;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Certificates: which one a client meets, what is refused at the start, and what happens when their files change. */
class TlsIT {
    @TempDir
    static Path shared;

    private static TestCertificate first;
    private static TestCertificate second;

    @BeforeAll
    static void make() throws Exception {
        first = TestCertificate.make(shared, "first", "dns:localhost", "dns:*.edge.test");
        second = TestCertificate.make(
                shared,
                "second",
                List.of("-keyalg", "RSA", "-keysize", "2048", "-validity", "90"),
                "dns:localhost",
                "dns:other.test");
    }

    private static Map<String, String> settings(Map<String, String> more) {
        Map<String, String> settings =
                new HashMap<>(Map.of("ORIGIN", "https://localhost:4173", "TLS_WATCH_INTERVAL", "100ms"));
        settings.putAll(more);
        return settings;
    }

    private static HttpResponse<String> get(int port, HttpClient.Version version, String path) throws Exception {
        HttpClient client = HttpClient.newBuilder()
                .sslContext(TestCertificate.trusting())
                .version(version)
                .build();
        return client.send(
                HttpRequest.newBuilder(URI.create("https://localhost:" + port + path))
                        .timeout(Duration.ofSeconds(10))
                        .build(),
                BodyHandlers.ofString());
    }

    @Test
    void bothVersionsOfHttp_areServed_andPlainHttpIsNot(@TempDir Path directory) throws Exception {
        try (EdgeServer edge = EdgeServer.start(directory, settings(first.settings()))) {
            for (HttpClient.Version version : HttpClient.Version.values()) {
                HttpResponse<String> health = get(edge.port(), version, "/api/health");
                assertThat(health.version()).isEqualTo(version);
                assertThat(health.statusCode()).isEqualTo(200);
                assertThat(health.headers().firstValue("strict-transport-security"))
                        .isPresent();
            }
            assertThat(RawHttp.exchange(edge.port(), "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"))
                    .doesNotContain("HTTP/1.1 2");
            assertThat(edge.management("/health/certificate").body()).contains("\"state\":\"up\"");
            assertThat(edge.management("/livez").statusCode())
                    .as("plain, as ever")
                    .isEqualTo(200);
        }
    }

    @Test
    void oldProtocolsAndSuites_areRefused(@TempDir Path directory) throws Exception {
        try (EdgeServer edge = EdgeServer.start(directory, settings(second.settings()))) {
            assertThat(handshake(edge.port(), new String[] {"TLSv1.3"}, null)).startsWith("TLS_");
            assertThat(handshake(edge.port(), new String[] {"TLSv1.2"}, null)).contains("ECDHE");
            for (String weak : List.of(
                    "TLS_RSA_WITH_AES_128_GCM_SHA256",
                    "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256",
                    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256")) {
                assertThatThrownBy(() -> handshake(edge.port(), new String[] {"TLSv1.2"}, weak))
                        .as(weak)
                        .isInstanceOf(IOException.class);
            }
        }
    }

    private static String handshake(int port, String[] protocols, String suite) throws Exception {
        try (SSLSocket socket =
                (SSLSocket) TestCertificate.trusting().getSocketFactory().createSocket("127.0.0.1", port)) {
            SSLParameters parameters = socket.getSSLParameters();
            parameters.setProtocols(protocols);
            if (suite != null) {
                parameters.setCipherSuites(new String[] {suite});
            }
            socket.setSSLParameters(parameters);
            socket.setSoTimeout(5000);
            socket.startHandshake();
            return socket.getSession().getCipherSuite();
        }
    }

    @Test
    void severalCertificates_areChosenByName(@TempDir Path directory) throws Exception {
        Map<String, String> both = Map.of(
                "TLS_CERT", first.certificate() + "," + second.certificate(),
                "TLS_KEY", first.key() + "," + second.key());
        try (EdgeServer edge = EdgeServer.start(directory, settings(both))) {
            assertThat(algorithm(edge.port(), "a.edge.test")).isEqualTo("EC");
            assertThat(algorithm(edge.port(), "other.test")).isEqualTo("RSA");
            assertThat(algorithm(edge.port(), "nobody.test")).isEqualTo("EC");
            assertThat(algorithm(edge.port(), "")).isEqualTo("EC");
        }
    }

    private static String algorithm(int port, String name) throws Exception {
        return TestCertificate.met(port, name).getPublicKey().getAlgorithm();
    }

    @Test
    void keyStore_isReadWithItsPasswordFile(@TempDir Path directory) throws Exception {
        Map<String, String> store = Map.of(
                "TLS_KEYSTORE", first.store().toString(),
                "TLS_KEYSTORE_PASSWORD_FILE", first.password().toString());
        try (EdgeServer edge = EdgeServer.start(directory, settings(store))) {
            assertThat(algorithm(edge.port(), "localhost")).isEqualTo("EC");
        }
    }

    /** What is written, and what the refusal says of it. */
    static Stream<Arguments> faults() {
        return Stream.of(
                Arguments.of("missing", Map.of("TLS_CERT", "nowhere.pem"), "nowhere.pem is not there"),
                Arguments.of("key missing", Map.of("TLS_KEY", "nowhere.key"), "nowhere.key is not there"),
                Arguments.of("empty", Map.of("TLS_CERT", "EMPTY"), "is empty"),
                Arguments.of("broken", Map.of("TLS_CERT", "CUT"), "is no certificate"),
                Arguments.of("a key for a certificate", Map.of("TLS_CERT", "KEY"), "no certificate"),
                Arguments.of("swapped", Map.of("TLS_KEY", "OTHER"), "another kind than the certificate's"),
                Arguments.of("one too many", Map.of("TLS_CERT", "TWO"), "2 certificates (TLS_CERT) and 1 keys"),
                Arguments.of("store without password", Map.of("TLS_KEYSTORE", "STORE"), "nothing says its password"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("faults")
    void faultyFiles_areRefusedAtTheStart(String what, Map<String, String> fault, String said, @TempDir Path directory)
            throws Exception {
        Path empty = Files.createFile(directory.resolve("empty.pem"));
        String pem = Files.readString(first.certificate());
        Path cut = Files.writeString(directory.resolve("cut.pem"), pem.substring(0, pem.length() / 2));
        Map<String, String> settings = settings(first.settings());
        fault.forEach((variable, value) -> settings.put(
                variable,
                switch (value) {
                    case "EMPTY" -> empty.toString();
                    case "CUT" -> cut.toString();
                    case "KEY" -> first.key().toString();
                    case "OTHER" -> second.key().toString();
                    case "TWO" -> first.certificate() + "," + second.certificate();
                    case "STORE" -> first.store().toString();
                    default -> directory.resolve(value).toString();
                }));
        CommandLine.Result refused = CommandLine.run(directory, settings, "check", "--offline");
        assertThat(refused.code()).isEqualTo(2);
        assertThat(refused.out() + refused.err()).contains(said, "TLS_").doesNotContain("Exception");
    }

    @Test
    void expiredCertificate_isSaid_andServed(@TempDir Path directory) throws Exception {
        TestCertificate old = TestCertificate.make(
                directory, "old", List.of("-keyalg", "EC", "-startdate", "-10d", "-validity", "5"), "dns:localhost");
        Map<String, String> settings = settings(old.settings());
        assertThat(CommandLine.run(directory, settings, "check", "--offline").out())
                .contains("not valid now");
        try (EdgeServer edge = EdgeServer.start(directory, settings)) {
            assertThat(edge.management("/health").body()).contains("certificate_expired", "\"status\":\"degraded\"");
            assertThat(get(edge.port(), HttpClient.Version.HTTP_2, "/readyz").statusCode())
                    .isEqualTo(200);
        }
    }

    /**
     * As certbot does it: the certificate is moved into place, and then the key. Between the two they do not belong
     * together; sockets and requests notice nothing.
     */
    @Test
    void renewal_dropsNothing_andIsWhole(@TempDir Path directory) throws Exception {
        Path certificate = directory.resolve("live.pem");
        Path key = directory.resolve("live.key");
        Files.copy(first.certificate(), certificate);
        Files.copy(first.key(), key);
        try (FakeModule module = FakeModule.start()) {
            EdgeServer.modules(directory, """
                    development:
                      modules:
                        - {id: m, repository: r, tag: v1, upstream: "http://127.0.0.1:%d", access: public}
                    """.formatted(module.port()));
            Map<String, String> settings =
                    settings(Map.of("TLS_CERT", certificate.toString(), "TLS_KEY", key.toString()));
            try (EdgeServer edge = EdgeServer.start(directory, settings)) {
                X509Certificate before = TestCertificate.met(edge.port(), "localhost");
                AtomicBoolean isClosed = new AtomicBoolean();
                List<WebSocket> sockets = new ArrayList<>();
                HttpClient client = HttpClient.newBuilder()
                        .sslContext(TestCertificate.trusting())
                        .build();
                for (int i = 0; i < 50; i++) {
                    sockets.add(client.newWebSocketBuilder()
                            .header("Origin", "https://localhost:4173")
                            .buildAsync(
                                    URI.create("wss://localhost:" + edge.port() + "/modules/m/socket"),
                                    new WebSocket.Listener() {
                                        @Override
                                        public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
                                            isClosed.set(true);
                                            return null;
                                        }

                                        @Override
                                        public void onError(WebSocket socket, Throwable error) {
                                            isClosed.set(true);
                                        }
                                    })
                            .join());
                }
                AtomicInteger failed = new AtomicInteger();
                AtomicInteger served = new AtomicInteger();
                AtomicBoolean isOver = new AtomicBoolean();
                Thread load = new Thread(() -> {
                    while (!isOver.get()) {
                        try {
                            boolean isFine = get(edge.port(), HttpClient.Version.HTTP_2, "/modules/m/x")
                                            .statusCode()
                                    == 200;
                            (isFine ? served : failed).incrementAndGet();
                        } catch (Exception e) {
                            failed.incrementAndGet();
                        }
                    }
                });
                load.start();

                move(second.certificate(), certificate);
                Awaitility.await()
                        .atMost(Duration.ofSeconds(5))
                        .until(() -> edge.boot().certificateProblem().contains("another kind"));
                assertThat(TestCertificate.met(edge.port(), "localhost")).isEqualTo(before);
                move(second.key(), key);
                Awaitility.await()
                        .atMost(Duration.ofSeconds(5))
                        .until(() ->
                                !TestCertificate.met(edge.port(), "localhost").equals(before));
                Files.writeString(certificate, "");
                Awaitility.await()
                        .atMost(Duration.ofSeconds(5))
                        .until(() -> edge.boot().certificateProblem().contains("is empty"));
                assertThat(algorithm(edge.port(), "localhost")).isEqualTo("RSA");
                isOver.set(true);
                load.join(10_000);
                assertThat(failed).hasValue(0);
                assertThat(served.get()).isGreaterThan(5);
                assertThat(isClosed).isFalse();
                sockets.forEach(WebSocket::abort);
            }
        }
    }

    private static void move(Path from, Path to) throws IOException {
        Path draft = to.resolveSibling("draft");
        Files.copy(from, draft);
        Files.move(draft, to, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }

    @Test
    void redirectPort_leadsToOrigin_andServesChallenges(@TempDir Path directory) throws Exception {
        int port = JarProcess.freePort();
        Path challenges = Files.createDirectories(directory.resolve("acme/.well-known/acme-challenge"));
        Files.writeString(challenges.resolve("to-ken_1"), "to-ken_1.thumbprint");
        Files.writeString(directory.resolve("secret"), "not for strangers");
        Map<String, String> settings = settings(first.settings());
        settings.put("HTTP_REDIRECT_PORT", String.valueOf(port));
        settings.put("ACME_WEBROOT", directory.resolve("acme").toString());
        try (EdgeServer edge = EdgeServer.start(directory, settings)) {
            assertThat(raw(port, "GET /a/b?c=d HTTP/1.1\r\nHost: evil.example\r\n\r\n"))
                    .startsWith("HTTP/1.1 308")
                    .contains("location: https://localhost:4173/a/b?c=d");
            assertThat(raw(port, "POST //evil.example/x HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"))
                    .contains("location: https://localhost:4173//evil.example/x");
            assertThat(raw(port, "GET http://evil.example/x HTTP/1.1\r\nHost: evil.example\r\n\r\n"))
                    .contains("location: https://localhost:4173/x");
            assertThat(raw(port, "GET /.well-known/acme-challenge/to-ken_1 HTTP/1.1\r\nHost: x\r\n\r\n"))
                    .startsWith("HTTP/1.1 200")
                    .endsWith("to-ken_1.thumbprint");
            assertThat(raw(port, "GET /.well-known/acme-challenge/none HTTP/1.1\r\nHost: x\r\n\r\n"))
                    .startsWith("HTTP/1.1 404");
            assertThat(raw(port, "GET /.well-known/acme-challenge/../../../secret HTTP/1.1\r\nHost: x\r\n\r\n"))
                    .startsWith("HTTP/1.1 400")
                    .doesNotContain("strangers");
            assertThat(raw(port, "GET / HTTP/1.1\r\nHost: x\r\nbroken\r\n\r\n")).startsWith("HTTP/1.1 400");
        }
    }

    private static String raw(int port, String request) {
        return RawHttp.exchange(port, request);
    }

    /** One connection would otherwise cost as many handshakes as its client likes; decided once for a process. */
    @Test
    @Tag("long")
    void renegotiation_isRefused(@TempDir Path directory) throws Exception {
        int port = JarProcess.freePort();
        int management = JarProcess.freePort();
        Map<String, String> settings = new HashMap<>(EdgeServer.environment(directory, settings(second.settings())));
        settings.put("PORT", String.valueOf(port));
        settings.put("MANAGEMENT_PORT", String.valueOf(management));
        try (JarProcess edge = JarProcess.start(directory, settings)) {
            Awaitility.await()
                    .atMost(Duration.ofSeconds(30))
                    .ignoreExceptions()
                    .until(() ->
                            EdgeServer.send(management, "GET", "/readyz", null).statusCode() == 200);
            try (SSLSocket socket =
                    (SSLSocket) TestCertificate.trusting().getSocketFactory().createSocket("127.0.0.1", port)) {
                SSLParameters parameters = socket.getSSLParameters();
                parameters.setProtocols(new String[] {"TLSv1.2"});
                socket.setSSLParameters(parameters);
                socket.setSoTimeout(5000);
                socket.startHandshake();
                socket.getOutputStream().write("GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes("US-ASCII"));
                // All of it: what is left would be taken for the answer to the second.
                StringBuilder first = new StringBuilder();
                while (!first.toString().endsWith("{\"status\":\"live\"}")) {
                    first.append((char) socket.getInputStream().read());
                }
                assertThatThrownBy(() -> {
                            socket.startHandshake();
                            socket.getOutputStream()
                                    .write("GET /livez HTTP/1.1\r\nHost: x\r\n\r\n".getBytes("US-ASCII"));
                            socket.getInputStream().readNBytes(15);
                        })
                        .isInstanceOf(IOException.class);
            }
            edge.terminate();
            edge.exitCode(Duration.ofSeconds(15));
        }
    }

    /** Neither a silent client, nor one that shakes hands by the byte, nor one that says nothing after it, stays. */
    @Test
    void clientsThatDoNotArrive_areHungUpOn(@TempDir Path directory) throws Exception {
        Map<String, String> settings = settings(first.settings());
        settings.put("SERVER_HEAD_TIMEOUT", "500ms");
        try (EdgeServer edge = EdgeServer.start(directory, settings);
                Socket silent = new Socket("127.0.0.1", edge.port());
                Socket dripping = new Socket("127.0.0.1", edge.port());
                SSLSocket done = (SSLSocket)
                        TestCertificate.trusting().getSocketFactory().createSocket("127.0.0.1", edge.port())) {
            SSLParameters parameters = done.getSSLParameters();
            parameters.setApplicationProtocols(new String[] {"h2"});
            done.setSSLParameters(parameters);
            done.startHandshake();
            byte[] hello = {22, 3, 1, 2, 0, 1, 0, 1, (byte) 0xfc, 3, 3};
            Thread drip = new Thread(() -> {
                try {
                    for (int i = 0; i < 600; i++) {
                        dripping.getOutputStream().write(i < hello.length ? hello[i] : 0);
                        Thread.sleep(20);
                    }
                } catch (IOException | InterruptedException e) {
                    // Hung up on.
                }
            });
            drip.start();
            for (Socket socket : List.of(silent, done)) {
                socket.setSoTimeout(4000);
                try {
                    while (socket.getInputStream().read() >= 0) {
                        // What the server says first on HTTP/2.
                    }
                } catch (SSLException | java.net.SocketException e) {
                    // Closed without a word, which is an end, too.
                }
            }
            drip.join(4000);
            assertThat(drip.isAlive()).isFalse();
            assertThat(get(edge.port(), HttpClient.Version.HTTP_2, "/livez").statusCode())
                    .isEqualTo(200);
        }
    }
}
