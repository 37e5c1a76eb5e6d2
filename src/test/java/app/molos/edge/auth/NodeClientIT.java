package app.molos.edge.auth;

import static org.assertj.core.api.Assertions.assertThat;

import app.molos.edge.testing.Databases;
import app.molos.edge.testing.EdgeServer;
import app.molos.edge.testing.JarProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** better-auth's own npm client (1.4.21) speaks to the running edge. Needs Node and npm: profile {@code node}. */
@Tag("node")
class NodeClientIT {
    @ParameterizedTest
    @EnumSource(Databases.class)
    void betterAuthsOwnClient_passes(Databases kind, @TempDir Path directory) throws Exception {
        Path work = Path.of("target/node");
        Files.createDirectories(work);
        for (String file : List.of("package.json", "package-lock.json", "client.mjs")) {
            Files.copy(Path.of("src/test/node").resolve(file), work.resolve(file), StandardCopyOption.REPLACE_EXISTING);
        }
        if (!Files.isDirectory(work.resolve("node_modules/better-auth"))) {
            assertThat(run(work, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")).isZero();
        }
        String port = Integer.toString(JarProcess.freePort());
        String origin = "http://localhost:" + port;
        Map<String, String> settings = new HashMap<>(kind.settings(directory));
        settings.putAll(Map.of("PORT", port, "ORIGIN", origin));
        try (EdgeServer edge = EdgeServer.start(directory, settings)) {
            assertThat(run(work, "node", "client.mjs", origin)).isZero();
        }
    }

    private static int run(Path directory, String... command) throws Exception {
        Process process = new ProcessBuilder(command).directory(directory.toFile()).inheritIO().start();
        if (!process.waitFor(5, TimeUnit.MINUTES)) {
            process.destroyForcibly();
            throw new AssertionError(String.join(" ", command) + " did not end");
        }
        return process.exitValue();
    }
}
