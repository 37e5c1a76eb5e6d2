package app.molos.edge.intrusion;

import static org.assertj.core.api.Assertions.assertThat;

import app.molos.edge.config.ConfigProblems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** IDS-01: every fault of a file of scenarios is named with its line, all at once. */
class ScenarioFileTest {
    @TempDir
    private Path directory;

    private List<String> problems(String text) throws Exception {
        Path file = Files.writeString(directory.resolve("s.yaml"), text);
        ConfigProblems problems = new ConfigProblems();
        ScenarioFile.read(Optional.of(file), problems);
        return problems.all().stream()
                .map(p -> p.where().substring(p.where().indexOf(':') + 1) + " " + p.what())
                .toList();
    }

    @Test
    void packedScenarios_haveNoFault_andBanOnlyForAttackFilesAndHoneyPaths() {
        ConfigProblems problems = new ConfigProblems();
        Scenarios scenarios = ScenarioFile.read(Optional.empty(), problems);
        assertThat(problems.all()).isEmpty();
        assertThat(scenarios.all())
                .hasSizeGreaterThan(20)
                .filteredOn(s -> s.mode() == Scenario.Mode.ENFORCE)
                .extracting(Scenario::name)
                .containsExactlyInAnyOrder("honey-paths", "sensitive-files", "backdoors");
        assertThat(scenarios.all()).allSatisfy(s -> assertThat(s.why()).isNotEmpty());
    }

    @Test
    void everyFault_isNamed() throws Exception {
        assertThat(problems("""
                scenarios:
                  Bad_Name: {when: {path: [/abc]}}
                  unknown: {when: {path: [/abc], paths: [/x]}, capacty: 3}
                  numbers: {when: {path: [/abc]}, capacity: 1000, leak: soon, weight: 0, quiet: 0s}
                  words: {when: {path: [ab, "caf\u00e9s", []], method: [get], status: [600], code: [x]}}
                  nothing: {capacity: 3}
                  empty: {when: {path: []}}
                  choices: {when: {path: [/abc]}, mode: maybe, group: planet, distinct: colour}
                  flags: {when: {refused: perhaps}}
                  list: [1, 2]
                other: 1
                """))
                .containsExactlyInAnyOrder(
                        "11 there is no key \"other\"",
                        "2 Bad_Name: the name is not a lower-case word (letters, digits, single hyphens)",
                        "3 unknown: there is no key \"capacty\"",
                        "3 unknown: there is no key \"paths\"",
                        "4 numbers: capacity is not a whole number from 0 to 60",
                        "4 numbers: leak is not a number with ms, s, m, h or d, up to 7d",
                        "4 numbers: weight is not a whole number from 1 to 61",
                        "4 numbers: quiet is not a number with ms, s, m, h or d, up to 7d",
                        "5 words: \"ab\" is nothing that it could be",
                        "5 words: \"caf\u00e9s\" is nothing that it could be",
                        "5 words: \"\" is nothing that it could be",
                        "5 words: \"get\" is nothing that it could be",
                        "5 words: \"600\" is nothing that it could be",
                        "5 words: \"x\" is nothing that it could be",
                        "6 nothing: nothing says which requests it is about",
                        "7 empty: the list is empty",
                        "8 choices: \"maybe\" is not one of off, observe, enforce",
                        "8 choices: \"planet\" is not one of address, network",
                        "8 choices: \"colour\" is not one of none, path, query, account",
                        "9 flags: refused is neither true nor false",
                        "10 list: a scenario is keys with values");
        assertThat(problems("scenarios: {a: [")).hasSize(1);
        assertThat(problems("scenarios: 3")).hasSize(1);
        assertThat(problems("")).isEmpty();
    }
}
