package app.molos.edge.modules;

import static org.assertj.core.api.Assertions.assertThat;

import app.molos.edge.testing.EdgeServer;
import app.molos.edge.testing.JarProcess;
import app.molos.edge.testing.Nginx;
import app.molos.edge.testing.NodeProject;
import app.molos.edge.testing.RawHttp;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.catalina.Context;
import org.apache.catalina.startup.Tomcat;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A public module at {@code /} and an admins' one at {@code /admin} on one real server: whatever a stranger writes, the
 * server never takes it to what only admins may see. Each row says what the edge answers, and for whom the path is
 * dangerous without it. Needs Node, npm, nginx and Python: profile {@code node}.
 */
@Tag("node")
@Tag("http2")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PathOraclesIT {
    private static final String SECRET = "admin";

    private final Map<String, Integer> upstreams = new LinkedHashMap<>();
    private final Map<String, EdgeServer> edges = new HashMap<>();
    private Tomcat tomcat;
    private Nginx nginx;
    private Process express;
    private Process python;

    @BeforeAll
    void start(@TempDir Path directory) throws Exception {
        tomcat = new Tomcat();
        tomcat.setBaseDir(directory.resolve("tomcat").toString());
        tomcat.setHostname("127.0.0.1");
        tomcat.setPort(0);
        Context context = tomcat.addContext("", null);
        servlet(context, "site", "/*");
        servlet(context, SECRET, "/admin/*");
        tomcat.start();
        upstreams.put("Tomcat", tomcat.getConnector().getLocalPort());

        upstreams.put("Express", JarProcess.freePort());
        express = NodeProject.of("node")
                .start(
                        directory.resolve("express.out"),
                        "oracle.mjs",
                        upstreams.get("Express").toString());

        upstreams.put("nginx", JarProcess.freePort());
        nginx = Nginx.locations(
                directory.resolve("nginx"),
                upstreams.get("nginx"),
                "default_type text/plain; location / { return 200 site; } location ~ ^/admin(/|$) { return 200 admin; }");

        upstreams.put("Python", JarProcess.freePort());
        Path files = directory.resolve("files");
        Files.createDirectories(files.resolve("admin"));
        Files.writeString(files.resolve("admin/secret"), SECRET);
        python = new ProcessBuilder(
                        "python3",
                        "-m",
                        "http.server",
                        upstreams.get("Python").toString(),
                        "--bind",
                        "127.0.0.1",
                        "--directory",
                        files.toString())
                .redirectErrorStream(true)
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectOutput(directory.resolve("python.out").toFile())
                .start();
        for (Map.Entry<String, Integer> upstream : upstreams.entrySet()) {
            Awaitility.await().ignoreExceptionsInstanceOf(IOException.class).until(() -> {
                new Socket("127.0.0.1", upstream.getValue()).close();
                return true;
            });
            Path home = Files.createDirectories(directory.resolve("edge-" + upstream.getKey()));
            EdgeServer.modules(
                    home, """
                    development:
                      modules:
                        - {id: site, repository: r, tag: v1, upstream: "http://127.0.0.1:%1$d", paths: [/], access: public}
                        - {id: admin, repository: r, tag: v1, upstream: "http://127.0.0.1:%1$d", paths: [/admin], access: admin, caseInsensitive: %2$s}
                    """.formatted(upstream.getValue(), upstream.getKey().equals("Express")));
            edges.put(
                    upstream.getKey(),
                    EdgeServer.start(home, Map.of("ORIGIN", "http://localhost:4173", "SERVER_EVENT_LOOPS", "1")));
        }
    }

    private static void servlet(Context context, String name, String pattern) {
        Tomcat.addServlet(context, name, new HttpServlet() {
            @Override
            protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
                response.getWriter().print(name);
            }
        });
        context.addServletMappingDecoded(pattern, name);
    }

    @AfterAll
    void stop() throws Exception {
        for (EdgeServer edge : edges.values()) {
            edge.close();
        }
        tomcat.stop();
        tomcat.destroy();
        nginx.close();
        for (Process process : new Process[] {express, python}) {
            process.destroy();
            process.waitFor(10, TimeUnit.SECONDS);
        }
    }

    private static String ask(int port, String path) {
        return RawHttp.exchange(port, "GET " + path + " HTTP/1.1\r\nHost: localhost:4173\r\nConnection: close\r\n\r\n");
    }

    /** Whether the server shows the secret to a client that asks it directly. */
    private boolean isSecret(String answer) {
        return RawHttp.status(answer) == 200 && (answer.endsWith(SECRET) || answer.contains("\r\n" + SECRET + "\r\n"));
    }

    @ParameterizedTest(name = "{0} -> {1}, dangerous with {2}")
    @CsvSource({
        "/admin/secret, 401, Tomcat Express nginx Python",
        "/.;/admin/secret, 400, Tomcat",
        "/;%2fx/admin/secret, 400, Tomcat",
        "/;/admin/secret, 400, Tomcat",
        "/;x=y/admin/secret, 400, Tomcat",
        "/.;a/.;b/admin/secret, 400, Tomcat",
        "/admin;x/secret, 400, Tomcat",
        "/%2e;/admin/secret, 400, Tomcat",
        "/%3b/admin/secret, 400, -",
        "/%2fadmin/secret, 400, nginx Python",
        "/%2Fadmin%2Fsecret, 400, nginx Python",
        "/admin%2fsecret, 400, nginx Python",
        "/x/..%2fadmin/secret, 400, nginx Python",
        "/x/%2e%2e/admin/secret, 400, Tomcat nginx Python",
        "/x/..;/admin/secret, 400, Tomcat",
        "/./admin/secret, 401, Tomcat nginx Python",
        "//admin/secret, 401, Tomcat nginx Python",
        "/%61dmin/secret, 401, Tomcat nginx Python",
        "/Admin/secret, 400 or 200, Express",
        "/ADMIN/secret, 400 or 200, Express",
        "/%41dmin/secret, 400 or 200, -",
        "/admin%5csecret, 400, -",
        "/administrator, 200, -",
        "/x;y=z/w, 200, -"
    })
    void path_neverReachesWhatOnlyAdminsMaySee(String path, String status, String dangerous) {
        StringBuilder seen = new StringBuilder();
        upstreams.forEach((name, port) -> {
            if (isSecret(ask(port, path))) {
                seen.append(seen.isEmpty() ? "" : " ").append(name);
            }
            String answer = ask(edges.get(name).port(), path);
            assertThat(isSecret(answer)).as("%s shows it: %s", name, answer).isFalse();
            int expected = !status.contains(" or ") ? Integer.parseInt(status) : name.equals("Express") ? 400 : 200;
            // Python has no page for what is no file.
            int answered = name.equals("Python") && RawHttp.status(answer) == 404 ? 200 : RawHttp.status(answer);
            assertThat(answered).as("%s: %s", name, answer).isEqualTo(expected);
        });
        assertThat(seen.isEmpty() ? "-" : seen.toString()).isEqualTo(dangerous);
    }
}
