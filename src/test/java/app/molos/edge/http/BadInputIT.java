package app.molos.edge.http;

import static org.assertj.core.api.Assertions.assertThat;

import app.molos.edge.testing.EdgeServer;
import app.molos.edge.testing.FakeModule;
import app.molos.edge.testing.RawHttp;
import app.molos.edge.testing.RawHttp2;
import app.molos.edge.testing.TestCertificate;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What each odd way to write a path answers, and what its module then gets to see; and heads of a size that nobody
 * needs.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BadInputIT {
    private FakeModule module;
    private EdgeServer edge;
    private EdgeServer secure;

    @BeforeAll
    void start(@TempDir Path directory) throws Exception {
        module = FakeModule.start();
        Files.createDirectories(directory.resolve("files"));
        Files.writeString(directory.resolve("files/index.html"), "<p>files</p>");
        EdgeServer.modules(directory, """
                development:
                  modules:
                    - {id: m, repository: r, tag: v1, upstream: "http://127.0.0.1:%1$d", access: public}
                    - {id: secret, repository: r, tag: v1, upstream: "http://127.0.0.1:%1$d", access: admin}
                    - {id: files, static: files, access: public}
                """.formatted(module.port()));
        edge = EdgeServer.start(directory, Map.of("ORIGIN", "http://localhost:4173"));
        Map<String, String> tls = new HashMap<>(
                TestCertificate.make(directory, "edge", "dns:localhost").settings());
        tls.put("ORIGIN", "https://localhost:4173");
        tls.put("DATA_DIR", directory.resolve("secure").toString());
        secure = EdgeServer.start(directory, tls);
    }

    @AfterAll
    void stop() throws Exception {
        edge.close();
        secure.close();
        module.close();
    }

    private String ask(String path, String headers) {
        return RawHttp.exchange(edge.port(), request(path, headers));
    }

    private static String request(String path, String headers) {
        return "GET " + path + " HTTP/1.1\r\nHost: localhost:4173\r\nConnection: close\r\n" + headers + "\r\n";
    }

    /** The same by HTTP/2: no path means another thing there. A reset is a refusal, too. */
    @ParameterizedTest(name = "{0} -> {1} {2} by HTTP/2")
    @MethodSource("paths")
    void path_isReadOnce_byHttp2(String path, int status, String seen) {
        String before = module.seen() == null ? "" : module.seen().uri();
        String answer = RawHttp2.exchange(secure.port(), request(path, "X-Marker: " + path.hashCode() + "\r\n"));
        assertThat(RawHttp.status(answer)).as(answer).isIn(status, status == 400 ? 0 : status);
        if (seen.isEmpty()) {
            assertThat(module.seen() == null ? "" : module.seen().uri()).isEqualTo(before);
            assertThat(answer.toLowerCase()).doesNotContain("exception");
        } else {
            assertThat(module.seen().uri()).isEqualToIgnoringCase(seen);
        }
    }

    /** Path, status, what the module sees; empty: nothing. */
    static Stream<Arguments> paths() {
        return Stream.of(
                Arguments.of("/modules/m/..%2fsecret", 400, ""),
                Arguments.of("/modules/m/..%2Fsecret", 400, ""),
                Arguments.of("/modules/m/..%5csecret", 400, ""),
                Arguments.of("/modules/m/%2e%2e/secret", 400, ""),
                Arguments.of("/modules/m/%2E%2e/secret", 400, ""),
                Arguments.of("/modules/m/.%2e/secret", 400, ""),
                Arguments.of("/modules/m/../secret", 400, ""),
                Arguments.of("/modules/m/..;x=1/secret", 400, ""),
                Arguments.of("/modules/m/a\\b", 400, ""),
                Arguments.of("/modules/m/%00", 400, ""),
                Arguments.of("/modules/m/%0d%0aX: y", 400, ""),
                Arguments.of("/modules/m/%0d%0aX:%20y", 400, ""),
                Arguments.of("/modules/m/%zz", 400, ""),
                Arguments.of("/modules/m/%", 400, ""),
                Arguments.of("/modules/m/x#y", 400, ""),
                Arguments.of("*", 400, ""),
                Arguments.of("modules/m/x", 400, ""),
                Arguments.of("http://evil.example/modules/m/x", 400, ""),
                // One slash too many means nothing; what is meant is what is decided on and sent.
                Arguments.of("//modules//m///x", 200, "/modules/m/x"),
                Arguments.of("/modules/m/./x/.", 200, "/modules/m/x/"),
                Arguments.of("/modules/%6d/%78", 200, "/modules/m/x"),
                Arguments.of("//modules//secret/x", 401, ""),
                Arguments.of("/modules/%73ecret/x", 401, ""),
                // An escaped slash is no slash here, but might be one further down: not where that would be another
                // module.
                Arguments.of("/modules/m/a%2fb", 200, "/modules/m/a%2Fb"),
                Arguments.of("/modules%2fm/x", 404, ""),
                // Read once: what was escaped twice stays escaped, and what is no UTF-8 is nobody's dot.
                Arguments.of("/modules/m/%252e%252e/x", 200, "/modules/m/%252e%252e/x"),
                Arguments.of("/modules/m/%c0%ae%c0%ae/x", 200, "/modules/m/%C0%AE%C0%AE/x"),
                Arguments.of("/modules/m/%e0%80%ae/x", 200, "/modules/m/%E0%80%AE/x"),
                Arguments.of("/modules/m/%u002e%u002e/x", 400, ""),
                // The page of a single-page app, as for every name that is no file.
                Arguments.of("/modules/files/%252e%252e/x", 200, ""),
                Arguments.of("/modules/files/%c0%ae%c0%ae/x", 200, ""),
                Arguments.of("/modules/m/x?a=../../%2e%2e&b=%zz", 200, "/modules/m/x?a=../../%2e%2e&b=%zz"));
    }

    @ParameterizedTest(name = "{0} -> {1} {2}")
    @MethodSource("paths")
    void path_isReadOnce(String path, int status, String seen) {
        String before = module.seen() == null ? "" : module.seen().uri();
        String answer = ask(path, "X-Marker: " + path.hashCode() + "\r\n");

        assertThat(RawHttp.status(answer)).as(answer).isEqualTo(status);
        if (seen.isEmpty()) {
            assertThat(module.seen() == null ? "" : module.seen().uri()).isEqualTo(before);
            assertThat(answer.toLowerCase()).contains("x-request-id: ").doesNotContain("exception");
        } else {
            assertThat(module.seen().uri()).isEqualToIgnoringCase(seen);
        }
    }

    static Stream<Arguments> heads() {
        return Stream.of(
                Arguments.of("one header of 20 KB", "X-Bomb: " + "x".repeat(20_000) + "\r\n", 431),
                Arguments.of("10,000 headers", "X-Small: y\r\n".repeat(10_000), 431),
                Arguments.of("a cookie of 1 MB", "Cookie: a=" + "x".repeat(1_000_000) + "\r\n", 431),
                Arguments.of("a name of 17 KB", "x".repeat(17_000) + ": y\r\n", 431),
                Arguments.of(
                        "200 headers, as many as a browser behind three proxies never has",
                        "X-Small: y\r\n".repeat(200),
                        200),
                Arguments.of("6 KB of cookies", ("Cookie: a=" + "x".repeat(2_000) + "\r\n").repeat(3), 200));
    }

    @ParameterizedTest(name = "{0} -> {2}")
    @MethodSource("heads")
    void head_ofThatSize(String what, String headers, int status) {
        try {
            assertThat(RawHttp.status(ask("/modules/m/x", headers))).isEqualTo(status);
        } catch (UncheckedIOException e) {
            // Refused while most of it was still on its way: the reset overtakes the answer.
            assertThat(headers.length()).isGreaterThan(500_000);
        }
        assertThat(edge.get("/modules/m/x", "Host", "localhost:4173").statusCode())
                .isEqualTo(200);
    }

    static Stream<Arguments> lines() {
        return Stream.of(
                Arguments.of("a target of 9 KB", "/modules/m/" + "x".repeat(9_000), 414),
                Arguments.of("a query of 3 KB", "/modules/m/x?" + "q".repeat(3_000), 200));
    }

    @ParameterizedTest(name = "{0} -> {2}")
    @MethodSource("lines")
    void target_ofThatSize(String what, String path, int status) {
        assertThat(RawHttp.status(ask(path, ""))).isEqualTo(status);
    }
}
