package app.molos.edge.modules.files;

import static org.assertj.core.api.Assertions.assertThat;

import app.molos.edge.testing.EdgeServer;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Files of a module as browsers fetch them. */
@Tag("http2")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class StaticFilesIT {
    private EdgeServer edge;
    private String cookie;

    @BeforeAll
    void start(@TempDir Path directory) throws Exception {
        Path files = Files.createDirectories(directory.resolve("files"));
        for (String name : new String[] {
            "index.html",
            "app.4f3a9c1b.js",
            "index-BfX3k2_a.css",
            "report-20261124.pdf",
            "summer-vacation1.jpg",
            "plain.js",
            "page-4f3a9c1b.html",
            "User-Guide-v2.pdf",
            "My-Version2.pdf",
            "messages.zh_Hans_CN.json"
        }) {
            Files.writeString(files.resolve(name), "0123456789");
        }
        Files.writeString(files.resolve("plain.js.br"), "in br");
        Files.writeString(files.resolve("plain.js.gz"), "in gzip");
        Files.createSymbolicLink(
                files.resolve("index.html.gz"), Files.writeString(directory.resolve("secret"), "secret"));
        EdgeServer.modules(directory, """
                development:
                  modules:
                    - {id: open, static: files, access: public}
                    - {id: closed, static: files}
                """);
        edge = EdgeServer.start(directory, Map.of("ORIGIN", "http://localhost:4173"));
        cookie = edge.signUp("ada@example.org");
    }

    @AfterAll
    void stop() throws Exception {
        edge.close();
    }

    private static String header(HttpResponse<String> answer, String name) {
        return String.join("|", answer.headers().allValues(name));
    }

    @ParameterizedTest
    @CsvSource({
        "app.4f3a9c1b.js, true",
        "index-BfX3k2_a.css, true",
        "report-20261124.pdf, false",
        "summer-vacation1.jpg, false",
        "User-Guide-v2.pdf, false",
        "My-Version2.pdf, false",
        "messages.zh_Hans_CN.json, false",
        "plain.js, false",
        "page-4f3a9c1b.html, false",
        "index.html, false"
    })
    void nameWithAHash_isKeptForEver_andNoOther(String name, boolean isForEver) {
        String kept = isForEver ? "max-age=31536000, immutable" : "no-cache";
        assertThat(header(edge.get("/modules/open/" + name), "cache-control")).isEqualTo("public, " + kept);
        assertThat(header(edge.get("/modules/closed/" + name, "Cookie", cookie), "cache-control"))
                .isEqualTo("private, " + kept);
    }

    @Test
    void compressedSibling_isSent_withTheTypeOfTheFile() {
        String[][] rows = {
            {"br, gzip", "in br", "br"},
            {"gzip", "in gzip", "gzip"},
            {"gzip, br;q=0", "in gzip", "gzip"},
            {"deflate", "0123456789", ""},
            {"GZIP;q=0.5", "in gzip", "gzip"},
            {"", "0123456789", ""},
            {";", "0123456789", ""}
        };
        for (String[] row : rows) {
            HttpResponse<String> answer = edge.get("/modules/open/plain.js", "Accept-Encoding", row[0]);
            assertThat(answer.body()).as(row[0]).isEqualTo(row[1]);
            assertThat(header(answer, "content-encoding")).isEqualTo(row[2]);
            assertThat(header(answer, "content-type")).contains("javascript");
            assertThat(header(answer, "vary")).isEqualTo("accept-encoding");
            assertThat(edge.get(
                                    "/modules/open/plain.js",
                                    "Accept-Encoding",
                                    row[0],
                                    "If-None-Match",
                                    header(answer, "etag"))
                            .statusCode())
                    .isEqualTo(304);
        }
        assertThat(edge.get("/modules/open/", "Accept-Encoding", "gzip").body())
                .as("a sibling that leads out")
                .isEqualTo("0123456789");
    }

    @Test
    void partOfAFile_isSent() {
        String[][] rows = {
            {"bytes=0-3", "206", "0123", "bytes 0-3/10"},
            {"bytes=7-", "206", "789", "bytes 7-9/10"},
            {"bytes=-2", "206", "89", "bytes 8-9/10"},
            {"bytes=0-99", "200", "0123456789", ""},
            {"bytes=5-2", "200", "0123456789", ""},
            {"bytes=0-1,4-5", "200", "0123456789", ""},
            {"lines=1-2", "200", "0123456789", ""}
        };
        for (String[] row : rows) {
            HttpResponse<String> answer = edge.get("/modules/open/plain.js", "Range", row[0], "Accept-Encoding", "br");
            assertThat(answer.statusCode() + " " + answer.body() + " " + header(answer, "content-range"))
                    .as(row[0])
                    .isEqualTo(row[1] + " " + row[2] + " " + row[3]);
            assertThat(header(answer, "content-encoding")).isEmpty();
        }
        HttpResponse<String> beyond = edge.get("/modules/open/plain.js", "Range", "bytes=10-");
        assertThat(beyond.statusCode()).isEqualTo(416);
        assertThat(header(beyond, "content-range")).isEqualTo("bytes */10");
        String etag = header(edge.get("/modules/open/plain.js"), "etag");
        assertThat(edge.get("/modules/open/plain.js", "Range", "bytes=0-3", "If-Range", etag)
                        .body())
                .isEqualTo("0123");
        assertThat(edge.get("/modules/open/plain.js", "Range", "bytes=0-3", "If-Range", "\"other\"")
                        .body())
                .isEqualTo("0123456789");
        assertThat(header(edge.send("HEAD", "/modules/open/plain.js", null, "Range", "bytes=0-3"), "content-length"))
                .isEqualTo("4");
    }
}
