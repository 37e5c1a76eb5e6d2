package app.molos.edge.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.internal.net.RFC3986;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Chars;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** One reading of a path, for guards, table and modules. */
class RoutedPathTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "//edge/sign-in",
                "/x//../edge",
                "/x/../edge/",
                "/./edge",
                "/%65dge/",
                "/edge%2Fsign-in",
                "/x/..",
                "edge",
                "",
                "*",
                "/a/.hidden",
                "/.well-known/other"
            })
    void pathThatMayBeReadOtherwise_isResolved(String path) {
        assertThat(RoutedPath.isPlain(path)).isFalse();
        assertThat(RoutedPath.of(path)).isEqualTo(RFC3986.normalizePath(path));
    }

    @ParameterizedTest
    @CsvSource({
        "/x//../edge,/x/edge",
        "/%65dge/,/edge/",
        "//edge/sign-in,/edge/sign-in",
        "/edge%2Fsign-in,/edge%2Fsign-in",
        "/x/..,/"
    })
    void readings_leadToWhereTheTableLooks(String path, String routed) {
        assertThat(RoutedPath.of(path)).isEqualTo(routed);
    }

    @Property(tries = 5000)
    void path_isReadAsTheTableReadsIt(
            @ForAll @StringLength(max = 12) @Chars({'/', '.', '%', '2', 'e', 'F', ';', 'a'}) String rest) {
        String expected;
        try {
            expected = RFC3986.normalizePath("/" + rest);
        } catch (IllegalArgumentException e) {
            // A malformed escape; no such path gets past the validation.
            return;
        }
        assertThat(RoutedPath.of("/" + rest)).isEqualTo(expected);
    }
}
