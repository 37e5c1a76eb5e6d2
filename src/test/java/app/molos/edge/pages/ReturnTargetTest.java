package app.molos.edge.pages;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** B7.7: what a browser would take for another site, or would have to repair, is no target. */
class ReturnTargetTest {
    @ParameterizedTest
    @ValueSource(
            strings = {"/", "/ui/dashboard", "/modules/notes/a%2Fb?x=1&y=%40#top", "/@evil.example", "/a//b", "/.//x"})
    void pathOfThisSite_isATarget(String target) {
        assertThat(ReturnTarget.of(target, "/home")).isEqualTo(target);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "", "ui", "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example",
                        "https://evil.example",
                "javascript:alert(1)", "/\t/evil.example", "\t//evil.example", "/\n/evil.example", " //evil.example",
                        "/a b", "/ä",
                "/\u0000", "/\u2028", "https:/evil.example", "/\"onload=", "/<script>"
            })
    void anythingElse_leadsHome(String target) {
        assertThat(ReturnTarget.of(target, "/home")).isEqualTo("/home");
    }

    @org.junit.jupiter.api.Test
    void longTarget_leadsHome() {
        assertThat(ReturnTarget.of("/" + "a".repeat(3000), "/home")).isEqualTo("/home");
    }
}
