package app.molos.edge.modules;

import static org.assertj.core.api.Assertions.assertThat;

import app.molos.edge.config.Refusal;
import app.molos.edge.testing.CommandLine;
import app.molos.edge.testing.EdgeServer;
import app.molos.edge.testing.GitRepo;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which code is behind a path: pinned by tag, locked by commit and content, fetched from real repositories. */
@Tag("http2")
class LockedModulesIT {
    @TempDir
    Path directory;

    private GitRepo notes;
    private Map<String, String> settings;

    @BeforeEach
    void repository() throws IOException {
        notes = new GitRepo(Files.createDirectories(directory.resolve("origin")));
        notes.manifest("notes", "1.0.0")
                .write("dist/index.html", "<p>one</p>")
                .write("dist/app.js", "1")
                .tag("v1.0.0");
        Files.createDirectories(directory.resolve("conf"));
        settings = new HashMap<>(Map.of(
                "EDGE_ENV", "production",
                "ORIGIN", "https://edge.example.org",
                "BETTER_AUTH_SECRET", "kT9vR2xLq8WnB4mZ7cY1pF6dH3sJ5gAe",
                "MODULES_CONFIG", directory.resolve("conf/modules.yaml").toString(),
                // A directory answers at once, also when it is the first that git is asked for.
                "MODULES_TAG_TIMEOUT", "1s"));
        list("v1.0.0");
    }

    @AfterEach
    void close() {
        notes.close();
    }

    private void list(String tag) throws IOException {
        Files.writeString(directory.resolve("conf/modules.yaml"), """
                production:
                  modules:
                    # our notes
                    - id: notes   # keep
                      repository: %s
                      tag: %s     # pinned
                      static: dist
                      access: public
                """.formatted(notes.url(), tag));
    }

    private CommandLine.Result modules(String... arguments) {
        return CommandLine.run(
                directory,
                settings,
                Stream.concat(Stream.of("modules"), Stream.of(arguments)).toArray(String[]::new));
    }

    private String page() throws Exception {
        try (EdgeServer edge = EdgeServer.start(directory, settings)) {
            return edge.get("/modules/notes/", "Host", "edge.example.org").body();
        }
    }

    private String refusal() {
        try (EdgeServer edge = EdgeServer.start(directory, settings)) {
            return "it started";
        } catch (Refusal refusal) {
            return refusal.getMessage();
        } catch (Exception e) {
            return e.toString();
        }
    }

    private Path checkout(String commit) {
        return directory.resolve("data/modules/notes").resolve(commit);
    }

    @Test
    void module_isFetched_locked_andServed() throws Exception {
        assertThat(refusal()).contains("notes: nothing says which code v1.0.0 is", "run: molos-edge modules fetch");
        assertThat(directory.resolve("data/modules"))
                .as("a start fetches only what is locked")
                .doesNotExist();
        CommandLine.Result fetched = modules("fetch", "--json");
        assertThat(fetched.code()).as(fetched.err()).isZero();
        JsonObject module = new JsonArray(fetched.out()).getJsonObject(0);
        assertThat(module.getString("commit")).matches("[0-9a-f]{40}");
        assertThat(module.getInteger("files")).isEqualTo(3);
        assertThat(Files.readString(directory.resolve("conf/modules.lock")))
                .contains(
                        "tag: \"v1.0.0\"",
                        "commit: \"" + module.getString("commit"),
                        "digest: \"" + module.getString("digest"),
                        "lockedAt: \"20");
        assertThat(page()).isEqualTo("<p>one</p>");
        assertThat(modules("verify").out()).contains("notes", "v1.0.0", "as locked");
        String lock = Files.readString(directory.resolve("conf/modules.lock"));
        assertThat(modules("fetch").out()).contains("was here");
        assertThat(Files.readString(directory.resolve("conf/modules.lock"))).isEqualTo(lock);
        try (Stream<Path> left = Files.list(directory.resolve("data/modules"))) {
            assertThat(left.map(p -> p.getFileName().toString()))
                    .as("nothing half done lies about")
                    .containsExactlyInAnyOrder(".lock", "notes");
        }
    }

