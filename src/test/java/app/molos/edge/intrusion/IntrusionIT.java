package app.molos.edge.intrusion;

import static org.assertj.core.api.Assertions.assertThat;

import app.molos.edge.testing.CommandLine;
import app.molos.edge.testing.Databases;
import app.molos.edge.testing.EdgeServer;
import app.molos.edge.testing.FakeModule;
import app.molos.edge.testing.RawHttp;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The guard from outside: clients by the addresses that a trusted proxy names. */
class IntrusionIT {
    private static final String ATTACKER = "203.0.113.66";
    private static final String OK = "/api/auth/ok";

    @TempDir
    private Path directory;

    private Map<String, String> database = Map.of();

    private Map<String, String> settings(String... more) {
        Map<String, String> settings = new HashMap<>(Map.of(
                "TRUSTED_PROXIES", "127.0.0.1/32",
                "ORIGIN", "http://localhost:4173",
                "LIMITS_SAVE_INTERVAL", "100ms"));
        settings.putAll(database);
        for (int i = 0; i < more.length; i += 2) {
            settings.put(more[i], more[i + 1]);
        }
        return settings;
    }

    private EdgeServer edge(String... more) throws Exception {
        return EdgeServer.start(directory, settings(more));
    }

    private static HttpResponse<String> get(EdgeServer edge, String address, String path, String... headers) {
        String[] all = new String[headers.length + 2];
        System.arraycopy(headers, 0, all, 2, headers.length);
        all[0] = "X-Forwarded-For";
        all[1] = address;
        return edge.get(path, all);
    }

    private static void attack(EdgeServer edge, String address, String... headers) {
        for (String path : List.of("/.env", "/.git/config", "/backup.sql", "/%2e%67it/HEAD")) {
            get(edge, address, path, headers);
        }
    }

    private static boolean isBanned(EdgeServer edge, String address, String... headers) {
        return get(edge, address, OK, headers).statusCode() == 403;
    }

    private static void await(BooleanSupplier condition) throws InterruptedException {
        for (int i = 0; i < 500 && !condition.getAsBoolean(); i++) {
            Thread.sleep(10);
        }
        assertThat(condition.getAsBoolean()).isTrue();
    }

    private CommandLine.Result command(String... arguments) {
        return CommandLine.run(directory, settings(), arguments);
    }

    /** IDS-03, IDS-06: banned at once, kept over a restart, explained, and taken back while the edge runs. */
    @ParameterizedTest
    @EnumSource(Databases.class)
    void attackFiles_areABan_whichIsExplained_outlivesARestart_andIsTakenBack(Databases kind) throws Exception {
        database = kind.settings(directory);
        String reference;
        try (EdgeServer edge = edge()) {
            attack(edge, ATTACKER);
            HttpResponse<String> refused = get(edge, ATTACKER, OK);
            assertThat(refused.statusCode()).isEqualTo(403);
            assertThat(refused.body()).doesNotContain("sensitive").doesNotContain(ATTACKER);
            assertThat(Integer.parseInt(
                            refused.headers().firstValue("retry-after").orElseThrow()))
                    .isBetween(590, 600);
            reference = refused.body().replaceAll(".* about ([2-9A-Z]{8})\\.", "$1");
            assertThat(isBanned(edge, "203.0.113.67")).isFalse();
            assertThat(get(edge, ATTACKER, "/readyz").statusCode()).isEqualTo(200);
            assertThat(edge.management("/metrics").body()).contains("edge_bans 1.0");
            await(() -> edge.accessLog().contains("\"code\":\"BANNED\""));
        }
        try (EdgeServer edge = edge()) {
            assertThat(isBanned(edge, ATTACKER)).isTrue();
            assertThat(command("ban", "list").out()).contains(ATTACKER).contains(reference);
            assertThat(command("ban", "explain", reference).out())
                    .contains("sensitive-files")
                    .contains("GET /.env 404")
                    .contains("GET /%2e%67it/HEAD 404");
            assertThat(command("ban", "remove", reference).out()).contains(ATTACKER + " may come in again.");
            await(() -> !isBanned(edge, ATTACKER));
            assertThat(command("ban", "list", "--json").out().strip()).isEqualTo("[ ]");
        }
    }

