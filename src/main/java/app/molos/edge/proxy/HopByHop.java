package app.molos.edge.proxy;

import io.vertx.core.MultiMap;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Headers that belong to one connection and are never passed on, in either direction (RFC 9110, 7.6.1). */
final class HopByHop {
    private static final List<String> NAMES = List.of(
            "connection", "keep-alive", "proxy-connection", "proxy-authenticate", "proxy-authorization", "te", "trailer",
            "transfer-encoding", "upgrade");

    /** What a Connection header may name without taking it away: the message would lose its meaning or its framing. */
    private static final Set<String> KEPT = Set.of(
            "host", "content-length", "content-type", "cookie", "set-cookie", "origin", "close", "keep-alive", "upgrade");

    private HopByHop() {}

    /** Removes them; with {@code isUpgrade} Connection and Upgrade stay, because the upgrade needs them. */
    static void strip(MultiMap headers, boolean isUpgrade) {
        for (String value : headers.getAll("connection")) {
            if (value.equalsIgnoreCase("keep-alive") || value.equalsIgnoreCase("close")) {
                continue;
            }
            for (String named : value.split(",")) {
                String name = named.trim().toLowerCase(Locale.ROOT);
                if (!name.isEmpty() && !KEPT.contains(name)) {
                    headers.remove(name);
                }
            }
        }
        for (String name : NAMES) {
            if (!isUpgrade || !(name.equals("connection") || name.equals("upgrade"))) {
                headers.remove(name);
            }
        }
    }
}