    @Test
    void movedTag_isRefused_everywhere_withWhatChanged() throws Exception {
        modules("fetch");
        String moved =
                notes.write("dist/app.js", "evil").write("dist/more.js", "2").tag("v1.0.0");
        assertThat(refusal()).contains("notes: the tag v1.0.0 was moved", ModuleLock.shortened(moved), "--plan");
        assertThat(modules("verify").err()).contains("was moved");
        assertThat(modules("verify").code()).isEqualTo(2);
        assertThat(modules("fetch").code()).as("what is locked is here").isZero();
        Checkouts.delete(checkout(locked()));
        CommandLine.Result again = modules("fetch");
        assertThat(again.code()).isEqualTo(7);
        assertThat(again.err())
                .contains("was moved", "changed dist/app.js, new dist/more.js", "modules update notes v1.0.0");
        assertThat(Files.exists(checkout(moved))).isFalse();

        settings.put("MODULES_CHECK_TAGS", "false");
        assertThat(refusal())
                .as("nor does a start bring other code than was locked")
                .contains("notes: its code is not here; the tag v1.0.0 was moved", "changed dist/app.js");
        settings.put("MODULES_FETCH_AT_START", "false");
        assertThat(refusal()).contains("its code is not here").doesNotContain("was moved");
        assertThat(Files.exists(checkout(moved))).isFalse();
    }

