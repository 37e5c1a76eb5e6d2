package app.molos.edge;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Holds the arrows of the floor plan: each package may import what its row names, and nothing else of ours. */
class ArchitectureTest {
    private static final Map<String, Set<String>> MAY_IMPORT = Map.ofEntries(
            Map.entry("cli", Set.of("boot")),
            Map.entry("boot", Set.of(
                    "http", "pages", "health", "auth", "proxy", "session", "users", "imports", "mail", "ratelimit", "modules",
                    "web", "db", "config")),
            Map.entry("http", Set.of(
                    "pages", "health", "auth", "proxy", "session", "modules", "web", "db", "config")),
            Map.entry("pages", Set.of("auth", "ratelimit", "session", "users", "web", "config")),
            Map.entry("health", Set.of("web", "config")),
            Map.entry("auth", Set.of("ratelimit", "session", "users", "mail", "web", "db", "config")),
            Map.entry("proxy", Set.of("session", "users", "modules", "web", "config")),
            Map.entry("imports", Set.of("session", "users", "db", "config")),
            Map.entry("session", Set.of("users", "web", "db", "config")),
            Map.entry("users", Set.of("db", "config")),
            Map.entry("mail", Set.of("config")),
            Map.entry("ratelimit", Set.of("web", "config")),
            Map.entry("modules", Set.of("web", "config")),
            Map.entry("web", Set.of("config")),
            Map.entry("db", Set.of("config")),
            Map.entry("config", Set.of()));
    private static final int MAX_LINES = 400;
    private static final String ROOT = "app.molos.edge.";

    private final JavaClasses classes = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("app.molos.edge");

    @Test
    void imports_goDownTheFloorPlanOnly() {
        Set<String> broken = new TreeSet<>();
        for (JavaClass type : classes) {
            String from = floor(type);
            for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
                String to = floor(dependency.getTargetClass());
                if (!from.isEmpty() && !to.isEmpty() && !from.equals(to) && !MAY_IMPORT.get(from).contains(to)) {
                    broken.add(from + " -> " + to + ": " + type.getSimpleName() + " uses "
                            + dependency.getTargetClass().getSimpleName());
                }
            }
        }
        assertThat(broken).isEmpty();
    }

    @Test
    void packages_formNoCycle() {
        SlicesRuleDefinition.slices().matching("app.molos.edge.(*)..").should().beFreeOfCycles().check(classes);
    }

    @Test
    void sqlClient_isKnownToDatabaseOnly() {
        Set<String> users = new TreeSet<>();
        for (JavaClass type : classes) {
            boolean knows = type.getDirectDependenciesFromSelf().stream().anyMatch(d -> {
                String target = d.getTargetClass().getPackageName();
                return target.startsWith("io.vertx.sqlclient") || target.startsWith("io.vertx.jdbcclient");
            });
            if (knows) {
                users.add(type.getName().replaceAll("\\$.*", ""));
            }
        }
        assertThat(users).containsExactlyInAnyOrder("app.molos.edge.db.Database", "app.molos.edge.db.Row");
    }

    @Test
    void mainFiles_areAtMost400Lines() throws IOException {
        try (Stream<Path> files = Files.walk(Path.of("src/main/java"))) {
            List<String> large = files.filter(f -> f.toString().endsWith(".java"))
                    .filter(f -> lines(f) > MAX_LINES)
                    .map(Path::toString)
                    .toList();
            assertThat(large).isEmpty();
        }
    }

    private static long lines(Path file) {
        try (Stream<String> lines = Files.lines(file)) {
            return lines.count();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static String floor(JavaClass type) {
        String name = type.getPackageName();
        return name.startsWith(ROOT) ? name.substring(ROOT.length()).split("\\.")[0] : "";
    }
}
