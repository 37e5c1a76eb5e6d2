package app.molos.edge.backup;

import static org.assertj.core.api.Assertions.assertThat;

import app.molos.edge.boot.EdgeConfig;
import app.molos.edge.db.DatabaseUrl;
import app.molos.edge.db.migration.Migrator;
import app.molos.edge.testing.CommandLine;
import app.molos.edge.testing.Databases;
import app.molos.edge.testing.EdgeServer;
import app.molos.edge.testing.Postgres;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.Statement;
import java.time.Clock;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A way out of one machine, and back. */
class MoveIT {
    @TempDir
    Path directory;

    private final Map<String, String> settings = new HashMap<>();

    private CommandLine.Result run(String... arguments) {
        return CommandLine.run(directory, settings, arguments);
    }

    private CommandLine.Result move(String to) {
        return run("database", "move", "--to", to);
    }

    private EdgeServer start() throws Exception {
        return EdgeServer.start(directory, settings);
    }

    private Connection sqlite() throws Exception {
        return DriverManager.getConnection("jdbc:sqlite:" + directory.resolve("data/molos.db"));
    }

    private static boolean isSignedIn(EdgeServer edge, String cookie) {
        return edge.get("/api/auth/get-session", "Cookie", cookie).body().contains("@example.org");
    }

    @Test
    void move_toPostgresqlAndBack_signsNobodyOut_andNoDatabaseIsServedThatWasLeft() throws Exception {
        String cookie;
        String postgres = Postgres.newDatabase();
        try (EdgeServer edge = start()) {
            cookie = EdgeServer.cookie(
                    edge.postJson(
                            "/api/auth/sign-up/email",
                            "{\"name\":\"Ada \\uD83D\\uDE00\\\\\",\"email\":\"ada@example.org\",\"password\":\"correct horse battery\"}"));
            CommandLine.Result dry = run("database", "move", "--to", postgres, "--dry-run", "--json");
            assertThat(dry.code()).as(dry.out()).isZero();
            assertThat(new JsonObject(dry.out()).getBoolean("moved")).isFalse();
            assertThat(new JsonObject(dry.out()).getJsonObject("tables").getInteger("users"))
                    .isOne();
            CommandLine.Result running = move(postgres);
            assertThat(running.code()).isEqualTo(7);
            assertThat(running.err()).contains("stop it first");
            assertThat(isSignedIn(edge, cookie)).isTrue();
        }
        CommandLine.Result moved = move(postgres);
        assertThat(moved.code()).as(moved.err()).isZero();
        assertThat(moved.out()).contains("users", "is the same");
        Assertions.assertThatThrownBy(this::start).hasMessageContaining("was moved: its data is in PostgreSQL");
        assertThat(run("user", "list").err()).contains("database unmark");
        assertThat(run("check").err()).contains("was moved");
        assertThat(move(postgres).err()).contains("was moved");

        settings.put("DATABASE_URL", postgres);
        try (EdgeServer edge = start()) {
            assertThat(isSignedIn(edge, cookie)).isTrue();
            edge.postJson(
                    "/api/auth/sign-up/email",
                    "{\"name\":\"Bob\",\"email\":\"bob@example.org\",\"password\":\"correct horse battery\"}");
        }
        Path back = directory.resolve("back/molos.db");
        CommandLine.Result returned = move("file:" + back);
        assertThat(returned.code()).as(returned.err()).isZero();
        Assertions.assertThatThrownBy(this::start).hasMessageContaining("was moved");
        settings.put("DATABASE_URL", "file:" + back);
        try (EdgeServer edge = start()) {
            assertThat(isSignedIn(edge, cookie)).isTrue();
            assertThat(run("user", "list").out()).contains("bob@example.org");
        }
        settings.remove("DATABASE_URL");
        assertThat(run("database", "unmark").code()).isZero();
        assertThat(run("database", "unmark").out()).contains("has no mark");
        try (EdgeServer edge = start()) {
            assertThat(isSignedIn(edge, cookie)).isTrue();
        }
    }