    /** IDS-06: refused before anything else is looked at, in a line of the log that does not come a thousand times. */
    @Test
    void banned_isRefusedWhateverIsSent_andFillsNoDisk() throws Exception {
        try (EdgeServer edge = edge()) {
            attack(edge, ATTACKER);
            await(() -> isBanned(edge, ATTACKER));
            for (String path : List.of("/%zz", "/..%2f..%2fetc/passwd", "/modules//x", "/livez/x", "/a?b=%")) {
                assertThat(RawHttp.exchange(
                                edge.port(),
                                "GET " + path + " HTTP/1.1\r\nHost: x y\r\nX-Forwarded-For: " + ATTACKER
                                        + "\r\nConnection: close\r\n\r\n"))
                        .as(path)
                        .startsWith("HTTP/1.1 403")
                        .contains("Not from here");
            }
            // What cannot be read to its end is answered as from anybody, and ends the connection.
            assertThat(RawHttp.exchange(
                            edge.port(), "GET / HTTP/1.1\r\nX-Forwarded-For: " + ATTACKER + "\r\nbad header\r\n\r\n"))
                    .startsWith("HTTP/1.1 400");
            assertThat(get(edge, ATTACKER, "/livez").statusCode()).isEqualTo(200);
            assertThat(edge.postJson(OK, "{}", "X-Forwarded-For", ATTACKER).statusCode())
                    .isEqualTo(403);
            // A link of a mail is good all the same, and no log has its token.
            for (String link : List.of("reset-password/canary", "Reset%2DPassword/canary", "%72eset-password/canary")) {
                assertThat(get(edge, ATTACKER, "/api/auth/" + link + "?callbackURL=/x")
                                .statusCode())
                        .isEqualTo(403);
            }
            await(() -> edge.accessLog().contains("reset-password/:token"));
            assertThat(edge.accessLog()).doesNotContain("canary");
            int before = lines(edge);
            String again = "GET / HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: " + ATTACKER;
            String answers = RawHttp.exchange(
                    edge.port(), (again + "\r\n\r\n").repeat(1000) + again + "\r\nConnection: close\r\n\r\n");
            assertThat(answers.split("HTTP/1.1 403", -1)).hasSize(1002);
            await(() -> {
                isBanned(edge, ATTACKER);
                return edge.accessLog().contains("\"leftOut\":");
            });
            assertThat(lines(edge) - before).isLessThan(900);
        }
    }

    private static int lines(EdgeServer edge) {
        return (int)
                edge.accessLog().lines().filter(line -> line.contains("BANNED")).count();
    }

    @Test
    void operator_bansAnAddress_butNotThisMachine_norAProxy() throws Exception {
        try (EdgeServer edge = edge()) {
            assertThat(command("ban", "add", "203.0.113.80", "--for", "1h", "--because", "asked to")
                            .code())
                    .isZero();
            assertThat(command("ban", "add", "2001:db8:1:2::9").out()).contains("2001:db8:1:2::/64");
            await(() -> isBanned(edge, "203.0.113.80"));
            await(() -> isBanned(edge, "2001:db8:1:2:3::4"));
            for (String refused : List.of("127.0.0.1", "::1", "localhost", "203.0.113.1/24")) {
                assertThat(command("ban", "add", refused).code()).isNotZero();
            }
            assertThat(command("ban", "remove", "203.0.113.99").code()).isEqualTo(7);
            assertThat(command("ban", "pardon-all").out()).contains("2 bans are taken back.");
            await(() -> !isBanned(edge, "203.0.113.80"));
        }
    }

