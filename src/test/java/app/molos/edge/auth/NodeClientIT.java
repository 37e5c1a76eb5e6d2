package app.molos.edge.auth;

import static org.assertj.core.api.Assertions.assertThat;

import app.molos.edge.testing.Databases;
import app.molos.edge.testing.EdgeServer;
import app.molos.edge.testing.JarProcess;
import app.molos.edge.testing.NodeProject;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * better-auth's own npm client, 1.4.21 and the newest, speaks to the running edge. Needs Node and npm: profile
 * {@code node}.
 */
@Tag("node")
class NodeClientIT {
    @ParameterizedTest
    @CsvSource({
        "better-auth, SQLITE",
        "better-auth, POSTGRESQL",
        "better-auth-newest, SQLITE",
        "better-auth-newest, POSTGRESQL"
    })
    void betterAuthsOwnClient_makesEveryCall(String library, Databases kind, @TempDir Path directory) throws Exception {
        NodeProject project = NodeProject.of("node");
        String port = Integer.toString(JarProcess.freePort());
        String origin = "http://localhost:" + port;
        Map<String, String> settings = new HashMap<>(kind.settings(directory));
        settings.putAll(Map.of("PORT", port, "ORIGIN", origin, "INTRUSION_MODE", "enforce"));
        try (EdgeServer edge = EdgeServer.start(directory, settings)) {
            assertThat(project.node("client.mjs", origin, library, "x")).isZero();
            // IDS-09: whatever the client does, faults included, is no attack. This machine is never banned: it would
            // be said.
            assertThat(edge.management("/metrics").body())
                    .contains("edge_bans 0.0")
                    .contains("edge_bans_spared 0.0");
        }
    }
}
