package app.molos.edge.modules.files;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which part of a file is sent, as what, and for how long it may be kept. */
class ByteRangeTest {
    private static final long SIZE = 100;

    @ParameterizedTest
    @CsvSource({
        "bytes=0-9, 0, 10",
        "bytes=90-, 90, 10",
        "bytes=90-1000, 90, 10",
        "bytes=-10, 90, 10",
        "bytes=-1000, 0, 100",
        "bytes=99-99, 99, 1",
    })
    void range_isThatPart(String range, long start, long length) {
        assertThat(ByteRange.of(range, null, "\"e\"", SIZE)).isEqualTo(new ByteRange(start, length));
    }

    @ParameterizedTest
    @CsvSource({"bytes=100-", "bytes=100-200", "bytes=-0", "bytes=999999999999999999-"})
    void rangeBeyondTheFile_isUnsatisfiable(String range) {
        assertThat(ByteRange.of(range, null, "\"e\"", SIZE)).isEqualTo(ByteRange.UNSATISFIABLE);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "bytes=0-1,5-6",
                "lines=0-1",
                "bytes=9-1",
                "bytes=-",
                "bytes=a-b",
                "bytes=9999999999999999999999-",
                "nonsense"
            })
    void rangeThatIsNone_isTheWholeFile(String range) {
        assertThat(ByteRange.of(range, null, "\"e\"", SIZE)).isEqualTo(new ByteRange(0, SIZE));
    }

    @Test
    void ifRange_holdsForTheSameFileOnly() {
        assertThat(ByteRange.of("bytes=0-9", "\"e\"", "\"e\"", SIZE)).isEqualTo(new ByteRange(0, 10));
        assertThat(ByteRange.of("bytes=0-9", "\"old\"", "\"e\"", SIZE)).isEqualTo(new ByteRange(0, SIZE));
        assertThat(ByteRange.of(null, "\"e\"", "\"e\"", SIZE)).isEqualTo(new ByteRange(0, SIZE));
    }

    @ParameterizedTest
    @CsvSource({
        "index.html, text/html; charset=utf-8",
        "app.js, text/javascript; charset=utf-8",
        "data.json, application/json; charset=utf-8",
        "logo.svg, image/svg+xml; charset=utf-8",
        "photo.png, image/png",
        "font.woff2, font/woff2",
        "unknown.zzz, application/octet-stream",
        "LICENSE, application/octet-stream"
    })
    void type_isToldByTheName(String name, String type) {
        assertThat(StaticFiles.contentType(Path.of(name))).isEqualTo(type);
    }

    @ParameterizedTest
    @CsvSource({
        "app.0a1b2c3d.js, FOR_EVER",
        "app-BsX9k2Lq.css, FOR_EVER",
        "app.js, REVALIDATED",
        "report-20240131.pdf, REVALIDATED",
        "index.0a1b2c3d.html, REVALIDATED",
        "vendor-deadbeef.js, REVALIDATED"
    })
    void caching_isToldByTheName(String name, FileCaching caching) {
        assertThat(FileCaching.of(Path.of(name))).isEqualTo(caching);
    }
}
