package app.molos.edge.config;

import static org.assertj.core.api.Assertions.assertThat;

import app.molos.edge.config.ConfigReader.Setting;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Where a value comes from, what it may look like, and what is said when it does not. */
class ConfigReaderTest {
    private enum Colour {
        RED,
        DARK_BLUE
    }

    private static final ConfigKey KEY = ConfigKey.of("a.key", "A_KEY", "5", "a key");
    private final ConfigProblems problems = new ConfigProblems();

    private ConfigReader reader(String variable, String file) {
        return new ConfigReader(
                variable == null ? Map.of() : Map.of("A_KEY", new Setting(variable, "A_KEY", true)),
                file == null ? Map.of() : Map.of("a.key", new Setting(file, "edge.yaml:3", false)),
                Map.of("a.key", "5"),
                problems);
    }

    private List<String> told() {
        return problems.all().stream()
                .map(p -> p.where() + ": " + p.what() + " | " + p.fix())
                .toList();
    }

    @Test
    void variable_winsOverFile_whichWinsOverDefault() {
        assertThat(reader("7", "6").integer(KEY, 1, 10)).isEqualTo(7);
        assertThat(reader(null, "6").integer(KEY, 1, 10)).isEqualTo(6);
        assertThat(reader(null, null).integer(KEY, 1, 10)).isEqualTo(5);
        assertThat(reader(null, null).isSet(KEY)).isFalse();
        assertThat(problems.isEmpty()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "11", "-1", "+5", "05", "5.0", "1e1", " 5", "", "99999999999", "five", "٥"})
    void integer_takesNothingButPlainNumbersInItsRange(String text) {
        assertThat(reader(text, null).integer(KEY, 1, 10))
                .as("the default stands in")
                .isEqualTo(5);
        assertThat(told()).containsExactly("A_KEY: \"" + text + "\" is not a whole number from 1 to 10 | A_KEY=5");
    }

    @Test
    void faultInTheFile_namesItsLineAndTheKey() {
        reader(null, "many").integer(KEY, 1, 10);
        assertThat(told()).containsExactly("edge.yaml:3 a.key: \"many\" is not a whole number from 1 to 10 | key: 5");
    }

    @ParameterizedTest
    @CsvSource({"500ms,500", "30s,30000", "5m,300000", "1h,3600000", "1 s,1000"})
    void duration_isANumberAndAUnit(String text, long millis) {
        assertThat(reader(text, null).duration(KEY, Duration.ZERO, Duration.ofHours(1)))
                .hasMillis(millis);
        assertThat(problems.isEmpty()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"5", "s", "-5s", "5.5s", "5sec", "PT5S", "2h", "99999999999s", "5 minutes"})
    void duration_refusesEverythingElse_andWhatIsOutOfRange(String text) {
        ConfigKey key = ConfigKey.of("a.key", "A_KEY", "5s", "a key");
        assertThat(reader(text, null).duration(key, Duration.ZERO, Duration.ofHours(1)))
                .hasSeconds(5);
        assertThat(told())
                .containsExactly("A_KEY: \"" + text
                        + "\" is not a duration from 0s to 1h (a number and ms, s, m, h or d) | A_KEY=5s");
    }

    @Test
    void flag_isTrueOrFalse_inThoseWords() {
        assertThat(reader("true", null).flag(KEY)).isTrue();
        assertThat(reader("false", null).flag(KEY)).isFalse();
        assertThat(problems.isEmpty()).isTrue();
        reader("yes", null).flag(KEY);
        reader("True", null).flag(KEY);
        assertThat(told()).hasSize(2).allMatch(line -> line.contains("is neither true nor false"));
    }

    @Test
    void choice_isOneOfTheWords_inLowerCase() {
        assertThat(reader("dark_blue", null).choice(KEY, Colour.class)).isEqualTo(Colour.DARK_BLUE);
        reader("RED", null).choice(KEY, Colour.class);
        assertThat(told()).containsExactly("A_KEY: \"RED\" is not one of red, dark_blue | A_KEY=5");
    }

    @Test
    void list_isWordsWithCommasBetween_emptyOnesLeftOut() {
        assertThat(reader(" a, b ,,c,", null).list(KEY)).containsExactly("a", "b", "c");
    }

    @Test
    void path_isOneThatTheSystemTakes() {
        assertThat(reader("conf/x.yaml", null).path(KEY)).isPresent();
        assertThat(reader("a\0b", null).path(KEY)).isEqualTo(Optional.empty());
        assertThat(told()).singleElement().asString().contains("is not a path");
    }
}
