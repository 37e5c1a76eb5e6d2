package app.molos.edge.commands;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import app.molos.edge.boot.EdgeConfig;
import app.molos.edge.config.ConfigKey;
import app.molos.edge.config.ExitCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What the documents and conf/edge.yaml say is what the program does, and every link leads somewhere. */
class DocsTest {
    private static final Pattern LINK = Pattern.compile("(?:\\]\\(|src=\"|srcset=\")([^)\"\\s]+)");
    private static final Pattern SETTING = Pattern.compile("`([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)(?:=[^`]*)?`");
    private static final Pattern SOURCE = Pattern.compile("`([a-z]+(?:/[a-z]+)*/[A-Z]\\w+)`");

    static Stream<ConfigKey> keys() {
        return EdgeConfig.KEYS.stream();
    }

    static Stream<Path> pages() throws IOException {
        return Stream.concat(
                Stream.of(Path.of("README.md")),
                Files.walk(Path.of("docs"))
                        .filter(f -> f.toString().endsWith(".md"))
                        .sorted());
    }

    /** Run `java -jar target/molos-edge.jar config reference > docs/configuration.md` when this fails. */
    @Test
    void configuration_isWhatTheProgramPrints() throws IOException {
        assertThat(Files.readString(Path.of("docs/configuration.md"))).isEqualTo(ConfigCommands.referenceText());
    }

    @ParameterizedTest
    @MethodSource("keys")
    void key_standsInEdgeYaml_withItsVariableAndDefault(ConfigKey key) throws IOException {
        String leaf = key.name().substring(key.name().lastIndexOf('.') + 1);
        assertThat(Files.readAllLines(Path.of("conf/edge.yaml"))).anySatisfy(line -> {
            assertThat(line).contains("# " + leaf + ": ", "[" + key.variable());
            if (key.fallback() != null && !key.fallback().isEmpty()) {
                assertThat(line).contains(leaf + ": " + key.fallback());
            }
        });
    }

    @Test
    void names_areUnique() {
        Set<String> names = new HashSet<>();
        EdgeConfig.KEYS.forEach(k -> {
            assertThat(names.add(k.name())).as(k.name()).isTrue();
            assertThat(names.add(k.variable())).as(k.variable()).isTrue();
        });
    }

    @ParameterizedTest
    @EnumSource(ExitCode.class)
    void exitCode_hasItsRow(ExitCode code) throws IOException {
        assertThat(Files.readString(Path.of("docs/operations.md"))).contains("| " + code.number() + " | ");
    }

    @Test
    void edgeYaml_asItIsShipped_isFine() {
        assertThatCode(() -> EdgeConfig.read(Map.of("EDGE_CONFIG", "conf/edge.yaml")))
                .doesNotThrowAnyException();
    }

    @Test
    void frontPage_isShort() throws IOException {
        assertThat(Files.readAllLines(Path.of("README.md"))).hasSizeLessThanOrEqualTo(125);
    }

    @ParameterizedTest
    @MethodSource("pages")
    void links_leadSomewhere(Path page) throws IOException {
        Matcher link = LINK.matcher(Files.readString(page));
        while (link.find()) {
            String target = link.group(1);
            if (target.matches("https?://.*")) {
                continue;
            }
            String[] parts = target.split("#", 2);
            Path file =
                    parts[0].isEmpty() ? page : page.resolveSibling(parts[0]).normalize();
            assertThat(file).as("%s in %s", target, page).exists();
            if (parts.length == 2) {
                assertThat(anchors(file)).as("%s in %s", target, page).contains(parts[1]);
            }
        }
    }

    private static List<String> anchors(Path page) throws IOException {
        return Files.readAllLines(page).stream()
                .filter(line -> line.startsWith("#"))
                .map(line -> line.replaceAll("^#+ ", "")
                        .toLowerCase(Locale.ROOT)
                        .replaceAll("[^a-z0-9 -]", "")
                        .replace(' ', '-'))
                .toList();
    }

    /** Variables and classes that a page names are there. */
    @ParameterizedTest
    @MethodSource("pages")
    void names_areThoseOfTheProgram(Path page) throws IOException {
        String text = Files.readString(page);
        String program = program();
        Set<String> unknown = new TreeSet<>();
        for (Pattern pattern : List.of(SETTING, SOURCE)) {
            Matcher name = pattern.matcher(text);
            while (name.find()) {
                String word = name.group(1);
                boolean isKnown = pattern == SETTING
                        ? program.contains(word)
                        : Files.exists(Path.of("src/main/java/app/molos/edge", word + ".java"));
                if (!isKnown) {
                    unknown.add(word);
                }
            }
        }
        assertThat(unknown).as(page.toString()).isEmpty();
    }

    private static String program() throws IOException {
        try (Stream<Path> files = Files.walk(Path.of("src/main/java"))) {
            return files.filter(Files::isRegularFile).map(DocsTest::read).collect(Collectors.joining("\n"));
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
