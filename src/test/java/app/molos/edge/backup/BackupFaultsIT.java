package app.molos.edge.backup;

import static org.assertj.core.api.Assertions.assertThat;

import app.molos.edge.backup.archive.ArchiveFile;
import app.molos.edge.backup.archive.ArchiveReader;
import app.molos.edge.boot.EdgeConfig;
import app.molos.edge.boot.RestoredStores;
import app.molos.edge.config.Refusal;
import app.molos.edge.db.Connector;
import app.molos.edge.testing.CommandLine;
import app.molos.edge.testing.Databases;
import app.molos.edge.testing.EdgeServer;
import app.molos.edge.testing.JarProcess;
import app.molos.edge.testing.Postgres;
import io.vertx.core.json.JsonObject;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Backups while others write, and what goes wrong in the middle. */
class BackupFaultsIT {
    private static final int ROWS = 50;
    private static final int BACKUPS = 20;
    private static final int SUM = ROWS * 100;

    @TempDir
    Path directory;

    private final Map<String, String> settings = new HashMap<>();

    private CommandLine.Result run(String... arguments) {
        return CommandLine.run(directory, settings, arguments);
    }

    private EdgeConfig config() {
        return EdgeConfig.read(EdgeServer.environment(directory, settings));
    }

    private BackupMaker maker() {
        EdgeConfig config = config();
        return new BackupMaker(
                config.database(), config.lifecycle().backup(), "1", RestoredStores.alone(), Clock.systemUTC());
    }

    private static BackupMaker.Request request() {
        return BackupMaker.Request.of(Map.of(), false);
    }

    private Connection connect() throws SQLException {
        return new Connector(config().database().url(), Duration.ofSeconds(5)).migrating();
    }

