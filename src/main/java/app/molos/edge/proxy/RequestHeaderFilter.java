package app.molos.edge.proxy;

import app.molos.edge.session.SessionCookies;
import app.molos.edge.session.SignedIn;
import app.molos.edge.users.UserRecord;
import app.molos.edge.web.Cookies;
import app.molos.edge.web.NameSet;
import app.molos.edge.web.Origin;
import app.molos.edge.web.RequestContext;
import app.molos.edge.web.SiteConfig;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Makes the headers that a module gets: nothing that a client could have forged, everything that it needs to know about
 * the client, made fresh.
 */
final class RequestHeaderFilter {
    private static final CharSequence FORWARDED = HttpHeaders.createOptimized("forwarded");
    private static final CharSequence FOR = HttpHeaders.createOptimized("x-forwarded-for");
    private static final CharSequence PROTO = HttpHeaders.createOptimized("x-forwarded-proto");
    private static final CharSequence HOST = HttpHeaders.createOptimized("x-forwarded-host");
    private static final CharSequence PORT = HttpHeaders.createOptimized("x-forwarded-port");
    private static final CharSequence REQUEST_ID = HttpHeaders.createOptimized("x-request-id");
    private static final CharSequence USER_ID = HttpHeaders.createOptimized("x-edge-user-id");
    private static final CharSequence USER_EMAIL = HttpHeaders.createOptimized("x-edge-user-email");
    private static final CharSequence USER_ROLE = HttpHeaders.createOptimized("x-edge-user-role");

    private static final NameSet REFUSED =
            NameSet.of("forwarded", "x-real-ip", "x-request-id", "expect", "http2-settings");
    private static final NameSet COOKIE = NameSet.of("cookie");

    private final Origin origin;
    private final SessionCookies cookies;
    private final Map<String, String> schemes = new HashMap<>();

    RequestHeaderFilter(SiteConfig site, SessionCookies cookies) {
        this.cookies = cookies;
        origin = site.origin();
        site.trustedOrigins().forEach(o -> schemes.put(o.authority(), o.scheme()));
        site.origins().all().forEach(own -> own.withTwins().forEach(o -> schemes.put(o.authority(), o.scheme())));
    }

    /**
     * The headers for the module, in one pass over those of the client.
     *
     * @param host the client's Host header, already checked
     */
    MultiMap headers(
            MultiMap sent,
            RequestContext context,
            String host,
            boolean isUpgrade,
            boolean keepsCookies,
            @Nullable SignedIn signedIn) {
        // Checks nothing, and need not: what is read from a client was checked by then, what we add is checked here.
        MultiMap headers = MultiMap.caseInsensitiveMultiMap();
        HopByHop hopByHop = HopByHop.of(sent);
        String cookie = null;
        for (Map.Entry<String, String> header : sent) {
            String name = header.getKey();
            if (hopByHop.contains(name) || isRefused(name)) {
                continue;
            }
            if (!keepsCookies && COOKIE.contains(name)) {
                // One line: a client may send several, but what is left of them means the same joined.
                cookie = cookie == null ? header.getValue() : cookie + "; " + header.getValue();
            } else if (Compression.CONDITIONS.contains(name)) {
                headers.add(name, Compression.withStrongTags(header.getValue()));
            } else {
                headers.add(name, header.getValue());
            }
        }
        String kept = cookie == null ? "" : Cookies.without(cookie, cookies::isOurs);
        if (!kept.isEmpty()) {
            headers.add(HttpHeaders.COOKIE, kept);
        }
        if (isUpgrade) {
            // Set again: what else the client named there is not for the module.
            headers.add(HttpHeaders.CONNECTION, HttpHeaders.UPGRADE);
            headers.add(HttpHeaders.UPGRADE, HttpHeaders.WEBSOCKET);
        }
        addOurs(headers, context, host, signedIn);
        return headers;
    }

    /** None of them is there already. */
    private void addOurs(MultiMap headers, RequestContext context, String host, @Nullable SignedIn signedIn) {
        String client = context.client();
        String scheme = schemes.getOrDefault(host, "");
        if (scheme.isEmpty()) {
            scheme = schemes.getOrDefault(host.toLowerCase(Locale.ROOT), origin.scheme());
        }
        headers.add(FOR, client);
        headers.add(PROTO, scheme);
        headers.add(HOST, host);
        headers.add(PORT, port(host, scheme));
        headers.add(FORWARDED, "for=" + node(client) + ";host=\"" + host + "\";proto=" + scheme);
        headers.add(REQUEST_ID, context.id());
        if (signedIn != null) {
            UserRecord user = signedIn.user();
            headers.add(USER_ID, user.id());
            headers.add(USER_EMAIL, printable(user.email()));
            headers.add(USER_ROLE, printable(user.role()));
        }
    }

    /**
     * X-Forwarded-*, X-Edge-*, Forwarded and X-Real-IP; all with an underscore in their names, which a server that
     * reads {@code _} as {@code -} would take for another header; and what is said to us only.
     */
    private static boolean isRefused(String name) {
        return REFUSED.contains(name)
                || name.regionMatches(true, 0, "x-forwarded", 0, 11)
                || name.regionMatches(true, 0, "x-edge-", 0, 7)
                || name.indexOf('_') >= 0;
    }

    private static String port(String host, String scheme) {
        int colon = host.lastIndexOf(':');
        return colon > host.lastIndexOf(']') ? host.substring(colon + 1) : scheme.equals("https") ? "443" : "80";
    }

    private static String node(String address) {
        return address.indexOf(':') >= 0 ? "\"[" + address + "]\"" : address;
    }

    /**
     * A header takes no control characters; a role or address that has some came from no form of the edge and is not
     * passed on.
     */
    private static String printable(String text) {
        return text.chars().allMatch(c -> c >= ' ' && c < 127) ? text : "";
    }
}
