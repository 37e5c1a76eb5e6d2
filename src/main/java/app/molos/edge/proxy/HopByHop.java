package app.molos.edge.proxy;

import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/** Headers that belong to one connection and are never passed on, in either direction (RFC 9110, 7.6.1). */
final class HopByHop {
    private static final Set<String> NAMES = Set.of(
            "connection", "keep-alive", "proxy-connection", "proxy-authenticate", "proxy-authorization", "te", "trailer",
            "transfer-encoding", "upgrade");
    private static final Set<String> NEEDED_BY_UPGRADE = Set.of("connection", "upgrade");
    /** What any of the names above begins with: most headers are told apart by this alone. */
    private static final String INITIALS = "ckptuCKPTU";

    /** What a Connection header may name without taking it away: the message would lose its meaning or its framing. */
    private static final Set<String> KEPT = Set.of(
            "host", "content-length", "content-type", "cookie", "set-cookie", "origin", "close", "keep-alive", "upgrade");

    private HopByHop() {}

    /**
     * Removes them in one pass, together with what else is refused; with {@code isUpgrade} Connection and Upgrade stay,
     * because the upgrade needs them.
     */
    static void strip(MultiMap headers, boolean isUpgrade, Predicate<String> isRefused) {
        List<String> removed = null;
        for (Map.Entry<String, String> header : headers) {
            String name = header.getKey();
            if (isHopByHop(name, isUpgrade) || isRefused.test(name)) {
                removed = removed == null ? new ArrayList<>(4) : removed;
                removed.add(name);
            }
        }
        removeNamed(headers);
        if (removed != null) {
            removed.forEach(headers::remove);
        }
    }

    private static boolean isHopByHop(String name, boolean isUpgrade) {
        if (name.isEmpty() || INITIALS.indexOf(name.charAt(0)) < 0) {
            return false;
        }
        String lower = name.toLowerCase(Locale.ROOT);
        return NAMES.contains(lower) && !(isUpgrade && NEEDED_BY_UPGRADE.contains(lower));
    }

    private static void removeNamed(MultiMap headers) {
        for (String value : headers.getAll(HttpHeaders.CONNECTION)) {
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
    }
}
