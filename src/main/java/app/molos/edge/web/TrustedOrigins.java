package app.molos.edge.web;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;

/** The origins a request may come from: ORIGIN, CSRF_TRUSTED_ORIGINS, and for a loopback one its twins. Thread-safe. */
public final class TrustedOrigins {
    private final Set<String> origins = new HashSet<>();
    private final Set<String> authorities = new HashSet<>();

    public TrustedOrigins(SiteConfig site) {
        add(site.origin());
        site.trustedOrigins().forEach(this::add);
    }

    private void add(Origin origin) {
        origin.withTwins().forEach(o -> {
            origins.add(o.toString());
            authorities.add(o.authority());
            authorities.add(o.host() + ":" + o.port());
        });
    }

    /** Whether a URL (an Origin header, or a Referer with its path) belongs to a trusted origin. */
    public boolean contains(String url) {
        return origins.contains(url) || origins.contains(originOf(url));
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
