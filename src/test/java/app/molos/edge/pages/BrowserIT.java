package app.molos.edge.pages;

import static org.assertj.core.api.Assertions.assertThat;

import app.molos.edge.testing.CommandLine;
import app.molos.edge.testing.EdgeServer;
import app.molos.edge.testing.JarProcess;
import app.molos.edge.testing.Nginx;
import app.molos.edge.testing.NodeProject;
import app.molos.edge.testing.Postgres;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Chromium, with scripts and without, on an http ORIGIN and behind a real TLS proxy. Needs Chromium, Node, npm, nginx
 * and openssl: {@code mvn verify -Pbrowser}. The pictures are in target/pictures.
 */
@Tag("browser")
class BrowserIT {
    private static final String CHROMIUM = System.getenv().getOrDefault("CHROMIUM", "/usr/bin/chromium");

    private static void modules(Path directory) throws Exception {
        for (String name : new String[] {"hello", "private"}) {
            Files.createDirectories(directory.resolve(name));
            for (String file : new String[] {"index.html", "page.html"}) {
                Files.writeString(
                        directory.resolve(name).resolve(file),
                        "<!doctype html><html lang=en><title>" + name + "</title><h1>" + name
                                + " page</h1><link rel=icon href='data:,'>");
            }
        }
        EdgeServer.modules(directory, """
                development:
                  modules:
                    - id: hello
                      static: hello
                      access: public
                    - id: private
                      static: private
                """);
    }

    /** Named: behind a trusted proxy that names an address of the internet, so that limits and bans are about it. */
    @ParameterizedTest
    @CsvSource({"http, true", "http, false", "https, true", "https, false", "named, true"})
    void person_movesInAndChangesTheirPassword(String scheme, boolean hasScripts, @TempDir Path directory)
            throws Exception {
        NodeProject project = NodeProject.of("browser");
        modules(directory);
        int edgePort = JarProcess.freePort();
        int publicPort = scheme.equals("http") ? edgePort : JarProcess.freePort();
        String origin = (scheme.equals("https") ? "https" : "http") + "://localhost:" + publicPort;
        Map<String, String> settings = new HashMap<>(Map.of(
                "PORT",
                Integer.toString(edgePort),
                "ORIGIN",
                origin,
                "AUTH_SETUP_TOKEN",
                "on",
                "TRUSTED_PROXIES",
                "127.0.0.1/32",
                "INTRUSION_MODE",
                "enforce"));
        try (EdgeServer edge = EdgeServer.start(directory, settings);
                AutoCloseable proxy = proxy(scheme, directory, publicPort, edgePort)) {
            String token = edge.announcements().get(0).replaceAll("(?s).*setup token   (\\w+).*", "$1");
            assertThat(edge.announcements().get(0)).contains(origin + "/edge/welcome");
            assertThat(project.node(
                            "pages.mjs",
                            new JsonObject()
                                    .put("base", origin)
                                    .put("setupToken", token)
                                    .put("chromium", CHROMIUM)
                                    .put("scripts", hasScripts)
                                    .put("pictures", pictures())
                                    .put("label", scheme + (hasScripts ? "" : "-noscript"))
                                    .encode()))
                    .isZero();
            // IDS-09: what people do is no attack, though every scenario bans.
            assertThat(edge.management("/metrics").body())
                    .contains("edge_bans 0.0")
                    .contains("edge_bans_spared 0.0");
        }
    }

    private static AutoCloseable proxy(String scheme, Path directory, int port, int edge) throws Exception {
        return switch (scheme) {
            case "http" -> () -> {};
            case "https" -> Nginx.tls(directory.resolve("nginx"), port, edge);
            default -> named(directory, port, edge);
        };
    }

    private static Nginx named(Path directory, int port, int edge) throws Exception {
        return Nginx.locations(directory.resolve("nginx"), port, """
                location / {
                  proxy_pass http://127.0.0.1:%d; proxy_http_version 1.1; proxy_set_header Host $http_host;
                  proxy_set_header X-Forwarded-Proto http; proxy_set_header X-Forwarded-For 203.0.113.40;
                }
                """.formatted(edge));
    }

    /** A page with 200 parts, opened by ten people behind one address: nobody is told to wait. */
    @Test
    void pageOfManyParts_isWhole_forTenPeopleAtOneAddress(@TempDir Path directory) throws Exception {
        openParts(directory, 10, 200, "");
    }

    /** The same while its policy is learned: each part is reported, and that keeps nobody out. */
    @Test
    void pageWhosePolicyIsLearned_isReportedByTheBrowser(@TempDir Path directory) throws Exception {
        assertThat(openParts(directory, 3, 200, ", csp: report-only"))
                .contains("\"directive\":\"script-src\",\"source\":\"'self'\"");
    }

