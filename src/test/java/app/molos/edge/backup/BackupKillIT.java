package app.molos.edge.backup;

import static org.assertj.core.api.Assertions.assertThat;

import app.molos.edge.testing.CommandLine;
import app.molos.edge.testing.EdgeServer;
import app.molos.edge.testing.JarProcess;
import app.molos.edge.testing.Postgres;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Commands that are killed when they ask the system for something: strace does it, at the first call of that kind, the second,
 * and so on. What there is afterwards is the old or the new, whole, and goes on working.
 */
@Tag("long")
class BackupKillIT {
    /** What gives files their names and has the disk keep them. */
    private static final String NAMES = "rename,renameat,renameat2,link,linkat,unlink,unlinkat,fsync";
    /** What is said to a server, among others. */
    private static final String WRITES = "write,sendto";

    private static final int KILLED = 137;
    private static final Duration LIMIT = Duration.ofSeconds(60);

    @TempDir
    Path directory;

    private int round;

    /** Skipped where strace is missing, or may not watch; on CI that is a failure. */
    @BeforeEach
    void lookForStrace() throws Exception {
        boolean canRun;
        try {
            canRun = new ProcessBuilder("strace", "-o", "/dev/null", "true")
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException e) {
            canRun = false;
        }
        if (System.getenv("CI") != null) {
            assertThat(canRun).as("CI installs strace").isTrue();
        }
        Assumptions.assumeTrue(canRun, "needs Debian's strace");
    }

    /** A place where something is done and killed; copied from what was prepared. */
    private record Place(Path home, Map<String, String> settings) {
        CommandLine.Result run(String... arguments) {
            return CommandLine.run(home, settings, arguments);
        }

        String ok(String... arguments) {
            CommandLine.Result result = run(arguments);
            assertThat(result.code()).as(result.out() + result.err()).isZero();
            return result.out();
        }

        long users() {
            return new JsonArray(ok("user", "list", "--json")).size();
        }

        Map<String, String> environment() {
            Map<String, String> environment = new HashMap<>(settings);
            environment.put("DATA_DIR", home.resolve("data").toString());
            environment.put("EDGE_CONFIG", "");
            return environment;
        }

        int strace(String how, String calls, Path to, String... command) throws IOException {
            List<String> strace =
                    new ArrayList<>(List.of("strace", "-f", "-qq", "-e", "trace=" + calls, "-o", to.toString()));
            if (!how.isEmpty()) {
                strace.addAll(List.of("-e", "inject=" + calls + ":signal=SIGKILL:when=" + how));
            }
            try (JarProcess process = JarProcess.behind(strace, home, environment(), command)) {
                return process.exitCode(LIMIT);
            }
        }
    }

    private interface Maker {
        Place make(int round) throws Exception;
    }

    /** What must hold in a place, whatever was killed there. */
    private interface Check {
        void hold(Place place) throws Exception;
    }

    /** The numbers of the calls at which it is killed: the last ones all, and about {@code most} of those before. */
    private static List<Integer> moments(int calls, int last, int most) {
        List<Integer> moments = new ArrayList<>();
        int every = Math.max(1, (calls - last) / most);
        for (int n = 1; n <= calls; n++) {
            if (n > calls - last || n % every == 0) {
                moments.add(n);
            }
        }
        return moments;
    }

    /** How often each system call is made by the thread that makes it most. */
    private Map<String, Integer> calls(Maker maker, String calls, String... command) throws Exception {
        Path trace = directory.resolve("trace");
        assertThat(maker.make(round++).strace("", calls, trace, command)).isZero();
        Map<String, Map<String, Integer>> counts = new TreeMap<>();
        for (String line : Files.readAllLines(trace)) {
            String[] words = line.split("[ (]+", 3);
            if (words[1].matches("[a-z0-9]+")) {
                counts.computeIfAbsent(words[1], name -> new TreeMap<>()).merge(words[0], 1, Integer::sum);
            }
        }
        Map<String, Integer> most = new TreeMap<>();
        counts.forEach((name, threads) ->
                most.put(name, threads.values().stream().mapToInt(i -> i).max().orElseThrow()));
        return most;
    }

    private int killEverywhere(Maker maker, String names, int last, int most, Check check, String... command)
            throws Exception {
        Map<String, Integer> calls = calls(maker, names, command);
        int killed = 0;
        for (Map.Entry<String, Integer> call : calls.entrySet()) {
            for (int n : moments(call.getValue(), last, most)) {
                Place place = maker.make(round++);
                int code = place.strace(Integer.toString(n), call.getKey(), directory.resolve("trace"), command);
                assertThat(code).isIn(0, KILLED);
                killed += code == KILLED ? 1 : 0;
                try {
                    check.hold(place);
                } catch (AssertionError | RuntimeException e) {
                    throw new AssertionError("killed at " + call.getKey() + " " + n + " of " + List.of(command), e);
                }
            }
        }
        System.out.println(List.of(command).subList(0, 2) + " killed " + killed + " times; it makes " + calls);
        return killed;
    }

