package app.molos.edge.boot;

import static org.assertj.core.api.Assertions.assertThat;

import app.molos.edge.testing.CommandLine;
import app.molos.edge.testing.EdgeServer;
import app.molos.edge.testing.FakeModule;
import app.molos.edge.testing.JarProcess;
import app.molos.edge.testing.RawConnection;
import app.molos.edge.testing.RawHttp;
import app.molos.edge.testing.RawHttp2;
import app.molos.edge.testing.RawHttp2.Answer;
import app.molos.edge.testing.TestCertificate;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.ConnectException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How a node leaves: what its balancer is told, what is still served, what ends how, and what is cut. */
class DrainIT {
    private static final int LARGE = 600_000;
    private static final Map<String, String> SLOWLY =
            Map.of("SHUTDOWN_DELAY", "1s", "SHUTDOWN_SPREAD", "500ms", "SHUTDOWN_GRACE", "3s");

    private static void module(Path directory, FakeModule module) throws IOException {
        EdgeServer.modules(directory, """
                development:
                  modules:
                    - {id: notes, repository: r, tag: v1, upstream: "http://127.0.0.1:%d", access: public}
                """.formatted(module.port()));
    }

    /** A module whose answers take as long as their path says, in milliseconds, or are event streams. */
    private static FakeModule slow() throws Exception {
        return FakeModule.start(request -> {
            String last = request.path().substring(request.path().lastIndexOf('/') + 1);
            if (last.equals("events")) {
                request.response()
                        .putHeader("Content-Type", "text/event-stream")
                        .setChunked(true);
                request.response().write("data: hello\n\n");
            } else if (last.matches("\\d+")) {
                request.response().setChunked(true);
                request.response().write("begun ");
                io.vertx.core.Vertx.currentContext()
                        .owner()
                        .setTimer(Long.parseLong(last), t -> request.response().end("and done"));
            }
        });
    }

    /** C2: the door stays open until the balancer must have noticed, and each answer is its connection's last after that. */
    @Test
    void stop_tellsTheBalancerFirst_servesMeanwhile_andLosesNothing(@TempDir Path directory) throws Exception {
        try (FakeModule module = slow()) {
            module(directory, module);
            try (EdgeServer edge = EdgeServer.start(directory, SLOWLY)) {
                assertThat(edge.get("/readyz").statusCode()).isEqualTo(200);
                List<Integer> statuses = new ArrayList<>();
                try (RawConnection idle = new RawConnection(edge.port())) {
                    assertThat(idle.exchange("GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n"))
                            .contains("200 OK");
                    Future<Integer> stopped = edge.boot().stop();
                    long begun = System.nanoTime();
                    Awaitility.await()
                            .atMost(Duration.ofMillis(500))
                            .until(() -> edge.get("/readyz").statusCode() == 503);
                    assertThat(edge.get("/readyz").body()).isEqualTo("{\"status\":\"draining\"}");
                    assertThat(edge.get("/api/health").statusCode()).isEqualTo(503);
                    assertThat(edge.get("/livez").statusCode()).isEqualTo(200);
                    while (System.nanoTime() - begun < Duration.ofMillis(900).toNanos()) {
                        HttpResponse<String> answer = edge.get("/modules/notes/x");
                        statuses.add(answer.statusCode());
                        assertThat(answer.headers().firstValue("connection")).isEmpty();
                    }
                    // An answer that takes longer than what is left still ends; one that begins now ends its
                    // connection.
                    CompletableFuture<String> late = CompletableFuture.supplyAsync(() -> RawHttp.exchange(
                            edge.port(), "GET /modules/notes/1500 HTTP/1.1\r\nHost: localhost\r\n\r\n", 4000));
                    Awaitility.await()
                            .pollInterval(Duration.ofMillis(20))
                            .until(() -> RawHttp.exchange(
                                            edge.port(), "GET /modules/notes/x HTTP/1.1\r\nHost: localhost\r\n\r\n")
                                    .contains("connection: close"));
                    assertThat(idle.exchange("GET /modules/notes/x HTTP/1.1\r\nHost: localhost\r\n\r\n"))
                            .contains("200 OK", "connection: close");
                    assertThat(late.get(5, TimeUnit.SECONDS)).contains("begun", "and done");
                    assertThat(stopped.await(10, TimeUnit.SECONDS)).isZero();
                }
                assertThat(statuses).hasSizeGreaterThan(5).containsOnly(200);
            }
        }
    }

