package app.molos.edge.backup;

import static org.assertj.core.api.Assertions.assertThat;

import app.molos.edge.testing.CommandLine;
import app.molos.edge.testing.Databases;
import app.molos.edge.testing.EdgeServer;
import app.molos.edge.testing.Postgres;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Backups from the command line, beside a running edge and without one, and the way back. */
class BackupIT {
    private static final String CANARY = "canary-secret-that-is-in-no-backup-0123456789";

    @TempDir
    Path directory;

    private final Map<String, String> settings = new HashMap<>();

    private CommandLine.Result run(String... arguments) {
        return CommandLine.run(directory, settings, arguments);
    }

    private JsonObject create() {
        CommandLine.Result made = run("backup", "create", "--json");
        assertThat(made.code()).as(made.out() + made.err()).isZero();
        return new JsonObject(made.out());
    }

    private EdgeServer start() throws Exception {
        return EdgeServer.start(directory, settings);
    }

    private static boolean isSignedIn(EdgeServer edge, String cookie) {
        return edge.get("/api/auth/get-session", "Cookie", cookie).body().contains("@example.org");
    }

    private static int signIn(EdgeServer edge, String email) {
        return edge.postJson(
                        "/api/auth/sign-in/email",
                        "{\"email\":\"" + email + "\",\"password\":\"correct horse battery\"}")
                .statusCode();
    }

    private static String signUp(EdgeServer edge, String email) {
        return EdgeServer.cookie(edge.postJson(
                "/api/auth/sign-up/email",
                "{\"name\":\"Ada\",\"email\":\"" + email + "\",\"password\":\"correct horse battery\"}"));
    }