    /** Returns what was reported of the page. */
    private static String openParts(Path directory, int people, int count, String csp) throws Exception {
        NodeProject project = NodeProject.of("browser");
        Path page = Files.createDirectories(directory.resolve("page"));
        StringBuilder parts = new StringBuilder("<!doctype html><title>parts</title>");
        for (int i = 0; i < count; i++) {
            Files.writeString(page.resolve("part" + i + ".js"), "window.parts = (window.parts || 0) + 1;");
            parts.append("<script src=part").append(i).append(".js></script>");
        }
        Files.writeString(page.resolve("index.html"), parts);
        EdgeServer.modules(
                directory, "development: {modules: [{id: page, static: page, access: public" + csp + "}]}\n");
        int edgePort = JarProcess.freePort();
        int port = JarProcess.freePort();
        String origin = "http://localhost:" + port;
        try (EdgeServer edge = EdgeServer.start(
                        directory,
                        Map.of(
                                "PORT",
                                Integer.toString(edgePort),
                                "ORIGIN",
                                origin,
                                "TRUSTED_PROXIES",
                                "127.0.0.1/32",
                                "INTRUSION_MODE",
                                "enforce"));
                Nginx proxy = named(directory, port, edgePort)) {
            assertThat(project.node(
                            "parts.mjs",
                            new JsonObject()
                                    .put("url", origin + "/modules/page/")
                                    .put("chromium", CHROMIUM)
                                    .put("people", people)
                                    .put("parts", count)
                                    .encode()))
                    .isZero();
            assertThat(edge.management("/metrics").body())
                    .contains("edge_limit_excesses 0.0")
                    .contains("edge_bans 0.0");
            return edge.management("/csp/reports").body();
        }
    }

    /** The edge is stopped, everything goes to PostgreSQL, and it is started there: open pages go on. */
    @Test
    void openBrowsers_staySignedIn_whileTheirSiteMovesToAnotherDatabase(@TempDir Path directory) throws Exception {
        NodeProject project = NodeProject.of("browser");
        modules(directory);
        int port = JarProcess.freePort();
        List<String> people = List.of("ada@example.org", "bob@example.org", "eve@example.org");
        Map<String, String> settings =
                new HashMap<>(Map.of("PORT", Integer.toString(port), "ORIGIN", "http://localhost:" + port));
        Path flag = directory.resolve("moved");
        Path log = directory.resolve("browsers.log");
        Process browsers;
        try (EdgeServer edge = EdgeServer.start(directory, settings)) {
            people.forEach(edge::signUp);
            browsers = project.start(
                    log,
                    "move.mjs",
                    new JsonObject()
                            .put("base", "http://localhost:" + port)
                            .put("chromium", CHROMIUM)
                            .put("people", new JsonArray(people))
                            .put("flag", flag.toString())
                            .encode());
            Awaitility.await()
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> Files.readString(log).contains("open"));
        }
        try {
            String postgres = Postgres.newDatabase();
            CommandLine.Result moved = CommandLine.run(directory, settings, "database", "move", "--to", postgres);
            assertThat(moved.code()).as(moved.err()).isZero();
            settings.put("DATABASE_URL", postgres);
            try (EdgeServer edge = EdgeServer.start(directory, settings)) {
                Files.createFile(flag);
                assertThat(browsers.waitFor(60, TimeUnit.SECONDS)).isTrue();
                assertThat(browsers.exitValue()).as(Files.readString(log)).isZero();
                assertThat(edge.management("/metrics").body()).contains("edge_bans 0.0");
            }
        } finally {
            browsers.destroyForcibly();
        }
    }

    @Test
    void blockedCookies_areExplained(@TempDir Path directory) throws Exception {
        cookies(directory, true);
    }

    /**
     * ORIGIN is https somewhere else, and the edge is opened at its own port: the browser would drop what it is sent.
     */
    @Test
    void anotherAddressThanOrigin_isExplained(@TempDir Path directory) throws Exception {
        cookies(directory, false);
    }

    private static void cookies(Path directory, boolean isBlocked) throws Exception {
        NodeProject project = NodeProject.of("browser");
        modules(directory);
        int port = JarProcess.freePort();
        String origin = isBlocked ? "http://localhost:" + port : "https://edge.example.org";
        try (EdgeServer edge = EdgeServer.start(directory, Map.of("PORT", Integer.toString(port), "ORIGIN", origin))) {
            edge.postJson(
                    "/api/auth/sign-up/email",
                    "{\"name\":\"Ada\",\"email\":\"ada@example.org\",\"password\":\"correct horse battery\"}");
            assertThat(project.node(
                            "cookies.mjs",
                            new JsonObject()
                                    .put("base", "http://localhost:" + port)
                                    .put("origin", origin)
                                    .put("chromium", CHROMIUM)
                                    .put("blocked", isBlocked)
                                    .put("pictures", pictures())
                                    .encode()))
                    .isZero();
        }
    }

    private static String pictures() throws Exception {
        Path pictures = Path.of("target/pictures").toAbsolutePath();
        Files.createDirectories(pictures);
        return pictures.toString();
    }
}
