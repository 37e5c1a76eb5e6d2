package app.molos.edge.boot;

import static org.assertj.core.api.Assertions.assertThat;

import app.molos.edge.testing.EdgeServer;
import app.molos.edge.testing.GitRepo;
import app.molos.edge.testing.JarProcess;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The container's entrypoint, run for real: as root with the capabilities dropped, twice in a row, and as another user.
 */
class ContainerScriptIT {
    private static final List<String> TOOLS = List.of("setpriv", "stat");

    @TempDir
    Path directory;

    private Path app;
    private Path data;

    /** Skipped where the tools or root are missing (they are Debian's); on CI that is a failure. */
    @BeforeEach
    void prepare() throws Exception {
        boolean canRun =
                "root".equals(System.getProperty("user.name")) && TOOLS.stream().allMatch(ContainerScriptIT::exists);
        if (System.getenv("CI") != null) {
            assertThat(canRun).as("CI runs as root and installs " + TOOLS).isTrue();
        }
        Assumptions.assumeTrue(canRun, "needs root and " + TOOLS);
        app = Files.createDirectories(directory.resolve("app"));
        data = Files.createDirectories(directory.resolve("data"));
        Files.copy(Path.of("entrypoint.sh"), app.resolve("entrypoint.sh"));
        // Stands in for the JVM: tells who runs it and with what.
        Files.writeString(
                app.resolve("java"),
                "#!/bin/sh\necho \"uid=$(id -u) umask=$(umask) args=$*\"\ntouch \"$DATA_DIR/written\"\n");
        run(directory, Map.of(), List.of("chmod", "-R", "a+rx", directory.toString()));
    }

    @Test
    void entrypoint_asRootWithDroppedCapabilities_runsAsMolos_twice() throws Exception {
        for (int i = 0; i < 2; i++) {
            String out = run(
                    app,
                    Map.of(),
                    List.of(
                            "setpriv",
                            "--bounding-set=-all,+chown,+setuid,+setgid",
                            "--inh-caps=-all",
                            "--no-new-privs",
                            app.resolve("entrypoint.sh").toString(),
                            "serve"));
            assertThat(out)
                    .contains("uid=1001 umask=0077", "-jar " + app + "/molos-edge.jar serve", "-Dorg.sqlite.lib.path=");
            assertThat(Files.getAttribute(data, "unix:uid")).isEqualTo(1001);
            assertThat(Files.getAttribute(data.resolve("written"), "unix:uid")).isEqualTo(1001);
        }
    }

    @Test
    void entrypoint_besideACache_hasItsOptions_andTheOperatorsLast() throws Exception {
        Files.createFile(app.resolve("edge.aot"));
        run(directory, Map.of(), List.of("chown", "1001", data.toString()));
        assertThat(run(
                        app,
                        Map.of("JAVA_OPTS", "-Xmx200m -XX:-UseSerialGC"),
                        List.of(
                                "setpriv",
                                "--reuid=1001",
                                "--regid=1001",
                                "--clear-groups",
                                app.resolve("entrypoint.sh").toString())))
                .contains("-XX:AOTCache=" + app + "/edge.aot @" + app + "/jvm.options -Xmx200m -XX:-UseSerialGC -D");
    }

    @Test
    void entrypoint_startedAsAnotherUser_runsAsThatUser() throws Exception {
        run(directory, Map.of(), List.of("chown", "10001", data.toString()));
        String out = run(
                app,
                Map.of(),
                List.of(
                        "setpriv",
                        "--reuid=10001",
                        "--regid=10001",
                        "--clear-groups",
                        "--bounding-set=-all",
                        "--no-new-privs",
                        app.resolve("entrypoint.sh").toString()));
        assertThat(out).contains("uid=10001 umask=0077");
        assertThat(Files.getAttribute(data, "unix:uid")).isEqualTo(10001);
    }

    @Test
    void dataOfSomebodyElse_isTakenOverWhole_orNotAtAll() throws Exception {
        Path inner = Files.createDirectory(data.resolve("checkouts"));
        Files.createFile(inner.resolve("file"));
        run(directory, Map.of(), List.of("chown", "-R", "10001", data.toString()));
        run(directory, Map.of(), List.of("chmod", "0700", inner.toString()));
        for (int i = 0; i < 2; i++) {
            Process refused = process(app, Map.of(), asRootWith("+chown,+setuid,+setgid"));
            assertThat(refused.exitValue()).as(output).isEqualTo(1);
            assertThat(output).contains("add the capabilities CHOWN and DAC_READ_SEARCH", "chown -R 1001:1001");
            assertThat(Files.getAttribute(data, "unix:uid")).isEqualTo(10001);
        }
        assertThat(run(app, Map.of(), asRootWith("+chown,+setuid,+setgid,+dac_read_search")))
                .contains("uid=1001");
        assertThat(Files.getAttribute(inner.resolve("file"), "unix:uid")).isEqualTo(1001);
    }