    private static void copy(Path from, Path to) {
        try (Stream<Path> all = Files.walk(from)) {
            for (Path path : all.toList()) {
                Path there = to.resolve(from.relativize(path).toString());
                if (Files.isDirectory(path)) {
                    Files.createDirectories(there);
                } else {
                    Files.copy(path, there);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void addUser(Place place, String name) {
        place.ok("user", "create", name + "@example.org", "--name", name, "--no-password");
    }

    private static String backup(Place place) {
        return new JsonObject(place.ok("backup", "create", "--json")).getString("file");
    }

    /** All that is listed opens, and another one can be made. */
    private static void backupsAreGood(Place place) {
        JsonArray listed = new JsonArray(place.ok("backup", "list", "--json"));
        listed.forEach(one -> place.ok("backup", "verify", ((JsonObject) one).getString("file")));
        assertThat(new JsonObject(place.ok("backup", "create", "--json")).getString("state"))
                .isEqualTo("verified");
        assertThat(new JsonArray(place.ok("backup", "list", "--json"))).hasSizeGreaterThanOrEqualTo(listed.size() + 1);
    }

    private Maker copies(Path prepared) {
        return n -> {
            Place place = new Place(Files.createDirectory(directory.resolve("place" + n)), Map.of());
            copy(prepared, place.home());
            return place;
        };
    }

    @Test
    void BAK_04_BAK_09_sqlite_killedAtEachCall_isTheOldOrTheNew() throws Exception {
        Place first = new Place(Files.createDirectory(directory.resolve("first")), Map.of());
        try (EdgeServer edge = EdgeServer.start(first.home(), Map.of())) {
            edge.signUp("ada@example.org");
        }
        String archive = backup(first);
        addUser(first, "bob");

        int created = killEverywhere(
                copies(first.home()),
                NAMES,
                4,
                5,
                place -> {
                    assertThat(place.users()).isEqualTo(2);
                    backupsAreGood(place);
                },
                "backup",
                "create");
        int restored = killEverywhere(
                copies(first.home()),
                NAMES,
                6,
                6,
                place -> {
                    assertThat(place.users()).isIn(1L, 2L);
                    // Again, and all the way.
                    place.ok("backup", "restore", archive, "--yes");
                    assertThat(place.users()).isOne();
                    backupsAreGood(place);
                },
                "backup",
                "restore",
                archive,
                "--yes");
        Place second = new Place(Files.createDirectory(directory.resolve("second")), Map.of());
        copy(first.home(), second.home());
        second.ok("backup", "restore", archive, "--yes");
        int undone = killEverywhere(
                copies(second.home()),
                NAMES,
                6,
                6,
                place -> assertThat(place.users()).isIn(1L, 2L),
                "backup",
                "restore",
                "--undo",
                "--yes");
        int moved = killEverywhere(
                copies(first.home()),
                NAMES,
                3,
                3,
                place -> {
                    JarProcess again = JarProcess.run(
                            place.home(), place.environment(), "database", "move", "--to", "file:moved/molos.db");
                    assertThat(again.exitCode(LIMIT)).as(again.err()).isIn(0, 7);
                    assertThat(place.run("user", "list").err()).contains("was moved");
                    Place there =
                            new Place(place.home(), Map.of("DATABASE_URL", "file:" + place.home() + "/moved/molos.db"));
                    assertThat(there.users()).isEqualTo(2);
                },
                "database",
                "move",
                "--to",
                "file:moved/molos.db");
        assertThat(moved).isGreaterThan(5);
        assertThat(created).isGreaterThan(10);
        assertThat(restored).isGreaterThan(20);
        assertThat(undone).isGreaterThan(5);
    }

    @Test
    void BAK_04_BAK_09_postgresql_killedAtManyWrites_isTheOldOrTheNew() throws Exception {
        String url = Postgres.newDatabase();
        String name = Postgres.nameOf(url);
        Place first = new Place(Files.createDirectory(directory.resolve("first")), Map.of("DATABASE_URL", url));
        first.ok("migrate", "apply");
        addUser(first, "ada");
        String archive = backup(first);
        addUser(first, "bob");
        Maker copies = n -> {
            Postgres.execute("postgres", "CREATE DATABASE copy" + n + " TEMPLATE " + name);
            return new Place(
                    Files.createDirectory(directory.resolve("place" + n)),
                    Map.of("DATABASE_URL", url.replace("/" + name, "/copy" + n)));
        };
        int killed = killEverywhere(
                copies,
                WRITES,
                5,
                8,
                place -> {
                    assertThat(place.users()).isEqualTo(2);
                    backupsAreGood(place);
                },
                "backup",
                "create");
        killed += killEverywhere(
                copies,
                WRITES,
                10,
                10,
                place -> {
                    assertThat(place.users()).isIn(1L, 2L);
                    place.ok("backup", "restore", archive, "--yes");
                    assertThat(place.users()).isOne();
                },
                "backup",
                "restore",
                archive,
                "--yes");
        assertThat(killed).isGreaterThan(20);
    }
}