    @Test
    void move_thatEndedBeforeItsMark_isFinishedByAnother_andOneThatHasOtherRowsIsRefused() throws Exception {
        String postgres = Postgres.newDatabase();
        try (EdgeServer edge = start()) {
            edge.signUp("ada@example.org");
        }
        // As if an earlier one had been killed while it made the tables.
        Map<String, String> there = new HashMap<>(settings);
        there.put("DATABASE_URL", postgres);
        new Migrator(EdgeConfig.read(EdgeServer.environment(directory, there)).database(), phase -> {}).migrate(5);
        assertThat(move(postgres).code()).isZero();
        // As if it had been killed between the rows there and the mark here.
        assertThat(run("database", "unmark").code()).isZero();
        assertThat(move(postgres).code()).isZero();
        assertThat(run("database", "unmark").code()).isZero();
        Postgres.execute(Postgres.nameOf(postgres), "UPDATE users SET name = 'Eve'");
        CommandLine.Result other = move(postgres);
        assertThat(other.code()).isEqualTo(7);
        assertThat(other.err()).contains("is not empty: users", "still the one that counts");
        try (EdgeServer edge = start()) {
            assertThat(edge.get("/api/health").statusCode()).isEqualTo(200);
        }
    }

    @ParameterizedTest
    @EnumSource
    void commandThatComesMeanwhile_waits_andIsRefused_insteadOfWritingWhereNobodyLooks(Databases kind)
            throws Exception {
        settings.putAll(kind.settings(directory));
        try (EdgeServer edge = start()) {
            edge.signUp("ada@example.org");
        }
        EdgeConfig config = EdgeConfig.read(EdgeServer.environment(directory, settings));
        CompletableFuture<CommandLine.Result> late = new CompletableFuture<>();
        DatabaseUrl target = DatabaseUrl.parse("file:" + directory.resolve("there/molos.db"));
        AtomicBoolean isBegun = new AtomicBoolean();
        new Mover(
                        config.database(),
                        config.database().at(target),
                        config.lifecycle().backup(),
                        phase -> {
                            if (phase.equals("comparing") && isBegun.compareAndSet(false, true)) {
                                late.completeAsync(() -> run("user", "create", "bob@example.org", "--no-password"));
                                LockSupport.parkNanos(1_500_000_000);
                            }
                        },
                        Clock.systemUTC())
                .move(false);
        assertThat(late.get(60, TimeUnit.SECONDS).err()).contains("was moved");
        assertThat(late.get().code()).isEqualTo(7);
        assertThat(run("backup", "create").err()).contains("was moved");
    }

    @Test
    void sameDatabaseByAnotherName_isNotMovedToItself() throws Exception {
        try (EdgeServer edge = start()) {
            edge.signUp("ada@example.org");
        }
        CommandLine.Result same = move("file:" + directory.resolve("data/../data/molos.db"));
        assertThat(same.code()).isEqualTo(64);
        assertThat(same.err()).contains("That is where it is");
        String url = Postgres.newDatabase();
        settings.put("DATABASE_URL", url);
        assertThat(run("migrate", "apply").code()).isZero();
        assertThat(move(url.replace("127.0.0.1", "localhost")).code()).isEqualTo(4);
        try (EdgeServer edge = start()) {
            assertThat(edge.get("/api/health").statusCode()).isEqualTo(200);
        }
    }

