package app.molos.edge.modules;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The top of conf/modules.yaml explains every key that a module may have. */
class ModuleKeysTest {
    static Stream<String> keys() {
        return ModuleEntry.KEYS.stream().filter(key -> !key.equals("branch"));
    }

    @ParameterizedTest
    @MethodSource("keys")
    void key_isExplainedInModulesYaml(String key) throws IOException {
        assertThat(Files.readAllLines(Path.of("conf/modules.yaml")))
                .anyMatch(line -> line.matches("# (-| ) " + key + ": .*"));
    }
}
