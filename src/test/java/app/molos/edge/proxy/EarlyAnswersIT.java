package app.molos.edge.proxy;

import static app.molos.edge.testing.RawModule.answer;
import static app.molos.edge.testing.RawModule.head;
import static app.molos.edge.testing.RawModule.say;
import static org.assertj.core.api.Assertions.assertThat;

import app.molos.edge.testing.EdgeServer;
import app.molos.edge.testing.RawHttp;
import app.molos.edge.testing.RawModule;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a module says before its answer, behind it, and instead of reading what it is sent. */
class EarlyAnswersIT {
    private static final String ORIGIN = "http://localhost:4173";
    private static final String REQUEST = " HTTP/1.1\r\nHost: localhost:4173\r\nConnection: close\r\n";

    @TempDir
    Path directory;

    private RawModule module;
    private EdgeServer edge;

    @AfterEach
    void close() throws Exception {
        edge.close();
        module.close();
    }

    private void start(RawModule.Conversation conversation) throws Exception {
        module = RawModule.start(conversation);
        EdgeServer.modules(directory, """
                development:
                  modules:
                    - {id: m, repository: r, tag: v1, upstream: "http://127.0.0.1:%d", access: public}
                """.formatted(module.port()));
        edge = EdgeServer.start(
                directory, Map.of("ORIGIN", ORIGIN, "PROXY_BREAKER_FAILURES", "3", "PROXY_BREAKER_PAUSE", "1m"));
    }

    /** Python's http.server says 501 to a POST and hangs up without reading any of it. */
    @Test
    void uploadThatAModuleRefusesByHangingUp_isAnsweredWithItsWords_andIsNoFault() throws Exception {
        start(socket -> {
            String head = head(socket.getInputStream());
            say(
                    socket,
                    head.startsWith("POST")
                            ? "HTTP/1.0 501 Unsupported method\r\nContent-Length: 4\r\n\r\nnope"
                            : answer("ok"));
            socket.close();
        });
        List<Integer> statuses = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            statuses.add(RawHttp.status(upload()));
        }
        assertThat(statuses).containsOnly(501);
        assertThat(edge.get("/modules/m/x", "Host", "localhost:4173").body()).isEqualTo("ok");
    }

    /** One that does not answer at all: 502 for the one who uploaded, and the others are not disturbed. */
    @Test
    void uploadsThatAModuleCutsOff_doNotOpenTheBreaker() throws Exception {
        start(socket -> {
            String head = head(socket.getInputStream());
            if (head.startsWith("GET")) {
                say(socket, answer("ok"));
            }
            socket.close();
        });
        for (int i = 0; i < 6; i++) {
            assertThat(RawHttp.status(upload())).isEqualTo(502);
            assertThat(edge.get("/modules/m/x", "Host", "localhost:4173").body())
                    .isEqualTo("ok");
        }
    }

    private String upload() throws Exception {
        try (Socket client = new Socket("127.0.0.1", edge.port())) {
            client.setSoTimeout(5000);
            say(client, "POST /modules/m/x" + REQUEST + "Origin: " + ORIGIN + "\r\nContent-Length: 20000000\r\n\r\n");
            Thread writing = new Thread(() -> {
                try {
                    OutputStream out = client.getOutputStream();
                    for (int i = 0; i < 200; i++) {
                        out.write(new byte[100_000]);
                    }
                } catch (IOException e) {
                    // Refused.
                }
            });
            writing.setDaemon(true);
            writing.start();
            return String.valueOf(head(client.getInputStream()));
        }
    }

    /** B13: 103 is passed on with its links, other informational responses are not ours to explain. */
    @Test
    void informationalResponses_precedeTheAnswer() throws Exception {
        start(socket -> {
            for (String head = head(socket.getInputStream()); head != null; head = head(socket.getInputStream())) {
                say(
                        socket,
                        "HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\nSet-Cookie: a=b\r\n\r\n"
                                + "HTTP/1.1 199 Whatever\r\nX: y\r\n\r\n" + answer("body"));
            }
        });
        String answers = RawHttp.exchange(edge.port(), "GET /modules/m/x" + REQUEST + "\r\n");
        assertThat(answers)
                .startsWith("HTTP/1.1 103 Early Hints\r\nlink: </a.css>; rel=preload\r\n\r\nHTTP/1.1 200 OK\r\n")
                .endsWith("body")
                .doesNotContain(" 102 ", " 199 ", "a=b");
        assertThat(RawHttp.exchange(edge.port(), "GET /modules/m/x HTTP/1.0\r\nHost: localhost:4173\r\n\r\n"))
                .startsWith("HTTP/1.0 200 OK")
                .doesNotContain("103");
    }

    /** B13: what stands behind a body cannot set what only the head may. */
    @Test
    void trailers_carryNothingThatBelongsIntoTheHead() throws Exception {
        start(socket -> {
            for (String head = head(socket.getInputStream()); head != null; head = head(socket.getInputStream())) {
                say(
                        socket,
                        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n2\r\nhi\r\n0\r\nX-Sum: 1\r\nSet-Cookie: a=b\r\n"
                                + "Connection: x-gone\r\nX-Gone: 1\r\nStrict-Transport-Security: max-age=0\r\n\r\n");
            }
        });
        String answer = RawHttp.exchange(edge.port(), "GET /modules/m/x" + REQUEST + "\r\n");
        String trailers = answer.substring(answer.indexOf("\r\n\r\n") + 4);
        assertThat(trailers).isEqualToIgnoringCase("2\r\nhi\r\n0\r\nX-Sum: 1\r\n\r\n");
    }
}
