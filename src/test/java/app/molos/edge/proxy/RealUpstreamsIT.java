package app.molos.edge.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import app.molos.edge.testing.EdgeServer;
import app.molos.edge.testing.JarProcess;
import app.molos.edge.testing.Nginx;
import app.molos.edge.testing.NodeProject;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * The shape of a MoLOS: one module at {@code /} with pages and forms of its own, others beside it. Express and ws on
 * Node, nginx, and Python's http.server. Needs Node, npm, nginx and Python: profile {@code node}.
 */
@Tag("node")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RealUpstreamsIT {
    private final List<Process> processes = new ArrayList<>();
    private NodeProject project;
    private Nginx nginx;
    private EdgeServer edge;
    private String cookie;
    private String origin;

    @BeforeAll
    void start(@TempDir Path directory) throws Exception {
        project = NodeProject.of("node");
        int express = JarProcess.freePort();
        int files = JarProcess.freePort();
        int python = JarProcess.freePort();
        int port = JarProcess.freePort();
        int accounts = JarProcess.freePort();
        int namesake = JarProcess.freePort();
        origin = "http://localhost:" + port;
        Path pages = Files.createDirectories(directory.resolve("pages"));
        Files.writeString(pages.resolve("index.html"), "<p>files</p>");
        Files.write(pages.resolve("large.bin"), new byte[3 << 20]);
        processes.add(
                project.start(directory.resolve("express.out"), "module.mjs", Integer.toString(express), "1.0.2"));
        processes.add(new ProcessBuilder(
                        "python3",
                        "-m",
                        "http.server",
                        Integer.toString(python),
                        "--bind",
                        "127.0.0.1",
                        "--directory",
                        pages.toString())
                .redirectErrorStream(true)
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectOutput(directory.resolve("python.out").toFile())
                .start());
        nginx = Nginx.files(directory.resolve("nginx"), files, pages);
        // A module may have accounts of its own.
        processes.add(project.start(
                directory.resolve("accounts.out"),
                "server.mjs",
                "own",
                directory.resolve("accounts.db").toString(),
                Integer.toString(accounts),
                "a-secret-of-the-module-0123456789",
                origin,
                "shop"));
        processes.add(project.start(
                directory.resolve("namesake.out"),
                "server.mjs",
                "own",
                directory.resolve("namesake.db").toString(),
                Integer.toString(namesake),
                "a-secret-of-the-module-0123456789",
                origin));
        for (int upstream : new int[] {express, python, accounts, namesake}) {
            Awaitility.await().ignoreExceptionsInstanceOf(IOException.class).until(() -> {
                new Socket("127.0.0.1", upstream).close();
                return true;
            });
        }
        EdgeServer.modules(directory, """
                development:
                  modules:
                    - {id: app, repository: r, tag: v1.0.2, upstream: "http://127.0.0.1:%d", paths: [/], access: user, health: /health}
                    - {id: nginx, repository: r, tag: v1, upstream: "http://127.0.0.1:%d", paths: [/files], stripPath: true, access: public}
                    - {id: python, repository: r, tag: v1, upstream: "http://127.0.0.1:%d", paths: [/old/files], stripPath: true, access: public}
                    - {id: shop, repository: r, tag: v1, upstream: "http://127.0.0.1:%d", paths: [/shop], stripPath: true, access: public}
                    - {id: namesake, repository: r, tag: v1, upstream: "http://127.0.0.1:%d", stripPath: true, access: public}
                """.formatted(express, files, python, accounts, namesake));
        edge = EdgeServer.start(directory, Map.of("PORT", Integer.toString(port), "ORIGIN", origin));
        cookie = edge.signUp("ada@example.org");
    }

    @AfterAll
    void stop() throws Exception {
        edge.close();
        nginx.close();
        for (Process process : processes) {
            process.destroy();
            process.waitFor(10, TimeUnit.SECONDS);
        }
    }

    private HttpResponse<String> get(String path) {
        return edge.get(path, "Cookie", cookie, "Host", origin.substring(7));
    }

    /** SvelteKit's own check, which breaks behind proxies that say another address than the browser's (B7.3). */
    @Test
    void formOfTheAppAtTheRoot_isNotCrossSite() {
        assertThat(get("/page").body()).contains("<form");
        HttpResponse<String> saved = edge.send(
                "POST",
                "/form",
                "a=1",
                "Cookie",
                cookie,
                "Host",
                origin.substring(7),
                "Origin",
                origin,
                "Content-Type",
                "application/x-www-form-urlencoded");
        assertThat(saved.statusCode()).isEqualTo(303);
        assertThat(saved.headers().firstValue("location")).hasValue("page?saved=1");
        JsonObject who = new JsonObject(get("/who").body());
        assertThat(who.getString("x-edge-user-email")).isEqualTo("ada@example.org");
        assertThat(who.containsKey("cookie")).isFalse();
    }

    @Test
    void uploadAndDownload_passWhole() throws Exception {
        String body = "0123456789abcdef".repeat(2 << 16);
        JsonObject seen = new JsonObject(
                edge.send("POST", "/upload", body, "Cookie", cookie, "Host", origin.substring(7), "Origin", origin)
                        .body());
        assertThat(seen.getInteger("size")).isEqualTo(body.length());
        assertThat(seen.getString("sha256"))
                .isEqualTo(HexFormat.of()
                        .formatHex(MessageDigest.getInstance("SHA-256")
                                .digest(body.getBytes(java.nio.charset.StandardCharsets.US_ASCII))));
        assertThat(get("/download?size=5000001").body()).hasSize(5_000_001);
    }

    @Test
    void events_pass() {
        assertThat(get("/events").body()).isEqualTo("data: 1\n\ndata: 2\n\ndata: 3\n\n");
    }

    @Test
    void sockets_passWithProtocolCompressionAndLargeMessages() throws Exception {
        assertThat(project.node("sockets.mjs", origin.replace("http", "ws") + "/socket", origin, cookie))
                .isZero();
    }

    @Test
    void filesOfNginxAndPython_pass() {
        for (String prefix : List.of("/files", "/old/files")) {
            assertThat(get(prefix + "/").body()).isEqualTo("<p>files</p>");
            assertThat(get(prefix + "/large.bin").body()).hasSize(3 << 20);
            assertThat(get(prefix + "/missing").statusCode()).isEqualTo(404);
            assertThat(edge.send("HEAD", prefix + "/large.bin", null, "Host", origin.substring(7))
                            .headers()
                            .firstValue("content-length"))
                    .hasValue(Integer.toString(3 << 20));
        }
        assertThat(edge.get("/files/large.bin", "Host", origin.substring(7), "Range", "bytes=0-9")
                        .statusCode())
                .isEqualTo(206);
    }

    @Test
    void versionOfTheRunningModule_isTheOneThatIsPinned() {
        Awaitility.await().until(() -> edge.get("/api/health").body().contains("\"status\":\"healthy\""));
        assertThat(edge.management("/health").body()).doesNotContain("running");
    }

    /** The real better-auth behind the edge: its people are its own, beside those of the edge. */
    @Test
    void betterAuthAsAModule_signsItsOwnPeopleInAndOut() {
        String host = origin.substring(7);
        HttpResponse<String> signUp = edge.postJson(
                "/shop/api/auth/sign-up/email",
                "{\"name\":\"Eve\",\"email\":\"eve@example.org\",\"password\":\"another horse battery\"}",
                "Host",
                host,
                "Origin",
                origin,
                "Cookie",
                cookie);
        assertThat(signUp.statusCode()).as(signUp.body()).isEqualTo(200);
        String theirs = signUp.headers().allValues("set-cookie").stream()
                .filter(line -> line.startsWith("shop.session_token="))
                .map(line -> line.substring(0, line.indexOf(';')))
                .findFirst()
                .orElseThrow();

        HttpResponse<String> session =
                edge.get("/shop/api/auth/get-session", "Host", host, "Cookie", cookie + "; " + theirs);
        assertThat(new JsonObject(session.body()).getJsonObject("user").getString("email"))
                .isEqualTo("eve@example.org");
        HttpResponse<String> ours = edge.get("/api/auth/get-session", "Host", host, "Cookie", cookie + "; " + theirs);
        assertThat(new JsonObject(ours.body()).getJsonObject("user").getString("email"))
                .isEqualTo("ada@example.org");
        assertThat(edge.get("/shop/api/auth/get-session", "Host", host, "Cookie", cookie)
                        .body())
                .isEqualTo("null");

        assertThat(edge.postJson(
                                "/shop/api/auth/sign-out",
                                "{}",
                                "Host",
                                host,
                                "Origin",
                                origin,
                                "Cookie",
                                cookie + "; " + theirs)
                        .statusCode())
                .isEqualTo(200);
        assertThat(edge.get("/shop/api/auth/get-session", "Host", host, "Cookie", theirs)
                        .body())
                .isEqualTo("null");
        assertThat(edge.get("/api/auth/get-session", "Host", host, "Cookie", cookie)
                        .body())
                .contains("ada@example.org");
        assertThat(edge.postJson(
                                "/shop/api/auth/sign-out",
                                "{}",
                                "Host",
                                host,
                                "Origin",
                                "https://evil.example",
                                "Cookie",
                                theirs)
                        .statusCode())
                .isEqualTo(403);
    }

    /** Those are reserved only while the edge itself accepts the cookies of the app that people come from. */
    @Test
    void betterAuthsOwnCookieNames_areTheModules() {
        HttpResponse<String> signUp = edge.postJson(
                "/modules/namesake/api/auth/sign-up/email",
                "{\"name\":\"Eve\",\"email\":\"eve@example.org\",\"password\":\"another horse battery\"}",
                "Host",
                origin.substring(7),
                "Origin",
                origin);
        assertThat(signUp.statusCode()).as(signUp.body()).isEqualTo(200);
        assertThat(signUp.headers().allValues("set-cookie"))
                .anyMatch(line -> line.startsWith("better-auth.session_token="));
    }
}
