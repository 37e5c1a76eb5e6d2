package app.molos.edge.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AcceptEncodingTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "gzip                      | gzip | true",
                "GZip                      | gzip | true",
                "x-gzip                    | gzip | true",
                "x-gzip                    | br   | false",
                "gzip, br                  | br   | true",
                "gzip;q=0                  | gzip | false",
                "gzip;q=0.000              | gzip | false",
                "gzip;q=0.001              | gzip | true",
                "gzip; q=0, *              | gzip | false",
                "*                         | br   | true",
                "*;q=0                     | br   | false",
                "identity, *;q=0.5         | gzip | true",
                "identity                  | gzip | false",
                "br;level=4;q=0            | br   | false",
                "gzipped                   | gzip | false",
                ";                         | gzip | false",
                ",,                        | gzip | false"
            })
    void coding_isTaken_whenNamedOrCovered_andNotRefused(String header, String coding, boolean isTaken) {
        assertThat(AcceptEncoding.takes(List.of(header), coding)).isEqualTo(isTaken);
    }

    @ParameterizedTest
    @CsvSource({"gzip, true", "br, true", "zstd, false"})
    void severalLines_areOneList(String coding, boolean isTaken) {
        assertThat(AcceptEncoding.takes(List.of("gzip", "br"), coding)).isEqualTo(isTaken);
    }
}
