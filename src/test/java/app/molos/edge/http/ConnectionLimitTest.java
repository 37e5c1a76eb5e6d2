package app.molos.edge.http;

import static org.assertj.core.api.Assertions.assertThat;

import app.molos.edge.web.Cidr;
import app.molos.edge.web.InboundBudget;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How much of everything one network may have: connections, and bytes of requests that are not whole. */
class ConnectionLimitTest {
    private static final List<Cidr> PROXIES = List.of(Cidr.parse("10.0.0.0/8").orElseThrow());

    private static int admitted(ConnectionLimit limit, String address, int tries) {
        int admitted = 0;
        for (int i = 0; i < tries; i++) {
            admitted += limit.admits(address) ? 1 : 0;
        }
        return admitted;
    }

    @Test
    void oneNetwork_mayHaveHalf_andThenAQuarterWhileOthersCome() {
        ConnectionLimit limit = new ConnectionLimit("open", 100, PROXIES);
        assertThat(admitted(limit, "192.0.2.1", 100)).isEqualTo(50);
        assertThat(admitted(limit, "192.0.2.2", 100)).isEqualTo(25);
        assertThat(admitted(limit, "192.0.2.3", 100)).isEqualTo(25);
        assertThat(limit.open()).isEqualTo(100);
        assertThat(admitted(limit, "192.0.2.4", 1)).isZero();
    }

    @Test
    void trustedProxy_standsForMany() {
        assertThat(admitted(new ConnectionLimit("open", 100, PROXIES), "10.1.2.3", 200))
                .isEqualTo(100);
    }

    @Test
    void closedConnections_makeRoom() {
        ConnectionLimit limit = new ConnectionLimit("open", 4, List.of());
        for (int i = 1; i <= 4; i++) {
            assertThat(limit.admits("192.0.2." + i)).isTrue();
        }
        assertThat(limit.admits("192.0.2.5")).isFalse();
        limit.closed("192.0.2.1");
        assertThat(limit.open()).isEqualTo(3);
        assertThat(limit.admits("192.0.2.5")).isTrue();
    }

    @Test
    void network_isAnIpv4Address_orASlash64OfIpv6() {
        ConnectionLimit limit = new ConnectionLimit("open", 8, List.of());
        for (int i = 0; i < 4; i++) {
            assertThat(limit.admits("2001:db8::" + i)).isTrue();
        }
        assertThat(limit.admits("2001:db8::ffff")).as("the same network").isFalse();
        assertThat(limit.admits("2001:db9::1")).as("another one").isTrue();
    }

    @Test
    void bytes_areBoundedInAll_aQuarterForEachNetwork_andNoneForOthersWhenTaken() {
        InboundBudget budget = new InboundBudget(100, PROXIES);
        InboundBudget.Account one = budget.of("192.0.2.1");
        assertThat(one.reserve(25)).isTrue();
        assertThat(one.reserve(1)).isFalse();
        assertThat(budget.ofPeer("10.0.0.1").reserve(75))
                .as("a proxy may have all")
                .isTrue();
        assertThat(budget.of("192.0.2.2").reserve(1)).isFalse();
        assertThat(budget.used()).isEqualTo(100);
        one.release(25);
        assertThat(budget.of("192.0.2.2").reserve(25)).isTrue();
    }
}