    /** Nobody who is signed in is kept out by the ban of an address, nor a known browser where it signs in. */
    @Test
    void ban_doesNotReachWhoIsSignedIn_norTheSignInOfAKnownBrowser() throws Exception {
        try (EdgeServer edge = edge()) {
            edge.signUp("root@example.org");
            HttpResponse<String> signedUp = edge.postJson(
                    "/api/auth/sign-up/email",
                    "{\"name\":\"Ada\",\"email\":\"ada@example.org\",\"password\":\"correct horse\"}");
            String session = EdgeServer.cookie(signedUp);
            String device = signedUp.headers().allValues("set-cookie").stream()
                    .filter(line -> line.contains("device"))
                    .map(line -> line.substring(0, line.indexOf(';')))
                    .findFirst()
                    .orElseThrow();
            attack(edge, ATTACKER);
            assertThat(isBanned(edge, ATTACKER)).isTrue();
            assertThat(get(edge, ATTACKER, "/api/auth/get-session", "Cookie", session)
                            .body())
                    .contains("ada@example.org");
            assertThat(isBanned(edge, ATTACKER, "Cookie", session)).isFalse();
            Thread.sleep(1100);
            assertThat(isBanned(edge, ATTACKER, "Cookie", session))
                    .as("looked up again")
                    .isFalse();
            assertThat(isBanned(edge, ATTACKER, "Cookie", "molos.session_token=" + "a".repeat(80)))
                    .isTrue();
            assertThat(signIn(edge, "ada@example.org", device).statusCode()).isEqualTo(200);
            assertThat(signIn(edge, "root@example.org", device).statusCode()).isEqualTo(403);
            HttpResponse<String> madeUp = signIn(edge, "ada@example.org", "molos.device=made.up");
            assertThat(madeUp.statusCode()).isEqualTo(403);
            assertThat(madeUp.headers().firstValue("content-type")).hasValue("application/json");
            assertThat(new JsonObject(madeUp.body()).getString("code")).isEqualTo("BANNED");
            assertThat(get(edge, ATTACKER, "/edge/sign-in", "Cookie", device).statusCode())
                    .isEqualTo(200);
            assertThat(get(edge, ATTACKER, "/edge/sign-up", "Cookie", device).statusCode())
                    .isEqualTo(403);
            edge.postJson("/api/auth/sign-out", "{}", "Cookie", session, "Origin", "http://localhost:4173");
            assertThat(isBanned(edge, ATTACKER, "Cookie", session))
                    .as("signed out")
                    .isTrue();
        }
    }

    private static HttpResponse<String> signIn(EdgeServer edge, String email, String cookie) {
        return edge.postJson(
                "/api/auth/sign-in/email",
                "{\"email\":\"" + email + "\",\"password\":\"correct horse\"}",
                "X-Forwarded-For",
                ATTACKER,
                "Cookie",
                cookie,
                "Origin",
                "http://localhost:4173");
    }

    /** IDS-04, IDS-05, IDS-09: what must not be banned, with every scenario banning. */
    @Test
    void innocents_areNotBanned_thoughEveryScenarioBans() throws Exception {
        try (FakeModule module = FakeModule.start()) {
            EdgeServer.modules(directory, """
                    development:
                      modules:
                        - {id: notes, external: true, upstream: "http://127.0.0.1:%d", access: public}
                    """.formatted(module.port()));
            try (EdgeServer edge = edge("INTRUSION_MODE", "enforce", "INTRUSION_ALLOW", "198.51.100.0/24")) {
                for (String address : List.of("127.0.0.1", "10.0.0.7", "192.168.1.9", "198.51.100.3", "fd00::7")) {
                    attack(edge, address);
                    assertThat(isBanned(edge, address)).as(address).isFalse();
                }
                attack(edge, ATTACKER, "Sec-Fetch-Site", "cross-site");
                assertThat(isBanned(edge, ATTACKER))
                        .as("an <img> of another site")
                        .isFalse();
                for (int i = 0; i < 40; i++) {
                    edge.send(
                            "POST",
                            "/modules/notes/save",
                            "<script>alert(1)</script> ' or 1=1-- ../../etc/passwd union select " + i,
                            "X-Forwarded-For",
                            ATTACKER);
                }
                assertThat(isBanned(edge, ATTACKER)).as("what notes say").isFalse();
                for (int person = 0; person < 200; person++) {
                    for (int asset = 0; asset < 15; asset++) {
                        get(edge, "198.18.0." + person, "/gone/" + asset + ".js", "Sec-Fetch-Site", "same-origin");
                    }
                }
                assertThat(edge.management("/metrics").body()).contains("edge_bans 0.0");
                attack(edge, ATTACKER);
                assertThat(isBanned(edge, ATTACKER)).as("the guard is awake").isTrue();
            }
        }
    }

