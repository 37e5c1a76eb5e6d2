package app.molos.edge.imports;

import static org.assertj.core.api.Assertions.assertThat;

import app.molos.edge.testing.CommandLine;
import app.molos.edge.testing.Databases;
import app.molos.edge.testing.EdgeServer;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A MoLOS database with the rows that real ones have, good and bad. The real better-auth's own is in MovingOverIT. */
class MolosImportIT {
    private static final String HASH =
            "000102030405060708090a0b0c0d0e0f:9372e2d20f7c9ba55e54d10569dfe24824c5765383f46b040e9ac7b33041339c514173900cb63a37c935c0e2f40cfe2cb39bee5fe58f54715c1fd913c4638373";

    private static Path source(Path directory) throws Exception {
        Path file = directory.resolve("molos-old.db");
        long now = System.currentTimeMillis();
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
                Statement sql = connection.createStatement()) {
            sql.executeUpdate(
                    "CREATE TABLE user (id TEXT, name TEXT, email TEXT, email_verified INT, image TEXT, created_at INT,"
                            + " updated_at INT, role TEXT, banned INT, ban_reason TEXT, ban_expires INT)");
            sql.executeUpdate(
                    "CREATE TABLE account (id TEXT, account_id TEXT, provider_id TEXT, user_id TEXT, password TEXT,"
                            + " created_at INT, updated_at INT)");
            sql.executeUpdate(
                    "CREATE TABLE session (id TEXT, expires_at INT, token TEXT, created_at INT, updated_at INT,"
                            + " ip_address TEXT, user_agent TEXT, user_id TEXT, impersonated_by TEXT)");
            sql.executeUpdate(
                    "INSERT INTO user VALUES ('u1', 'Ada', 'Ada@Example.org', 1, NULL, 1700000000000, 1700000000000, 'user', 0, NULL, NULL)");
            sql.executeUpdate(
                    "INSERT INTO user VALUES ('u2', 'Owner', 'owner@example.org', 0, NULL, 1600000000000, 1600000000000, 'admin', 0, NULL, NULL)");
            sql.executeUpdate(
                    "INSERT INTO user VALUES ('u3', 'Bad', 'banned@example.org', 0, NULL, 1700000000000, 1700000000000, NULL, 1, 'spam', NULL)");
            sql.executeUpdate(
                    "INSERT INTO user VALUES ('u4', 'X', 'admin@localhost', 0, NULL, 1, 1, NULL, 0, NULL, NULL)");
            sql.executeUpdate(
                    "INSERT INTO user VALUES ('u5', 'Y' || char(0) || 'Z', 'nul@example.org', 0, NULL, 1, 1, NULL, 0, NULL, NULL)");
            sql.executeUpdate(
                    "INSERT INTO user VALUES ('u6', 'Twin', 'ADA@example.org', 0, NULL, 1, 1, NULL, 0, NULL, NULL)");
            sql.executeUpdate("INSERT INTO user VALUES ('u7', '" + "n".repeat(201)
                    + "', 'long@example.org', 0, NULL, 1, 1, NULL, 0, NULL, NULL)");
            sql.executeUpdate(
                    "INSERT INTO user VALUES ('u8', 'Odd', 'odd@example.org', 0, NULL, 1, 1, 'ad min;', 0, NULL, NULL)");
            sql.executeUpdate(
                    "INSERT INTO user VALUES ('u9', 'Wild', 'wild@example.org', 0, NULL, 9000000000000000000, 1, NULL, 0, NULL, NULL)");
            sql.executeUpdate(
                    "INSERT INTO user VALUES ('u10', 'Script', 'script@example.org', 0, 'javascript:alert(1)', 1700000000000, 1, NULL, 0, NULL, NULL)");
            sql.executeUpdate(
                    "INSERT INTO user VALUES ('u' || char(27) || '[2J', 'Esc', 'no address', 0, NULL, 1, 1, NULL, 0, NULL, NULL)");
            sql.executeUpdate(
                    "INSERT INTO account VALUES ('dear', 'u10', 'credential', 'u10', 'N=999999:" + HASH + "', 1, 1)");
            for (String id : new String[] {"u1", "u2", "u3", "u6", "gone"}) {
                sql.executeUpdate("INSERT INTO account VALUES ('a" + id + "', '" + id + "', 'credential', '" + id
                        + "', '" + HASH + "', 1700000000000, 1700000000000)");
            }
            sql.executeUpdate("INSERT INTO account VALUES ('g1', 'x', 'github', 'u1', NULL, 1, 1)");
            sql.executeUpdate("INSERT INTO account VALUES ('b1', 'u4', 'credential', 'u2', '$2b$10$abc', 1, 1)");
            session(
                    sql,
                    "s1",
                    now + 6 * 86_400_000L,
                    "token-one",
                    now - 60 * 86_400_000L,
                    now - 86_400_000L,
                    "u1",
                    null);
            session(sql, "s2", now - 1000, "token-two", now - 1000, now - 1000, "u1", null);
            session(sql, "s3", now + 86_000_000L, "token-three", now - 400_000, now - 400_000, "u2", null);
            session(sql, "s4", now + 86_000_000L, "token-four", now, now, "u6", null);
            session(sql, "s5", now + 3_000_000L, "token-five", now, now, "u1", "u2");
        }
        return file;
    }

    private static void session(
            Statement sql, String id, long expires, String token, long created, long updated, String user, String by)
            throws Exception {
        sql.executeUpdate("INSERT INTO session VALUES ('" + id + "', " + expires + ", '" + token + "', " + created
                + ", " + updated + ", '192.0.2.1', 'Firefox/1', '" + user + "', "
                + (by == null ? "NULL" : "'" + by + "'") + ")");
    }

    @ParameterizedTest
    @EnumSource(Databases.class)
    void import_takesWhatIsGood_saysWhatIsNot_andAgainChangesNothing(Databases kind, @TempDir Path directory)
            throws Exception {
        Path file = source(directory);
        String before = sha256(file);
        Map<String, String> settings = new HashMap<>(kind.settings(directory));
        CommandLine.Result dry = CommandLine.run(
                directory, settings, "import", "molos", "--from", file.toString(), "--dry-run", "--json");
        assertThat(dry.code()).as(dry.err()).isZero();
        if (kind == Databases.SQLITE) {
            assertThat(directory.resolve("data/molos.db"))
                    .as("a dry run makes nothing")
                    .doesNotExist();
        }

        CommandLine.Result result =
                CommandLine.run(directory, settings, "import", "molos", "--from", file.toString(), "--json");
        assertThat(result.code()).as(result.err()).isZero();
        JsonObject report = new JsonObject(result.out());
        assertThat(new JsonObject(dry.out()).put("dryRun", false)).isEqualTo(report);
        assertThat(report.getString("owner")).isEqualTo("owner@example.org");
        assertThat(report.getJsonObject("users")).isEqualTo(counts(4, 0, 7));
        assertThat(report.getJsonObject("images")).isEqualTo(counts(0, 0, 1));
        assertThat(report.getJsonObject("passwords")).isEqualTo(counts(3, 0, 5));
        assertThat(report.getJsonObject("sessions")).isEqualTo(counts(2, 0, 3));
        assertThat(report.getJsonArray("left").encode())
                .contains(
                        "belongs to another account here",
                        "is not an e-mail address",
                        "characters that cannot be stored",
                        "cannot sign in by github",
                        "of no form that is known",
                        "it belongs to nobody",
                        "it has ended",
                        "an administrator is somebody else in it",
                        "longer than 200 characters",
                        "its role",
                        "one that no clock shows",
                        "no address of a picture",
                        "asks for more work than is done here");
        assertThat(CommandLine.run(directory, settings, "import", "molos", "--from", file.toString(), "--dry-run")
                        .out())
                .contains("left: users u?[2J")
                .doesNotContain("\u001b");

        JsonObject again = new JsonObject(
                CommandLine.run(directory, settings, "import", "molos", "--from", file.toString(), "--json")
                        .out());
        assertThat(again.getJsonObject("users")).isEqualTo(counts(0, 4, 7));
        assertThat(again.getJsonObject("sessions")).isEqualTo(counts(0, 2, 3));
        assertThat(again.getString("owner")).isNull();
        assertThat(sha256(file)).as("the source is only read").isEqualTo(before);

        try (EdgeServer edge = EdgeServer.start(directory, settings)) {
            String signIn = "{\"email\":\"%s\",\"password\":\"correct horse\"}";
            JsonObject ada = new JsonObject(
                            edge.postJson("/api/auth/sign-in/email", signIn.formatted("ada@example.org"))
                                    .body())
                    .getJsonObject("user");
            assertThat(ada.getString("createdAt")).isEqualTo("2023-11-14T22:13:20.000Z");
            assertThat(ada.getBoolean("emailVerified")).isTrue();
            // What was ended here stays ended, even after another import.
            CommandLine.run(directory, settings, "session", "revoke", "ada@example.org", "--user");
            CommandLine.run(directory, settings, "import", "molos", "--from", file.toString());
            assertThat(edge.get("/api/auth/get-session", "Cookie", "molos.session_token=x")
                            .body())
                    .isEqualTo("null");
            assertThat(CommandLine.run(directory, settings, "session", "list", "ada@example.org")
                            .out())
                    .isEqualTo("No session is open.\n");
            assertThat(edge.postJson("/api/auth/sign-in/email", signIn.formatted("owner@example.org"))
                            .body())
                    .contains("\"role\":\"admin\"");
            assertThat(edge.postJson("/api/auth/sign-in/email", signIn.formatted("banned@example.org"))
                            .statusCode())
                    .isEqualTo(403);
        }
    }

    @Test
    void wrongFile_isRefusedInWords(@TempDir Path directory) throws Exception {
        Path text = Files.writeString(
                directory.resolve("text"), "not a database, but long enough to be looked at as if it were one");
        Path empty = directory.resolve("other.db");
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + empty);
                Statement sql = connection.createStatement()) {
            sql.executeUpdate("CREATE TABLE a (b)");
        }
        for (Path file : new Path[] {directory.resolve("missing.db"), text, empty}) {
            CommandLine.Result result =
                    CommandLine.run(directory, Map.of(), "import", "molos", "--from", file.toString());
            assertThat(result.code()).isEqualTo(64);
            assertThat(result.err()).contains(file.toString()).doesNotContain("Exception");
        }
        assertThat(directory.resolve("data")).doesNotExist();
    }

    private static JsonObject counts(int taken, int present, int left) {
        return new JsonObject().put("taken", taken).put("present", present).put("left", left);
    }

    private static String sha256(Path file) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
    }
}