    private List<String> asRootWith(String capabilities) {
        return List.of(
                "setpriv",
                "--bounding-set=-all," + capabilities,
                "--inh-caps=-all",
                "--no-new-privs",
                app.resolve("entrypoint.sh").toString());
    }

    @Test
    void command_runsQuietly_asTheSameUser() throws Exception {
        Path command = Files.createSymbolicLink(directory.resolve("molos-edge"), app.resolve("entrypoint.sh"));
        run(directory, Map.of(), List.of("chown", "1001", data.toString()));
        String out = run(
                app,
                Map.of(),
                List.of(
                        "setpriv",
                        "--bounding-set=-all,+setuid,+setgid",
                        "--inh-caps=-all",
                        "--no-new-privs",
                        command.toString(),
                        "user",
                        "list"));
        assertThat(out)
                .startsWith("uid=1001 umask=0077 args=")
                .contains("-Dorg.sqlite.lib.path=", "-jar " + app + "/molos-edge.jar user list\n")
                .doesNotContain("AOTCache")
                .hasLineCount(1);
    }

    @Test
    void rootWithoutAnyCapability_isToldWhichOneIsMissing() throws Exception {
        Process process = process(
                app,
                Map.of(),
                List.of(
                        "setpriv",
                        "--bounding-set=-all",
                        "--inh-caps=-all",
                        "--no-new-privs",
                        app.resolve("entrypoint.sh").toString()));
        assertThat(process.exitValue()).isEqualTo(1);
        assertThat(output).contains("add the capabilities SETUID and SETGID", "--user 1001:1001");
    }

