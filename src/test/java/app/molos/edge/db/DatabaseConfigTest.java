package app.molos.edge.db;

import static org.assertj.core.api.Assertions.assertThat;

import app.molos.edge.boot.EdgeConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatabaseConfigTest {
    @TempDir
    Path directory;

    @Test
    void passwordFile_isThePasswordOfTheUrlsUser_andNeverShown() throws IOException {
        Path file = Files.writeString(directory.resolve("password"), "hunter2:/@\n");
        DatabaseUrl url = EdgeConfig.read(Map.of(
                        "EDGE_CONFIG",
                        "",
                        "DATABASE_URL",
                        "postgresql://edge@db/molos",
                        "DATABASE_PASSWORD_FILE",
                        file.toString()))
                .database()
                .url();
        assertThat(url.properties()).containsEntry("user", "edge").containsEntry("password", "hunter2:/@");
        assertThat(url.jdbc() + url).doesNotContain("hunter2");
    }
}
