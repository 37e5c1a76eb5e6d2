package app.molos.edge.web;

import app.molos.edge.config.ConfigKey;
import app.molos.edge.config.ConfigReader;
import io.netty.util.NetUtil;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A block of addresses such as {@code 10.0.0.0/8} or {@code fd00::/8}; a bare address is a block of one. */
public final class Cidr {
    private static final int WIDE_V4 = 24;
    private static final int WIDE_V6 = 64;

    private final byte[] network;
    private final int bits;
    private final String text;

    private Cidr(byte[] network, int bits, String text) {
        this.network = network;
        this.bits = bits;
        this.text = text;
    }

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

    /** A list of blocks; each one that is none is a problem of its own. */
    public static List<Cidr> read(ConfigReader reader, ConfigKey key) {
        List<Cidr> blocks = new ArrayList<>();
        for (String text : reader.list(key)) {
            parse(text)
                    .ifPresentOrElse(
                            blocks::add,
                            () -> reader.refuse(
                                    key,
                                    "\"" + text + "\" is not an address block (network/bits with no host bits set)",
                                    key.variable() + "=10.0.0.0/8"));
        }
        return List.copyOf(blocks);
    }

    /** Whether an address, as text, lies in one of the blocks; what is no address lies in none. */
    public static boolean anyContains(List<Cidr> blocks, @Nullable String address) {
        byte[] bytes = address == null || blocks.isEmpty() ? null : ClientAddress.parse(address);
        if (bytes != null) {
            for (Cidr block : blocks) {
                if (block.contains(bytes)) {
                    return true;
                }
            }
        }
        return false;
    }

    /** Whether it has so many addresses that hardly anybody means all of them. */
    public boolean isWide() {
        return bits < (network.length == 4 ? WIDE_V4 : WIDE_V6);
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
