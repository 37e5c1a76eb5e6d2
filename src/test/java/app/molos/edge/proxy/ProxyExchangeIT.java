package app.molos.edge.proxy;

import static app.molos.edge.testing.RawModule.answer;
import static app.molos.edge.testing.RawModule.head;
import static app.molos.edge.testing.RawModule.say;
import static org.assertj.core.api.Assertions.assertThat;

import app.molos.edge.testing.EdgeServer;
import app.molos.edge.testing.RawModule;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Each transition in the table of {@link ExchangeState}, by what a client and the access log see of it: a state is
 * known by the timeout that ends it.
 */
class ProxyExchangeIT {
    private static final String HOST = "Host: localhost:4173\r\nOrigin: http://localhost:4173\r\n";
    private static final Map<String, String> SETTINGS = Map.of(
            "ORIGIN", "http://localhost:4173",
            "PROXY_CONNECT_TIMEOUT", "400ms",
            "PROXY_BODY_IDLE_TIMEOUT", "1s",
            "PROXY_FIRST_BYTE_TIMEOUT", "400ms",
            "PROXY_RESPONSE_IDLE_TIMEOUT", "400ms",
            "ACCESS_LOG_FLUSH", "10ms");
    private static final Duration LONGER_THAN_ANY = Duration.ofMillis(1300);

    @TempDir
    Path directory;

