package app.molos.edge.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import app.molos.edge.testing.EdgeServer;
import app.molos.edge.testing.FakeModule;
import app.molos.edge.testing.RawHttp2;
import app.molos.edge.testing.RawHttp2.Answer;
import app.molos.edge.testing.RawModule;
import app.molos.edge.testing.TestCertificate;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An exchange with a module whose client speaks HTTP/2: its ends are frames, and mean the same. */
class Http2ExchangeIT {
    private static final String AUTHORITY = "localhost:4173";

    private static EdgeServer edge(Path directory, int upstream) throws Exception {
        EdgeServer.modules(directory, """
                development:
                  modules:
                    - {id: m, repository: r, tag: v1, upstream: "http://127.0.0.1:%d", access: public}
                """.formatted(upstream));
        Map<String, String> settings = new HashMap<>(
                TestCertificate.make(directory, "edge", "dns:localhost").settings());
        settings.put("ORIGIN", "https://" + AUTHORITY);
        return EdgeServer.start(directory, settings);
    }

    private static int post(RawHttp2 client, String... more) throws Exception {
        String[] head = {
            ":method",
            "POST",
            ":scheme",
            "https",
            ":path",
            "/modules/m/x",
            ":authority",
            AUTHORITY,
            "origin",
            "https://" + AUTHORITY
        };
        String[] all = java.util.Arrays.copyOf(head, head.length + more.length);
        System.arraycopy(more, 0, all, head.length, more.length);
        return client.open(false, all);
    }

    /** Larger than every window on the way, and as whole at the other end. */
    @Test
    void largeBodies_passBothWays(@TempDir Path directory) throws Exception {
        try (FakeModule module = FakeModule.start();
                EdgeServer edge = edge(directory, module.port())) {
            HttpClient client = HttpClient.newBuilder()
                    .sslContext(TestCertificate.trusting())
                    .build();
            HttpResponse<String> answer = client.send(
                    HttpRequest.newBuilder(URI.create("https://localhost:" + edge.port() + "/modules/m/x"))
                            .header("Origin", "https://" + AUTHORITY)
                            .timeout(Duration.ofSeconds(30))
                            .POST(BodyPublishers.ofByteArray(new byte[5_000_000]))
                            .build(),
                    BodyHandlers.ofString());
            assertThat(answer.version()).isEqualTo(HttpClient.Version.HTTP_2);
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(module.seen().bodyLength()).isEqualTo(5_000_000);
        }
    }

    @Test
    void expectation_isAnsweredOnce(@TempDir Path directory) throws Exception {
        try (FakeModule module = FakeModule.start();
                EdgeServer edge = edge(directory, module.port());
                RawHttp2 client = new RawHttp2(edge.port())) {
            int stream = post(client, "expect", "100-continue", "content-length", "5");
            client.readFor(500);
            client.frame(RawHttp2.DATA, RawHttp2.END_STREAM, stream, "hello".getBytes(StandardCharsets.US_ASCII));
            Answer answer = client.read(stream);
            assertThat(answer.heads()).startsWith(":status: 100").containsOnlyOnce(":status: 100");
            assertThat(answer.status()).isEqualTo(200);
            assertThat(module.seen().bodyLength()).isEqualTo(5);
        }
    }

    /** The answer comes, and then the word that nothing more is wanted (RFC 9113, 8.1). */
    @Test
    void answerBeforeTheEndOfAnUpload_comes_andTheRestIsNotWanted(@TempDir Path directory) throws Exception {
        try (RawModule module = RawModule.start(socket -> {
                    RawModule.head(socket.getInputStream());
                    RawModule.say(socket, "HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno");
                });
                EdgeServer edge = edge(directory, module.port());
                RawHttp2 client = new RawHttp2(edge.port())) {
            int stream = post(client);
            client.frame(RawHttp2.DATA, 0, stream, new byte[1000]);
            Answer answer = client.read(stream);
            assertThat(answer.status()).isEqualTo(403);
            assertThat(answer.body()).isEqualTo("no");
            client.readFor(3000);
            assertThat(answer.reset()).isZero();
            assertThat(client.ask("GET /livez HTTP/1.1\r\nHost: " + AUTHORITY + "\r\n\r\n")
                            .status())
                    .isEqualTo(200);
        }
    }