    @Test
    void webSocketsAndEventStreams_areToldToComeBack_betweenFrames(@TempDir Path directory) throws Exception {
        try (FakeModule module = slow()) {
            module(directory, module);
            try (EdgeServer edge = EdgeServer.start(directory, SLOWLY)) {
                List<CompletableFuture<Integer>> closed = new ArrayList<>();
                for (int i = 0; i < 20; i++) {
                    closed.add(socket(edge.port()));
                }
                CompletableFuture<String> events = CompletableFuture.supplyAsync(() -> RawHttp.exchange(
                        edge.port(), "GET /modules/notes/events HTTP/1.1\r\nHost: localhost\r\n\r\n", 5000));
                Awaitility.await()
                        .until(() -> edge.management("/metrics").body().contains("edge_drain_inflight 21.0"));
                long begun = System.nanoTime();
                Future<Integer> stopped = edge.boot().stop();
                assertThat(stopped.await(10, TimeUnit.SECONDS)).isZero();
                for (CompletableFuture<Integer> socket : closed) {
                    assertThat(socket.get(5, TimeUnit.SECONDS)).isEqualTo(1001);
                }
                assertThat(events.get(5, TimeUnit.SECONDS))
                        .contains("data: hello")
                        .endsWith("0\r\n\r\n");
                // No balancer has asked: there was nobody to tell, and nothing to wait for.
                assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofMillis(2500));
            }
        }
    }

    private static CompletableFuture<Integer> socket(int port) {
        CompletableFuture<Integer> closed = new CompletableFuture<>();
        HttpClient.newHttpClient()
                .newWebSocketBuilder()
                .header("Origin", "http://localhost")
                .buildAsync(URI.create("ws://localhost:" + port + "/modules/notes/socket"), new WebSocket.Listener() {
                    @Override
                    public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
                        closed.complete(code);
                        return null;
                    }

                    @Override
                    public void onError(WebSocket socket, Throwable error) {
                        closed.completeExceptionally(error);
                    }
                })
                .join();
        return closed;
    }

    @Test
    void whatDoesNotEndInTime_isCut_andCounted(@TempDir Path directory) throws Exception {
        try (FakeModule module = slow()) {
            module(directory, module);
            try (EdgeServer edge = EdgeServer.start(directory, Map.of("SHUTDOWN_GRACE", "300ms"))) {
                CompletableFuture<String> cut = CompletableFuture.supplyAsync(() -> RawHttp.exchange(
                        edge.port(), "GET /modules/notes/9000 HTTP/1.1\r\nHost: localhost\r\n\r\n", 5000));
                Awaitility.await()
                        .until(() -> edge.management("/metrics").body().contains("edge_drain_inflight 1.0"));
                assertThat(edge.boot().stop().await(5, TimeUnit.SECONDS)).isEqualTo(1);
                assertThat(cut.get(5, TimeUnit.SECONDS)).contains("begun").doesNotContain("and done");
            }
        }
    }

    /** By HTTP/2 a new connection is served, too, and learns by GOAWAY that it was the last time. */
    @Test
    void drainedNode_servesNewConnectionsOfHttp2_once(@TempDir Path directory) throws Exception {
        int management = JarProcess.freePort();
        Map<String, String> settings = new HashMap<>(
                TestCertificate.make(directory, "edge", "dns:localhost").settings());
        settings.put("MANAGEMENT_PORT", String.valueOf(management));
        settings.put("ORIGIN", "https://localhost:4173");
        try (EdgeServer edge = EdgeServer.start(directory, settings);
                RawHttp2 before = new RawHttp2(edge.port())) {
            String asked = "GET /api/auth/get-session HTTP/1.1\r\nHost: localhost:4173\r\n\r\n";
            assertThat(before.ask(asked).status()).isEqualTo(200);
            assertThat(CommandLine.run(directory, settings, "drain").code()).isZero();
            before.readFor(2000);
            assertThat(before.goAway()).isZero();
            try (RawHttp2 during = new RawHttp2(edge.port())) {
                assertThat(during.ask(asked).status()).isEqualTo(200);
                during.readFor(2000);
                assertThat(during.goAway()).isZero();
                assertThat(during.isClosed()).isTrue();
            }
            assertThat(CommandLine.run(directory, settings, "drain", "--cancel").code())
                    .isZero();
            try (RawHttp2 after = new RawHttp2(edge.port())) {
                assertThat(after.ask(asked).status()).isEqualTo(200);
                after.readFor(300);
                assertThat(after.goAway()).isEqualTo(-1);
            }
            Future<Integer> stopped = edge.boot().stop();
            assertThat(EdgeServer.send(management, "POST", "/drain/cancel", "").statusCode())
                    .isIn(401, 503);
            assertThat(stopped.await(10, TimeUnit.SECONDS)).isZero();
        }
    }

    /** What a client sends behind its last request, for one that it has read, takes nothing from what is still on its way. */
    @Test
    void lastAnswerOfHttp2_arrivesWhole_whileTheClientStillSends(@TempDir Path directory) throws Exception {
        Files.createDirectories(directory.resolve("files"));
        Files.writeString(directory.resolve("files/big.txt"), "y".repeat(LARGE));
        EdgeServer.modules(directory, "development: {modules: [{id: files, static: files, access: public}]}\n");
        Map<String, String> settings = new HashMap<>(
                TestCertificate.make(directory, "edge", "dns:localhost").settings());
        settings.put("ORIGIN", "https://localhost:4173");
        // SETTINGS_INITIAL_WINDOW_SIZE: all of it may come at once.
        byte[] window = {0, 4, 0, 0x10, 0, 0};
        try (EdgeServer edge = EdgeServer.start(directory, settings);
                RawHttp2 client = new RawHttp2(edge.port(), window, 16_384)) {
            client.frame(RawHttp2.WINDOW_UPDATE, 0, 0, new byte[] {0, 0x10, 0, 0});
            int stream = client.send("GET /modules/files/big.txt HTTP/1.1\r\nHost: localhost:4173\r\n\r\n");
            // The edge writes as much as the system takes, which nothing here can see.
            Thread.sleep(500);
            Future<Integer> stopped = edge.boot().stop();
            Answer answer;
            do {
                client.frame(RawHttp2.PING, 0, 0, new byte[8]);
                client.readOne();
                answer = client.answer(stream);
            } while (!answer.isEnded() && !client.isClosed());
            assertThat(answer.body()).hasSize(LARGE);
            client.readFor(2000);
            assertThat(client.goAway()).isZero();
            client.close();
            assertThat(stopped.await(10, TimeUnit.SECONDS)).isZero();
        }
    }

    /** A request that is on its way while the door closes is answered: the connection is young, not idle. */
    @Test
    void requestsWhileTheDoorCloses_areAnswered_orNeverTaken(@TempDir Path directory) throws Exception {
        try (EdgeServer edge = EdgeServer.start(directory, Map.of("SHUTDOWN_SPREAD", "300ms"))) {
            int port = edge.port();
            List<String> broken = new ArrayList<>();
            int[] answered = {0};
            Thread client = new Thread(() -> {
                while (true) {
                    try (Socket socket = new Socket("127.0.0.1", port)) {
                        socket.setSoTimeout(3000);
                        socket.getOutputStream()
                                .write(
                                        "POST /api/auth/sign-out HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n"
                                                .getBytes(StandardCharsets.ISO_8859_1));
                        byte[] head = socket.getInputStream().readNBytes(12);
                        if (new String(head, StandardCharsets.ISO_8859_1).startsWith("HTTP/1.1 ")) {
                            answered[0]++;
                        } else {
                            broken.add("no answer");
                        }
                    } catch (ConnectException e) {
                        return;
                    } catch (IOException e) {
                        broken.add(e.toString());
                    }
                }
            });
            client.start();
            Awaitility.await().until(() -> answered[0] > 20);
            assertThat(edge.boot().stop().await(10, TimeUnit.SECONDS)).isZero();
            client.join(5000);
            // The system resets what it has accepted and nobody has taken when the door closes: one at most, and none
            // that a
            // balancer sent that was told before.
            assertThat(broken).hasSizeLessThanOrEqualTo(1);
        }
    }

    @Test
    void drainByCommand_isTakenBack_andTheAgentSaysBoth(@TempDir Path directory) throws Exception {
        int agent = JarProcess.freePort();
        int management = JarProcess.freePort();
        Map<String, String> settings = new HashMap<>(
                Map.of("AGENT_PORT", String.valueOf(agent), "MANAGEMENT_PORT", String.valueOf(management)));
        try (EdgeServer edge = EdgeServer.start(directory, settings)) {
            assertThat(RawHttp.exchange(agent, "", 2000)).isEqualTo("ready up 100%\n");
            CommandLine.Result drained = CommandLine.run(directory, settings, "drain");
            assertThat(drained.code()).as(drained.err()).isZero();
            assertThat(drained.out()).contains("Draining", "molos-edge drain --cancel");
            assertThat(edge.get("/readyz").statusCode()).isEqualTo(503);
            assertThat(edge.get("/api/auth/get-session").statusCode()).isEqualTo(200);
            assertThat(RawHttp.exchange(agent, "", 2000)).isIn("drain\n", "maint\n");
            Awaitility.await().until(() -> RawHttp.exchange(agent, "", 2000).equals("maint\n"));
            assertThat(CommandLine.run(directory, settings, "drain", "--json").out())
                    .contains("\"changed\" : false", "\"node\" : \"draining\"");
            CommandLine.Result shown = CommandLine.run(directory, settings, "health");
            assertThat(shown.code()).isEqualTo(1);
            assertThat(shown.out()).contains("draining", "database", "loops", "Broke first");
            assertThat(CommandLine.run(directory, settings, "drain", "--cancel").out())
                    .contains("Ready again");
            assertThat(edge.get("/readyz").statusCode()).isEqualTo(200);
            assertThat(edge.get("/api/auth/get-session").headers().firstValue("connection"))
                    .isEmpty();
            assertThat(RawHttp.exchange(agent, "", 2000)).isEqualTo("ready up 100%\n");
            CommandLine.Result json = CommandLine.run(directory, settings, "health", "--json");
            assertThat(json.code()).isZero();
            JsonArray history =
                    new JsonObject(json.out()).getJsonObject("history").getJsonArray("transitions");
            assertThat(history.stream().map(t -> ((JsonObject) t).getString("to")))
                    .containsSubsequence("ready", "draining", "ready");
            assertThat(edge.management("/drain").statusCode()).isEqualTo(405);
            assertThat(EdgeServer.send(management, "POST", "/drain", "").statusCode())
                    .isEqualTo(401);
        }
    }

    @Test
    void containersOwnHealthCheck_isNoBalancer(@TempDir Path directory) throws Exception {
        try (EdgeServer edge = EdgeServer.start(directory, Map.of("SHUTDOWN_DELAY", "3s"))) {
            assertThat(edge.management("/readyz", "User-Agent", "molos-edge-healthcheck")
                            .statusCode())
                    .isEqualTo(200);
            assertThat(edge.get("/livez").statusCode()).isEqualTo(200);
            long begun = System.nanoTime();
            edge.boot().stop().await(10, TimeUnit.SECONDS);
            assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(2));
        }
    }

    @Tag("long")
    @Test
    void secondSignal_stopsNow(@TempDir Path directory) throws Exception {
        int port = JarProcess.freePort();
        Map<String, String> settings = new HashMap<>(EdgeServer.environment(
                directory,
                Map.of(
                        "PORT",
                        String.valueOf(port),
                        "MANAGEMENT_PORT",
                        String.valueOf(JarProcess.freePort()),
                        "SHUTDOWN_DELAY",
                        "8s")));
        try (JarProcess edge = JarProcess.start(directory, settings)) {
            Awaitility.await()
                    .atMost(Duration.ofSeconds(30))
                    .ignoreExceptions()
                    .until(() -> EdgeServer.send(port, "GET", "/readyz", null).statusCode() == 200);
            edge.terminate();
            Awaitility.await()
                    .atMost(Duration.ofSeconds(5))
                    .until(() -> EdgeServer.send(port, "GET", "/readyz", null).statusCode() == 503);
            long begun = System.nanoTime();
            edge.terminate();
            assertThat(edge.exitCode(Duration.ofSeconds(5))).isZero();
            assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(3));
            assertThat(edge.err()).contains("Stopped by a second signal");
        }
    }

    @Test
    void lastLine_saysThatNothingWasCut(@TempDir Path directory) throws Exception {
        int port = JarProcess.freePort();
        Map<String, String> settings = new HashMap<>(EdgeServer.environment(
                directory,
                Map.of("PORT", String.valueOf(port), "MANAGEMENT_PORT", String.valueOf(JarProcess.freePort()))));
        try (JarProcess edge = JarProcess.start(directory, settings)) {
            Awaitility.await()
                    .atMost(Duration.ofSeconds(30))
                    .ignoreExceptions()
                    .until(() -> EdgeServer.send(port, "GET", "/livez", null).statusCode() == 200);
            edge.terminate();
            assertThat(edge.exitCode(Duration.ofSeconds(10))).isZero();
            assertThat(edge.err().strip()).endsWith("nothing was cut");
        }
    }
}