    @Test
    void modeOff_andObserve_banNobody() throws Exception {
        for (String mode : List.of("off", "observe")) {
            try (EdgeServer edge = edge("INTRUSION_MODE", mode)) {
                attack(edge, ATTACKER);
                assertThat(isBanned(edge, ATTACKER)).as(mode).isFalse();
                assertThat(edge.management("/metrics").body())
                        .contains("edge_bans_spared " + (mode.equals("off") ? "0.0" : "1.0"));
            }
        }
    }

    @Test
    void changedScenarios_areTaken_andFaultyOnesAreNot() throws Exception {
        Path file = Files.writeString(directory.resolve("scenarios.yaml"), """
                scenarios:
                  sensitive-files: {when: {path: [/.env]}, mode: off}
                  trap: {why: walks into the trap, when: {path: [^/trap$]}, mode: enforce}
                """);
        Map<String, String> environment = new HashMap<>(settings("INTRUSION_SCENARIOS", file.toString()));
        try (EdgeServer edge = EdgeServer.start(directory, environment)) {
            environment.put("MANAGEMENT_PORT", Integer.toString(edge.managementPort()));
            attack(edge, ATTACKER);
            assertThat(isBanned(edge, ATTACKER)).isFalse();
            get(edge, ATTACKER, "/trap");
            assertThat(isBanned(edge, ATTACKER)).isTrue();
            Files.writeString(file, "scenarios:\n  trap: {when: {path: [/x]}, mode: nonsense}\n");
            CommandLine.Result refused = CommandLine.run(directory, environment, "intrusion", "reload");
            assertThat(refused.code()).isEqualTo(7);
            assertThat(refused.err()).contains("scenarios.yaml:2").contains("nonsense");
            get(edge, "203.0.113.90", "/trap");
            assertThat(isBanned(edge, "203.0.113.90")).as("the old ones stay").isTrue();
            Files.writeString(file, "scenarios:\n  trap: {when: {path: [/other]}, mode: enforce}\n");
            assertThat(CommandLine.run(directory, environment, "intrusion", "reload")
                            .code())
                    .isZero();
            get(edge, "203.0.113.91", "/trap");
            assertThat(isBanned(edge, "203.0.113.91")).isFalse();
        }
    }

    /** The sandbox: past traffic through changed scenarios. */
    @Test
    void replay_saysWhoWouldHaveBeenBanned_andWhoOfThemHadSignedIn() throws Exception {
        Path log = directory.resolve("access.json");
        try (EdgeServer edge = edge("INTRUSION_MODE", "observe")) {
            String session = edge.signUp("ada@example.org");
            get(edge, "203.0.113.5", "/api/auth/get-session", "Cookie", session);
            attack(edge, "203.0.113.5");
            attack(edge, ATTACKER);
            get(edge, ATTACKER, OK);
            await(() -> edge.accessLog().contains(ATTACKER + "\",\"method\":\"GET\",\"path\":\"/api/auth/ok"));
            Files.writeString(log, edge.accessLog() + "not a line\n");
        }
        String out = command("intrusion", "replay", "--log", log.toString()).out();
        assertThat(out).contains("2 bans").contains("1 of them unreadable").contains("Not tried");
        assertThat(out.lines()
                        .filter(line -> line.contains("203.0.113.5 "))
                        .findFirst()
                        .orElseThrow())
                .contains("YES");
        assertThat(out.lines()
                        .filter(line -> line.contains(ATTACKER))
                        .findFirst()
                        .orElseThrow())
                .contains("no ")
                .contains("sensitive-files");
        Path quiet = Files.writeString(
                directory.resolve("quiet.yaml"), "scenarios: {sensitive-files: {when: {path: [/.env]}, mode: off}}\n");
        assertThat(command("intrusion", "replay", "--log", log.toString(), "--scenarios", quiet.toString(), "--json")
                        .out())
                .contains("\"bans\" : [ ]");
        assertThat(command(
                                "intrusion",
                                "replay",
                                "--log",
                                directory.resolve("none").toString())
                        .code())
                .isEqualTo(7);
    }
}
