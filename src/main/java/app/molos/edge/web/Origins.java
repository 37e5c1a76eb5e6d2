package app.molos.edge.web;

import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The addresses of this site, the main one first: a LAN address by http beside a public one by https, say. No two of them
 * have the same host, because cookies know nothing of ports and schemes; so the host of a request says which it came by.
 * Immutable.
 */
public final class Origins {
    private final List<Origin> all;
    private final Map<String, Origin> byHost = new HashMap<>();

    private Origins(List<Origin> all) {
        this.all = List.copyOf(all);
        all.forEach(origin -> origin.withTwins().forEach(twin -> byHost.putIfAbsent(twin.host(), origin)));
    }

    public static Origins of(Origin main) {
        return new Origins(List.of(main));
    }

    /** @param all with different hosts, the main one first */
    static Origins of(List<Origin> all) {
        return new Origins(all);
    }

    /** Returns the one that mails and announcements name. */
    public Origin main() {
        return all.get(0);
    }

    public List<Origin> all() {
        return all;
    }

    /** Returns the one that a request came by; the main one for every other host. */
    public Origin of(HttpServerRequest request) {
        if (all.size() == 1) {
            return main();
        }
        String host = request.getHeader(HttpHeaders.HOST);
        return host == null ? main() : byHost.getOrDefault(name(host), main());
    }

    private static String name(String host) {
        int colon = host.lastIndexOf(':');
        return (colon > host.lastIndexOf(']') ? host.substring(0, colon) : host).toLowerCase(Locale.ROOT);
    }

    @Override
    public String toString() {
        return String.join(", ", all.stream().map(Origin::toString).toList());
    }
}
