package app.molos.edge.http;

import static org.assertj.core.api.Assertions.assertThat;

import app.molos.edge.testing.EdgeServer;
import app.molos.edge.testing.FakeModule;
import app.molos.edge.testing.RawHttp;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A balancer that begins its connections with a PROXY header (B5.6, F4): who may, what it says, and what others get.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ProxyProtocolIT {
    private static final String GET =
            "GET /modules/m/x HTTP/1.1\r\nHost: localhost:4173\r\nX-Forwarded-For: 6.6.6.6\r\n\r\n";
    private static final String V2 = "\r\n\r\n\0\r\nQUIT\n";

    private Path directory;
    private FakeModule module;
    private EdgeServer shared;

    @BeforeAll
    void start(@TempDir Path home) throws Exception {
        directory = home;
        module = FakeModule.start();
        shared = edge("127.0.0.1/32", Map.of());
    }

    @AfterAll
    void stop() throws Exception {
        shared.close();
        module.close();
    }

    private EdgeServer edge(String peers, Map<String, String> settings) throws Exception {
        EdgeServer.modules(directory, """
                development:
                  modules:
                    - {id: m, repository: r, tag: v1, upstream: "http://127.0.0.1:%d", access: public}
                """.formatted(module.port()));
        Map<String, String> all =
                new HashMap<>(Map.of("ORIGIN", "http://localhost:4173", "PROXY_PROTOCOL_PEERS", peers));
        all.putAll(settings);
        return EdgeServer.start(directory, all);
    }

    static Stream<Arguments> headers() {
        return Stream.of(
                Arguments.of("v1, IPv4", "PROXY TCP4 198.51.100.7 203.0.113.1 56324 443\r\n", "198.51.100.7"),
                Arguments.of("v1, IPv6", "PROXY TCP6 2001:db8::7 2001:db8::1 56324 443\r\n", "2001:db8::7"),
                Arguments.of("v1, unknown: the socket's own", "PROXY UNKNOWN\r\n", "127.0.0.1"),
                Arguments.of(
                        "v1, unknown with addresses, which mean nothing",
                        "PROXY UNKNOWN 198.51.100.7 203.0.113.1 1 2\r\n",
                        "127.0.0.1"),
                Arguments.of(
                        "v2, IPv4",
                        V2 + "\u0021\u0011\0\u000c\u00c6\u0033\u0064\u0007\u00cb\0\u0071\u0001"
                                + "\u00dc\u0004\u0001\u00bb",
                        "198.51.100.7"),
                Arguments.of("v2, local: the balancer itself", V2 + "\u0020\0\0\0", "127.0.0.1"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("headers")
    void header_namesTheClient(String what, String header, String client) throws Exception {
        String answer = RawHttp.exchange(shared.port(), header + GET, 200);

        assertThat(RawHttp.status(answer)).isEqualTo(200);
        assertThat(module.seen().headers()).containsEntry("x-forwarded-for", client);
    }

    @Test
    void trustedProxyBehindTheBalancer_isJudgedByItsOwnAddress() throws Exception {
        try (EdgeServer edge = edge("127.0.0.1/32", Map.of("TRUSTED_PROXIES", "198.51.100.7/32"))) {
            RawHttp.exchange(edge.port(), "PROXY TCP4 198.51.100.7 203.0.113.1 56324 443\r\n" + GET);
            assertThat(module.seen().headers()).containsEntry("x-forwarded-for", "6.6.6.6");

            RawHttp.exchange(edge.port(), "PROXY TCP4 198.51.100.8 203.0.113.1 56324 443\r\n" + GET);
            assertThat(module.seen().headers()).containsEntry("x-forwarded-for", "198.51.100.8");
        }
    }

    @Test
    void balancerThatIsATrustedProxyToo_doesNotMakeItsClientsTrusted() throws Exception {
        try (EdgeServer edge = edge("127.0.0.1/32", Map.of("TRUSTED_PROXIES", "127.0.0.1/32"))) {
            RawHttp.exchange(edge.port(), "PROXY TCP4 198.51.100.7 203.0.113.1 56324 443\r\n" + GET);

            assertThat(module.seen().headers()).containsEntry("x-forwarded-for", "198.51.100.7");
        }
    }

    static Stream<Arguments> refused() {
        return Stream.of(
                Arguments.of("none: a plain client", GET, 0),
                Arguments.of("malformed", "PROXY TCP4 nonsense\r\n" + GET, 0),
                Arguments.of(
                        "a datagram",
                        V2 + "\u0021\u0012\0\u000c\u00c6\u0033\u0064\u0007\u00cb\0\u0071\u0001"
                                + "\u00dc\u0004\u0001\u00bb" + GET,
                        0),
                Arguments.of(
                        "a second one", "PROXY UNKNOWN\r\nPROXY TCP4 198.51.100.7 203.0.113.1 1 2\r\n" + GET, 400));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("refused")
    void otherBeginnings_areClosed(String what, String bytes, int status) throws Exception {
        assertThat(RawHttp.status(RawHttp.exchange(shared.port(), bytes.replace("/m/x", "/m/never"))))
                .isEqualTo(status);
        assertNeverSeen();
    }

    @Test
    void peerThatIsNotListed_isClosedWithoutAWord_whateverItSays() throws Exception {
        try (EdgeServer edge = edge("10.0.0.0/28", Map.of())) {
            assertThat(RawHttp.exchange(
                            edge.port(), "PROXY TCP4 10.0.0.1 203.0.113.1 1 2\r\n" + GET.replace("/m/x", "/m/never")))
                    .isEmpty();
            assertThat(RawHttp.exchange(edge.port(), GET.replace("/m/x", "/m/never")))
                    .isEmpty();
            assertNeverSeen();
        }
    }

    /** What comes in one packet with the PROXY header is read in spite of the close, and must not be done. */
    @Test
    void requestOfAPeerThatIsNotListed_isNotDone() throws Exception {
        EdgeServer strict = edge("10.0.0.0/28", Map.of());
        String body = "{\"name\":\"Eve\",\"email\":\"eve@example.org\",\"password\":\"another horse battery\"}";
        RawHttp.exchange(
                strict.port(),
                "PROXY TCP4 10.0.0.1 203.0.113.1 1 2\r\nPOST /api/auth/sign-up/email HTTP/1.1\r\nHost: localhost:4173\r\n"
                        + "Content-Type: application/json\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
        RawHttp.exchange(strict.port(), "PROXY TCP4 10.0.0.1 203.0.113.1 1 2\r\nGET / HTTP/9\r\n\r\n");
        strict.close();
        assertThat(strict.accessLog()).isEmpty();
    }

    private void assertNeverSeen() {
        assertThat(module.seen() == null ? "" : module.seen().uri()).doesNotContain("never");
    }

    @Test
    void probes_askTheManagementListener_whichNeverSpeaksIt() throws Exception {
        assertThat(shared.management("/readyz").statusCode()).isEqualTo(200);
        assertThat(RawHttp.status(RawHttp.exchange(
                        shared.managementPort(),
                        "PROXY TCP4 198.51.100.7 203.0.113.1 1 2\r\nGET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")))
                .isEqualTo(400);
    }

    @Test
    void whoOpensAndSaysNothing_isClosedInTime() throws Exception {
        try (EdgeServer edge = edge("127.0.0.1/32", Map.of("SERVER_HEAD_TIMEOUT", "300ms"))) {
            long start = System.nanoTime();
            assertThat(RawHttp.exchange(edge.port(), "", 5000)).isEmpty();
            assertThat((System.nanoTime() - start) / 1_000_000).isLessThan(4000);
        }
    }

    @Test
    void without_aProxyHeaderIsNoRequest() throws Exception {
        try (EdgeServer edge = edge("", Map.of())) {
            assertThat(RawHttp.status(
                            RawHttp.exchange(edge.port(), "PROXY TCP4 198.51.100.7 203.0.113.1 1 2\r\n" + GET)))
                    .isEqualTo(400);
        }
    }
}