    private static Map<String, String> entries(Path archive) throws IOException {
        Map<String, String> entries = new HashMap<>();
        try (ZipInputStream zip = new ZipInputStream(new ByteArrayInputStream(Files.readAllBytes(archive)))) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                entries.put(entry.getName(), new String(zip.readAllBytes(), StandardCharsets.UTF_8));
            }
        }
        return entries;
    }

    @ParameterizedTest
    @EnumSource
    void BAK_01_backupBesideARunningEdge_isVerified_private_andHasNoSecrets(Databases kind) throws Exception {
        settings.putAll(kind.settings(directory));
        settings.put("BETTER_AUTH_SECRET", CANARY);
        try (EdgeServer edge = start()) {
            String cookie = signUp(edge, "ada@example.org");
            JsonObject made = create();
            Path file = Path.of(made.getString("file"));
            assertThat(made.getString("state")).isEqualTo("verified");
            assertThat(Files.getPosixFilePermissions(file)).isEqualTo(PosixFilePermissions.fromString("rw-------"));
            assertThat(new JsonArray(run("backup", "list", "--json").out()).getJsonObject(0))
                    .isEqualTo(made);
            Map<String, String> entries = entries(file);
            assertThat(entries.get("users.ndjson")).contains("ada@example.org");
            assertThat(entries.values()).noneMatch(text -> text.contains(CANARY));
            assertThat(new JsonObject(run("backup", "verify", file.toString(), "--json")
                                    .out())
                            .getJsonObject("source")
                            .getString("kind"))
                    .isEqualToIgnoringCase(kind.name());
            assertThat(isSignedIn(edge, cookie)).isTrue();
            try (Stream<Path> left = Files.list(file.getParent())) {
                assertThat(left.map(p -> p.getFileName().toString()))
                        .noneMatch(name -> name.endsWith(".part") || name.startsWith("scratch"));
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void BAK_09_restore_leadsBackToThatMoment_andUndo_forwardAgain(Databases kind) throws Exception {
        settings.putAll(kind.settings(directory));
        String first;
        JsonObject made;
        try (EdgeServer edge = start()) {
            first = signUp(edge, "ada@example.org");
            made = create();
            signUp(edge, "bob@example.org");
            CommandLine.Result running = run("backup", "restore", made.getString("file"), "--yes");
            assertThat(running.code()).isEqualTo(7);
            assertThat(running.err()).contains("stop it first");
            assertThat(signIn(edge, "bob@example.org")).isEqualTo(200);
        }
        CommandLine.Result kept = run("backup", "restore", made.getString("file"), "--yes", "--keep-sessions");
        assertThat(kept.code()).as(kept.err()).isZero();
        try (EdgeServer edge = start()) {
            assertThat(isSignedIn(edge, first)).isTrue();
            assertThat(signIn(edge, "bob@example.org")).isEqualTo(401);
        }
        CommandLine.Result unasked = run("backup", "restore", "--undo");
        assertThat(unasked.code()).isEqualTo(7);
        assertThat(unasked.err()).contains("say --yes");
        JsonObject undone = new JsonObject(
                run("backup", "restore", "--undo", "--yes", "--json").out());
        assertThat(undone.getBoolean("undone")).isTrue();
        assertThat(undone.getString("kept")).contains("was");
        try (EdgeServer edge = start()) {
            assertThat(signIn(edge, "bob@example.org")).isEqualTo(200);
        }
        assertThat(run("backup", "restore", "--undo", "--yes").out()).contains("leads back to it");
        try (EdgeServer edge = start()) {
            assertThat(signIn(edge, "bob@example.org")).isEqualTo(401);
        }
        assertThat(run("backup", "restore", made.getString("file"), "--yes").code())
                .isZero();
        try (EdgeServer edge = start()) {
            assertThat(isSignedIn(edge, first)).isFalse();
            assertThat(signIn(edge, "ada@example.org")).isEqualTo(200);
        }
    }

    @Test
    void restore_ofAnotherInstallation_isRefused_unlessThatIsMeant() throws Exception {
        JsonObject made;
        try (EdgeServer edge = start()) {
            signUp(edge, "ada@example.org");
            made = create();
        }
        settings.put("DATABASE_URL", "file:" + directory.resolve("other/molos.db"));
        settings.put("BACKUP_DIR", directory.resolve("other/backups").toString());
        settings.put("BACKUP_ENCRYPT", "false");
        try (EdgeServer edge = start()) {
            signUp(edge, "eve@example.org");
        }
        CommandLine.Result refused = run("backup", "restore", made.getString("file"), "--yes");
        assertThat(refused.code()).isEqualTo(7);
        assertThat(refused.err()).contains("another installation", "--from-another");
        assertThat(run("backup", "restore", made.getString("file"), "--yes", "--from-another")
                        .code())
                .isZero();
        try (EdgeServer edge = start()) {
            assertThat(signIn(edge, "ada@example.org")).isEqualTo(200);
            assertThat(signIn(edge, "eve@example.org")).isEqualTo(401);
        }
    }

    @Test
    void BAK_09_logOfAnotherFile_isNotReadAsTheRestoredOnes_andAnUndoThatWasKilledIsFinished() throws Exception {
        JsonObject made;
        try (EdgeServer edge = start()) {
            signUp(edge, "ada@example.org");
            made = create();
            signUp(edge, "bob@example.org");
        }
        Path live = Path.of(made.getString("file")).getParent().resolveSibling("molos.db");
        Path was = Path.of(live + ".was");
        assertThat(run("backup", "restore", made.getString("file"), "--yes").code())
                .isZero();
        // As a process leaves it that is killed between the two renames of an undo.
        Files.createLink(Path.of(live + ".undo"), was);
        Files.delete(was);
        Files.createLink(was, live);
        assertThat(run("backup", "restore", "--undo", "--yes").code()).isZero();
        try (EdgeServer edge = start()) {
            assertThat(signIn(edge, "bob@example.org")).isEqualTo(200);
        }
        Files.delete(was);
        Files.createLink(was, live);
        assertThat(run("backup", "restore", "--undo", "--yes").err()).contains("nothing to take back");
        Files.delete(live);
        Files.writeString(Path.of(live + "-wal"), "rows of another file");
        CommandLine.Result orphan = run("backup", "restore", made.getString("file"), "--yes");
        assertThat(orphan.code()).isEqualTo(7);
        assertThat(orphan.err()).contains("molos.db-wal", "move it away");
        assertThat(live).doesNotExist();
    }

    @Test
    void restoreIntoPostgresql_leavesTablesOfOthersAlone_andTakesSqlitesArchive() throws Exception {
        JsonObject made;
        try (EdgeServer edge = start()) {
            signUp(edge, "ada@example.org");
            made = create();
        }
        String url = Postgres.newDatabase();
        settings.put("DATABASE_URL", url);
        CommandLine.Result restored = run("backup", "restore", made.getString("file"), "--yes");
        assertThat(restored.code()).as(restored.err()).isZero();
        Postgres.execute(Postgres.nameOf(url), "CREATE TABLE strangers (id INT); INSERT INTO strangers VALUES (7)");
        assertThat(run("backup", "restore", made.getString("file"), "--yes").code())
                .isZero();
        try (EdgeServer edge = start()) {
            assertThat(signIn(edge, "ada@example.org")).isEqualTo(200);
        }
        Postgres.execute(Postgres.nameOf(url), "CREATE VIEW people AS SELECT name FROM users");
        CommandLine.Result watched = run("backup", "restore", made.getString("file"), "--yes");
        assertThat(watched.code()).isEqualTo(7);
        assertThat(watched.err()).contains("the view people");
        try (Connection connection = Postgres.connect(Postgres.nameOf(url));
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT id FROM public.strangers")) {
            assertThat(row.next()).isTrue();
            assertThat(row.getInt(1)).isEqualTo(7);
        }
    }

    @Test
    void BAK_06_encryptedBackup_opensWithItsKeyOnly_andIsVerifiedWithoutIt() throws Exception {
        JsonObject keys = new JsonObject(run("backup", "keygen", "--json").out());
        Path identity = Files.writeString(directory.resolve("key.txt"), "# mine\n" + keys.getString("identity") + "\n");
        settings.put("BACKUP_RECIPIENTS", keys.getString("recipient"));
        JsonObject made;
        try (EdgeServer edge = start()) {
            signUp(edge, "ada@example.org");
            made = create();
        }
        assertThat(made.getString("state")).isEqualTo("verified");
        String file = made.getString("file");
        assertThat(file).endsWith(".zip.age");
        assertThat(Files.readString(Path.of(file), StandardCharsets.ISO_8859_1)).startsWith("age-encryption.org/v1\n");
        CommandLine.Result keyless = run("backup", "verify", file);
        assertThat(keyless.code()).isEqualTo(7);
        assertThat(keyless.err()).contains("--identity FILE", "encrypted to " + keys.getString("recipient"));
        Path other = Files.writeString(
                directory.resolve("other.txt"),
                new JsonObject(run("backup", "keygen", "--json").out()).getString("identity"));
        assertThat(run("backup", "verify", file, "--identity", other.toString()).err())
                .contains("cannot be opened with that key", "encrypted to " + keys.getString("recipient"));
        CommandLine.Result restored = run("backup", "restore", file, "--yes", "--identity", identity.toString());
        assertThat(restored.code()).as(restored.err()).isZero();
        settings.put("BACKUP_RECIPIENTS", keys.getString("identity"));
        CommandLine.Result secret = run("backup", "create");
        assertThat(secret.code()).isEqualTo(2);
        assertThat(secret.err()).contains("secret half").doesNotContain(keys.getString("identity"));
    }

    @Test
    void BAK_09_restoreOverWhatWasMovedAway_isNotTakenBackToSomethingOlder() throws Exception {
        JsonObject made;
        try (EdgeServer edge = start()) {
            signUp(edge, "ada@example.org");
            made = create();
        }
        Path live = Path.of(made.getString("file")).getParent().resolveSibling("molos.db");
        // A second place that is away keeps nobody from a restore: what is there is backed up here.
        settings.put("BACKUP_COPY_TO", directory.resolve("away").toString());
        settings.put("BACKUP_ENCRYPT", "false");
        String file = made.getString("file");
        assertThat(run("backup", "restore", file, "--yes").code()).isZero();
        assertThat(Path.of(live + ".was")).exists();
        Files.move(live, Path.of(live + ".broken"));
        CommandLine.Result gone = run("backup", "restore", "--undo", "--yes");
        assertThat(gone.code()).isEqualTo(7);
        assertThat(gone.err()).contains("rename " + live + ".was");
        assertThat(run("backup", "restore", file, "--yes").code()).isZero();
        assertThat(run("backup", "restore", "--undo", "--yes").err()).contains("nothing to take back");
        try (Stream<Path> files = Files.list(live.getParent())) {
            assertThat(files.map(Path::toString)).anyMatch(name -> name.contains(".was-"));
        }
        try (EdgeServer edge = start()) {
            assertThat(signIn(edge, "ada@example.org")).isEqualTo(200);
        }
    }

    /** Both stage in the same place: one after the other. */
    @ParameterizedTest
    @EnumSource(Databases.class)
    void BAK_09_twoRestoresAtOnce_areOneAfterTheOther(Databases kind) throws Exception {
        settings.putAll(kind.settings(directory));
        JsonObject made;
        try (EdgeServer edge = start()) {
            signUp(edge, "ada@example.org");
            made = create();
        }
        String file = made.getString("file");
        List<CompletableFuture<CommandLine.Result>> both = Stream.of(1, 2)
                .map(i -> CompletableFuture.supplyAsync(() -> run("backup", "restore", file, "--yes")))
                .toList();
        for (CompletableFuture<CommandLine.Result> one : both) {
            CommandLine.Result done = one.get(60, TimeUnit.SECONDS);
            assertThat(done.code()).as(done.err()).isZero();
        }
        try (EdgeServer edge = start()) {
            assertThat(signIn(edge, "ada@example.org")).isEqualTo(200);
        }
    }

    @Test
    void BAK_03_archiveThatWasChanged_isRefused_andTheDatabaseStays() throws Exception {
        JsonObject made;
        try (EdgeServer edge = start()) {
            signUp(edge, "ada@example.org");
            made = create();
        }
        Path file = Path.of(made.getString("file"));
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 1;
        Files.write(file, bytes);
        for (List<String> command : List.of(
                List.of("backup", "verify", file.toString()), List.of("backup", "restore", file.toString(), "--yes"))) {
            CommandLine.Result refused = run(command.toArray(String[]::new));
            assertThat(refused.code()).isEqualTo(7);
            assertThat(refused.err()).contains("not the file that the .sha256 beside it was made of");
        }
        try (EdgeServer edge = start()) {
            assertThat(signIn(edge, "ada@example.org")).isEqualTo(200);
        }
    }
}
