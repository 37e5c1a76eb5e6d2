package app.molos.edge.modules;

import static org.assertj.core.api.Assertions.assertThat;

import app.molos.edge.testing.CommandLine;
import app.molos.edge.testing.EdgeServer;
import app.molos.edge.testing.FakeModule;
import app.molos.edge.testing.Http1Only;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketClientOptions;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A changed module list while people are at work: applied whole or not at all, and nobody else notices (B4.1, B1.2).
 */
@Tag("http2")
class ReloadIT {
    private static final int SOCKETS = 50;
    private static final int RELOADS = 100;

    @TempDir
    Path directory;

    private final Vertx vertx = Vertx.vertx();
    private FakeModule module;
    private EdgeServer edge;

    @BeforeEach
    void open() throws Exception {
        module = FakeModule.start();
    }

    @AfterEach
    void close() throws Exception {
        if (edge != null) {
            edge.close();
        }
        module.close();
        vertx.close().await(10, TimeUnit.SECONDS);
    }

    private void list(String... entries) throws Exception {
        StringBuilder yaml = new StringBuilder("development:\n  modules:\n");
        for (String entry : entries) {
            yaml.append("    - {repository: r, tag: v1, access: public, ")
                    .append(entry.formatted(module.port()))
                    .append("}\n");
        }
        EdgeServer.modules(directory, yaml.toString());
    }

    private void start(Map<String, String> settings) throws Exception {
        Map<String, String> all =
                new HashMap<>(Map.of("ORIGIN", "http://localhost:4173", "PROXY_DRAIN_TIMEOUT", "300ms"));
        all.putAll(settings);
        edge = EdgeServer.start(directory, all);
    }

    private String token() throws Exception {
        return Files.readString(directory.resolve("data/management-" + edge.managementPort() + ".token"))
                .strip();
    }

    private HttpResponse<String> reload(String... headers) {
        return EdgeServer.send(edge.managementPort(), "POST", "/modules/reload", null, headers);
    }

    private JsonObject reloaded() throws Exception {
        return new JsonObject(reload("Authorization", "Bearer " + token()).body());
    }

    @Tag("long")
    @Test
    @Http1Only
    void hundredReloads_underSocketsAndLoad_dropNothing() throws Exception {
        list("id: kept, upstream: \"http://127.0.0.1:%d\"", "id: other, upstream: \"http://127.0.0.1:%d\"");
        start(Map.of());
        AtomicInteger closed = new AtomicInteger();
        List<WebSocket> sockets = new ArrayList<>();
        for (int i = 0; i < SOCKETS; i++) {
            WebSocket socket = socket("/modules/kept/socket");
            socket.closeHandler(v -> closed.incrementAndGet());
            sockets.add(socket);
        }
        AtomicBoolean isOver = new AtomicBoolean();
        AtomicInteger answered = new AtomicInteger();
        List<String> failures = java.util.Collections.synchronizedList(new ArrayList<>());
        HttpClient client = vertx.createHttpClient(new PoolOptions().setHttp1MaxSize(8));
        for (int i = 0; i < 8; i++) {
            ask(client, i % 2 == 0 ? "/modules/kept/x" : "/modules/other/x", isOver, answered, failures);
        }

        for (int i = 1; i <= RELOADS; i++) {
            list(
                    "id: kept, upstream: \"http://127.0.0.1:%d\"",
                    "id: other, stripPath: " + (i % 2 == 1) + ", upstream: \"http://127.0.0.1:%d\"",
                    "id: extra" + i + ", upstream: \"http://127.0.0.1:%d\"");
            JsonObject outcome = reloaded();
            assertThat(outcome.getBoolean("applied")).isTrue();
            assertThat(outcome.getInteger("revision")).isEqualTo(1 + i);
            assertThat(outcome.getJsonArray("changed").getList()).containsExactly("other");
            assertThat(outcome.getInteger("unchanged")).isEqualTo(1);
            assertThat(edge.get("/modules/extra" + i + "/", "Host", "localhost:4173")
                            .statusCode())
                    .isEqualTo(200);
        }
        isOver.set(true);

        assertThat(failures).isEmpty();
        assertThat(answered.get()).isGreaterThan(RELOADS);
        assertThat(closed.get()).isZero();
        for (WebSocket socket : sockets) {
            CompletableFuture<String> echo = new CompletableFuture<>();
            socket.textMessageHandler(echo::complete);
            socket.writeTextMessage("still here");
            assertThat(echo.get(5, TimeUnit.SECONDS)).isEqualTo("echo still here");
        }
        assertThat(edge.get("/modules/extra1/", "Host", "localhost:4173").statusCode())
                .isEqualTo(404);
        assertThat(edge.management("/metrics").body()).contains("edge_modules_revision " + (RELOADS + 1) + ".0");
    }

