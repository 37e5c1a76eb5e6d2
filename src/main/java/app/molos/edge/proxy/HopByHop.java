package app.molos.edge.proxy;

import app.molos.edge.web.NameSet;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Headers that belong to one connection and are never passed on, in either direction (RFC 9110, 7.6.1). */
final class HopByHop {
    private static final NameSet NAMES = NameSet.of(
            "connection",
            "keep-alive",
            "proxy-connection",
            "proxy-authenticate",
            "proxy-authorization",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade");

    /** Headers that Connection may name without taking them away: the message would lose its meaning or its framing. */
    private static final NameSet KEPT = NameSet.of(
            "host",
            "content-length",
            "content-type",
            "cookie",
            "set-cookie",
            "origin",
            "close",
            "keep-alive",
            "upgrade");

    private static final HopByHop USUAL = new HopByHop(List.of());

    /** Headers that this message's Connection names beside the usual; hardly ever any. */
    private final List<String> named;

    private HopByHop(List<String> named) {
        this.named = named;
    }

    /** Those of a message with these headers. */
    static HopByHop of(MultiMap headers) {
        String connection = headers.get(HttpHeaders.CONNECTION);
        if (connection == null) {
            return USUAL;
        }
        List<String> named = new ArrayList<>();
        for (String value : headers.getAll(HttpHeaders.CONNECTION)) {
            if (value.equalsIgnoreCase("keep-alive") || value.equalsIgnoreCase("close")) {
                continue;
            }
            for (String part : value.split(",", -1)) {
                String name = part.trim().toLowerCase(Locale.ROOT);
                if (!name.isEmpty() && !KEPT.contains(name)) {
                    named.add(name);
                }
            }
        }
        return named.isEmpty() ? USUAL : new HopByHop(named);
    }

    boolean contains(String name) {
        return NAMES.contains(name) || (!named.isEmpty() && named.stream().anyMatch(name::equalsIgnoreCase));
    }
}
