package app.molos.edge.boot;

import static org.assertj.core.api.Assertions.assertThat;

import app.molos.edge.testing.Databases;
import app.molos.edge.testing.EdgeServer;
import app.molos.edge.testing.FakeModule;
import app.molos.edge.testing.JarProcess;
import app.molos.edge.testing.Postgres;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The jar as operators run it: exit codes, signals, crashes, several at once. */
class ProcessIT {
    private static final String HEADER = "-- What: w\n-- Why: y\n-- author: a\n-- phase: expand\n-- reversible: no\n\n";
    private static final Duration SOON = Duration.ofSeconds(30);

    @TempDir
    Path directory;

    private Map<String, String> settings(Map<String, String> more) {
        Map<String, String> settings = new HashMap<>(Map.of(
                "PORT", Integer.toString(JarProcess.freePort()),
                "MANAGEMENT_PORT", Integer.toString(JarProcess.freePort()),
                "DATA_DIR", directory.resolve("data").toString()));
        settings.putAll(more);
        return settings;
    }

    private static int port(Map<String, String> settings) {
        return Integer.parseInt(settings.get("PORT"));
    }

    private static int managementPort(Map<String, String> settings) {
        return Integer.parseInt(settings.get("MANAGEMENT_PORT"));
    }

    private static int status(int port, String path) {
        try {
            return EdgeServer.send(port, "GET", path, null).statusCode();
        } catch (java.io.UncheckedIOException e) {
            return 0;
        }
    }

    private static void awaitReady(Map<String, String> settings) {
        Awaitility.await()
                .atMost(SOON)
                .pollInterval(Duration.ofMillis(50))
                .until(() -> status(port(settings), "/readyz") == 200);
    }

