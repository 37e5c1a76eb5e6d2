package app.molos.edge.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A key that got another name: the old one is read for one release, and told. */
class FormerNameTest {
    private static final ConfigKey KEY =
            ConfigKey.of("a.newName", "NEW_NAME", "5s", "a duration").formerly("a.oldName", "OLD_NAME");

    @TempDir
    Path directory;

    private ConfigReader reader(Map<String, String> environment, String yaml) throws Exception {
        Path file = Files.writeString(directory.resolve("edge.yaml"), yaml);
        Map<String, String> all = new HashMap<>(environment);
        all.put("EDGE_CONFIG", file.toString());
        return new ConfigLoader(all, List.of(KEY), Set.of()).load();
    }

    private static Duration value(ConfigReader reader) {
        Duration value = reader.duration(KEY, Duration.ZERO, Duration.ofHours(1));
        assertThat(reader.problems().all()).isEmpty();
        return value;
    }

    @Test
    void oldVariable_isRead_andTold() throws Exception {
        ConfigReader reader = reader(Map.of("OLD_NAME", "7s"), "");
        assertThat(value(reader)).hasSeconds(7);
        assertThat(reader.formerNames(List.of(KEY)))
                .singleElement()
                .asString()
                .startsWith("The variable OLD_NAME is called NEW_NAME now");
    }

    @Test
    void oldKeyOfTheFile_isRead_andToldWithItsLine() throws Exception {
        ConfigReader reader = reader(Map.of(), "a:\n  oldName: 8s\n");
        assertThat(value(reader)).hasSeconds(8);
        assertThat(reader.formerNames(List.of(KEY)))
                .singleElement()
                .asString()
                .contains("edge.yaml:2: the key a.oldName is called a.newName now");
    }

    @Test
    void newName_wins_andTheVariableOverTheFile() throws Exception {
        assertThat(value(reader(Map.of("OLD_NAME", "7s", "NEW_NAME", "9s"), "a: {oldName: 8s}")))
                .hasSeconds(9);
        assertThat(value(reader(Map.of(), "a: {oldName: 8s, newName: 6s}"))).hasSeconds(6);
        assertThat(value(reader(Map.of("OLD_NAME", "7s"), "a: {newName: 6s}"))).hasSeconds(7);
    }

    @Test
    void newNameAlone_isNotTold() throws Exception {
        ConfigReader reader = reader(Map.of("NEW_NAME", "9s"), "");
        assertThat(reader.formerNames(List.of(KEY))).isEmpty();
        assertThat(ConfigLoader.nearMisses(Map.of("OLD_NAME", "7s"), List.of(KEY), Set.of()))
                .isEmpty();
    }

    @Test
    void faultIsSaidWhereItIsWritten() throws Exception {
        ConfigReader reader = reader(Map.of("OLD_NAME", "soon"), "");
        reader.duration(KEY, Duration.ZERO, Duration.ofHours(1));
        assertThat(reader.problems().all())
                .singleElement()
                .satisfies(problem -> assertThat(problem.where()).isEqualTo("OLD_NAME"));
    }
}
