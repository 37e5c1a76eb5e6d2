package app.molos.edge.backup;

import static org.assertj.core.api.Assertions.assertThat;

import app.molos.edge.testing.JarProcess;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands that are killed at random moments, {@code -Dsoak.kills} of them, with the seed {@code -Dsoak.seed}. */
@Tag("soak")
class BackupSoakIT {
    private static final int SESSIONS = 40_000;

    @TempDir
    Path directory;

    private JarProcess run(String... arguments) {
        return JarProcess.run(directory, settings(), arguments);
    }

    private Map<String, String> settings() {
        return Map.of("DATA_DIR", directory.resolve("data").toString());
    }

    private Connection connect() throws SQLException {
        return DriverManager.getConnection("jdbc:sqlite:" + directory.resolve("data/molos.db"));
    }

    private void addUsers(int from, int count) throws SQLException {
        try (Connection connection = connect()) {
            connection.setAutoCommit(false);
            try (PreparedStatement insert = connection.prepareStatement(
                    "INSERT INTO users (id, name, email, created_at, updated_at) VALUES (?, 'x', ?, 1, 1)")) {
                for (int i = from; i < from + count; i++) {
                    insert.setString(1, "u" + i);
                    insert.setString(2, "p" + i + "@example.org");
                    insert.executeUpdate();
                }
            }
            connection.commit();
        }
    }

    private void addSessions() throws SQLException {
        try (Connection connection = connect()) {
            connection.setAutoCommit(false);
            try (PreparedStatement insert = connection.prepareStatement(
                    "INSERT INTO sessions (id, token_hash, user_id, expires_at, ends_at, created_at, updated_at)"
                            + " VALUES (?, ?, 'u1', 1, 1, 1, 1)")) {
                for (int i = 0; i < SESSIONS; i++) {
                    insert.setString(1, "s" + i);
                    insert.setString(2, Integer.toHexString(i).repeat(12));
                    insert.executeUpdate();
                }
            }
            connection.commit();
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

    @Test
    void BAK_04_BAK_09_killedAnywhere_itIsTheOldOneOrTheNewOne_andWhatIsListedOpens() throws Exception {
        long seed = Long.getLong("soak.seed", System.nanoTime());
        System.out.println("soak.seed=" + seed);
        Random random = new Random(seed);
        assertThat(run("migrate", "apply").exitCode()).isZero();
        addUsers(0, 100);
        addSessions();
        JarProcess first = run("backup", "create", "--json");
        assertThat(first.exitCode()).as(first.err()).isZero();
        String archive = new JsonObject(first.out()).getString("file");
        addUsers(100, 1);
        List<List<String>> commands = List.of(
                List.of("backup", "create"),
                List.of("backup", "restore", archive, "--yes", "--keep-sessions"),
                List.of("backup", "restore", "--undo", "--yes"));
        int changes = 0;
        for (int kill = 0; kill < Integer.getInteger("soak.kills", 50); kill++) {
            long before = number("SELECT count(*) FROM users");
            List<String> command = commands.get(random.nextInt(commands.size()));
            JarProcess process = JarProcess.start(directory, settings(), command.toArray(String[]::new));
            Thread.sleep(300 + random.nextInt(command.contains("--undo") ? 1500 : 4500));
            process.kill();
            process.exitCode(Duration.ofSeconds(30));
            long users = number("SELECT count(*) FROM users");
            changes += users == before ? 0 : 1;
            assertThat(users).as("after %s", command).isIn(100L, 101L);
            assertThat(number("SELECT count(*) FROM sessions")).isEqualTo(SESSIONS);
            assertThat(number("SELECT count(*) FROM pragma_quick_check() WHERE quick_check <> 'ok'"))
                    .isZero();
            JsonArray listed = new JsonArray(run("backup", "list", "--json").out());
            assertThat(listed).isNotEmpty();
            String newest = listed.getJsonObject(0).getString("file");
            assertThat(run("backup", "verify", newest).exitCode()).as(newest).isZero();
        }
        System.out.println(changes + " of the commands had done it before they were killed");
        assertThat(run("backup", "create").exitCode()).isZero();
    }
}