    private void ask(
            HttpClient client, String path, AtomicBoolean isOver, AtomicInteger answered, List<String> failures) {
        if (isOver.get()) {
            return;
        }
        client.request(HttpMethod.GET, edge.port(), "127.0.0.1", path)
                .compose(request -> request.putHeader("Host", "localhost:4173").send())
                .compose(response -> response.body().map(body -> response.statusCode()))
                .onComplete(done -> {
                    if (done.failed() || done.result() != 200) {
                        failures.add(String.valueOf(done));
                    }
                    answered.incrementAndGet();
                    ask(client, path, isOver, answered, failures);
                });
    }

    @Test
    @Http1Only
    void removedAndChangedModules_loseTheirSocketsAfterTheGrace_othersKeepThem() throws Exception {
        list(
                "id: kept, upstream: \"http://127.0.0.1:%d\"",
                "id: gone, upstream: \"http://127.0.0.1:%d\"", "id: changed, upstream: \"http://127.0.0.1:%d\"");
        start(Map.of());
        List<CompletableFuture<Void>> ends = new ArrayList<>();
        for (String id : List.of("kept", "gone", "changed")) {
            CompletableFuture<Void> end = new CompletableFuture<>();
            socket("/modules/" + id + "/socket").closeHandler(end::complete);
            ends.add(end);
        }
        list(
                "id: kept, upstream: \"http://127.0.0.1:%d\"",
                "id: changed, stripPath: true, upstream: \"http://127.0.0.1:%d\"");

        JsonObject outcome = reloaded();

        assertThat(outcome.getJsonArray("removed").getList()).containsExactly("gone");
        ends.get(1).get(3, TimeUnit.SECONDS);
        ends.get(2).get(3, TimeUnit.SECONDS);
        assertThat(ends.get(0)).isNotDone();
        assertThat(edge.get("/modules/gone/", "Host", "localhost:4173").statusCode())
                .isEqualTo(404);
        assertThat(edge.get("/modules/changed/y", "Host", "localhost:4173").body())
                .isEqualTo("module /y");
    }

    @Test
    void faultyList_isRefusedWhole_andSaysEveryFault() throws Exception {
        list("id: kept, upstream: \"http://127.0.0.1:%d\"");
        start(Map.of());
        list(
                "id: kept, access: everybody, upstream: \"http://127.0.0.1:%d\"",
                "id: fresh, upstream: \"ftp://127.0.0.1:%d\"");

        HttpResponse<String> answer = reload("Authorization", "Bearer " + token());

        assertThat(answer.statusCode()).isEqualTo(422);
        JsonObject outcome = new JsonObject(answer.body());
        assertThat(outcome.getBoolean("applied")).isFalse();
        assertThat(outcome.getInteger("revision")).isEqualTo(1);
        assertThat(outcome.getJsonArray("problems")).hasSizeGreaterThanOrEqualTo(2);
        assertThat(outcome.getJsonArray("problems").getJsonObject(0).getString("where"))
                .contains("modules.yaml:");
        assertThat(edge.get("/modules/kept/", "Host", "localhost:4173").statusCode())
                .isEqualTo(200);
        assertThat(edge.get("/modules/fresh/", "Host", "localhost:4173").statusCode())
                .isEqualTo(404);

        Files.delete(directory.resolve("modules.yaml"));
        assertThat(reload("Authorization", "Bearer " + token()).body()).contains("the list is not there");
        assertThat(edge.get("/modules/kept/", "Host", "localhost:4173").statusCode())
                .isEqualTo(200);
    }

