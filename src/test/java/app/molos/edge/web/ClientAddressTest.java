package app.molos.edge.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** RL-01 and B5.1: the right-most hop that is no trusted proxy, and never what a client wrote. */
class ClientAddressTest {
    private final ClientAddress trusting = new ClientAddress(List.of(
            Cidr.parse("10.0.0.0/8").orElseThrow(), Cidr.parse("fd00::/8").orElseThrow()));

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // peer | X-Forwarded-For (a slash between repeated headers) | client
                "203.0.113.9 | 1.2.3.4 | 203.0.113.9",
                "10.0.0.1 | 1.2.3.4 | 1.2.3.4",
                "10.0.0.1 | 6.6.6.6, 1.2.3.4 | 1.2.3.4",
                "10.0.0.1 | 1.2.3.4, 10.0.0.7, 10.0.0.8 | 1.2.3.4",
                "10.0.0.1 | 1.2.3.4 / 10.0.0.7 | 1.2.3.4",
                "10.0.0.1 | 10.0.0.2 | 10.0.0.2",
                "10.0.0.1 | junk, 10.0.0.7 | 10.0.0.7",
                "10.0.0.1 | 1.2.3.4, junk | 10.0.0.1",
                "10.0.0.1 | 1.2.3.4, | 10.0.0.1",
                "10.0.0.1 | 1.2.3.4:5678 | 1.2.3.4",
                "10.0.0.1 | [2001:db8::1]:5678 | 2001:db8::1",
                "10.0.0.1 | fe80::1%eth0 | fe80::1",
                "10.0.0.1 | ::ffff:1.2.3.4 | 1.2.3.4",
                "::ffff:10.0.0.1 | 1.2.3.4 | 1.2.3.4",
                "fd00::5 | 2001:db8::2 | 2001:db8::2"
            })
    void client_isTheRightmostUntrustedHop(String peer, String headers, String client) {
        assertThat(trusting.walk(peer, Arrays.asList(headers.split(" / ")))).isEqualTo(client);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"10.1.0.0/8", "10.0.0.0/33", "300.0.0.0/8", "10.0.0.0/", "fe80::%eth0/64", "example.org", "/8"})
    void cidr_writtenWrongly_isRefused(String text) {
        assertThat(Cidr.parse(text)).isEmpty();
    }
}
