package app.molos.edge.health;

import static org.assertj.core.api.Assertions.assertThat;

import app.molos.edge.testing.EdgeServer;
import app.molos.edge.testing.FakeModule;
import app.molos.edge.testing.JarProcess;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.healthchecks.Status;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What balancers are told while things break and heal. */
@Tag("http2")
class HealthIT {
    /** A PostgreSQL that stops and comes back: unhealthy and 503 meanwhile, but nobody is signed out. */
    @Test
    void databaseThatGoesAndComesBack_isToldTruly_andSignsNobodyOut(@TempDir Path directory) throws Exception {
        int port = JarProcess.freePort();
        Path data = directory.resolve("pg");
        EmbeddedPostgres postgres = postgres(data, port);
        try (EdgeServer edge = EdgeServer.start(
                directory,
                Map.of(
                        "DATABASE_URL",
                        "postgresql://postgres@127.0.0.1:" + port + "/postgres",
                        "DATABASE_QUERY_TIMEOUT",
                        "2s"))) {
            String cookie = edge.signUp("ada@example.org");
            assertThat(edge.get("/api/health").statusCode()).isEqualTo(200);

            postgres.close();
            Awaitility.await().atMost(Duration.ofSeconds(2)).untilAsserted(() -> {
                HttpResponse<String> health = edge.get("/api/health");
                assertThat(health.statusCode()).isEqualTo(503);
                JsonObject body = new JsonObject(health.body());
                assertThat(body.getString("status")).isEqualTo("unhealthy");
                assertThat(body.getJsonObject("checks")
                                .getJsonObject("database")
                                .getBoolean("healthy"))
                        .isFalse();
                assertThat(health.body()).doesNotContain("Exception", "refused", String.valueOf(port));
            });
            HttpResponse<String> session = edge.get("/api/auth/get-session", "Cookie", cookie);
            assertThat(session.statusCode()).isEqualTo(503);
            assertThat(session.headers().allValues("set-cookie")).isEmpty();
            assertThat(session.headers().firstValue("retry-after")).isPresent();
            assertThat(session.body()).contains("DATABASE_UNAVAILABLE").doesNotContain("Exception");
            assertThat(edge.get("/livez").statusCode()).isEqualTo(200);

            postgres = postgres(data, port);
            long back = System.nanoTime();
            Awaitility.await()
                    .pollInterval(Duration.ofMillis(50))
                    .atMost(Duration.ofSeconds(2))
                    .until(() -> edge.get("/api/auth/get-session", "Cookie", cookie)
                            .body()
                            .contains("ada@example.org"));
            assertThat(Duration.ofNanos(System.nanoTime() - back)).isLessThan(Duration.ofSeconds(2));
            Awaitility.await()
                    .atMost(Duration.ofSeconds(3))
                    .until(() -> edge.get("/api/health").statusCode() == 200);
        } finally {
            postgres.close();
        }
    }

    /** Somebody copies the file, or writes a lot at once: what can be read is served, and no balancer has to know. */
    @Test
    void databaseThatIsLocked_isNeverUnhealthy(@TempDir Path directory) throws Exception {
        try (EdgeServer edge = EdgeServer.start(directory, Map.of("HEALTH_WRITE_INTERVAL", "100ms"));
                Connection other = DriverManager.getConnection("jdbc:sqlite:" + directory.resolve("data/molos.db"));
                Statement statement = other.createStatement()) {
            statement.execute("BEGIN IMMEDIATE");
            Set<String> said = new HashSet<>();
            Awaitility.await().atMost(Duration.ofSeconds(10)).until(() -> {
                HttpResponse<String> health = edge.get("/api/health");
                assertThat(health.statusCode()).as(health.body()).isEqualTo(200);
                said.add(new JsonObject(health.body()).getString("status"));
                return said.contains("degraded");
            });
            statement.execute("ROLLBACK");
            Awaitility.await()
                    .atMost(Duration.ofSeconds(8))
                    .until(() -> edge.get("/api/health").body().contains("\"healthy\",\"timestamp"));
        }
    }

    private static EmbeddedPostgres postgres(Path data, int port) throws Exception {
        return EmbeddedPostgres.builder()
                .setDataDirectory(data)
                .setCleanDataDirectory(false)
                .setPort(port)
                .start();
    }

