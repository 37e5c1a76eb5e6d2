package app.molos.edge.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import app.molos.edge.testing.EdgeServer;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who is told what about health, under which path and in which words. */
@Tag("http2")
class HealthPathsIT {
    @Test
    void aliases_answerOnTheManagementListener_andInPublicIfNamed(@TempDir Path directory) throws Exception {
        try (EdgeServer edge = EdgeServer.start(directory, Map.of("HEALTH_ALIASES", "actuator"))) {
            for (String path : new String[] {"/q/health", "/q/health/live", "/q/health/ready", "/q/health/started"}) {
                assertThat(edge.management(path).statusCode()).as(path).isEqualTo(200);
                assertThat(edge.management(path).body()).startsWith("{\"status\":\"UP\",\"checks\":[");
                assertThat(edge.get(path).statusCode()).as(path).isEqualTo(404);
            }
            assertThat(edge.get("/actuator/health").body())
                    .isEqualTo("{\"status\":\"UP\",\"groups\":[\"liveness\",\"readiness\"]}");
            assertThat(edge.get("/actuator/health/readiness").body()).isEqualTo("{\"status\":\"UP\"}");
            assertThat(edge.management("/actuator/health").body()).contains("\"components\":{", "\"database\"");
        }
    }

    /** A module may not lose a path to the edge in silence, and may have the rest. */
    @Test
    void aliases_doNotShadowModules(@TempDir Path directory) throws Exception {
        Files.createDirectories(directory.resolve("files"));
        Files.writeString(directory.resolve("files/index.html"), "theirs");
        for (String path : new String[] {"/actuator", "/actuator/health", "/actuator/health/x", "/q"}) {
            boolean isShadowed = path.startsWith("/actuator");
            EdgeServer.modules(
                    directory,
                    "development:\n  modules:\n    - {id: m, static: files, access: public, paths: [" + path + "]}\n");
            if (isShadowed) {
                assertThatThrownBy(() -> EdgeServer.start(directory, Map.of("HEALTH_ALIASES", "actuator")))
                        .hasMessageContaining("modules.yaml:3: m: the path " + path
                                + " would lose /actuator/health to the edge, because of HEALTH_ALIASES");
            }
            try (EdgeServer edge =
                    EdgeServer.start(directory, Map.of("HEALTH_ALIASES", isShadowed ? "microprofile" : "actuator"))) {
                assertThat(edge.get(path + "/").body()).as(path).isEqualTo("theirs");
            }
        }
    }

    @Test
    void acceptChoosesTheWords(@TempDir Path directory) throws Exception {
        try (EdgeServer edge = EdgeServer.start(directory, Map.of())) {
            HttpResponse<String> draft = edge.get("/api/health", "Accept", "application/health+json");
            assertThat(draft.headers().firstValue("content-type")).contains("application/health+json");
            assertThat(draft.body()).startsWith("{\"status\":\"pass\"");
            assertThat(edge.get("/api/health", "Accept", "text/plain").body()).isEqualTo("healthy\n");
            for (String accept : new String[] {"*/*", "application/json", "text/html,*/*;q=0.8"}) {
                assertThat(edge.get("/api/health", "Accept", accept).body())
                        .as(accept)
                        .startsWith("{\"status\":\"healthy\",\"timestamp\":\"");
            }
            assertThat(edge.send("HEAD", "/api/health", null).statusCode()).isEqualTo(200);
            assertThat(edge.get("/api/health").body().length()).isLessThan(1024);
            assertThat(edge.management("/health/history").body()).contains("\"transitions\":[");
            assertThat(edge.management("/health/database").body()).contains("\"kind\":\"critical\"", "\"durationMs\":");
            assertThat(edge.management("/health/nothing").statusCode()).isEqualTo(404);
        }
    }

    /** Strangers see states, administrators all; and asking costs no run. */
    @Test
    void details_areForAdministrators(@TempDir Path directory) throws Exception {
        try (EdgeServer edge = EdgeServer.start(directory, Map.of())) {
            String admin = edge.signUp("ada@example.org");
            String other = edge.signUp("bob@example.org");
            assertThat(edge.get("/api/health/details").statusCode()).isEqualTo(401);
            assertThat(edge.get("/api/health/details", "Cookie", other).statusCode())
                    .isEqualTo(403);
            HttpResponse<String> all = edge.get("/api/health/details", "Cookie", admin);
            assertThat(all.statusCode()).isEqualTo(200);
            JsonObject database =
                    new JsonObject(all.body()).getJsonObject("checks").getJsonObject("database");
            assertThat(database.fieldNames()).contains("durationMs", "ageMs", "since", "kind", "scope", "flaps");
            assertThat(edge.get("/api/health").body()).doesNotContain("durationMs", "since", "flaps", "node");
        }
    }
}
