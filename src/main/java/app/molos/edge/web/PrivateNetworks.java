package app.molos.edge.web;

import java.util.List;
import java.util.stream.Stream;

/** The blocks that no address of the public internet is in: a LAN's, a container network's, a VPN's. */
public final class PrivateNetworks {
    /** RFC 1918, RFC 6598 (carriers, overlay networks), RFC 3927, RFC 4193, RFC 4291, and loopback. */
    private static final List<Cidr> BLOCKS = Stream.of(
                    "10.0.0.0/8",
                    "172.16.0.0/12",
                    "192.168.0.0/16",
                    "100.64.0.0/10",
                    "169.254.0.0/16",
                    "127.0.0.0/8",
                    "fc00::/7",
                    "fe80::/10",
                    "::1/128")
            .map(block -> Cidr.parse(block).orElseThrow())
            .toList();

    private PrivateNetworks() {}

    /** Whether an address, as text, is in one of them. */
    public static boolean contains(String address) {
        return Cidr.anyContains(BLOCKS, address);
    }

    /** Whether an address is this machine's own. */
    public static boolean isLoopback(String address) {
        return address.startsWith("127.") || address.equals("::1");
    }
}