    /** Half of a body must not look like a whole one: the module's connection breaks off. */
    @Test
    void uploadThatItsClientGivesUp_breaksOffAtTheModule(@TempDir Path directory) throws Exception {
        BlockingQueue<String> seen = new LinkedBlockingQueue<>();
        try (RawModule module = RawModule.start(socket -> {
                    RawModule.head(socket.getInputStream());
                    StringBuilder body = new StringBuilder();
                    try {
                        for (int octet = socket.getInputStream().read();
                                octet >= 0;
                                octet = socket.getInputStream().read()) {
                            body.append((char) octet);
                        }
                    } finally {
                        seen.add(body.toString());
                    }
                });
                EdgeServer edge = edge(directory, module.port());
                RawHttp2 client = new RawHttp2(edge.port())) {
            int stream = post(client);
            client.frame(RawHttp2.DATA, 0, stream, "half".getBytes(StandardCharsets.US_ASCII));
            client.readFor(500);
            client.frame(RawHttp2.RST_STREAM, 0, stream, new byte[] {0, 0, 0, 8});
            assertThat(seen.poll(5, TimeUnit.SECONDS)).startsWith("4\r\nhalf").doesNotContain("\r\n0\r\n");
            assertThat(client.ask("GET /livez HTTP/1.1\r\nHost: " + AUTHORITY + "\r\n\r\n")
                            .status())
                    .isEqualTo(200);
        }
    }

    /** What another site makes a browser send is refused, however it comes. */
    @Test
    void crossSiteWrite_isRefused(@TempDir Path directory) throws Exception {
        try (FakeModule module = FakeModule.start();
                EdgeServer edge = edge(directory, module.port());
                RawHttp2 client = new RawHttp2(edge.port())) {
            for (String headers : new String[] {
                "Origin: https://evil.example\r\n",
                "Origin: http://" + AUTHORITY + "\r\n",
                "Sec-Fetch-Site: cross-site\r\n",
                "Referer: https://evil.example/x\r\n",
                "Origin: null\r\n"
            }) {
                Answer answer =
                        client.ask("POST /modules/m/x HTTP/1.1\r\nHost: " + AUTHORITY + "\r\n" + headers + "\r\nhello");
                assertThat(answer.status()).as(headers).isEqualTo(403);
            }
            assertThat(module.seen()).isNull();
        }
    }

    /** B13: hints that mean something precede the answer; what stands behind a body sets nothing of the head's. */
    @Test
    void hintsAndTrailers_carryWhatTheyMay(@TempDir Path directory) throws Exception {
        try (RawModule module = RawModule.start(socket -> {
                    for (String head = RawModule.head(socket.getInputStream());
                            head != null;
                            head = RawModule.head(socket.getInputStream())) {
                        RawModule.say(
                                socket,
                                "HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n"
                                        + "Set-Cookie: a=b\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
                                        + "Trailer: X-Sum\r\n\r\n2\r\nhi\r\n0\r\nX-Sum: 1\r\nSet-Cookie: a=b\r\n"
                                        + "Connection: x-gone\r\nX-Gone: 1\r\nStrict-Transport-Security: max-age=0\r\n\r\n");
                    }
                });
                EdgeServer edge = edge(directory, module.port());
                RawHttp2 client = new RawHttp2(edge.port())) {
            Answer answer = client.ask("GET /modules/m/x HTTP/1.1\r\nHost: " + AUTHORITY + "\r\n\r\n");
            assertThat(answer.heads())
                    .startsWith(":status: 103\nlink: </a.css>; rel=preload\n--\n:status: 200\n")
                    .endsWith("--\nx-sum: 1\n")
                    .doesNotContain("a=b", ":status: 102", "x-gone", "connection", "max-age=0");
            assertThat(answer.body()).isEqualTo("hi");
        }
    }
}
