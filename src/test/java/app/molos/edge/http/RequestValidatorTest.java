package app.molos.edge.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RequestValidatorTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "/",
                "/a/b",
                "/a.b/..c",
                "/a/...",
                "/a/b..",
                "/a%20b",
                "/a%2Fb",
                "/a%c3%a9",
                "/a?x=../..",
                "/a?x=%zz",
                "//a",
                "/a%252e%252e/b",
                "/a;b=c",
                "/~user",
                "/a+b"
            })
    void ordinaryPath_passes(String uri) {
        assertThat(RequestValidator.pathViolation(uri)).isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/..",
                "/../a",
                "/a/../b",
                "/a/..",
                "/a/%2e%2e/b",
                "/a/%2E./b",
                "/a/.%2e",
                "/a/..%2fb",
                "/a%2f..%2fb",
                "/a%2f%2e%2e",
                "/..;/a",
                "/a/..;x=y/b",
                "/%2e%2e"
            })
    void pathThatLeadsUpwards_isRefused(String uri) {
        assertThat(RequestValidator.pathViolation(uri))
                .hasFieldOrPropertyWithValue("status", 400)
                .hasMessageContaining("upwards");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/%",
                "/%2",
                "/%zz",
                "/a%",
                "/%00",
                "/a%0d%0ab",
                "/a\\b",
                "/a%5cb",
                "/a%5Cb",
                "/a\tb",
                "/%7f",
                "/\u00e9",
                "/a#/../b",
                "/a?x#y"
            })
    void malformedPath_isRefused(String uri) {
        assertThat(RequestValidator.pathViolation(uri)).hasFieldOrPropertyWithValue("status", 400);
    }
}
