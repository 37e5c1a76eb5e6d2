package app.molos.edge.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The container's entrypoint, run for real: as root with the capabilities dropped, twice in a row, and as another user. */
class ContainerScriptIT {
    private static final List<String> TOOLS = List.of("gosu", "tini", "setpriv", "shellcheck", "stat");

    @TempDir
    Path directory;

    private Path app;
    private Path data;

    /** Skipped where the tools or root are missing (they are Debian's); on CI that is a failure. */
    @BeforeEach
    void prepare() throws Exception {
        boolean canRun = "root".equals(System.getProperty("user.name")) && TOOLS.stream().allMatch(ContainerScriptIT::exists);
        if (System.getenv("CI") != null) {
            assertThat(canRun).as("CI runs as root and installs " + TOOLS).isTrue();
        }
        Assumptions.assumeTrue(canRun, "needs root and " + TOOLS);
        run(directory, Map.of(), List.of("sh", "-c", "getent passwd molos || useradd --system --uid 1001 --no-create-home molos"));
        app = Files.createDirectories(directory.resolve("app"));
        data = Files.createDirectories(directory.resolve("data"));
        Files.copy(Path.of("entrypoint.sh"), app.resolve("entrypoint.sh"));
        // Stands in for the JVM: tells who runs it and with what.
        Files.writeString(app.resolve("java"), "#!/bin/sh\necho \"uid=$(id -u) umask=$(umask) args=$*\"\ntouch \"$DATA_DIR/written\"\n");
        run(directory, Map.of(), List.of("chmod", "-R", "a+rx", directory.toString()));
    }

    @Test
    void entrypoint_asRootWithDroppedCapabilities_runsAsMolos_twice() throws Exception {
        for (int i = 0; i < 2; i++) {
            String out = run(app, Map.of(), List.of(
                    "setpriv", "--bounding-set=-all,+chown,+setuid,+setgid", "--inh-caps=-all", "--no-new-privs",
                    app.resolve("entrypoint.sh").toString(), "serve"));
            assertThat(out).contains("uid=1001 umask=0077", "-jar " + app + "/molos-edge.jar serve", "-Dorg.sqlite.lib.path=");
            assertThat(Files.getAttribute(data, "unix:uid")).isEqualTo(1001);
            assertThat(Files.getAttribute(data.resolve("written"), "unix:uid")).isEqualTo(1001);
        }
    }

    @Test
    void entrypoint_startedAsAnotherUser_runsAsThatUser() throws Exception {
        run(directory, Map.of(), List.of("chown", "10001", data.toString()));
        String out = run(app, Map.of(), List.of(
                "setpriv", "--reuid=10001", "--regid=10001", "--clear-groups", "--bounding-set=-all", "--no-new-privs",
                app.resolve("entrypoint.sh").toString()));
        assertThat(out).contains("uid=10001 umask=0077");
        assertThat(Files.getAttribute(data, "unix:uid")).isEqualTo(10001);
    }

    @Test
    void scripts_areClean() throws Exception {
        run(Path.of("."), Map.of(), List.of(
                "shellcheck", "-x", "entrypoint.sh", "load-tests/lib.sh", "load-tests/run.sh", "load-tests/auth.sh", ".ci/run"));
    }

    private String run(Path in, Map<String, String> more, List<String> command) throws IOException, InterruptedException {
        Path log = Files.createTempFile(directory, "script", ".log");
        ProcessBuilder builder = new ProcessBuilder(new ArrayList<>(command))
                .directory(in.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        if (app != null && data != null) {
            builder.environment().put("APP_DIR", app.toString());
            builder.environment().put("DATA_DIR", data.toString());
            builder.environment().put("PATH", app + ":" + System.getenv("PATH"));
        }
        builder.environment().putAll(more);
        Process process = builder.start();
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        String text = Files.readString(log, StandardCharsets.UTF_8);
        assertThat(process.exitValue()).as(text).isZero();
        return text;
    }

    private static boolean exists(String tool) {
        for (String directory : (System.getenv("PATH") + ":/usr/sbin:/sbin").split(":")) {
            if (Files.isExecutable(Path.of(directory, tool))) {
                return true;
            }
        }
        return false;
    }
}