    /**
     * compose.yaml's way with the real jar: an empty folder, a module that is not locked yet, a list that cannot be
     * written.
     */
    @Tag("long")
    @Test
    void emptyFolder_toASignedInPage_withALockedModule() throws Exception {
        Files.delete(app.resolve("java"));
        Path jar = Path.of(System.getProperty("edge.jar"));
        Files.copy(jar, app.resolve("molos-edge.jar"));
        Path natives = Files.createDirectory(app.resolve("native"));
        try (FileSystem files = FileSystems.newFileSystem(jar, Map.of())) {
            boolean isArm = System.getProperty("os.arch").equals("aarch64");
            Files.copy(
                    files.getPath("/org/sqlite/native/Linux/" + (isArm ? "aarch64" : "x86_64") + "/libsqlitejdbc.so"),
                    natives.resolve("libsqlitejdbc.so"));
        }
        Path conf = Files.createDirectory(app.resolve("conf"));
        int port = JarProcess.freePort();
        int managementPort = JarProcess.freePort();
        try (GitRepo repo = new GitRepo(Files.createDirectory(directory.resolve("notes")))) {
            repo.manifest("notes", "1.0.0")
                    .write("dist/index.html", "<h1>notes</h1>")
                    .tag("v1.0.0");
            Files.writeString(
                    conf.resolve("modules.yaml"),
                    "production:\n  modules:\n    - {id: notes, repository: \"" + repo.url()
                            + "\", tag: v1.0.0, static: dist, access: user}\n");
            run(
                    directory,
                    Map.of(),
                    List.of("sh", "-c", "openssl rand -base64 33 > .edge-secret && chmod 0444 .edge-secret"));
            run(directory, Map.of(), List.of("chmod", "-R", "a+rX,go-w", directory.toString()));
            run(
                    directory,
                    Map.of(),
                    List.of(
                            "chown",
                            "-R",
                            "1001:1001",
                            directory.resolve("notes").toString()));
            Map<String, String> environment = Map.of(
                    "EDGE_ENV",
                    "production",
                    "ORIGIN",
                    "http://127.0.0.1:" + port,
                    "PORT",
                    Integer.toString(port),
                    "HOST",
                    "127.0.0.1",
                    "MANAGEMENT_PORT",
                    Integer.toString(managementPort),
                    "BETTER_AUTH_SECRET_FILE",
                    directory.resolve(".edge-secret").toString(),
                    "MODULES_CONFIG",
                    conf.resolve("modules.yaml").toString(),
                    "MODULES_LOCK",
                    data.resolve("modules.lock").toString(),
                    "EDGE_CONFIG",
                    "",
                    "JAVA_OPTS",
                    "-XX:TieredStopAtLevel=1 -Xmx256m");
            List<String> entrypoint = List.of(
                    "setpriv",
                    "--bounding-set=-all,+chown,+setuid,+setgid",
                    "--inh-caps=-all",
                    "--no-new-privs",
                    app.resolve("entrypoint.sh").toString());

            assertThat(run(app, environment, with(entrypoint, "modules", "fetch", "--print-lock")))
                    .contains("  notes:\n    tag: \"v1.0.0\"");
            assertThat(data.resolve("modules.lock")).doesNotExist();
            assertThat(run(app, environment, with(entrypoint, "modules", "fetch")))
                    .contains("notes", "v1.0.0", "fetched");

            Process edge = begin(app, environment, entrypoint, directory.resolve("edge.log"));
            try {
                Awaitility.await()
                        .atMost(Duration.ofSeconds(30))
                        .until(() ->
                                Files.readString(directory.resolve("edge.log")).contains("ready after"));
                Matcher token =
                        Pattern.compile("setup token +(\\S+)").matcher(Files.readString(directory.resolve("edge.log")));
                assertThat(token.find()).isTrue();
                String origin = "http://127.0.0.1:" + port;
                HttpResponse<String> signedUp = EdgeServer.send(
                        port,
                        "POST",
                        "/api/auth/sign-up/email",
                        "{\"name\":\"Ada\",\"email\":\"ada@example.org\",\"password\":\"correct horse battery\"}",
                        "Content-Type",
                        "application/json",
                        "Origin",
                        origin,
                        "X-Setup-Token",
                        token.group(1));
                assertThat(signedUp.statusCode()).as(signedUp.body()).isEqualTo(200);
                HttpResponse<String> page =
                        EdgeServer.send(port, "GET", "/modules/notes/", null, "Cookie", EdgeServer.cookie(signedUp));
                assertThat(page.body()).isEqualTo("<h1>notes</h1>");

                Path command = Files.createSymbolicLink(directory.resolve("molos-edge"), app.resolve("entrypoint.sh"));
                assertThat(run(
                                app,
                                environment,
                                List.of(
                                        "setpriv",
                                        "--bounding-set=-all,+setuid,+setgid",
                                        "--inh-caps=-all",
                                        "--no-new-privs",
                                        command.toString(),
                                        "user",
                                        "list")))
                        .contains("ada@example.org", "admin")
                        .doesNotContain("Picked up", "NOTE", "Exception");
                assertThat(run(
                                app,
                                environment,
                                List.of(
                                        "setpriv",
                                        "--bounding-set=-all,+setuid,+setgid",
                                        "--inh-caps=-all",
                                        "--no-new-privs",
                                        command.toString(),
                                        "healthcheck")))
                        .isEqualTo("ready\n");
            } finally {
                edge.destroy();
                assertThat(edge.waitFor(20, TimeUnit.SECONDS)).isTrue();
            }
            assertThat(edge.exitValue()).isZero();
        }
    }

    private static List<String> with(List<String> command, String... more) {
        List<String> all = new ArrayList<>(command);
        all.addAll(List.of(more));
        return all;
    }

    private String output = "";

    private String run(Path in, Map<String, String> more, List<String> command)
            throws IOException, InterruptedException {
        Process process = process(in, more, command);
        assertThat(process.exitValue()).as(output).isZero();
        return output;
    }

    private Process process(Path in, Map<String, String> more, List<String> command)
            throws IOException, InterruptedException {
        Path log = Files.createTempFile(directory, "script", ".log");
        Process process = begin(in, more, command, log);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        output = Files.readString(log, StandardCharsets.UTF_8);
        return process;
    }

    private Process begin(Path in, Map<String, String> more, List<String> command, Path log) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(new ArrayList<>(command))
                .directory(in.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        if (app != null && data != null) {
            builder.environment().put("APP_DIR", app.toString());
            builder.environment().put("DATA_DIR", data.toString());
            builder.environment()
                    .put(
                            "PATH",
                            app + ":" + Path.of(System.getProperty("java.home"), "bin") + ":" + System.getenv("PATH"));
        }
        builder.environment().putAll(more);
        return builder.start();
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
