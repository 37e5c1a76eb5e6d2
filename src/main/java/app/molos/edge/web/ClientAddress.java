package app.molos.edge.web;

import io.netty.util.NetUtil;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.SocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Who is asking: the connection's peer (behind a listed peer that speaks the PROXY protocol, the one that it names),
 * or, when the peer is a trusted proxy, the right-most hop of X-Forwarded-For that is none. A hop that is no address
 * ends the walk at the trusted side, so that nothing a client wrote can be chosen.
 */
public final class ClientAddress {
    private static final CharSequence FORWARDED_FOR = HttpHeaders.createOptimized("x-forwarded-for");
    private static final int MAX_HOPS = 32;
    private static final int REMEMBERED = 1024;
    private static final int MOST_REMEMBERED = 128;

    /** The client of a header that came by a connection, which has its own address object. Immutable: any thread may find it. */
    private record Walked(SocketAddress peer, String header, String client) {}

    private final List<Cidr> trustedProxies;
    private final UnlistedProxies unlisted;
    /** What was read last, by the connection and the header: a client sends more than one request. */
    private final @Nullable Walked[] walked = new Walked[REMEMBERED];

    public ClientAddress(List<Cidr> trustedProxies) {
        this(trustedProxies, new UnlistedProxies());
    }

    /** @param unlisted told of peers that send X-Forwarded-For in vain */
    public ClientAddress(List<Cidr> trustedProxies, UnlistedProxies unlisted) {
        this.trustedProxies = trustedProxies;
        this.unlisted = unlisted;
    }

    /** The address as text: IPv4 dotted, IPv6 compressed, an IPv4-mapped address as its IPv4 form. */
    public String of(HttpServerRequest request) {
        SocketAddress peer = request.connection().remoteAddress();
        List<String> headers =
                request.headers().contains(FORWARDED_FOR) ? request.headers().getAll(FORWARDED_FOR) : List.of();
        String header = headers.isEmpty() ? "" : headers.get(0);
        if (peer == null || headers.size() > 1 || header.length() > MOST_REMEMBERED) {
            return walk(text(peer), headers);
        }
        int place = (System.identityHashCode(peer) * 31 + header.hashCode()) & (REMEMBERED - 1);
        Walked known = walked[place];
        if (known == null || known.peer() != peer || !known.header().equals(header)) {
            known = new Walked(peer, header, walk(text(peer), headers));
            walked[place] = known;
        }
        return known.client();
    }

    private static String text(@Nullable SocketAddress peer) {
        return peer == null || peer.hostAddress() == null ? "" : peer.hostAddress();
    }

    /** Whether a trusted proxy says that the client came by plain http; without one, nobody can tell. */
    public boolean isPlainHttp(HttpServerRequest request) {
        SocketAddress peer = request.connection().remoteAddress();
        byte[] address = peer == null || peer.hostAddress() == null ? null : parse(peer.hostAddress());
        return address != null && isTrusted(address) && "http".equals(request.getHeader("x-forwarded-proto"));
    }

    /** The block that one household or server has: the address itself for IPv4, the /64 for IPv6. */
    public static String network(String client) {
        return prefix(client, 8);
    }

    /** The block that a provider gives a few households: the address itself for IPv4, the /56 for IPv6. */
    public static String block(String client) {
        return prefix(client, 7);
    }

    /**
     * The block that one line of a provider has: the address itself for IPv4, the /48 for IPv6. Coarser than a network,
     * for what many networks of one owner could exhaust together.
     */
    public static String site(String client) {
        return prefix(client, 6);
    }

    private static String prefix(String client, int bytesKept) {
        byte[] bytes = client.indexOf(':') < 0 ? null : parse(client);
        if (bytes == null || bytes.length != 16) {
            return client;
        }
        Arrays.fill(bytes, bytesKept, 16, (byte) 0);
        return text(bytes) + '/' + 8 * bytesKept;
    }

    String walk(String peer, List<String> headers) {
        if (headers.isEmpty() && peer.indexOf(':') < 0) {
            return peer;
        }
        String client = canonical(peer, peer);
        byte[] address = headers.isEmpty() ? null : parse(peer);
        if (address == null || !isTrusted(address)) {
            if (!headers.isEmpty()) {
                unlisted.add(client);
            }
            return client;
        }
        List<String> hops =
                new ArrayList<>(Arrays.asList(String.join(",", headers).split(",", -1)));
        for (int i = hops.size() - 1, seen = 0; i >= 0 && seen < MAX_HOPS; i--, seen++) {
            byte[] hop = parse(bare(hops.get(i).trim()));
            if (hop == null) {
                return client;
            }
            client = text(hop);
            if (!isTrusted(hop)) {
                return client;
            }
        }
        return client;
    }

    private boolean isTrusted(byte[] address) {
        for (Cidr cidr : trustedProxies) {
            if (cidr.contains(address)) {
                return true;
            }
        }
        return false;
    }

    /** Without port, brackets and zone. */
    private static String bare(String hop) {
        String text = hop;
        if (text.startsWith("[")) {
            int end = text.indexOf(']');
            text = end < 0 ? text : text.substring(1, end);
        } else if (text.indexOf(':') == text.lastIndexOf(':') && text.indexOf(':') > 0) {
            text = text.substring(0, text.indexOf(':'));
        }
        int zone = text.indexOf('%');
        return zone < 0 ? text : text.substring(0, zone);
    }

    static byte @Nullable [] parse(String text) {
        int zone = text.indexOf('%');
        byte[] bytes = NetUtil.createByteArrayFromIpAddressString(zone < 0 ? text : text.substring(0, zone));
        return bytes == null ? null : unmapped(bytes);
    }

    private static byte[] unmapped(byte[] bytes) {
        if (bytes.length != 16 || bytes[10] != -1 || bytes[11] != -1) {
            return bytes;
        }
        for (int i = 0; i < 10; i++) {
            if (bytes[i] != 0) {
                return bytes;
            }
        }
        return Arrays.copyOfRange(bytes, 12, 16);
    }

    /** Whether a text is an address, without port or brackets. */
    public static boolean isAddress(String text) {
        return text.indexOf('%') < 0 && parse(text) != null;
    }

    /** Writes an address as {@link #of} does. */
    public static String canonical(String address) {
        return canonical(address, address);
    }

    private static String canonical(String text, String fallback) {
        byte[] bytes = parse(text);
        return bytes == null ? fallback : text(bytes);
    }

    private static String text(byte[] bytes) {
        return NetUtil.bytesToIpAddress(bytes);
    }
}
