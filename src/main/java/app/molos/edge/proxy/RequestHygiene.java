package app.molos.edge.proxy;

import app.molos.edge.session.SessionCookies;
import app.molos.edge.session.SignedIn;
import app.molos.edge.users.UserRecord;
import app.molos.edge.web.Cookies;
import app.molos.edge.web.Exchange;
import app.molos.edge.web.Origin;
import app.molos.edge.web.SiteConfig;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a module gets to see: nothing that a client could have forged, everything that it needs to know about the client,
 * made fresh.
 */
final class RequestHygiene {
    private static final CharSequence FORWARDED = HttpHeaders.createOptimized("forwarded");
    private static final CharSequence FOR = HttpHeaders.createOptimized("x-forwarded-for");
    private static final CharSequence PROTO = HttpHeaders.createOptimized("x-forwarded-proto");
    private static final CharSequence HOST = HttpHeaders.createOptimized("x-forwarded-host");
    private static final CharSequence PORT = HttpHeaders.createOptimized("x-forwarded-port");
    private static final CharSequence REQUEST_ID = HttpHeaders.createOptimized("x-request-id");
    private static final CharSequence USER_ID = HttpHeaders.createOptimized("x-edge-user-id");
    private static final CharSequence USER_EMAIL = HttpHeaders.createOptimized("x-edge-user-email");
    private static final CharSequence USER_ROLE = HttpHeaders.createOptimized("x-edge-user-role");

    private final Origin origin;
    private final SessionCookies cookies;
    private final Map<String, String> schemes = new HashMap<>();

    RequestHygiene(SiteConfig site, SessionCookies cookies) {
        this.cookies = cookies;
        origin = site.origin();
        site.trustedOrigins().forEach(o -> schemes.put(o.authority(), o.scheme()));
        site.origin().withTwins().forEach(o -> schemes.put(o.authority(), o.scheme()));
    }

    /** @param host the client's Host header, already checked */
    void apply(MultiMap headers, Exchange exchange, String host, boolean isUpgrade, boolean keepsCookies, @Nullable SignedIn signedIn) {
        HopByHop.strip(headers, isUpgrade, RequestHygiene::isForgery);
        if (!keepsCookies) {
            stripOurCookies(headers);
        }
        headers.remove(HttpHeaders.EXPECT);
        headers.remove("http2-settings");
        if (isUpgrade) {
            // Said anew: what else the client named there is not for the module.
            headers.set(HttpHeaders.CONNECTION, HttpHeaders.UPGRADE);
            headers.set(HttpHeaders.UPGRADE, HttpHeaders.WEBSOCKET);
        }

        String scheme = schemes.getOrDefault(host.toLowerCase(Locale.ROOT), origin.scheme());
        headers.set(FOR, exchange.client());
        headers.set(PROTO, scheme);
        headers.set(HOST, host);
        headers.set(PORT, port(host, scheme));
        headers.set(FORWARDED, "for=" + node(exchange.client()) + ";host=\"" + host + "\";proto=" + scheme);
        headers.set(REQUEST_ID, exchange.id());
        if (signedIn != null) {
            UserRecord user = signedIn.user();
            headers.set(USER_ID, user.id());
            headers.set(USER_EMAIL, user.email());
            headers.set(USER_ROLE, printable(user.role()));
        }
    }

    /**
     * X-Forwarded-*, X-Edge-*, Forwarded and X-Real-IP, and the twins that a server which reads {@code _} as {@code -} would
     * take for them.
     */
    private static boolean isForgery(String name) {
        char first = name.isEmpty() ? ' ' : name.charAt(0);
        if (first != 'x' && first != 'X' && first != 'f' && first != 'F') {
            return false;
        }
        String plain = name.toLowerCase(Locale.ROOT).replace('_', '-');
        return plain.startsWith("x-forwarded")
                || plain.startsWith("x-edge-")
                || plain.equals("forwarded")
                || plain.equals("x-real-ip")
                || plain.equals("x-request-id");
    }

    private void stripOurCookies(MultiMap headers) {
        List<String> lines = headers.getAll(HttpHeaders.COOKIE);
        if (lines.isEmpty()) {
            return;
        }
        // One line: a client may send several, but what is left of them means the same joined.
        String kept = Cookies.without(String.join("; ", lines), cookies::isOurs);
        if (kept.isEmpty()) {
            headers.remove(HttpHeaders.COOKIE);
        } else {
            headers.set(HttpHeaders.COOKIE, kept);
        }
    }

    private static String port(String host, String scheme) {
        int colon = host.lastIndexOf(':');
        return colon > host.lastIndexOf(']') ? host.substring(colon + 1) : scheme.equals("https") ? "443" : "80";
    }

    private static String node(String address) {
        return address.indexOf(':') >= 0 ? "\"[" + address + "]\"" : address;
    }

    /** A header takes no control characters; a role that has some came from no form of ours and is not passed on. */
    private static String printable(String text) {
        return text.chars().allMatch(c -> c >= ' ' && c < 127) ? text : "";
    }
}