    private void execute(String... statements) throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            for (String text : statements) {
                statement.execute(text);
            }
        }
    }

    private long number(String query) throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(query)) {
            row.next();
            return row.getLong(1);
        }
    }

    private void accountsWithASum() throws SQLException {
        List<String> rows = new ArrayList<>();
        for (int i = 0; i < ROWS; i++) {
            rows.add(
                    "INSERT INTO bans (subject, reference, cause, offences, banned_at, banned_until, evidence, updated_at)"
                            + " VALUES ('10.0.0." + i + "', 'r" + i + "', 'c', 100, 1, 1, '[]', 1)");
        }
        execute(rows.toArray(String[]::new));
    }

    /** Moves something from one row to another, again and again: the sum stays. */
    private int write(AtomicBoolean isOver) throws Exception {
        int written = 0;
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            // By hand: the driver of SQLite begins the next transaction with the end of the last.
            String begin = connection.getMetaData().getURL().contains("sqlite") ? "BEGIN IMMEDIATE" : "BEGIN";
            while (!isOver.get()) {
                statement.execute(begin);
                int from = ThreadLocalRandom.current().nextInt(ROWS);
                int to = ThreadLocalRandom.current().nextInt(ROWS);
                // In one order, so that no two wait for each other.
                String first = "UPDATE bans SET offences = offences - 1 WHERE subject = '10.0.0." + from + "'";
                String second = "UPDATE bans SET offences = offences + 1 WHERE subject = '10.0.0." + to + "'";
                statement.execute(from < to ? first : second);
                statement.execute(from < to ? second : first);
                statement.execute("COMMIT");
                written++;
                // SQLite's writers do not queue: without a pause one of them would have it all the time.
                Thread.sleep(1);
            }
        }
        return written;
    }

    private static long sum(Path archive) throws Exception {
        long[] sum = {0};
        ArchiveFile.<RuntimeException>read(archive, List.of(), new ArchiveReader.Content<>() {
            private int column = -1;

            @Override
            public void table(String name, List<String> columns) {
                column = name.equals("bans") ? columns.indexOf("offences") : -1;
            }

            @Override
            public void row(Object[] values) {
                sum[0] += column < 0 ? 0 : ((Number) values[column]).longValue();
            }

            @Override
            public void file(String name, byte[] bytes) {}
        });
        return sum[0];
    }

    @ParameterizedTest
    @EnumSource
    void BAK_02_twentyBackupsWhileOthersWrite_eachHasOneMoment_andTheLogIsSmallAfterwards(Databases kind)
            throws Exception {
        settings.putAll(kind.settings(directory));
        assertThat(run("migrate", "apply").code()).isZero();
        accountsWithASum();
        AtomicBoolean isOver = new AtomicBoolean();
        ExecutorService writers = Executors.newFixedThreadPool(2);
        try {
            List<Future<Integer>> writing =
                    List.of(writers.submit(() -> write(isOver)), writers.submit(() -> write(isOver)));
            for (int i = 0; i < BACKUPS; i++) {
                Backup backup = maker().create(request(), phase -> {});
                assertThat(backup.isVerified()).isTrue();
                assertThat(sum(backup.file())).as(backup.id()).isEqualTo(SUM);
            }
            isOver.set(true);
            for (Future<Integer> writer : writing) {
                assertThat(writer.get()).isGreaterThan(BACKUPS);
            }
        } finally {
            isOver.set(true);
            writers.shutdown();
        }
        if (kind == Databases.SQLITE) {
            // As a running edge has it open: nobody is the last to close it.
            try (Connection edge = connect();
                    Statement statement = edge.createStatement()) {
                statement.execute("UPDATE bans SET updated_at = 2");
                Path log = directory.resolve("data/molos.db-wal");
                assertThat(log).isNotEmptyFile();
                maker().create(request(), phase -> {});
                assertThat(log).isEmptyFile();
            }
        }
    }

    @Test
    void twoBackupsAtOnce_areOneAndARefusal() throws Exception {
        assertThat(run("migrate", "apply").code()).isZero();
        BackupMaker maker = maker();
        List<String> refused = new ArrayList<>();
        maker.create(request(), phase -> {
            if (phase.startsWith("writing users")) {
                CommandLine.Result other = run("backup", "create");
                refused.add(other.code() + " " + other.err());
            }
        });
        assertThat(refused).singleElement().asString().startsWith("7 ").contains("Another backup is being made");
        assertThat(maker.folder().list()).hasSize(1);
    }

    /** Ends all connections of ours when the work has come to its step {@code at}. */
    private static Consumer<String> cutting(String url, AtomicInteger steps, int at) {
        return phase -> {
            if (steps.incrementAndGet() == at) {
                Postgres.execute(
                        "postgres",
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '"
                                + Postgres.nameOf(url) + "' AND application_name = 'molos-edge'");
            }
        };
    }

    @Test
    void postgresqlThatGoesAway_inAnyPhase_leavesTheOldDatabase_andWhatIsListedIsGood() throws Exception {
        String url = Postgres.newDatabase();
        settings.put("DATABASE_URL", url);
        assertThat(run("migrate", "apply").code()).isZero();
        accountsWithASum();
        Backup good = maker().create(request(), phase -> {});
        execute("DELETE FROM bans WHERE subject = '10.0.0.0'");
        int failures = 0;
        boolean isDone = false;
        for (int at = 1; !isDone; at++) {
            AtomicInteger steps = new AtomicInteger();
            try {
                maker().create(request(), cutting(url, steps, at));
            } catch (Refusal e) {
                failures++;
                assertThat(e.getMessage()).doesNotContain("Exception");
            }
            isDone = steps.get() < at;
        }
        assertThat(failures).isGreaterThan(5);
        for (Backup backup : maker().folder().list()) {
            assertThat(backup.isVerified()).as(backup.status().reason()).isTrue();
        }
        isDone = false;
        failures = 0;
        for (int at = 1; !isDone; at++) {
            AtomicInteger steps = new AtomicInteger();
            Restorer restorer = new Restorer(config().database(), maker(), cutting(url, steps, at));
            try {
                restorer.restore(good.file(), new Restorer.Wish(List.of(), true, false));
                assertThat(number("SELECT count(*) FROM bans")).isEqualTo(ROWS);
                execute("DELETE FROM bans WHERE subject = '10.0.0.0'");
            } catch (Refusal e) {
                failures++;
                assertThat(e.getMessage()).contains("othing was restored");
                assertThat(number("SELECT count(*) FROM bans"))
                        .as("after step " + at)
                        .isEqualTo(ROWS - 1);
            }
            isDone = steps.get() < at;
        }
        assertThat(failures).isGreaterThan(5);
        assertThat(number("SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'public\\_%'"))
                .isEqualTo(1);
    }

    @Test
    void roleThatMayNotMakeASchema_isToldTheGrant_andNothingIsRestored() throws Exception {
        String url = Postgres.newDatabase();
        String name = Postgres.nameOf(url);
        Postgres.execute(
                name,
                "DROP ROLE IF EXISTS tenant; CREATE ROLE tenant LOGIN PASSWORD 'tenant'; GRANT CREATE ON SCHEMA public TO tenant");
        settings.put("DATABASE_URL", url.replaceFirst("//[^@]*@", "//tenant:tenant@"));
        assertThat(run("migrate", "apply").code()).isZero();
        String file = new JsonObject(run("backup", "create", "--json").out()).getString("file");
        CommandLine.Result refused = run("backup", "restore", file, "--yes");
        assertThat(refused.code()).isEqualTo(7);
        assertThat(refused.err()).contains("GRANT CREATE ON DATABASE \"" + name + "\" TO \"tenant\";");
        Postgres.execute("postgres", "GRANT CREATE ON DATABASE " + name + " TO tenant");
        assertThat(run("backup", "restore", file, "--yes").code()).isZero();
        // Into an empty one, whose schema is somebody else's.
        String other = Postgres.newDatabase();
        Postgres.execute(
                Postgres.nameOf(other),
                "REVOKE CREATE ON SCHEMA public FROM PUBLIC; GRANT CREATE ON DATABASE " + Postgres.nameOf(other)
                        + " TO tenant");
        settings.put("DATABASE_URL", other.replaceFirst("//[^@]*@", "//tenant:tenant@"));
        CommandLine.Result early = run("backup", "restore", file, "--yes");
        assertThat(early.code()).isEqualTo(7);
        assertThat(early.err()).contains("GRANT CREATE ON SCHEMA \"public\" TO \"tenant\";");
        Postgres.execute(Postgres.nameOf(other), "GRANT CREATE ON SCHEMA public TO tenant");
        assertThat(run("backup", "restore", file, "--yes").code()).isZero();
    }

    @Test
    void rightsThatOthersHaveOnTables_areTheSameAfterARestore() throws Exception {
        String url = Postgres.newDatabase();
        String name = Postgres.nameOf(url);
        settings.put("DATABASE_URL", url);
        assertThat(run("migrate", "apply").code()).isZero();
        Postgres.execute(
                name,
                "DROP ROLE IF EXISTS reader; CREATE ROLE reader; GRANT SELECT ON users TO reader;"
                        + " GRANT SELECT, UPDATE ON bans TO reader WITH GRANT OPTION; GRANT SELECT ON sessions TO PUBLIC");
        String rights = "SELECT count(*) FROM information_schema.role_table_grants WHERE table_schema = 'public'"
                + " AND grantee IN ('reader', 'PUBLIC')";
        assertThat(number(rights)).isEqualTo(4);
        String columns = "SELECT count(*) FROM information_schema.column_privileges WHERE table_schema = 'public'"
                + " AND grantee = 'reader' AND table_name = 'accounts'";
        Postgres.execute(name, "GRANT SELECT (id) ON accounts TO reader");
        assertThat(number(columns)).isEqualTo(1);
        String file = new JsonObject(run("backup", "create", "--json").out()).getString("file");
        assertThat(run("backup", "restore", file, "--yes").code()).isZero();
        assertThat(number(rights)).isEqualTo(4);
        assertThat(number(columns)).isEqualTo(1);
        for (String guest : List.of(
                "ALTER TABLE sessions ENABLE ROW LEVEL SECURITY",
                "CREATE FUNCTION f() RETURNS trigger AS 'BEGIN RETURN NEW; END' LANGUAGE plpgsql;"
                        + " CREATE TRIGGER mine AFTER INSERT ON users FOR EACH ROW EXECUTE FUNCTION f()")) {
            Postgres.execute(name, guest);
            CommandLine.Result refused = run("backup", "restore", file, "--yes");
            assertThat(refused.code()).isEqualTo(7);
            assertThat(refused.err()).contains(guest.contains("LEVEL") ? "the row security of" : "the trigger mine");
            assertThat(number("SELECT count(*) FROM pg_namespace WHERE nspname = 'public_restore'"))
                    .isZero();
            Postgres.execute(name, "ALTER TABLE sessions DISABLE ROW LEVEL SECURITY");
        }
    }

    private static void fill(OutputStream out, String piece, long bytes) throws IOException {
        byte[] block = piece.repeat(64 * 1024 / piece.length()).getBytes(StandardCharsets.US_ASCII);
        for (long done = 0; done < bytes; done += block.length) {
            out.write(block);
        }
    }

    private Path bomb(String kind) {
        Path file = directory.resolve(kind + ".zip");
        try (ZipOutputStream zip = new ZipOutputStream(new BufferedOutputStream(Files.newOutputStream(file)))) {
            zip.putNextEntry(new ZipEntry(
                    kind.equals("file") ? "files/a" : kind.equals("manifest") ? "manifest.json" : "users.ndjson"));
            if (!kind.equals("file") && !kind.equals("manifest") && !kind.equals("head")) {
                zip.write("[\"id\"]\n".getBytes(StandardCharsets.US_ASCII));
            }
            switch (kind) {
                case "text" -> {
                    zip.write("[\"".getBytes(StandardCharsets.US_ASCII));
                    fill(zip, "x", 60_000_000);
                }
                case "row", "head" -> {
                    zip.write('[');
                    fill(zip, "null,", 60_000_000);
                }
                case "deep" -> fill(zip, "[", 60_000_000);
                case "rows" -> fill(zip, "[null]\n", 400_000_000);
                default -> fill(zip, " ", 60_000_000);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return file;
    }

    @ParameterizedTest
    @ValueSource(strings = {"text", "row", "head", "deep", "rows", "file", "manifest"})
    void bomb_isRefusedWithALittleHeap(String kind) {
        Path file = bomb(kind);
        JarProcess process = JarProcess.start(
                directory,
                Map.of("DATA_DIR", directory.resolve("data").toString()),
                List.of("-Xmx64m"),
                directory.resolve("out"),
                directory.resolve("err"),
                "backup",
                "verify",
                file.toString());
        assertThat(process.exitCode(Duration.ofSeconds(60))).as(process.err()).isEqualTo(7);
        assertThat(process.err()).startsWith("The archive ").doesNotContain("Exception");
    }

    @Test
    void archiveOfLargeBlobs_isRestoredOrRefused_withALittleHeap() throws Exception {
        assertThat(run("migrate", "apply").code()).isZero();
        Path made = Path.of(new JsonObject(run("backup", "create", "--json").out()).getString("file"));
        Path file = directory.resolve("blobs.zip");
        String blob = "{\"b\":\"" + "AAAA".repeat(1_000_000) + "\"}";
        try (ZipInputStream from = new ZipInputStream(Files.newInputStream(made));
                ZipOutputStream to = new ZipOutputStream(Files.newOutputStream(file))) {
            for (ZipEntry entry = from.getNextEntry(); entry != null; entry = from.getNextEntry()) {
                byte[] content = from.readAllBytes();
                to.putNextEntry(new ZipEntry(entry.getName()));
                to.write(content);
                if (entry.getName().equals("bans.ndjson")) {
                    for (int i = 0; i < 150; i++) {
                        to.write(("[\"" + i + "\",\"r\",\"c\",1,1,1," + blob + ",1]\n")
                                .getBytes(StandardCharsets.US_ASCII));
                    }
                }
            }
        }
        JarProcess process = JarProcess.start(
                directory,
                Map.of("DATA_DIR", directory.resolve("data").toString(), "EDGE_CONFIG", ""),
                List.of("-Xmx96m"),
                directory.resolve("out"),
                directory.resolve("err"),
                "backup",
                "restore",
                file.toString(),
                "--yes");
        assertThat(process.exitCode(Duration.ofSeconds(60))).as(process.err()).isEqualTo(7);
        assertThat(process.err()).contains("The archive ", "blobs.zip");
    }
}
