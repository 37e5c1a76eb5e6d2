package app.molos.edge.web;

import io.netty.util.NetUtil;
import java.util.Optional;

/** A block of addresses such as {@code 10.0.0.0/8} or {@code fd00::/8}; a bare address is a block of one. */
public record Cidr(byte[] network, int bits, String text) {
    public static Optional<Cidr> parse(String text) {
        int slash = text.indexOf('/');
        byte[] network = NetUtil.createByteArrayFromIpAddressString(slash < 0 ? text : text.substring(0, slash));
        if (network == null || text.contains("%")) {
            return Optional.empty();
        }
        String length = slash < 0 ? Integer.toString(network.length * 8) : text.substring(slash + 1);
        if (!length.matches("\\d{1,3}") || Integer.parseInt(length) > network.length * 8) {
            return Optional.empty();
        }
        Cidr cidr = new Cidr(network, Integer.parseInt(length), text);
        return cidr.hasHostBits() ? Optional.empty() : Optional.of(cidr);
    }

    public boolean contains(byte[] address) {
        if (address.length != network.length) {
            return false;
        }
        int whole = bits / 8;
        for (int i = 0; i < whole; i++) {
            if (address[i] != network[i]) {
                return false;
            }
        }
        int rest = bits % 8;
        return rest == 0 || ((address[whole] ^ network[whole]) & 0xFF & (0xFF << (8 - rest))) == 0;
    }

    /** {@code 10.1.2.3/8} is a slip of the pen more often than a way to write 10.0.0.0/8. */
    private boolean hasHostBits() {
        for (int bit = bits; bit < network.length * 8; bit++) {
            if ((network[bit / 8] >> (7 - bit % 8) & 1) != 0) {
                return true;
            }
        }
        return false;
    }

    @Override
    public String toString() {
        return text;
    }
}
