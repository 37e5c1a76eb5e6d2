package app.molos.edge.backup;

import static org.assertj.core.api.Assertions.assertThat;

import app.molos.edge.testing.CommandLine;
import app.molos.edge.testing.Databases;
import app.molos.edge.testing.EdgeServer;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** On another machine, with nothing but an archive, its key and the secret. */
class DrillIT {
    private static final String SECRET = "the-secret-of-the-site-that-signs-0123";

    @TempDir
    Path directory;

    @TempDir
    Path elsewhere;

    private static CommandLine.Result ok(CommandLine.Result result) {
        assertThat(result.code()).as(result.out() + result.err()).isZero();
        return result;
    }

    @ParameterizedTest
    @EnumSource
    void BAK_10_drill_opensWithTheRealKey_startsAnEdge_signsIn_andTheOldCookieCounts(Databases kind) throws Exception {
        Map<String, String> settings = new HashMap<>(kind.settings(directory));
        settings.put("BETTER_AUTH_SECRET", SECRET);
        JsonObject keys = new JsonObject(ok(CommandLine.run(directory, settings, "backup", "keygen", "--json"))
                .out());
        settings.put("BACKUP_RECIPIENTS", keys.getString("recipient"));
        String cookie;
        String archive;
        try (EdgeServer edge = EdgeServer.start(directory, settings)) {
            cookie = edge.signUp("ada@example.org");
            archive = new JsonObject(ok(CommandLine.run(directory, settings, "backup", "create", "--json"))
                            .out())
                    .getString("file");
        }
        Path moved = Files.copy(Path.of(archive), elsewhere.resolve("archive.zip.age"));
        Path identity = Files.writeString(elsewhere.resolve("key"), keys.getString("identity"));
        Path browser = Files.writeString(elsewhere.resolve("cookie"), "Cookie: " + cookie + "\n");
        Map<String, String> there = Map.of("BETTER_AUTH_SECRET", SECRET);
        JsonObject report = new JsonObject(ok(CommandLine.run(
                        elsewhere,
                        there,
                        "backup",
                        "drill",
                        moved.toString(),
                        "--identity",
                        identity.toString(),
                        "--cookie",
                        browser.toString(),
                        "--json"))
                .out());
        assertThat(report.getString("cookieOf")).isEqualTo("ada@example.org");
        assertThat(report.getLong("rtoMilliseconds")).isPositive().isLessThan(60_000);
        assertThat(report.getJsonArray("steps")).hasSize(4);
        assertThat(elsewhere.resolve("data/scratch/drill")).doesNotExist();
        assertThat(elsewhere.resolve("data/molos.db")).doesNotExist();

        CommandLine.Result keyless = CommandLine.run(elsewhere, there, "backup", "drill", moved.toString());
        assertThat(keyless.code()).isEqualTo(7);
        assertThat(elsewhere.resolve("data/scratch/drill")).doesNotExist();

        // A machine that has everything but the secret: all is there, and browsers have to sign in again.
        CommandLine.Result other = CommandLine.run(
                elsewhere,
                Map.of(),
                "backup",
                "drill",
                moved.toString(),
                "--identity",
                identity.toString(),
                "--cookie",
                browser.toString());
        assertThat(other.code()).isEqualTo(7);
        assertThat(other.err()).contains("signs nobody in");
    }
}
