package app.molos.edge.boot;

import static org.assertj.core.api.Assertions.assertThat;

import app.molos.edge.testing.CommandLine;
import app.molos.edge.testing.Databases;
import app.molos.edge.testing.EdgeServer;
import app.molos.edge.testing.GitRepo;
import app.molos.edge.testing.JarProcess;
import app.molos.edge.testing.Postgres;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What `check` calls fine a start finds fine too; what would stop a start, `check` says. */
class CheckIT {
    @TempDir
    Path directory;

    private CommandLine.Result check(Map<String, String> settings, String... options) {
        Map<String, String> all = new HashMap<>(settings);
        all.putIfAbsent("PORT", Integer.toString(JarProcess.freePort()));
        all.putIfAbsent("MANAGEMENT_PORT", Integer.toString(JarProcess.freePort()));
        return CommandLine.run(
                directory,
                all,
                Stream.concat(Stream.of("check"), Stream.of(options)).toArray(String[]::new));
    }

    @ParameterizedTest
    @EnumSource(Databases.class)
    void emptyFolder_isFine_andStaysEmpty(Databases kind) throws IOException {
        CommandLine.Result result = check(kind.settings(directory));
        assertThat(result.err()).isEmpty();
        assertThat(result.code()).isZero();
        assertThat(result.out()).contains("(to be made)", "migrations to run", "none");
        try (Stream<Path> files = Files.list(directory)) {
            assertThat(files).isEmpty();
        }
    }

    @Test
    void moduleThatIsNotLocked_isSaid_andWithALockItIsFetchedByTheStart() throws Exception {
        try (GitRepo repo = new GitRepo(Files.createDirectory(directory.resolve("repo")))) {
            repo.manifest("notes", "1.0.0").write("dist/index.html", "notes").tag("v1.0.0");
            EdgeServer.modules(
                    directory,
                    "production:\n  modules:\n    - {id: notes, repository: \"" + repo.url()
                            + "\", tag: v1.0.0, static: dist}\n");
            Map<String, String> settings = Map.of(
                    "EDGE_ENV",
                    "production",
                    "ORIGIN",
                    "https://edge.example.org",
                    "BETTER_AUTH_SECRET",
                    "kX4v9QmZ7pLw2RtY8sNb3HdJ6fGc1VaE");
            CommandLine.Result result = check(settings);
            assertThat(result.code()).isEqualTo(2);
            assertThat(result.err())
                    .contains("notes: nothing says which code v1.0.0 is", "run: molos-edge modules fetch");

            assertThat(CommandLine.run(directory, settings, "modules", "fetch").code())
                    .isZero();
            assertThat(check(settings).code()).isZero();
            try (Stream<Path> files = Files.walk(directory.resolve("data"))) {
                for (Path file :
                        files.sorted(java.util.Comparator.reverseOrder()).toList()) {
                    file.toFile().setWritable(true);
                    Files.delete(file);
                }
            }
            assertThat(check(settings).out()).contains("notes (to be fetched)");
            repo.write("dist/index.html", "moved").tag("v1.0.0");
            assertThat(check(settings, "--offline").code()).isZero();
        }
    }

    @Test
    void databaseThatLetsNobodyIn_isSaid_unlessOffline() {
        Map<String, String> settings =
                Map.of("DATABASE_URL", Postgres.newDatabase().replaceFirst("postgres@", "nobody:wrong@"));
        CommandLine.Result result = check(settings);
        assertThat(result.code()).isEqualTo(2);
        assertThat(result.err()).contains("DATABASE_URL: ", "cannot be used").doesNotContain("wrong@");
        CommandLine.Result offline = check(settings, "--offline");
        assertThat(offline.code()).isZero();
        assertThat(offline.out()).contains("(not asked)");
    }

    @Test
    void placeWhereNothingCanBeWritten_isSaid() {
        CommandLine.Result result =
                check(Map.of("DATA_DIR", "/proc", "DATABASE_URL", "file:" + directory.resolve("other.db")));
        assertThat(result.code()).isEqualTo(2);
        assertThat(result.err()).contains("DATA_DIR: nothing can be written to /proc");
        assertThat(check(Map.of("DATA_DIR", "/proc"), "--json").out())
                .contains("\"ok\" : false", "nothing can be written to /proc");
    }

    @Test
    void takenPort_isSaid_butNotThatOfTheEdgeThatRuns() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            CommandLine.Result result = check(Map.of("PORT", Integer.toString(taken.getLocalPort())));
            assertThat(result.code()).isEqualTo(2);
            assertThat(result.err()).contains("port " + taken.getLocalPort() + " (server.port) is taken");
        }
        try (EdgeServer edge = EdgeServer.start(directory, Map.of())) {
            CommandLine.Result result = check(Map.of(
                    "PORT", Integer.toString(edge.port()), "MANAGEMENT_PORT", Integer.toString(edge.managementPort())));
            assertThat(result.code()).as(result.err()).isZero();
            assertThat(result.out()).contains("(the edge that runs)", "up to date");
        }
    }

    /** Which set is meant is said where two look alike; what a database has stays sealed. */
    @Test
    void migrations_areWrittenSealedAndUnsealed_inTheSetThatIsNamed() throws IOException {
        Path own = Files.createDirectory(directory.resolve("migrations"));
        try (Stream<Path> files = Files.list(Path.of("migrations"))) {
            for (Path file : files.toList()) {
                Files.copy(file, own.resolve(file.getFileName()));
            }
        }
        Map<String, String> settings = Map.of("MIGRATIONS_DIR", own.toString());
        assertThat(CommandLine.run(directory, Map.of(), "migrate", "plan").out())
                .contains("migrations in the program to run");
        assertThat(CommandLine.run(directory, settings, "migrate", "plan").out())
                .contains("migrations in " + own + " to run");
        String name = CommandLine.run(directory, settings, "migrate", "new", "add notes")
                .out()
                .replaceAll("(?s).*seal (V\\S+) .*", "$1");
        assertThat(CommandLine.run(directory, settings, "migrate", "seal", name, "--reviewer", "Ada")
                        .err())
                .contains(name + " lacks `-- What: …`", "any SQL");
        Files.writeString(
                own.resolve(name),
                "-- What: w\n-- Why: y\n-- author: a\n-- phase: expand\n-- reversible: no\n\nCREATE TABLE notes (id INTEGER);\n");
        assertThat(CommandLine.run(directory, settings, "migrate", "seal", name, "--reviewer", "Ada")
                        .out())
                .startsWith("Sealed " + name);
        assertThat(CommandLine.run(directory, settings, "migrate", "unseal", name)
                        .out())
                .startsWith("Unsealed " + name);
        assertThat(CommandLine.run(directory, settings, "migrate", "seal", name, "--reviewer", "Ada")
                        .code())
                .isZero();
        assertThat(CommandLine.run(directory, settings, "migrate", "apply").code())
                .isZero();
        CommandLine.Result late = CommandLine.run(directory, settings, "migrate", "unseal", name);
        assertThat(late.code()).isEqualTo(7);
        assertThat(late.err()).contains("has " + name + " already");
        assertThat(List.of(CommandLine.run(directory, settings, "migrate", "seal", "--reviewer", "Ada")
                        .code()))
                .containsExactly(64);
    }
}
