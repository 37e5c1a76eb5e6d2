package app.molos.edge;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiPredicate;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Holds the floor plan of docs/architecture.md: who may import whom, and what only some may touch. */
class ArchitectureTest {
    /** From top to bottom; each package may import those below it. */
    private static final List<String> FLOORS = List.of(
            "",
            "cli",
            "commands",
            "boot",
            "http.management",
            "http",
            "http.netty",
            "pages",
            "imports",
            "backup",
            "backup.archive",
            "auth.api",
            "auth",
            "csp",
            "intrusion",
            "proxy",
            "proxy.upstream",
            "assertions",
            "session",
            "passwords",
            "modules.reload",
            "modules.checkout",
            "modules.files",
            "modules",
            "ratelimit",
            "cluster",
            "users",
            "mail",
            "db.migration",
            "db",
            "health.dialects",
            "health",
            "tls",
            "web",
            "config");

    /** Reach below Vert.x outside the two packages that exist for it, each for the reason that its Javadoc gives. */
    private static final Set<String> BELOW_VERTX = Set.of("boot.Watchdog", "web.RoutedPath", "web.RequestContextLocal");

    private static final long MEDIAN_LINES = 75;
    private static final long P90_LINES = 190;
    private static final long MAX_LINES = 350;
    private static final int MAX_PARAMETERS = 8;
    private static final String ROOT = "app.molos.edge";

    private final JavaClasses classes = new ClassFileImporter().importPath("target/classes/app");

    @Test
    void packages_areAllOnTheFloorPlan() {
        Set<String> packages =
                classes.stream().map(ArchitectureTest::floor).collect(Collectors.toCollection(TreeSet::new));
        assertThat(packages).containsExactlyElementsOf(new TreeSet<>(FLOORS));
    }

    @Test
    void imports_goDownTheFloorPlanOnly() {
        assertThat(arrows((from, to) -> isOurs(to) && FLOORS.indexOf(floor(to)) < FLOORS.indexOf(floor(from))))
                .isEmpty();
    }

    @Test
    void commandLine_callsCommandsAndBootOnly() {
        assertThat(arrows((from, to) -> floor(from).equals("cli")
                        && isOurs(to)
                        && !Set.of("cli", "commands", "boot", "config").contains(floor(to))))
                .isEmpty();
    }

    @Test
    void packages_formNoCycle() {
        SlicesRuleDefinition.slices()
                .matching("app.molos.edge.(**)")
                .should()
                .beFreeOfCycles()
                .check(classes);
    }

    /** Vert.x 5.0.7 keeps a context for each name that clients think of (CVE-2026-6860, see .mvn/floors.xml). */
    @Test
    void certificatesByName_areNeverVertxs() {
        assertThat(classes.stream()
                        .flatMap(c -> c.getMethodCallsFromSelf().stream())
                        .filter(call -> call.getName().equals("setSni"))
                        .map(Object::toString))
                .isEmpty();
    }

    @Test
    void pages_neverReachAStore() {
        assertThat(arrows((from, to) -> floor(from).equals("pages")
                        && isOurs(to)
                        && outermost(to).endsWith("Store")))
                .isEmpty();
    }

    @Test
    void servicesAndStores_knowNoRouter() {
        assertThat(arrows((from, to) ->
                        (floor(from).equals("auth") || outermost(from).matches(".*(Service|Store)"))
                                && to.getPackageName().startsWith("io.vertx.ext.web")))
                .isEmpty();
    }

    @Test
    void services_areMadeInBootOnly() {
        Set<String> made = new TreeSet<>();
        for (JavaClass type : classes) {
            type.getConstructorCallsFromSelf().stream()
                    .map(call -> call.getTargetOwner())
                    .filter(target -> isOurs(target) && target.getSimpleName().endsWith("Service"))
                    .filter(target -> !floor(type).equals("boot"))
                    .forEach(target -> made.add(type.getName() + " makes a " + target.getSimpleName()));
        }
        assertThat(made).isEmpty();
    }

    @Test
    void sqlClient_isKnownToDatabaseOnly() {
        assertThat(classesThat(to -> to.getPackageName().startsWith("io.vertx.sqlclient")
                        || to.getPackageName().startsWith("io.vertx.jdbcclient")))
                .containsExactlyInAnyOrder("db.Database", "db.Row");
    }

    @Test
    void internalsOfVertxAndNetty_areKnownWhereTheyAreWatchedOver() {
        Set<String> users = classesThat(ArchitectureTest::isInternal);
        users.removeIf(name -> name.startsWith("proxy.upstream.") || name.startsWith("http.netty."));
        assertThat(users).containsExactlyInAnyOrderElementsOf(BELOW_VERTX);
    }

    /** NetUtil reads addresses, the codec package has constants and the exceptions of malformed requests. */
    private static boolean isInternal(JavaClass type) {
        String name = type.getName();
        boolean isNetty = name.startsWith("io.netty.")
                && !name.equals("io.netty.util.NetUtil")
                && !name.startsWith("io.netty.handler.codec.http.");
        return isNetty || name.matches("io\\.vertx\\..*\\.(impl|internal)\\..*");
    }

    /** Size is a signal: what is over a limit is split, not excepted. */
    @Test
    void mainFiles_areShort() throws IOException {
        try (Stream<Path> files = Files.walk(Path.of("src/main/java"))) {
            List<Long> sizes = files.filter(f -> f.toString().endsWith(".java"))
                    .map(ArchitectureTest::lines)
                    .sorted()
                    .toList();
            assertThat(sizes.get(sizes.size() / 2)).as("median").isLessThanOrEqualTo(MEDIAN_LINES);
            assertThat(sizes.get(sizes.size() * 9 / 10)).as("nine tenths").isLessThanOrEqualTo(P90_LINES);
            assertThat(sizes.get(sizes.size() - 1)).as("largest").isLessThanOrEqualTo(MAX_LINES);
        }
    }

    @Test
    void constructors_takeFewParameters() {
        Set<String> large = new TreeSet<>();
        for (JavaClass type : classes) {
            type.getConstructors().stream()
                    .filter(c -> c.getRawParameterTypes().size() > MAX_PARAMETERS && !type.isEnum())
                    .forEach(c -> large.add(
                            type.getName() + ": " + c.getRawParameterTypes().size()));
        }
        assertThat(large).isEmpty();
    }

    private Set<String> arrows(BiPredicate<JavaClass, JavaClass> isForbidden) {
        Set<String> broken = new TreeSet<>();
        for (JavaClass type : classes) {
            for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
                JavaClass target = dependency.getTargetClass().getBaseComponentType();
                if (isForbidden.test(type, target)) {
                    broken.add(type.getName() + " -> " + target.getName());
                }
            }
        }
        return broken;
    }

    private Set<String> classesThat(Predicate<JavaClass> isUsed) {
        Set<String> users = new TreeSet<>();
        for (JavaClass type : classes) {
            if (type.getDirectDependenciesFromSelf().stream()
                    .anyMatch(d -> isUsed.test(d.getTargetClass().getBaseComponentType()))) {
                users.add(outermost(type).substring(ROOT.length() + 1));
            }
        }
        return users;
    }

    private static long lines(Path file) {
        try (Stream<String> lines = Files.lines(file)) {
            return lines.count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean isOurs(JavaClass type) {
        return type.getPackageName().startsWith(ROOT);
    }

    private static String outermost(JavaClass type) {
        return type.getName().replaceAll("\\$.*", "");
    }

    private static String floor(JavaClass type) {
        String name = type.getPackageName();
        return name.equals(ROOT) ? "" : name.substring(ROOT.length() + 1);
    }
}
