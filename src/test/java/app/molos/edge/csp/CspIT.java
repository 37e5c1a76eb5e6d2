package app.molos.edge.csp;

import static org.assertj.core.api.Assertions.assertThat;

import app.molos.edge.testing.CommandLine;
import app.molos.edge.testing.EdgeServer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Reports of browsers, bounded, and the policy that they add up to. */
class CspIT {
    private static final String REPORT = "/edge/csp-report/notes";

    @TempDir
    private Path directory;

    private EdgeServer edge(String csp) throws Exception {
        Files.createDirectories(directory.resolve("notes"));
        Files.writeString(directory.resolve("notes/index.html"), "<!doctype html><title>notes</title>");
        EdgeServer.modules(directory, """
                development:
                  modules:
                    - {id: notes, static: notes, access: public, %s}
                """.formatted(csp));
        return EdgeServer.start(directory, Map.of());
    }

    private static String old(String directive, String blocked) {
        return new JsonObject()
                .put(
                        "csp-report",
                        new JsonObject()
                                .put("document-uri", "http://localhost/modules/notes/")
                                .put("effective-directive", directive)
                                .put("blocked-uri", blocked))
                .encode();
    }

    private static String recent(String directive, String blocked) {
        return new JsonArray()
                .add(new JsonObject()
                        .put("type", "csp-violation")
                        .put(
                                "body",
                                new JsonObject()
                                        .put("documentURL", "http://localhost/modules/notes/")
                                        .put("effectiveDirective", directive)
                                        .put("blockedURL", blocked)))
                .encode();
    }

    @Test
    void reportOnly_learns_andSuggestsTheTightestPolicy() throws Exception {
        try (EdgeServer edge = edge("csp: report-only")) {
            HttpResponse<String> page = edge.get("/modules/notes/index.html");
            assertThat(page.headers().firstValue("content-security-policy-report-only"))
                    .hasValue("default-src 'none'; base-uri 'none'; form-action 'none'; report-uri " + REPORT);
            assertThat(page.headers().firstValue("content-security-policy").orElseThrow())
                    .contains("frame-ancestors 'none'");
            for (String body : List.of(
                    old("script-src-elem", "http://localhost/modules/notes/app.js"),
                    old("script-src-elem", "http://localhost/modules/notes/more.js"),
                    old("style-src-attr", "inline"),
                    recent("img-src", "data"),
                    recent("connect-src", "https://api.example.org/v1/x?secret=1"),
                    old("img-src", "javascript:alert(1)"),
                    old("nonsense-src", "https://evil.example.org"),
                    "[1, null, {}]",
                    "{\"csp-report\": 3}",
                    "not json",
                    "")) {
                assertThat(edge.send(
                                        "POST",
                                        REPORT,
                                        body,
                                        "Content-Type",
                                        "application/csp-report",
                                        "Cookie",
                                        "molos.session_token=x")
                                .statusCode())
                        .as(body)
                        .isEqualTo(204);
            }
            assertThat(edge.send("POST", "/edge/csp-report/unknown", "{}").statusCode())
                    .isEqualTo(404);
            assertThat(edge.send("POST", REPORT, "x".repeat(20_000)).statusCode())
                    .isEqualTo(413);
            Map<String, String> settings =
                    new HashMap<>(Map.of("MANAGEMENT_PORT", Integer.toString(edge.managementPort())));
            assertThat(CommandLine.run(directory, settings, "csp", "suggest", "notes")
                            .out())
                    .contains(
                            "default-src 'none'; base-uri 'none'; connect-src https://api.example.org; form-action 'none';"
                                    + " img-src data:; script-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'")
                    .doesNotContain("secret")
                    .doesNotContain("evil");
            assertThat(CommandLine.run(directory, settings, "csp", "suggest", "other")
                            .code())
                    .isEqualTo(7);
        }
    }

    /** Anybody may send reports: what is kept is bounded, and a flood is limited as any other. */
    @Test
    void floodOfReports_isBounded() throws Exception {
        try (EdgeServer edge = edge("csp: report-only")) {
            for (int i = 0; i < 400; i++) {
                edge.send("POST", REPORT, old("img-src", "https://h" + i + ".example.org/"));
            }
            assertThat(new JsonObject(edge.management("/csp/reports").body()).getJsonArray("notes"))
                    .hasSize(300);
        }
    }

    @Test
    void enforce_needsAPolicy_andReportsWhatItStops() throws Exception {
        try (EdgeServer edge = edge("csp: enforce, headers: {content-security-policy: \"default-src 'self'\"}")) {
            assertThat(edge.get("/modules/notes/index.html").headers().firstValue("content-security-policy"))
                    .hasValue("default-src 'self'; report-uri " + REPORT);
        }
        assertThat(org.assertj.core.api.Assertions.catchThrowable(() -> edge("csp: enforce")))
                .hasMessageContaining("csp: enforce without a policy");
        assertThat(org.assertj.core.api.Assertions.catchThrowable(() -> edge("csp: maybe")))
                .hasMessageContaining("neither report-only nor enforce");
    }
}
