package app.molos.edge.proxy;

import static app.molos.edge.testing.RawModule.answer;
import static org.assertj.core.api.Assertions.assertThat;

import app.molos.edge.testing.EdgeServer;
import app.molos.edge.testing.RawHttp;
import app.molos.edge.testing.RawModule;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** B3: what a module sends beyond its answer is nobody's answer, however much of it there is and whenever it comes. */
class SurplusIT {
    private static final String HALF_HEAD =
            "HTTP/1.1 302 Found\\r\\nLocation: https://mallory.example/\\r\\nSet-Cookie: chosen=by-mallory\\r\\nX-Swallow: ";
    private static final String ORIGIN = "http://localhost:4173";

    @TempDir
    Path directory;

    private RawModule module;
    private EdgeServer edge;

    @AfterEach
    void close() throws Exception {
        if (edge != null) {
            edge.close();
        }
        module.close();
    }

    private void start() throws Exception {
        EdgeServer.modules(directory, """
                development:
                  modules:
                    - {id: m, repository: r, tag: v1, upstream: "http://127.0.0.1:%d", access: public}
                """.formatted(module.port()));
        edge = EdgeServer.start(directory, Map.of("ORIGIN", ORIGIN, "SERVER_EVENT_LOOPS", "1"));
    }

    private String ask(String method, String path) {
        String body = method.equals("POST") ? "Origin: " + ORIGIN + "\r\nContent-Length: 4\r\n\r\nbody" : "\r\n";
        return RawHttp.exchange(
                edge.port(),
                method + " /modules/m/" + path + " HTTP/1.1\r\nHost: localhost:4173\r\nConnection: close\r\n" + body);
    }

    @ParameterizedTest(name = "{0} {1} + {2}")
    @CsvSource(
            delimiter = '|',
            value = {
                "GET  | HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nhi | " + HALF_HEAD,
                "HEAD | HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\n | " + HALF_HEAD,
                "HEAD | HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\n | hi",
                "GET  | HTTP/1.1 200 OK\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n2\\r\\nhi\\r\\n0\\r\\n\\r\\n | "
                        + HALF_HEAD,
                "GET  | HTTP/1.1 204 No Content\\r\\n\\r\\n | " + HALF_HEAD,
                "GET  | HTTP/1.1 304 Not Modified\\r\\nETag: x\\r\\n\\r\\n | " + HALF_HEAD,
                "GET  | HTTP/1.1 200 OK\\r\\nContent-Length: 0\\r\\n\\r\\n | HTTP/1.1 302 Found\\r\\nLocation: https://mallory.example/\\r\\nContent-Length: 0\\r\\n\\r\\n",
                "GET  | HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nhi | no status line",
                "GET  | HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nhi | \\r\\n",
                "POST | HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nhi | H",
                "GET  | HTTP/1.1 103 Early Hints\\r\\nLink: </x>\\r\\n\\r\\nHTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nhi | "
                        + HALF_HEAD,
            })
    void bytesBeyondAnAnswer_reachNobody(String method, String answer, String surplus) throws Exception {
        module = RawModule.answering(
                head -> head.contains("/own") ? answer("own") : unescaped(answer) + unescaped(surplus));
        start();
        for (int i = 0; i < 3; i++) {
            assertThat(ask(method, "first")).contains("\r\n\r\n").doesNotContain("mallory");
            for (String next : new String[] {"GET", "POST"}) {
                assertThat(ask(next, "own"))
                        .startsWith("HTTP/1.1 200")
                        .endsWith("own")
                        .doesNotContain("mallory");
            }
        }
    }

    /** Not even the kind that comes later, while the connection waits for its next request. */
    @Test
    void bytesOnAnIdleConnection_endIt() throws Exception {
        module = RawModule.start(socket -> {
            for (String head = RawModule.head(socket.getInputStream());
                    head != null;
                    head = RawModule.head(socket.getInputStream())) {
                RawModule.say(socket, answer(head.contains("/own") ? "own" : "first"));
                if (!head.contains("/own")) {
                    Thread.sleep(100);
                    RawModule.say(socket, unescaped(HALF_HEAD));
                }
            }
        });
        start();
        for (int i = 1; i < 4; i++) {
            assertThat(ask("GET", "first")).endsWith("first");
            Thread.sleep(250);
            assertThat(isEnded(last())).isTrue();
            assertThat(ask("GET", "own"))
                    .startsWith("HTTP/1.1 200")
                    .endsWith("own")
                    .doesNotContain("mallory");
        }
    }

    private Socket last() {
        return module.accepted().stream().reduce((a, b) -> b).orElseThrow();
    }

    private static boolean isEnded(Socket socket) throws InterruptedException {
        try {
            for (int i = 0; i < 5; i++) {
                socket.getOutputStream().write('x');
                Thread.sleep(20);
            }
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    /** A well-behaved connection is used again: the mend is not that none is. */
    @Test
    void connectionWithoutSurplus_isUsedAgain() throws Exception {
        module = RawModule.answering(head -> head.startsWith("HEAD")
                ? "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n"
                : head.contains("/hints")
                        ? "HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
                                + answer("own")
                        : answer("own"));
        start();
        for (int i = 0; i < 3; i++) {
            assertThat(ask("GET", "own")).endsWith("own");
            assertThat(ask("HEAD", "own")).endsWith("\r\n\r\n");
            assertThat(ask("GET", "hints")).endsWith("own");
        }
        assertThat(module.accepted()).hasSize(1);
    }

    private static String unescaped(String text) {
        return text.trim().replace("\\r", "\r").replace("\\n", "\n");
    }
}