    /** A new machine has the list, the lock and an empty data directory. */
    @Test
    void lockedCodeThatIsNotHere_isFetchedByTheStart() throws Exception {
        modules("fetch");
        String lock = Files.readString(directory.resolve("conf/modules.lock"));
        Checkouts.delete(directory.resolve("data"));
        assertThat(page()).isEqualTo("<p>one</p>");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve("data"))))
                .isEqualTo("rwx------");
        assertThat(Files.readString(directory.resolve("conf/modules.lock")))
                .as("nothing is locked by a start")
                .isEqualTo(lock);
        assertThat(page()).isEqualTo("<p>one</p>");

        // Somebody else is at it, and lets go.
        Checkouts.delete(directory.resolve("data/modules"));
        try (FileLock held = new Checkouts(directory.resolve("data")).tryLock()) {
            CompletableFuture.delayedExecutor(500, TimeUnit.MILLISECONDS).execute(() -> release(held));
            assertThat(page()).isEqualTo("<p>one</p>");
        }

        Checkouts.delete(directory.resolve("data/modules"));
        Files.move(directory.resolve("origin"), directory.resolve("gone"));
        assertThat(refusal())
                .contains("notes: its code is not here; file:///", "cannot be read")
                .containsOnlyOnce("its code is not here");
    }

    private static void release(FileLock lock) {
        try {
            lock.release();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String locked() throws IOException {
        return Files.readString(directory.resolve("conf/modules.lock"))
                .replaceFirst("(?s).*commit: \"([0-9a-f]{40}).*", "$1");
    }

    @Test
    void changedFiles_areRefused_byName_andMendedByFetch() throws Exception {
        modules("fetch");
        Path code = checkout(locked());
        Files.writeString(code.resolve("dist/app.js"), "changed here");
        Files.writeString(code.resolve("dist/extra.js"), "x");
        Files.delete(code.resolve("dist/index.html"));
        assertThat(refusal())
                .contains(
                        "notes: the files are not those that were locked: changed dist/app.js, new dist/extra.js, missing dist/index.html");
        assertThat(modules("fetch").out()).contains("fetched");
        assertThat(page()).isEqualTo("<p>one</p>");
    }

    @Test
    void update_showsFirst_thenSwitches_andKeepsTheRestOfTheList() throws Exception {
        modules("fetch");
        String first = locked();
        String next = notes.manifest("notes", "1.1.0")
                .write("dist/index.html", "<p>two</p>")
                .tag("v1.1.0");
        String list = Files.readString(directory.resolve("conf/modules.yaml"));
        CommandLine.Result plan = modules("update", "notes", "v1.1.0", "--plan");
        assertThat(plan.out())
                .contains(
                        "v1.0.0",
                        ModuleLock.shortened(first),
                        "would be",
                        "v1.1.0",
                        ModuleLock.shortened(next),
                        "changed dist/index.html, changed manifest.yaml");
        assertThat(Files.readString(directory.resolve("conf/modules.yaml"))).isEqualTo(list);
        assertThat(locked()).isEqualTo(first);
        assertThat(Files.exists(checkout(next))).isFalse();

        assertThat(modules("update", "notes", "v1.1.0").code()).isZero();
        assertThat(Files.readString(directory.resolve("conf/modules.yaml")))
                .isEqualTo(list.replace("tag: v1.0.0 ", "tag: v1.1.0 "));
        assertThat(locked()).isEqualTo(next);
        assertThat(page()).isEqualTo("<p>two</p>");
        assertThat(modules("update", "notes", "v1.0.0").code()).as("and back").isZero();
        assertThat(page()).isEqualTo("<p>one</p>");
    }

    @Test
    void tag_whoseCodeSaysItIsSomethingElse_isRefused() throws Exception {
        notes.manifest("notes", "1.0.9").tag("v1.0.0");
        CommandLine.Result other = modules("fetch");
        assertThat(other.code()).isEqualTo(7);
        assertThat(other.err()).contains("the code says it is version \"1.0.9\", the tag is v1.0.0");
        notes.manifest("tasks", "1.0.0").tag("v1.0.0");
        assertThat(modules("fetch").err()).contains("the code says it is the module \"tasks\", not notes");
        notes.manifest("notes", "1.0.0").tag("v1.0.0");
        assertThat(modules("fetch").code()).isZero();
        list("v2.0.0");
        assertThat(refusal()).contains("the list pins v2.0.0, the lock has v1.0.0");
        assertThat(modules("fetch").err()).contains("there is no tag v2.0.0 in");
        assertThat(modules("update", "notes", "latest").err()).contains("latest");
    }

    @Test
    void codeThatLeadsOut_isRefused(@TempDir Path outside) throws Exception {
        Path file = Files.writeString(outside.resolve("secret"), "s");
        Files.createSymbolicLink(notes.directory().resolve("dist/link"), file);
        notes.tag("v1.0.0");
        assertThat(modules("fetch").err()).contains("the link dist/link leads out of the module");
        Files.delete(notes.directory().resolve("dist/link"));
        Files.createSymbolicLink(notes.directory().resolve("dist/link"), Path.of("../../up"));
        notes.tag("v1.0.0");
        assertThat(modules("fetch").err()).contains("the link dist/link leads out of the module");
        Files.delete(notes.directory().resolve("dist/link"));
        Files.createSymbolicLink(notes.directory().resolve("dist/link"), Path.of("app.js"));
        notes.tag("v1.0.0");
        assertThat(modules("fetch").code()).isZero();

        notes.write("dist/large", "x".repeat(2 << 20)).tag("v1.0.1");
        notes.manifest("notes", "1.0.1").tag("v1.0.1");
        settings.put("MODULES_MAX_SIZE", "1");
        assertThat(modules("update", "notes", "v1.0.1").err())
                .contains("larger than 1 MiB together (MODULES_MAX_SIZE)");
    }

    /**
     * A tree that git itself would never write: a link, and a folder of the same name whose files would go where it
     * leads.
     */
    @Test
    void treeWithOneNameTwice_isRefused_andWritesNothing(@TempDir Path outside) throws Exception {
        notes.craft("v1.0.0", outside);
        CommandLine.Result fetched = modules("fetch");
        assertThat(fetched.code()).isEqualTo(7);
        assertThat(fetched.err()).contains("notes: ");
        assertThat(outside).isEmptyDirectory();
        assertThat(directory.resolve("data/modules/notes")).doesNotExist();
    }

    /** A repository that is away is no reason not to start what is here. */
    @Test
    void unreachableRepository_doesNotStopTheStart() throws Exception {
        modules("fetch");
        Files.move(directory.resolve("origin"), directory.resolve("gone"));
        assertThat(page()).isEqualTo("<p>one</p>");
        assertThat(modules("verify").code()).isZero();
        Checkouts.delete(checkout(locked()));
        assertThat(modules("fetch").err()).contains("notes: file:///", "cannot be read: there is no git repository");
    }

    @Test
    void damagedLock_isRefused_byLine() throws Exception {
        modules("fetch");
        Path lock = directory.resolve("conf/modules.lock");
        Files.writeString(lock, Files.readString(lock).replaceFirst("commit: \"....", "commit: \"zzzz"));
        assertThat(refusal()).contains("modules.lock:4", "notes: the entry is damaged");
        assertThat(modules("fetch").err()).contains("the entry is damaged");
    }

    /** In development a branch moves and each fetch follows it. */
    @Test
    void branch_isFollowed_inDevelopment() throws Exception {
        settings.keySet().removeAll(java.util.Set.of("EDGE_ENV", "ORIGIN"));
        Files.writeString(directory.resolve("conf/modules.yaml"), """
                development:
                  modules:
                    - {id: notes, repository: %s, branch: main, static: dist, access: public}
                """.formatted(notes.url()));
        assertThat(modules("fetch").code()).isZero();
        try (EdgeServer edge = EdgeServer.start(directory, settings)) {
            assertThat(edge.get("/modules/notes/").body()).isEqualTo("<p>one</p>");
        }
        notes.write("dist/index.html", "<p>three</p>").commit();
        assertThat(modules("fetch").code()).isZero();
        try (EdgeServer edge = EdgeServer.start(directory, settings)) {
            assertThat(edge.get("/modules/notes/").body()).isEqualTo("<p>three</p>");
        }
        assertThat(Files.exists(directory.resolve("conf/modules.lock"))).isFalse();
        assertThat(modules("verify").code()).isEqualTo(64);
    }
}
