package app.molos.edge.modules;

import static org.assertj.core.api.Assertions.assertThat;

import app.molos.edge.web.Access;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModuleRegistryTest {
    private final ModuleRegistry registry = new ModuleRegistry(List.of(
            module("notes", true, "/modules/notes", "/n"),
            module("deep", true, "/modules/notes/deep/down"),
            module("off", false, "/off"),
            module("tasks", true, "/tasks")));

    private static Module module(String id, boolean isEnabled, String... paths) {
        return new Module(
                id,
                Module.Code.LOCAL,
                isEnabled,
                List.of(paths),
                new Module.Target.NotFetched(),
                Module.Admission.of(Access.USER),
                Forwarding.DEFAULT,
                Optional.empty());
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "/modules/notes, notes",
                "/modules/notes/, notes",
                "/modules/notes/a/b/c, notes",
                "/modules/notesmore, -",
                "/n/x, notes",
                "/nn, -",
                "/modules/notes/deep, notes",
                "/modules/notes/deep/down, deep",
                "/modules/notes/deep/down/x, deep",
                "/modules/notes/deep/downer, notes",
                "/off/x, -",
                "/modules, -",
                "/, -",
                "/tasks//x, tasks"
            })
    void path_belongsToTheLongestPrefixThatEndsAtASegment(String path, String id) {
        ModuleRegistry.Match match = registry.find(path);
        assertThat(match == null ? null : match.module().id()).isEqualTo(id);
    }

    @Test
    void root_takesWhatNobodyElseHas() {
        ModuleRegistry withRoot =
                new ModuleRegistry(List.of(module("all", true, "/"), module("notes", true, "/notes")));
        assertThat(withRoot.find("/anything/at/all").module().id()).isEqualTo("all");
        assertThat(withRoot.find("/").module().id()).isEqualTo("all");
        assertThat(withRoot.find("/notes/x").module().id()).isEqualTo("notes");
    }
}