    @Test
    void archiveOfADatabaseThatWasMovedSince_restoresOneThatIsServed() throws Exception {
        try (EdgeServer edge = start()) {
            edge.signUp("ada@example.org");
        }
        assertThat(move("file:" + directory.resolve("there/molos.db")).code()).isZero();
        assertThat(run("database", "unmark").code()).isZero();
        String made = new JsonObject(run("backup", "create", "--json").out()).getString("file");
        try (Connection connection = sqlite();
                Statement statement = connection.createStatement()) {
            statement.execute("UPDATE installation SET moved_to = 'elsewhere', moved_at = 1");
        }
        assertThat(run("backup", "restore", made, "--yes").code()).isZero();
        String safety = new JsonArray(run("backup", "list", "--json").out())
                .getJsonObject(0)
                .getString("file");
        assertThat(safety).isNotEqualTo(made);
        assertThat(run("backup", "restore", safety, "--yes").code()).isZero();
        try (EdgeServer edge = start()) {
            assertThat(edge.get("/api/health").statusCode()).isEqualTo(200);
        }
    }

    @Test
    void valuesThatPostgresqlRefuses_areListed_beforeAnythingIsWritten() throws Exception {
        String postgres = Postgres.newDatabase();
        try (EdgeServer edge = start()) {
            edge.signUp("ada@example.org");
        }
        try (Connection connection = sqlite();
                Statement statement = connection.createStatement();
                PreparedStatement insert = connection.prepareStatement(
                        "INSERT INTO users (id, name, email, created_at, updated_at, banned)"
                                + " VALUES (?, CAST(? AS TEXT), ?, 1, 1, ?)")) {
            for (String bad : new String[] {"nul", "utf8", "surrogate"}) {
                insert.setString(1, bad);
                insert.setBytes(
                        2,
                        bad.equals("nul")
                                ? new byte[] {65, 0, 66}
                                : bad.equals("utf8")
                                        ? new byte[] {65, (byte) 0xC3}
                                        : new byte[] {(byte) 0xED, (byte) 0xA0, (byte) 0x80});
                insert.setString(3, bad + "@example.org");
                insert.setInt(4, 0);
                insert.executeUpdate();
            }
            insert.setString(1, "wide");
            insert.setString(2, "replacement \uFFFD is a letter");
            insert.setString(3, "wide@example.org");
            insert.setLong(4, 1L << 40);
            insert.executeUpdate();
            statement.execute("UPDATE users SET ban_expires = 'never' WHERE id = 'wide'");
        }
        CommandLine.Result refused = run("database", "move", "--to", postgres, "--json");
        assertThat(refused.code()).isEqualTo(7);
        JsonObject report = new JsonObject(refused.out());
        assertThat(report.getInteger("faultCount")).isEqualTo(5);
        assertThat(report.getJsonArray("faults").encode())
                .contains(
                        "id=nul", "has a NUL", "id=utf8", "not UTF-8", "id=surrogate", "does not fit", "is text in a");
        assertThat(move(postgres).out()).contains("Row", "id=wide");
        try (Connection connection = Postgres.connect(Postgres.nameOf(postgres));
                Statement statement = connection.createStatement()) {
            assertThat(statement
                            .executeQuery("SELECT 1 FROM pg_tables WHERE schemaname = 'public'")
                            .next())
                    .isFalse();
        }
        // A backup is made all the same, and says what is not as it was.
        CommandLine.Result made = run("backup", "create", "--json");
        assertThat(made.code()).as(made.out()).isZero();
        assertThat(run("backup", "show", new JsonObject(made.out()).getString("id"))
                        .out())
                .contains("broken bytes of 2 texts in users.name");
    }

    @Test
    void roleWithoutTheRight_isToldTheGrant() throws Exception {
        try (EdgeServer edge = start()) {
            edge.signUp("ada@example.org");
        }
        String postgres = Postgres.newDatabase();
        String name = Postgres.nameOf(postgres);
        Postgres.execute(
                name,
                "DROP ROLE IF EXISTS poor; CREATE ROLE poor LOGIN PASSWORD 'poor'; REVOKE CREATE ON SCHEMA public FROM PUBLIC");
        CommandLine.Result refused = move(postgres.replaceFirst("//[^@]*@", "//poor:poor@"));
        assertThat(refused.code()).isEqualTo(7);
        assertThat(refused.err()).contains("GRANT CREATE ON SCHEMA \"public\" TO \"poor\";");
    }
}