    @ParameterizedTest
    @EnumSource(Databases.class)
    void emptyDirectory_servesWithinSixSeconds_andEndsWithZeroOnSigterm(Databases kind) {
        Map<String, String> settings = settings(kind.settings(directory));
        long start = System.nanoTime();
        try (JarProcess edge = JarProcess.start(directory, settings)) {
            Awaitility.await()
                    .atMost(SOON)
                    .pollInterval(Duration.ofMillis(50))
                    .until(() -> status(port(settings), "/api/health") == 200);
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(6));
            assertThat(JarProcess.run(directory, settings, "healthcheck").exitCode())
                    .isZero();
            edge.terminate();
            assertThat(edge.exitCode(SOON)).as(edge.err()).isZero();
            assertThat(edge.err()).contains("Stopped").doesNotContain("Exception");
            assertThat(JarProcess.run(directory, settings, "healthcheck").exitCode())
                    .isEqualTo(1);
        }
    }

    @Test
    void sqliteFile_andSecret_areTheOwnersOnly() throws IOException {
        Map<String, String> settings = settings(Map.of());
        try (JarProcess edge = JarProcess.start(directory, settings)) {
            awaitReady(settings);
            try (Stream<Path> files = Files.list(directory.resolve("data"))) {
                assertThat(files)
                        .isNotEmpty()
                        .allSatisfy(f -> assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(f)))
                                .as(f.toString())
                                .isEqualTo("rw-------"));
            }
        }
    }

    /** The request in flight when the signal comes is answered; the port is closed to new ones. */
    @Test
    void sigterm_letsRequestsInFlightFinish() throws Exception {
        Map<String, String> settings = settings(Map.of());
        try (JarProcess edge = JarProcess.start(directory, settings)) {
            awaitReady(settings);
            // A sign-up takes a hash, about a tenth of a second: long enough to be caught in flight.
            java.util.concurrent.CompletableFuture<Integer> inFlight =
                    java.util.concurrent.CompletableFuture.supplyAsync(() -> EdgeServer.send(
                                    port(settings),
                                    "POST",
                                    "/api/auth/sign-up/email",
                                    "{\"name\":\"A\",\"email\":\"a@example.org\",\"password\":\"correct horse\"}",
                                    "Content-Type",
                                    "application/json")
                            .statusCode());
            Awaitility.await().pollDelay(Duration.ofMillis(60)).until(() -> true);
            edge.terminate();
            assertThat(inFlight.get(20, java.util.concurrent.TimeUnit.SECONDS)).isEqualTo(200);
            assertThat(edge.exitCode(SOON)).isZero();
        }
    }

    @Test
    void takenPorts_exitWith5_andMigrateNothing() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, java.net.InetAddress.getByName("127.0.0.1"))) {
            for (String variable : List.of("PORT", "MANAGEMENT_PORT")) {
                Map<String, String> settings = settings(Map.of(variable, Integer.toString(taken.getLocalPort())));
                try (JarProcess edge = JarProcess.run(directory, settings)) {
                    assertThat(edge.exitCode()).as(edge.err()).isEqualTo(5);
                    assertThat(edge.err())
                            .contains("port " + taken.getLocalPort(), "is taken", variable + "=")
                            .doesNotContain("\tat ");
                }
            }
        }
        assertThat(directory.resolve("data/molos.db")).doesNotExist();
    }

    @Test
    void unreachableDatabase_exitsWith4_whileProbesTellThePhase() {
        Map<String, String> settings = settings(Map.of(
                "DATABASE_URL",
                "postgresql://m:hunter2@127.0.0.1:" + JarProcess.freePort() + "/m",
                "DATABASE_CONNECT_TIMEOUT",
                "3s"));
        try (JarProcess edge = JarProcess.start(directory, settings)) {
            Awaitility.await()
                    .atMost(SOON)
                    .pollInterval(Duration.ofMillis(30))
                    .until(() -> status(managementPort(settings), "/livez") == 200);
            Awaitility.await()
                    .atMost(Duration.ofSeconds(2))
                    .until(() -> EdgeServer.send(managementPort(settings), "GET", "/startupz", null)
                            .body()
                            .contains("waiting for the"));
            assertThat(status(managementPort(settings), "/startupz")).isEqualTo(503);
            assertThat(status(managementPort(settings), "/readyz")).isEqualTo(503);
            assertThat(status(port(settings), "/readyz")).isZero();
            assertThat(edge.exitCode(SOON)).as(edge.err()).isEqualTo(4);
            assertThat(edge.err()).contains("cannot be used", "DATABASE_URL").doesNotContain("hunter2", "\tat ");
        }
    }

    @Tag("long")
    @Test
    void wrongUsage_banned_andVersion_haveTheirExitCodes() {
        assertThat(JarProcess.run(directory, settings(Map.of()), "nonsense").exitCode())
                .isEqualTo(64);
        assertThat(JarProcess.run(directory, settings(Map.of()), "migrate").exitCode())
                .isEqualTo(64);
        assertThat(JarProcess.run(directory, settings(Map.of()), "migrate", "new", "x")
                        .exitCode())
                .isEqualTo(64);
        JarProcess banned =
                JarProcess.run(directory, settings(Map.of("EDGE_ENV", "production")), "migrate", "generate");
        assertThat(banned.exitCode()).as(banned.err()).isEqualTo(1);
        assertThat(banned.err()).contains("Migrations are not generated here", "migrate new");
        JarProcess version = JarProcess.run(directory, settings(Map.of()), "--version");
        assertThat(version.exitCode()).as(version.err()).isZero();
        assertThat(version.out()).matches("MoLOS Edge \\d+\\.\\d+\\.\\d+\\n");
        JarProcess sbom = JarProcess.run(directory, settings(Map.of()), "--sbom");
        assertThat(sbom.exitCode()).as(sbom.err()).isZero();
        assertThat(new JsonObject(sbom.out()).getJsonArray("components"))
                .as("what runs is in it, what tests is not")
                .anyMatch(c -> ((JsonObject) c).getString("purl").startsWith("pkg:maven/io.vertx/vertx-core@"))
                .anyMatch(c -> ((JsonObject) c).getString("purl").startsWith("pkg:maven/io.netty/netty-codec-http2@"))
                .noneMatch(c -> ((JsonObject) c).getString("purl").contains("junit"));
        assertThat(JarProcess.run(directory, settings(Map.of()), "migrate", "plan", "--help")
                        .out())
                .contains("--fail-if-pending");
        JarProcess refused = JarProcess.run(directory, settings(Map.of("EDGE_ENV", "production")));
        assertThat(refused.exitCode()).as(refused.err()).isEqualTo(2);
        assertThat(refused.err()).contains("ORIGIN:", "BETTER_AUTH_SECRET:").doesNotContain("\tat ");
    }

    @Test
    void plan_writesNothing_andCanFail() {
        Map<String, String> settings = settings(Map.of());
        JarProcess plan = JarProcess.run(directory, settings, "migrate", "plan", "--fail-if-pending");
        assertThat(plan.exitCode()).as(plan.err()).isEqualTo(6);
        assertThat(plan.out()).contains("V0001", "users and sessions", "pending");
        assertThat(directory.resolve("data")).doesNotExist();
        assertThat(JarProcess.run(directory, settings, "migrate", "apply").exitCode())
                .isZero();
        assertThat(JarProcess.run(directory, settings, "migrate", "plan", "--fail-if-pending")
                        .exitCode())
                .isZero();
        assertThat(JarProcess.run(directory, settings, "migrate", "status", "--json")
                        .out())
                .contains("\"pending\" : false");
    }

    /** Ten JVMs on two cores take their time. */
    @Tag("long")
    @ParameterizedTest
    @EnumSource(Databases.class)
    void mig08_fiveProcessesAtOnce_oneMigrates_allStart(Databases kind) throws Exception {
        String url = kind.url(directory);
        List<Map<String, String>> all = new ArrayList<>();
        List<JarProcess> edges = new ArrayList<>();
        try {
            for (int i = 0; i < 5; i++) {
                all.add(settings(Map.of("DATABASE_URL", url)));
                edges.add(JarProcess.start(directory, all.get(i)));
            }
            for (Map<String, String> settings : all) {
                awaitReady(settings);
            }
            assertThat(edges.stream().filter(e -> e.err().contains(" migrations applied")))
                    .hasSize(1);
            assertThat(edges.stream().filter(e -> e.err().contains("up to date")))
                    .hasSize(4);
            // One secret for all: a session made at one is good at every other.
            String cookie = EdgeServer.cookie(EdgeServer.send(
                    port(all.get(0)),
                    "POST",
                    "/api/auth/sign-up/email",
                    "{\"name\":\"A\",\"email\":\"a@example.org\",\"password\":\"correct horse\"}",
                    "Content-Type",
                    "application/json"));
            for (Map<String, String> settings : all) {
                assertThat(EdgeServer.send(port(settings), "GET", "/api/auth/get-session", null, "Cookie", cookie)
                                .body())
                        .contains("a@example.org");
            }
            edges.forEach(JarProcess::terminate);
            for (JarProcess edge : edges) {
                assertThat(edge.exitCode(SOON)).isZero();
            }
        } finally {
            edges.forEach(JarProcess::close);
        }
    }

    @ParameterizedTest
    @EnumSource(Databases.class)
    void kill9_duringAMigration_nextStartCompletes(Databases kind) throws Exception {
        Map<String, String> settings = settings(kind.settings(directory));
        Map<String, String> slow = slow(kind, settings);
        try (JarProcess edge = JarProcess.start(directory, slow)) {
            awaitMigrating(kind, slow);
            edge.kill();
            edge.exitCode(SOON);
        }
        if (kind == Databases.POSTGRESQL) {
            // The server notices the dead client when the statement ends; it is ended here so that the test need not
            // wait.
            Postgres.execute(
                    "postgres",
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep%'"
                            + " AND pid <> pg_backend_pid()");
        }
        try (JarProcess edge = JarProcess.start(directory, settings)) {
            awaitReady(settings);
            assertThat(edge.err()).contains(" migrations applied");
        }
    }

    @ParameterizedTest
    @EnumSource(Databases.class)
    void sigterm_duringAMigration_rollsBack_andExitsWith3(Databases kind) throws Exception {
        Map<String, String> settings = settings(kind.settings(directory));
        Map<String, String> slow = slow(kind, settings);
        try (JarProcess edge = JarProcess.start(directory, slow)) {
            awaitMigrating(kind, slow);
            edge.terminate();
            assertThat(edge.exitCode(SOON)).as(edge.err()).isEqualTo(3);
            assertThat(edge.err())
                    .contains("Stopped by a signal", "rolled back")
                    .doesNotContain("\tat ");
        }
        try (Connection connection = connect(kind, settings)) {
            assertThatNoTable(connection, "half_done");
        }
        assertThat(JarProcess.run(directory, settings, "migrate", "apply").exitCode())
                .isZero();
    }

    @Test
    void sigterm_duringMigrateApply_exitsWith3() throws Exception {
        Map<String, String> slow = slow(Databases.POSTGRESQL, settings(Databases.POSTGRESQL.settings(directory)));
        try (JarProcess apply = JarProcess.start(directory, slow, "migrate", "apply")) {
            Awaitility.await().atMost(SOON).until(() -> {
                try (Connection connection = Postgres.connect("postgres");
                        var rows = connection
                                .createStatement()
                                .executeQuery(
                                        "SELECT 1 FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%' AND pid <> pg_backend_pid()"
                                                + " AND state = 'active' AND datname = '"
                                                + Postgres.nameOf(slow.get("DATABASE_URL")) + "'")) {
                    return rows.next();
                }
            });
            apply.terminate();
            assertThat(apply.exitCode(SOON)).as(apply.err()).isEqualTo(3);
            assertThat(apply.err()).contains("rolled back").doesNotContain("\tat ");
        }
    }

    @ParameterizedTest
    @EnumSource(Databases.class)
    void failingMigration_exitsWith3_andLeavesNothing(Databases kind) throws Exception {
        Map<String, String> settings = settings(kind.settings(directory));
        settings.put(
                "MIGRATIONS_DIR",
                migrations(
                                "V0001__bad.sql",
                                "CREATE TABLE half_done (id INTEGER);\nINSERT INTO half_done VALUES (1);\nINSERT INTO nowhere VALUES (1);\n")
                        .toString());
        JarProcess edge = JarProcess.run(directory, settings);
        assertThat(edge.exitCode()).as(edge.err()).isEqualTo(3);
        assertThat(edge.err())
                .contains("failed; what it had begun was rolled back", "V0001__bad.sql", "nowhere")
                .doesNotContain("\tat ");
        try (Connection connection = connect(kind, settings)) {
            assertThatNoTable(connection, "half_done");
        }
    }

    /** SL01: a table rebuild drops the parent of other rows; they must be there afterwards. */
    @Tag("long")
    @Test
    void sl01_tableRebuildOnSqlite_keepsTheRowsThatReferToIt() throws Exception {
        Path dir = migrations(
                "V0001__first.sql",
                "CREATE TABLE parent (id INTEGER PRIMARY KEY);\nCREATE TABLE child (id INTEGER,"
                        + " parent INTEGER REFERENCES parent (id) ON DELETE CASCADE);\nINSERT INTO parent VALUES (1);\nINSERT INTO child VALUES (1, 1);\n");
        Map<String, String> settings = settings(Map.of("MIGRATIONS_DIR", dir.toString()));
        assertThat(JarProcess.run(directory, settings, "migrate", "apply").exitCode())
                .isZero();
        Files.writeString(
                dir.resolve("V0002__rebuild.sql"),
                HEADER.replace("expand", "contract") + "CREATE TABLE parent_new (id INTEGER PRIMARY KEY, name TEXT);\n"
                        + "INSERT INTO parent_new (id) SELECT id FROM parent;\nDROP TABLE parent;\nALTER TABLE parent_new RENAME TO parent;\n");
        assertThat(JarProcess.run(directory, settings, "migrate", "seal", "V0002__rebuild.sql", "--reviewer", "Ada")
                        .exitCode())
                .isZero();
        assertThat(JarProcess.run(directory, settings, "migrate", "apply").exitCode())
                .isZero();
        Files.writeString(
                dir.resolve("V0003__orphans.sql"), HEADER.replace("expand", "data") + "DELETE FROM parent;\n");
        assertThat(JarProcess.run(directory, settings, "migrate", "seal", "V0003__orphans.sql", "--reviewer", "Ada")
                        .exitCode())
                .isZero();
        JarProcess orphans = JarProcess.run(directory, settings, "migrate", "apply");
        assertThat(orphans.exitCode()).as(orphans.err()).isEqualTo(3);
        assertThat(orphans.err()).contains("A row of child refers to a row of parent");
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + directory.resolve("data/molos.db"));
                var rows = connection
                        .createStatement()
                        .executeQuery("SELECT (SELECT count(*) FROM parent), (SELECT count(*) FROM child)")) {
            assertThat(rows.next()).isTrue();
            assertThat(List.of(rows.getInt(1), rows.getInt(2))).containsExactly(1, 1);
        }
    }

    /** O3 of safety.md: an object that is there already is a fault, not a success. */
    @ParameterizedTest
    @EnumSource(Databases.class)
    void newerDatabase_isRefused(Databases kind) throws Exception {
        Map<String, String> settings = settings(kind.settings(directory));
        Path newer = migrations("V0001__users_and_sessions.sql", "CREATE TABLE a (id INTEGER);\n");
        Files.writeString(newer.resolve("V0900__future.sql"), HEADER + "CREATE TABLE b (id INTEGER);\n");
        settings.put("MIGRATIONS_DIR", newer.toString());
        assertThat(JarProcess.run(directory, settings, "migrate", "seal", "V0900__future.sql", "--reviewer", "Ada")
                        .exitCode())
                .isZero();
        assertThat(JarProcess.run(directory, settings, "migrate", "apply").exitCode())
                .isZero();
        settings.remove("MIGRATIONS_DIR");
        JarProcess older = JarProcess.run(directory, settings);
        assertThat(older.exitCode()).as(older.err()).isEqualTo(3);
        assertThat(older.err()).contains("is newer than this program: it has V0900 future");
    }

    @Test
    void foreignSqliteFile_isRefused_andNotAByteOfItChanges() throws Exception {
        Path file = directory.resolve("theirs.db");
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file)) {
            connection.createStatement().execute("CREATE TABLE theirs (id INTEGER)");
        }
        assertUntouched(file, "has theirs", "was left untouched");
        Path notADatabase = directory.resolve("notes.txt");
        Files.writeString(
                notADatabase, "These are notes, and they are longer than a header of a database. ".repeat(20));
        assertUntouched(notADatabase, "is not a SQLite database");
    }

    /** All of its content is in the write-ahead log, as after a crash: the file alone would look empty. */
    @Test
    void foreignSqliteFile_withALog_isRefused() throws Exception {
        Path live = directory.resolve("live.db");
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + live + "?journal_mode=WAL")) {
            connection.createStatement().execute("CREATE TABLE theirs (id INTEGER)");
            Path copy = directory.resolve("copy.db");
            Files.copy(live, copy);
            Files.copy(Path.of(live + "-wal"), Path.of(copy + "-wal"));
            assertUntouched(copy, "has theirs");
        }
    }

    private void assertUntouched(Path file, String... says) throws Exception {
        String before = sha256(file);
        for (String[] command : new String[][] {{}, {"migrate", "plan"}, {"migrate", "apply"}}) {
            JarProcess edge = JarProcess.run(directory, settings(Map.of("DATABASE_URL", "file:" + file)), command);
            assertThat(edge.exitCode()).as(edge.err()).isEqualTo(3);
            assertThat(edge.err()).contains(says).doesNotContain("\tat ");
        }
        assertThat(sha256(file)).isEqualTo(before);
        assertThat(Path.of(file + ".lock")).doesNotExist();
        assertThat(Path.of(file + "-shm")).doesNotExist();
    }

    @Test
    void foreignPostgresSchema_andAbsentSchema_areRefused() {
        String url = Postgres.newDatabase();
        Postgres.execute(Postgres.nameOf(url), "CREATE TABLE theirs (id INTEGER)");
        JarProcess foreign = JarProcess.run(directory, settings(Map.of("DATABASE_URL", url)));
        assertThat(foreign.exitCode()).as(foreign.err()).isEqualTo(3);
        assertThat(foreign.err()).contains("has theirs", "left untouched", "currentSchema=NAME");

        Map<String, String> elsewhere = settings(Map.of("DATABASE_URL", url + "?currentSchema=edge"));
        JarProcess absent = JarProcess.run(directory, elsewhere);
        assertThat(absent.exitCode()).as(absent.err()).isEqualTo(3);
        assertThat(absent.err()).contains("CREATE SCHEMA \"edge\";");
        Postgres.execute(Postgres.nameOf(url), "CREATE SCHEMA edge");
        assertThat(JarProcess.run(directory, elsewhere, "migrate", "apply").exitCode())
                .isZero();
    }

    @Test
    void unlistedMigration_exitsWith3_andNothingRuns() throws IOException {
        Path dir = migrations("V0001__first.sql", "CREATE TABLE t (id INTEGER);\n");
        Files.writeString(dir.resolve("V0002__second.sql"), "-- phase: expand\nCREATE TABLE u (id INTEGER);\n");
        JarProcess edge = JarProcess.run(directory, settings(Map.of("MIGRATIONS_DIR", dir.toString())));
        assertThat(edge.exitCode()).as(edge.err()).isEqualTo(3);
        assertThat(edge.err()).contains("V0002__second.sql is not in the lock", "nothing was executed");
        assertThat(directory.resolve("data/molos.db")).doesNotExist();
    }

    /** An open WebSocket must not hold the stop up for the whole deadline: it is closed, not waited for. */
    @Test
    void sigterm_closesOpenWebSockets_wellBeforeTheDeadline() throws Exception {
        try (FakeModule module = FakeModule.start()) {
            EdgeServer.modules(directory, """
                    development:
                      modules:
                        - {id: open, repository: r, tag: v1, upstream: "http://127.0.0.1:%d", access: public}
                    """.formatted(module.port()));
            Map<String, String> settings = settings(
                    Map.of("MODULES_CONFIG", directory.resolve("modules.yaml").toString()));
            io.vertx.core.Vertx vertx = io.vertx.core.Vertx.vertx();
            io.vertx.core.http.WebSocketClient client = vertx.createWebSocketClient();
            try (JarProcess edge = JarProcess.start(directory, settings)) {
                awaitReady(settings);
                java.util.concurrent.CompletableFuture<Void> closed = new java.util.concurrent.CompletableFuture<>();
                io.vertx.core.http.WebSocket socket = client.connect(new io.vertx.core.http.WebSocketConnectOptions()
                                .setHost("127.0.0.1")
                                .setPort(port(settings))
                                .setAllowOriginHeader(false)
                                .setURI("/modules/open/socket"))
                        .await(10, java.util.concurrent.TimeUnit.SECONDS);
                socket.closeHandler(v -> closed.complete(null));
                long start = System.nanoTime();
                edge.terminate();
                assertThat(edge.exitCode(SOON)).isZero();
                assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(4));
                closed.get(5, java.util.concurrent.TimeUnit.SECONDS);
                assertThat(edge.out()).contains("\"path\":\"/modules/open/socket\",\"status\":101");
            } finally {
                client.close().otherwiseEmpty().await(10, java.util.concurrent.TimeUnit.SECONDS);
                vertx.close().otherwiseEmpty().await(10, java.util.concurrent.TimeUnit.SECONDS);
            }
        }
    }

    /** The program's migrations after one that takes long enough to be interrupted. */
    private Map<String, String> slow(Databases kind, Map<String, String> settings) throws IOException {
        String wait = kind == Databases.POSTGRESQL
                ? "SELECT pg_sleep(60);\n"
                : "INSERT INTO half_done WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000000000)"
                        + " SELECT max(i) FROM n;\n";
        Map<String, String> slow = new HashMap<>(settings);
        slow.put(
                "MIGRATIONS_DIR",
                migrations("V0001__slow.sql", "CREATE TABLE half_done (id BIGINT);\n" + wait)
                        .toString());
        slow.put("DATABASE_CONNECT_TIMEOUT", "20s");
        return slow;
    }

    private static void awaitMigrating(Databases kind, Map<String, String> settings) {
        Awaitility.await()
                .atMost(SOON)
                .pollInterval(Duration.ofMillis(50))
                .ignoreExceptions()
                .until(() -> EdgeServer.send(managementPort(settings), "GET", "/startupz", null)
                        .body()
                        .contains("migrating, 1 to run"));
        // The phase is told just before Flyway begins; the statement itself is under way a moment later.
        Awaitility.await().pollDelay(Duration.ofMillis(1500)).until(() -> true);
    }

    private Path migrations(String name, String sql) throws IOException {
        Path dir = Files.createTempDirectory(directory, "migrations");
        Files.writeString(dir.resolve(name), HEADER + sql);
        JarProcess seal = JarProcess.run(
                directory, Map.of("MIGRATIONS_DIR", dir.toString()), "migrate", "seal", name, "--reviewer", "Ada");
        assertThat(seal.exitCode()).as(seal.err()).isZero();
        return dir;
    }

    private Connection connect(Databases kind, Map<String, String> settings) throws SQLException {
        String url = settings.get("DATABASE_URL");
        return kind == Databases.POSTGRESQL
                ? Postgres.connect(Postgres.nameOf(url))
                : DriverManager.getConnection("jdbc:sqlite:" + url.substring("file:".length()));
    }

    private static void assertThatNoTable(Connection connection, String table) throws SQLException {
        try (var tables = connection.getMetaData().getTables(null, null, table, null)) {
            assertThat(tables.next()).isFalse();
        }
    }

    private static String sha256(Path file) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
    }
}