    @Test
    void brokenModule_degrades_andNeverMakesUnhealthy(@TempDir Path directory) throws Exception {
        AtomicInteger status = new AtomicInteger(200);
        try (FakeModule module = FakeModule.start(r -> r.response().setStatusCode(status.get()))) {
            EdgeServer.modules(directory, """
                    development:
                      modules:
                        - {id: notes, repository: r, tag: v1, upstream: "http://127.0.0.1:%d", health: /healthy}
                    """.formatted(module.port()));
            try (EdgeServer edge =
                    EdgeServer.start(directory, Map.of("MODULES_PROBE_INTERVAL", "1s", "MODULES_PROBE_FALL", "2"))) {
                Awaitility.await()
                        .until(() ->
                                module.seen() != null && module.seen().uri().equals("/healthy"));
                assertThat(edge.get("/api/health").body()).contains("\"status\":\"healthy\"");
                status.set(500);
                Awaitility.await().atMost(Duration.ofSeconds(5)).untilAsserted(() -> {
                    HttpResponse<String> health = edge.get("/api/health");
                    assertThat(health.statusCode()).isEqualTo(200);
                    assertThat(health.body())
                            .contains(
                                    "\"status\":\"degraded\"",
                                    "\"modules\":{\"healthy\":true,\"state\":\"degraded\",\"code\":\"module_down\"}");
                });
                assertThat(edge.management("/health").body())
                        .contains("\"detail\":\"notes at http://127.0.0.1:" + module.port());
                assertThat(edge.get("/api/health").body()).doesNotContain("127.0.0.1");
                status.set(200);
                Awaitility.await()
                        .atMost(Duration.ofSeconds(5))
                        .until(() -> edge.get("/api/health").body().contains("\"status\":\"healthy\""));
            }
        }
    }

    /** What is pinned and what runs are compared, wherever the upstream says it; a version is no word for strangers. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void otherVersion_degrades_andSaysBoth(boolean isHeader, @TempDir Path directory) throws Exception {
        AtomicReference<String> version = new AtomicReference<>("1.0.1");
        try (FakeModule module = FakeModule.start(r -> {
            if (isHeader) {
                r.response().putHeader("X-Module-Version", "v" + version.get());
            } else {
                r.response()
                        .putHeader("Content-Type", "application/json")
                        .end("{\"status\":\"ok\",\"version\":\"" + version.get() + "\"}");
            }
        })) {
            EdgeServer.modules(directory, """
                    development:
                      modules:
                        - {id: notes, repository: r, tag: v1.0.2, upstream: "http://127.0.0.1:%d", health: /healthy}
                    """.formatted(module.port()));
            try (EdgeServer edge =
                    EdgeServer.start(directory, Map.of("MODULES_PROBE_INTERVAL", "1s", "MODULES_PROBE_FALL", "2"))) {
                Awaitility.await()
                        .until(() -> edge.management("/health")
                                .body()
                                .contains("notes: pinned v1.0.2, running v1.0.1 at http://127.0.0.1:" + module.port()));
                assertThat(edge.get("/api/health").body())
                        .contains("\"code\":\"module_version\"")
                        .doesNotContain("1.0.1");
                version.set("1.0.2");
                Awaitility.await().until(() -> edge.get("/api/health").body().contains("\"status\":\"healthy\""));
            }
        }
    }

    @Test
    void moduleThatIsNotFetched_degrades(@TempDir Path directory) throws Exception {
        EdgeServer.modules(directory, "development:\n  modules:\n    - {id: later, repository: r, tag: v1}\n");
        try (EdgeServer edge = EdgeServer.start(directory, Map.of())) {
            HttpResponse<String> health = edge.get("/api/health");
            assertThat(health.statusCode()).isEqualTo(200);
            assertThat(health.body()).contains("\"code\":\"module_not_fetched\"", "\"status\":\"degraded\"");
        }
    }

    /** In the form of vertx-health-check, on the edge's own schedule. */
    @Test
    void embedders_registerChecksOfTheirOwn(@TempDir Path directory) throws Exception {
        AtomicBoolean isFine = new AtomicBoolean(true);
        AtomicInteger runs = new AtomicInteger();
        try (EdgeServer edge = EdgeServer.start(directory, Map.of("HEALTH_INTERVAL", "200ms"))) {
            edge.boot().checks().register("licence", HealthCheck.Kind.CRITICAL, promise -> {
                runs.incrementAndGet();
                promise.complete(isFine.get() ? Status.OK() : Status.KO());
            });
            Awaitility.await()
                    .atMost(Duration.ofSeconds(5))
                    .until(() -> edge.get("/api/health").body().contains("\"licence\":{\"healthy\":true"));
            isFine.set(false);
            Awaitility.await()
                    .atMost(Duration.ofSeconds(5))
                    .until(() -> edge.get("/readyz").statusCode() == 503);
            int before = runs.get();
            long begun = System.nanoTime();
            for (int i = 0; i < 500; i++) {
                assertThat(edge.get("/readyz").statusCode()).isEqualTo(503);
            }
            long intervals = Duration.ofNanos(System.nanoTime() - begun).toMillis() / 160;
            assertThat(runs.get() - before).isLessThanOrEqualTo((int) intervals + 2);
        }
    }
}
