package app.molos.edge.boot;

import static org.assertj.core.api.Assertions.assertThat;

import app.molos.edge.config.ConfigKey;
import app.molos.edge.config.ExitCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What README and conf/edge.yaml say of the configuration is what the program reads. */
class ReadmeTest {
    static Stream<ConfigKey> keys() {
        return EdgeConfig.KEYS.stream();
    }

    @ParameterizedTest
    @MethodSource("keys")
    void key_hasItsRowInReadme(ConfigKey key) throws IOException {
        String fallback = key.fallback() == null || key.fallback().isEmpty() ? "" : "`" + key.fallback() + "`";
        assertThat(Files.readString(Path.of("README.md")))
                .contains("| `" + key.name() + "` | `" + key.variable() + "` | " + fallback + " | " + key.meaning()
                        + " |");
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
    void exitCode_hasItsRowInReadme(ExitCode code) throws IOException {
        assertThat(Files.readString(Path.of("README.md"))).contains("| " + code.number() + " | ");
    }

    @Test
    void edgeYaml_asItIsShipped_isFine() {
        assertThat(EdgeConfig.load(java.util.Map.of("EDGE_CONFIG", "conf/edge.yaml"))
                        .problems()
                        .all())
                .isEmpty();
    }
}
