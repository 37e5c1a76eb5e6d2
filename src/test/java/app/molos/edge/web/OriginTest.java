package app.molos.edge.web;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OriginTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://localhost:4173",
                "https://edge.example.org",
                "https://edge.example.org:8443",
                "http://192.168.1.5",
                "http://[::1]:8080",
                "https://a.b-c.example"
            })
    void origin_writtenAsBrowsersDo_isTakenAndPrintedTheSame(String text) {
        assertThat(Origin.parse(text)).hasValueSatisfying(o -> assertThat(o).hasToString(text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "localhost:4173",
                "https://edge.example.org/",
                "https://edge.example.org/app",
                "https://EDGE.example.org",
                "https://edge.example.org:443",
                "http://edge.example.org:80",
                "ftp://edge.example.org",
                "https://u@edge.example.org",
                "https://edge.example.org:0",
                "https://edge.example.org:70000",
                "https://*.example.org",
                "http://[::1",
                "http://1.2.3.4.5",
                "http://a..b",
                "null",
                "https://edge.example.org?x",
                " https://edge.example.org"
            })
    void origin_writtenOtherwise_isRefused(String text) {
        assertThat(Origin.parse(text)).isEmpty();
    }

    @Test
    void loopback_hasTwins_othersHaveNone() {
        assertThat(Origin.parse("http://localhost:4173")
                        .orElseThrow()
                        .withTwins()
                        .map(Origin::toString))
                .containsExactly("http://localhost:4173", "http://127.0.0.1:4173", "http://[::1]:4173");
        assertThat(Origin.parse("https://edge.example.org").orElseThrow().withTwins())
                .hasSize(1);
    }
}
