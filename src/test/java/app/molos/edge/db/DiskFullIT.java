package app.molos.edge.db;

import static org.assertj.core.api.Assertions.assertThat;

import app.molos.edge.testing.EdgeServer;
import app.molos.edge.testing.JarProcess;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.OutputStream;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A disk that is really full: a small file system of its own, which only root can mount; CI does. */
class DiskFullIT {
    @TempDir
    Path directory;

    private Path disk;

    @BeforeEach
    void mount() throws Exception {
        disk = Files.createDirectory(directory.resolve("disk"));
        boolean isMounted = run("mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", disk.toString()) == 0;
        if (System.getenv("CI") != null) {
            assertThat(isMounted).as("CI must be able to mount").isTrue();
        }
        Assumptions.assumeTrue(isMounted, "only root can mount a small disk");
    }

    @AfterEach
    void unmount() throws Exception {
        run("umount", "-l", disk.toString());
    }

    @Test
    void fullDisk_isSaidByEveryAnswer_degrades_andIsForgottenWhenThereIsRoom() throws Exception {
        try (EdgeServer edge = EdgeServer.start(
                directory,
                Map.of(
                        "DATA_DIR",
                        disk.resolve("data").toString(),
                        "HEALTH_WRITE_INTERVAL",
                        "500ms",
                        "HEALTH_MIN_DISK",
                        "0"))) {
            String cookie = edge.signUp("ada@example.org");
            assertThat(edge.get("/api/health").body()).contains("\"status\":\"healthy\"");

            Path filler = fill();
            int tries = 0;
            HttpResponse<String> refused = signUp(edge, tries);
            // What lies in the log already is written over for a while.
            while (refused.statusCode() == 200 && tries < 500) {
                refused = signUp(edge, ++tries);
            }
            assertThat(refused.statusCode()).isEqualTo(503);
            assertThat(refused.body())
                    .contains("\"code\":\"DISK_FULL\"", "The disk is full")
                    .doesNotContain("does not answer");
            Awaitility.await().atMost(Duration.ofSeconds(3)).untilAsserted(() -> {
                JsonObject health = new JsonObject(edge.get("/api/health").body());
                assertThat(health.getString("status")).isEqualTo("degraded");
                assertThat(health.getJsonObject("checks")
                                .getJsonObject("database")
                                .getString("code"))
                        .isEqualTo("disk_full");
            });
            assertThat(edge.get("/readyz").statusCode())
                    .as("what can be read is served")
                    .isEqualTo(200);
            assertThat(edge.get("/api/auth/get-session", "Cookie", cookie).body())
                    .contains("ada@example.org");

            Files.delete(filler);
            Awaitility.await()
                    .atMost(Duration.ofSeconds(5))
                    .until(() -> signUp(edge, 1000).statusCode() == 200);
            Awaitility.await()
                    .atMost(Duration.ofSeconds(5))
                    .until(() -> edge.get("/api/health").body().contains("\"status\":\"healthy\""));
        }
    }

    @Tag("long")
    @Test
    void startOnAFullDisk_isRefusedInWords() throws Exception {
        fill();
        try (JarProcess edge = JarProcess.run(
                directory, Map.of("DATA_DIR", disk.resolve("data").toString(), "PORT", "0", "MANAGEMENT_PORT", "0"))) {
            assertThat(edge.exitCode()).isEqualTo(4);
            assertThat(edge.err())
                    .contains("The disk is full: ", "make room there and start again")
                    .doesNotContain("Flyway", "SQL State", "\tat ");
        }
    }

    private static HttpResponse<String> signUp(EdgeServer edge, int number) {
        return edge.postJson(
                "/api/auth/sign-up/email",
                "{\"name\":\"" + "n".repeat(200) + "\",\"email\":\"user" + number
                        + "@example.org\",\"password\":\"correct horse\"}");
    }

    /** Takes every byte that is left. */
    private Path fill() throws IOException {
        Path filler = disk.resolve("filler");
        try (OutputStream out = Files.newOutputStream(filler)) {
            byte[] page = new byte[1024];
            while (true) {
                out.write(page);
            }
        } catch (IOException e) {
            return filler;
        }
    }

    private static int run(String... command) throws Exception {
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
    }
}
