package app.molos.edge.http;

import static org.assertj.core.api.Assertions.assertThat;

import app.molos.edge.testing.EdgeServer;
import app.molos.edge.testing.JarProcess;
import app.molos.edge.testing.Nginx;
import app.molos.edge.testing.RawModule;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The corners of HTTP/1, answered by the edge, nginx and Caddy in front of the same upstream; what each says stands in
 * its row.
 */
@Tag("node")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HttpTableIT {
    private static final String HOST = "Host: localhost:4173\r\n";
    /** How long nobody may be silent that is not done. */
    private static final int SILENCE_MILLIS = 700;

    private static final Pattern STATUS = Pattern.compile("HTTP/1\\.[01] (\\d{3})[^\r]*\r\n");

    private RawModule module;
    private EdgeServer edge;
    private Nginx nginx;
    private Process caddy;
    private int nginxPort;
    private int caddyPort;

    @BeforeAll
    void start(@TempDir Path directory) throws Exception {
        module = RawModule.answering(head -> RawModule.answer("<" + head.substring(0, head.indexOf("\r\n")) + ">"));
        EdgeServer.modules(directory, """
                development:
                  modules:
                    - {id: m, repository: r, tag: v1, upstream: "http://127.0.0.1:%d", access: public, paths: [/]}
                """.formatted(module.port()));
        edge = EdgeServer.start(
                directory,
                Map.of(
                        "ORIGIN",
                        "http://localhost:4173",
                        "SERVER_LINGER_TIMEOUT",
                        "50ms",
                        "SERVER_HEAD_TIMEOUT",
                        "1s"));
        nginxPort = JarProcess.freePort();
        nginx = Nginx.locations(
                directory.resolve("nginx"),
                nginxPort,
                "location / { proxy_pass http://127.0.0.1:" + module.port() + "; proxy_http_version 1.1; }");
        caddyPort = JarProcess.freePort();
        Path file = directory.resolve("Caddyfile");
        Files.writeString(file, """
                {
                  admin off
                  auto_https off
                }
                http://:%d {
                  bind 127.0.0.1
                  reverse_proxy 127.0.0.1:%d
                }
                """.formatted(caddyPort, module.port()));
        caddy = new ProcessBuilder("caddy", "run", "--adapter", "caddyfile", "--config", file.toString())
                .redirectErrorStream(true)
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectOutput(directory.resolve("caddy.out").toFile())
                .start();
        for (int i = 0;
                i < 100 && ask(caddyPort, "GET / HTTP/1.1\r\n" + HOST + "\r\n").isEmpty();
                i++) {
            Thread.sleep(100);
        }
    }

    @AfterAll
    void stop() throws Exception {
        caddy.destroy();
        caddy.waitFor(10, TimeUnit.SECONDS);
        nginx.close();
        edge.close();
        module.close();
    }

    /** What each says: its statuses in order, and "end" when it then ends the connection. */
    static Stream<Arguments> rows() {
        String utf8 = new String("?q=\u00d6".getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
        return Stream.of(
                row("plain", "GET /x?a=b HTTP/1.1\r\n" + HOST + "\r\n", "200", "200", "200", "GET /x?a=b HTTP/1.1"),
                row(
                        "a control character in the query",
                        "GET /x?a=\u0001b HTTP/1.1\r\n" + HOST + "\r\n",
                        "400",
                        "400 end",
                        "400 end",
                        ""),
                row(
                        "DEL in the query",
                        "GET /x?a=\u007fb HTTP/1.1\r\n" + HOST + "\r\n",
                        "400",
                        "400 end",
                        "400 end",
                        ""),
                row(
                        "raw UTF-8 in the query: the same octets arrive, once encoded",
                        "GET /x" + utf8 + " HTTP/1.1\r\n" + HOST + "\r\n",
                        "200",
                        "200",
                        "200",
                        "GET /x?q=%C3%96 HTTP/1.1"),
                row(
                        "HTTP/1.0 with two lengths",
                        "POST /x HTTP/1.0\r\n" + HOST + "Content-Length: 2\r\nContent-Length: 3\r\n\r\nabc",
                        "400 end",
                        "400 end",
                        "400 end",
                        ""),
                row(
                        "HTTP/1.1 with two lengths",
                        "POST /x HTTP/1.1\r\n" + HOST + "Content-Length: 2\r\nContent-Length: 3\r\n\r\nabc",
                        "400 end",
                        "400 end",
                        "400 end",
                        ""),
                row(
                        "a header without a name",
                        "GET /x HTTP/1.1\r\n" + HOST + ": value\r\n\r\n",
                        "400 end",
                        "400 end",
                        "200",
                        ""),
                row("no Host in HTTP/1.1", "GET /x HTTP/1.1\r\n\r\n", "400", "400 end", "400 end", ""),
                row("no Host in HTTP/1.0", "GET /x HTTP/1.0\r\n\r\n", "400 end", "200 end", "200 end", ""),
                row(
                        "no Host in HTTP/1.0, where probes ask",
                        "GET /readyz HTTP/1.0\r\n\r\n",
                        "200 end",
                        "200 end",
                        "200 end",
                        ""),
                row("HTTP/3.7", "GET /x HTTP/3.7\r\n" + HOST + "\r\n", "505 end", "505 end", "505 end", ""),
                row(
                        "HTTP/2.0 without its preface",
                        "GET /x HTTP/2.0\r\n" + HOST + "\r\n",
                        "505 end",
                        "505 end",
                        "505 end",
                        ""),
                row(
                        "http/1.1 in small letters",
                        "GET /x http/1.1\r\n" + HOST + "\r\n",
                        "400 end",
                        "400 end",
                        "400 end",
                        ""),
                row("TRACE", "TRACE /x HTTP/1.1\r\n" + HOST + "\r\n", "405", "405 end", "200", ""),
                row("a method that nobody knows", "BREW /x HTTP/1.1\r\n" + HOST + "\r\n", "501", "200", "200", ""),
                row(
                        "a space before the colon",
                        "GET /x HTTP/1.1\r\n" + HOST + "X : y\r\n\r\n",
                        "400 end",
                        "400 end",
                        "400 end",
                        ""),
                row(
                        "a folded header, which may be joined (RFC 9112, 5.2)",
                        "GET /x HTTP/1.1\r\n" + HOST + "X: a\r\n b\r\n\r\n",
                        "200",
                        "400 end",
                        "200",
                        ""),
                row(
                        "length and chunks",
                        "POST /x HTTP/1.1\r\n" + HOST
                                + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                        "400 end",
                        "400 end",
                        "200",
                        ""),
                row(
                        "two requests at once",
                        ("GET /x HTTP/1.1\r\n" + HOST + "\r\n").repeat(2),
                        "200 200",
                        "200 200",
                        "200 200",
                        ""),
                row(
                        "the last request says so",
                        "GET /x HTTP/1.1\r\n" + HOST + "Connection: close\r\n\r\n",
                        "200 end",
                        "200 end",
                        "200 end",
                        ""));
    }

    private static Arguments row(String what, String request, String edge, String nginx, String caddy, String seen) {
        return Arguments.of(what, request, edge, nginx, caddy, seen);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("rows")
    void request_isAnsweredAsItsRowSays(
            String what, String request, String byEdge, String byNginx, String byCaddy, String seen) throws Exception {
        String answer = ask(edge.port(), request);
        assertThat(statuses(answer) + " | " + statuses(ask(nginxPort, request)) + " | "
                        + statuses(ask(caddyPort, request)))
                .isEqualTo(byEdge + " | " + byNginx + " | " + byCaddy);
        assertThat(answer)
                .containsIgnoringCase("\r\ndate: ")
                .startsWith(request.contains("HTTP/1.0") ? "HTTP/1." : "HTTP/1.1 ");
        if (!seen.isEmpty()) {
            assertThat(answer).contains("<" + seen + ">");
        }
        if (byEdge.startsWith("405")) {
            assertThat(answer).containsIgnoringCase("\r\nallow: GET, HEAD");
        }
    }

    private static String statuses(String answer) {
        StringBuilder text = new StringBuilder();
        Matcher matcher = STATUS.matcher(answer);
        while (matcher.find()) {
            text.append(text.length() == 0 ? "" : " ").append(matcher.group(1));
        }
        return answer.endsWith("\n<end>") ? text + " end" : text.toString();
    }

    private static String ask(int port, String request) {
        StringBuilder answer = new StringBuilder();
        try (Socket socket = new Socket("127.0.0.1", port)) {
            socket.setSoTimeout(SILENCE_MILLIS);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
            InputStream in = socket.getInputStream();
            byte[] buffer = new byte[8192];
            int n = in.read(buffer);
            while (n >= 0) {
                answer.append(new String(buffer, 0, n, StandardCharsets.ISO_8859_1));
                n = in.read(buffer);
            }
            answer.append("\n<end>");
        } catch (IOException e) {
            // Silent: the connection is kept.
        }
        return answer.toString();
    }
}