    @Test
    void nothingActs_withoutTheTokenOfThisStart() throws Exception {
        list("id: kept, upstream: \"http://127.0.0.1:%d\"");
        start(Map.of());
        list("id: other, upstream: \"http://127.0.0.1:%d\"");

        assertThat(reload().statusCode()).isEqualTo(401);
        assertThat(reload("Authorization", "Bearer ").statusCode()).isEqualTo(401);
        assertThat(reload("Authorization", "Bearer " + "0".repeat(64)).statusCode())
                .isEqualTo(401);
        assertThat(reload("Authorization", "bearer " + token()).statusCode()).isEqualTo(401);
        assertThat(edge.management("/modules/reload", "Authorization", "Bearer " + token())
                        .statusCode())
                .isEqualTo(405);
        assertThat(EdgeServer.send(edge.managementPort(), "POST", "/health", null, "Authorization", "Bearer " + token())
                        .statusCode())
                .isEqualTo(405);
        assertThat(edge.send(
                                "POST",
                                "/modules/reload",
                                "",
                                "Host",
                                "localhost:4173",
                                "Origin",
                                "http://localhost:4173",
                                "Authorization",
                                "Bearer " + token())
                        .statusCode())
                .isEqualTo(404);
        assertThat(edge.get("/modules/kept/", "Host", "localhost:4173").statusCode())
                .isEqualTo(200);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(
                        directory.resolve("data/management-" + edge.managementPort() + ".token"))))
                .isEqualTo("rw-------");
    }

    @Test
    void command_asksTheRunningEdge_andSaysWhatCameOfIt() throws Exception {
        list("id: kept, upstream: \"http://127.0.0.1:%d\"");
        start(Map.of());
        Map<String, String> settings =
                Map.of("ORIGIN", "http://localhost:4173", "MANAGEMENT_PORT", Integer.toString(edge.managementPort()));
        list("id: kept, upstream: \"http://127.0.0.1:%d\"", "id: fresh, upstream: \"http://127.0.0.1:%d\"");

        CommandLine.Result applied = CommandLine.run(directory, settings, "modules", "reload");
        list("id: Kept, upstream: \"http://127.0.0.1:%d\"");
        CommandLine.Result refused = CommandLine.run(directory, settings, "modules", "reload");
        CommandLine.Result json = CommandLine.run(directory, settings, "modules", "reload", "--json");
        edge.close();
        edge = null;
        CommandLine.Result nobody = CommandLine.run(directory, settings, "modules", "reload");

        assertThat(applied.err()).isEmpty();
        assertThat(applied.out()).contains("Revision   Added").containsPattern("2 +fresh +- +- +1");
        assertThat(applied.code()).isZero();
        assertThat(refused.code()).isEqualTo(2);
        assertThat(refused.err())
                .contains("modules.yaml:")
                .contains("Nothing was changed; revision 2 is still served.");
        assertThat(new JsonObject(json.out()).getBoolean("applied")).isFalse();
        assertThat(nobody.code()).isEqualTo(7);
        assertThat(nobody.err()).contains("No edge answers at 127.0.0.1:");
    }

    @Test
    void watchedList_isAppliedByItself_andAFaultyOneIsNot() throws Exception {
        list("id: kept, upstream: \"http://127.0.0.1:%d\"");
        start(Map.of("MODULES_WATCH", "true", "MODULES_WATCH_INTERVAL", "100ms"));

        list("id: fresh, upstream: \"http://127.0.0.1:%d\"");
        Awaitility.await()
                .atMost(Duration.ofSeconds(5))
                .until(() ->
                        edge.get("/modules/fresh/", "Host", "localhost:4173").statusCode() == 200);
        assertThat(edge.get("/modules/kept/", "Host", "localhost:4173").statusCode())
                .isEqualTo(404);

        list("id: broken, upstrem: \"http://127.0.0.1:%d\"");
        Awaitility.await()
                .pollDelay(Duration.ofMillis(600))
                .atMost(Duration.ofSeconds(5))
                .until(() ->
                        edge.get("/modules/fresh/", "Host", "localhost:4173").statusCode() == 200);
        assertThat(edge.management("/metrics").body()).contains("edge_modules_revision 2.0");
    }

    /**
     * A list that is still being written is no list; what is wrong elsewhere is looked at again when it is mended
     * there.
     */
    @Tag("long")
    @Test
    void watchedList_isLeftAloneWhileItChanges_andTriedAgainWhenItWasRefused() throws Exception {
        list("id: kept, upstream: \"http://127.0.0.1:%d\"");
        start(Map.of("MODULES_WATCH", "true", "MODULES_WATCH_INTERVAL", "800ms"));
        for (int i = 0; i < 20; i++) {
            list("id: half, upstream: \"http://127.0.0.1:%d\", timeouts: {firstByte: " + (100 + i) + "s}");
            Thread.sleep(100);
            assertThat(edge.get("/modules/half/", "Host", "localhost:4173").statusCode())
                    .isEqualTo(404);
        }
        Path files = directory.resolve("later");
        EdgeServer.modules(directory, "development:\n  modules:\n    - {id: files, access: public, static: later}\n");
        Thread.sleep(2500);
        assertThat(edge.get("/modules/files/", "Host", "localhost:4173").statusCode())
                .isEqualTo(404);
        Files.createDirectories(files);
        Files.writeString(files.resolve("index.html"), "<p>here");
        Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .until(() -> edge.get("/modules/files/", "Host", "localhost:4173")
                        .body()
                        .contains("here"));
    }

    /** A caller who asks while a reload waits its turn gets that one's outcome: no queue grows. */
    @Test
    void manyReloadsAtOnce_areFew() throws Exception {
        list("id: kept, upstream: \"http://127.0.0.1:%d\"");
        start(Map.of());
        list("id: kept, upstream: \"http://127.0.0.1:%d\"", "id: fresh, upstream: \"http://127.0.0.1:%d\"");
        String token = token();
        List<CompletableFuture<HttpResponse<String>>> all = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            all.add(CompletableFuture.supplyAsync(() -> reload("Authorization", "Bearer " + token)));
        }
        for (CompletableFuture<HttpResponse<String>> one : all) {
            JsonObject outcome = new JsonObject(one.get(20, TimeUnit.SECONDS).body());
            assertThat(outcome.getBoolean("applied")).isTrue();
            assertThat(outcome.getInteger("revision")).isEqualTo(2);
        }
    }

    /** Two edges with one data directory: each is asked with its own token. */
    @Test
    void secondEdge_withTheSameDataDirectory_leavesTheFirstOnesToken() throws Exception {
        list("id: kept, upstream: \"http://127.0.0.1:%d\"");
        start(Map.of());
        String first = token();
        try (EdgeServer second = EdgeServer.start(directory, Map.of("ORIGIN", "http://localhost:4173"))) {
            assertThat(token()).isEqualTo(first);
            assertThat(reload("Authorization", "Bearer " + first).statusCode()).isEqualTo(200);
            assertThat(EdgeServer.send(
                                    second.managementPort(),
                                    "POST",
                                    "/modules/reload",
                                    null,
                                    "Authorization",
                                    "Bearer " + first)
                            .statusCode())
                    .isEqualTo(401);
        }
    }

    private WebSocket socket(String path) throws Exception {
        WebSocketClient client = vertx.createWebSocketClient(new WebSocketClientOptions().setMaxConnections(100));
        WebSocket socket = client.connect(new WebSocketConnectOptions()
                        .setHost("127.0.0.1")
                        .setPort(edge.port())
                        .setURI(path)
                        .addHeader("Host", "localhost:4173")
                        .addHeader("Origin", "http://localhost:4173"))
                .await(10, TimeUnit.SECONDS);
        keptAlive.add(client);
        return socket;
    }

    /** A client that nobody refers to is closed by the collector, and its sockets with it. */
    private final List<WebSocketClient> keptAlive = new ArrayList<>();
}