    private final List<AutoCloseable> open = new ArrayList<>();
    private EdgeServer edge;

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable closeable : open) {
            closeable.close();
        }
    }

    private RawModule module(RawModule.Conversation conversation) throws IOException {
        RawModule module = RawModule.start(conversation);
        open.add(module);
        return module;
    }

    private void serve(RawModule... upstreams) throws Exception {
        EdgeServer.modules(directory, """
                development:
                  modules:
                    - {id: m, repository: r, tag: v1, access: public, upstream: [%s]}
                """.formatted(Stream.of(upstreams)
                .map(u -> "\"http://127.0.0.1:" + u.port() + "\"")
                .collect(Collectors.joining(","))));
        edge = EdgeServer.start(directory, SETTINGS);
        open.add(edge);
    }

    private Socket send(String head, String body) throws IOException {
        Socket client = new Socket("127.0.0.1", edge.port());
        open.add(client);
        client.setSoTimeout(10_000);
        client.getOutputStream().write((head + "\r\n" + HOST + "\r\n" + body).getBytes(StandardCharsets.ISO_8859_1));
        return client;
    }

    private static String rest(InputStream in) throws IOException {
        return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
    }

    /** What the log says of the last request, once it does: status, code and the limit that was passed. */
    private String logged() {
        return Awaitility.await()
                .atMost(10, TimeUnit.SECONDS)
                .until(
                        () -> edge.accessLog()
                                .lines()
                                .map(JsonObject::new)
                                .map(line -> line.getInteger("status") + " " + line.getString("code", "-") + " "
                                        + line.getString("limit", "-"))
                                .reduce((first, second) -> second)
                                .orElse(""),
                        line -> !line.isEmpty());
    }

    @Test
    void connecting_waiting_buffering_completed() throws Exception {
        serve(module(socket -> {
            while (head(socket.getInputStream()) != null) {
                say(socket, answer("whole"));
            }
        }));
        HttpResponse<String> response = edge.get("/modules/m/a");
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body()).isEqualTo("whole");
        assertThat(logged()).isEqualTo("200 - -");
    }

    @Test
    void connecting_refused_whenNobodyListens() throws Exception {
        RawModule gone = module(socket -> {});
        serve(gone);
        gone.close();
        assertThat(edge.get("/modules/m/a").statusCode()).isEqualTo(502);
        assertThat(logged()).isEqualTo("502 MODULE_DOWN -");
    }

    @Test
    void connecting_connecting_whenAnotherUpstreamIsThere() throws Exception {
        RawModule gone = module(socket -> {});
        serve(gone, module(socket -> {
            while (head(socket.getInputStream()) != null) {
                say(socket, answer("other"));
            }
        }));
        gone.close();
        for (int i = 0; i < 4; i++) {
            assertThat(edge.get("/modules/m/a").body()).isEqualTo("other");
        }
    }

    @Test
    void waiting_connecting_whenTheRequestMayBeActedOnTwice() throws Exception {
        AtomicInteger heads = new AtomicInteger();
        RawModule.Conversation breaksOffFirst = socket -> {
            while (head(socket.getInputStream()) != null) {
                if (heads.incrementAndGet() == 1) {
                    socket.close();
                    return;
                }
                say(socket, answer("second"));
            }
        };
        serve(module(breaksOffFirst));
        assertThat(edge.get("/modules/m/a").body()).isEqualTo("second");
        heads.set(0);
        assertThat(edge.send("DELETE", "/modules/m/a", null, "Origin", "http://localhost:4173")
                        .statusCode())
                .as("without a body, idempotent")
                .isEqualTo(200);
        heads.set(0);
        assertThat(edge.send("POST", "/modules/m/a", "once", "Origin", "http://localhost:4173")
                        .statusCode())
                .isEqualTo(502);
        assertThat(heads).hasValue(1);
    }

    @Test
    void waiting_refused_whenNoResponseBegins() throws Exception {
        serve(module(socket -> head(socket.getInputStream())));
        assertThat(edge.get("/modules/m/a").statusCode()).isEqualTo(504);
        assertThat(logged()).isEqualTo("504 MODULE_TIMEOUT timeouts.firstByte");
    }

    @Test
    void uploading_waiting_whenTheBodyIsWhole() throws Exception {
        serve(module(socket -> {
            head(socket.getInputStream());
            socket.getInputStream().readNBytes(5);
        }));
        assertThat(edge.send("POST", "/modules/m/a", "12345", "Origin", "http://localhost:4173")
                        .statusCode())
                .isEqualTo(504);
        assertThat(logged()).isEqualTo("504 MODULE_TIMEOUT timeouts.firstByte");
    }

    @Test
    void uploading_refused_whenTheClientSendsNothingMore() throws Exception {
        serve(module(socket -> socket.getInputStream().readAllBytes()));
        Socket client = send("POST /modules/m/a HTTP/1.1\r\nContent-Length: 10", "12345");
        assertThat(rest(client.getInputStream())).startsWith("HTTP/1.1 408 ").contains("REQUEST_TIMEOUT");
        assertThat(logged()).isEqualTo("408 REQUEST_TIMEOUT timeouts.bodyIdle");
    }

    @Test
    void blocked_refused_whenTheModuleTakesNothingMore() throws Exception {
        serve(module(socket -> head(socket.getInputStream())));
        String large = "x".repeat(20_000_000);
        CompletableFuture<HttpResponse<String>> response = CompletableFuture.supplyAsync(
                () -> edge.send("POST", "/modules/m/a", large, "Origin", "http://localhost:4173"));
        assertThat(logged()).isEqualTo("504 MODULE_TIMEOUT timeouts.bodyIdle");
        response.handle((r, failure) -> r).get(20, TimeUnit.SECONDS);
    }

    @Test
    void blocked_uploading_whenTheModuleTakesItAgain() throws Exception {
        int length = 20_000_000;
        serve(module(socket -> {
            head(socket.getInputStream());
            Thread.sleep(500);
            socket.getInputStream().skipNBytes(length);
            say(socket, answer("taken"));
            head(socket.getInputStream());
        }));
        HttpResponse<String> response =
                edge.send("POST", "/modules/m/a", "x".repeat(length), "Origin", "http://localhost:4173");
        assertThat(response.body()).isEqualTo("taken");
    }

    @Test
    void uploading_buffering_whenAnsweredBeforeTheBodyIsWhole() throws Exception {
        serve(module(socket -> {
            head(socket.getInputStream());
            say(socket, answer("early"));
            socket.getInputStream().readAllBytes();
        }));
        Socket client = send("POST /modules/m/a HTTP/1.1\r\nContent-Length: 10", "12345");
        assertThat(rest(client.getInputStream()))
                .startsWith("HTTP/1.1 200 ")
                .containsIgnoringCase("connection: close")
                .endsWith("early");
    }

    /** A response without a length cannot be read whole first; what is left of the request ends with it. */
    @Test
    void uploading_relaying_whenAnsweredBeforeTheBodyIsWhole() throws Exception {
        serve(module(socket -> {
            head(socket.getInputStream());
            say(socket, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nearly\r\n0\r\n\r\n");
            socket.getInputStream().readAllBytes();
        }));
        Socket client = send("POST /modules/m/a HTTP/1.1\r\nContent-Length: 10", "12345");
        assertThat(rest(client.getInputStream()))
                .startsWith("HTTP/1.1 200 ")
                .contains("early")
                .endsWith("0\r\n\r\n");
    }

    @Test
    void uploading_streaming_whenEventsBeginBeforeTheBodyIsWhole() throws Exception {
        serve(module(socket -> {
            head(socket.getInputStream());
            say(socket, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n");
            Thread.sleep(LONGER_THAN_ANY.toMillis());
            say(socket, "9\r\ndata: 1\n\n\r\n0\r\n\r\n");
            socket.getInputStream().readAllBytes();
        }));
        Socket client = send("POST /modules/m/a HTTP/1.1\r\nContent-Length: 10", "12345");
        // The request's own clock is the client's; a byte now and then keeps it.
        client.getOutputStream().write('6');
        assertThat(rest(client.getInputStream())).contains("data: 1");
    }

    @Test
    void buffering_refused_whenTheRestDoesNotCome() throws Exception {
        serve(module(socket -> {
            head(socket.getInputStream());
            say(socket, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345");
            socket.getInputStream().readAllBytes();
        }));
        assertThat(edge.get("/modules/m/a").statusCode())
                .as("a proper error: nothing of the response was sent")
                .isEqualTo(504);
        assertThat(logged()).isEqualTo("504 MODULE_TIMEOUT timeouts.responseIdle");
    }

    @Test
    void relaying_completed() throws Exception {
        String body = "y".repeat(200_000);
        serve(module(socket -> {
            while (head(socket.getInputStream()) != null) {
                say(socket, answer(body));
            }
        }));
        assertThat(edge.get("/modules/m/a").body()).isEqualTo(body);
    }

    @Test
    void relaying_reset_whenTheRestDoesNotCome() throws Exception {
        serve(module(socket -> {
            head(socket.getInputStream());
            say(socket, "HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n" + "z".repeat(1000));
            socket.getInputStream().readAllBytes();
        }));
        assertThat(rest(send("GET /modules/m/a HTTP/1.1", "").getInputStream()))
                .startsWith("HTTP/1.1 200 ")
                .endsWith("zzz");
        assertThat(logged()).endsWith("MODULE_TIMEOUT timeouts.responseIdle");
    }

    @Test
    void relaying_reset_whenTheModuleBreaksOff() throws Exception {
        serve(module(socket -> {
            head(socket.getInputStream());
            say(socket, "HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n" + "z".repeat(1000));
            socket.close();
        }));
        assertThat(rest(send("GET /modules/m/a HTTP/1.1", "").getInputStream())).startsWith("HTTP/1.1 200 ");
        assertThat(logged()).endsWith("MODULE_BROKE_OFF -");
    }

    @Test
    void streaming_mayBeSilent_andCompletes() throws Exception {
        serve(module(socket -> {
            head(socket.getInputStream());
            say(socket, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n");
            Thread.sleep(LONGER_THAN_ANY.toMillis());
            say(socket, "9\r\ndata: 1\n\n\r\n0\r\n\r\n");
            head(socket.getInputStream());
        }));
        HttpResponse<String> response = edge.get("/modules/m/a");
        assertThat(response.body()).isEqualTo("data: 1\n\n");
        assertThat(logged()).isEqualTo("200 - -");
    }

    @Test
    void tunnelling_mayBeSilent_andIsAbandonedWithItsClient() throws Exception {
        CompletableFuture<Integer> end = new CompletableFuture<>();
        serve(module(socket -> {
            head(socket.getInputStream());
            say(socket, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
            int echoed = socket.getInputStream().read();
            socket.getOutputStream().write(echoed);
            socket.getOutputStream().flush();
            end.complete(socket.getInputStream().read());
        }));
        Socket client = send(
                "GET /modules/m/a HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13"
                        + "\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
                "");
        assertThat(head(client.getInputStream())).startsWith("HTTP/1.1 101 ");
        Thread.sleep(LONGER_THAN_ANY.toMillis());
        client.getOutputStream().write('!');
        assertThat(client.getInputStream().read()).isEqualTo('!');
        client.close();
        assertThat(end.get(10, TimeUnit.SECONDS)).isEqualTo(-1);
    }

    @Tag("long")
    @Test
    void waiting_abandoned_whenTheClientLeaves() throws Exception {
        CompletableFuture<Void> begun = new CompletableFuture<>();
        CompletableFuture<Integer> end = new CompletableFuture<>();
        serve(module(socket -> {
            head(socket.getInputStream());
            begun.complete(null);
            end.complete(socket.getInputStream().read());
        }));
        Socket client = send("GET /modules/m/a HTTP/1.1", "");
        begun.get(10, TimeUnit.SECONDS);
        long start = System.nanoTime();
        client.close();
        assertThat(end.get(10, TimeUnit.SECONDS)).isEqualTo(-1);
        assertThat(Duration.ofNanos(System.nanoTime() - start))
                .as("at once, not by a timeout")
                .isLessThan(Duration.ofMillis(350));
    }
}
