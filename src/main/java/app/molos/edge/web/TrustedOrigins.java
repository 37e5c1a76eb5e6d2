package app.molos.edge.web;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** The origins a request may come from: ORIGIN, CSRF_TRUSTED_ORIGINS, and for a loopback one its twins. Thread-safe. */
public final class TrustedOrigins {
    /** The site's own, each with its twins. */
    private final Map<Origin, Set<String>> own = new HashMap<>();
    /** Those of CSRF_TRUSTED_ORIGINS. */
    private final Set<String> others = new HashSet<>();

    private final Set<String> authorities = new HashSet<>();

    public TrustedOrigins(SiteConfig site) {
        site.origins().all().forEach(origin -> add(origin, own.computeIfAbsent(origin, o -> new HashSet<>())));
        site.trustedOrigins().forEach(origin -> add(origin, others));
    }

    private void add(Origin origin, Set<String> to) {
        origin.withTwins().forEach(o -> {
            to.add(o.toString());
            authorities.add(o.authority());
            authorities.add(o.host() + ":" + o.port());
        });
    }

    /** Whether a URL belongs to any trusted origin: people may be led there. */
    public boolean contains(String url) {
        return own.keySet().stream().anyMatch(origin -> contains(url, origin));
    }

    /**
     * Whether a URL (an Origin header, or a Referer with its path) may act on one of the site's origins: another of
     * them may not, since one by http is anybody's who is on the way.
     */
    public boolean contains(String url, Origin acted) {
        Set<String> same = own.getOrDefault(acted, Set.of());
        if (same.contains(url) || others.contains(url)) {
            return true;
        }
        String origin = originOf(url);
        return same.contains(origin) || others.contains(origin);
    }

    /** Whether a Host header, port included, names one of the trusted origins. */
    public boolean containsAuthority(String host) {
        return authorities.contains(host) || authorities.contains(host.toLowerCase(Locale.ROOT));
    }

    private static String originOf(String url) {
        try {
            URI uri = new URI(url);
            if (uri.getScheme() == null || uri.getHost() == null || uri.getRawUserInfo() != null) {
                return "";
            }
            String scheme = uri.getScheme().toLowerCase(Locale.ROOT);
            int port = uri.getPort() >= 0 ? uri.getPort() : scheme.equals("https") ? 443 : 80;
            return new Origin(scheme, uri.getHost().toLowerCase(Locale.ROOT), port).toString();
        } catch (URISyntaxException e) {
            return "";
        }
    }
}
