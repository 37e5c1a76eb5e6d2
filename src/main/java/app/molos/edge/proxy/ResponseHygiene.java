package app.molos.edge.proxy;

import app.molos.edge.session.SessionCookies;
import app.molos.edge.web.SecurityHeaders;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import io.vertx.httpproxy.ProxyContext;
import java.util.List;

/** What a client gets to see of a module's answer: nothing of the connection behind, no cookie of ours, headers by class. */
final class ResponseHygiene {
    private static final List<CharSequence> CACHING = List.of(HttpHeaders.CACHE_CONTROL, HttpHeaders.EXPIRES);

    private record Hidden(List<String> values) {}

    private final SecurityHeaders securityHeaders;
    private final SessionCookies cookies;
    private final boolean isPublic;

    ResponseHygiene(SecurityHeaders securityHeaders, SessionCookies cookies, boolean isPublic) {
        this.cookies = cookies;
        this.securityHeaders = securityHeaders;
        this.isPublic = isPublic;
    }

    /** To the headers that vertx-http-proxy is about to send. */
    void apply(ProxyContext context, boolean isUpgrade) {
        MultiMap headers = context.response().headers();
        showCaching(context, headers);
        HopByHop.strip(headers, isUpgrade, name -> false);
        dropOurCookies(headers);
        securityHeaders.applyToModule(headers, isPublic);
    }

    /**
     * Takes the caching headers out of vertx-http-proxy's sight before it reads them: it parses them for a cache that we do
     * not use, and throws on a max-age beyond an int or on {@code Expires: 0}. {@link #apply} puts them back.
     */
    static void hideCaching(ProxyContext context, MultiMap headers) {
        for (CharSequence name : CACHING) {
            List<String> values = headers.getAll(name);
            if (!values.isEmpty()) {
                context.set(name.toString(), new Hidden(List.copyOf(values)));
                headers.remove(name);
            }
        }
    }

    private static void showCaching(ProxyContext context, MultiMap headers) {
        for (CharSequence name : CACHING) {
            Hidden hidden = context.get(name.toString(), Hidden.class);
            if (hidden != null) {
                hidden.values().forEach(value -> headers.add(name, value));
            }
        }
    }

    private void dropOurCookies(MultiMap headers) {
        List<String> lines = headers.getAll(HttpHeaders.SET_COOKIE);
        if (lines.isEmpty()) {
            return;
        }
        List<String> kept = lines.stream().filter(line -> !isRefused(line)).toList();
        if (kept.size() != lines.size()) {
            headers.remove(HttpHeaders.SET_COOKIE);
            kept.forEach(line -> headers.add(HttpHeaders.SET_COOKIE, line));
        }
    }

    /**
     * Ours in any spelling, and cookies without a name: a browser sends the value of such a one back bare, where it would read
     * as a cookie of ours.
     */
    private boolean isRefused(String setCookie) {
        int semicolon = setCookie.indexOf(';');
        String pair = semicolon < 0 ? setCookie : setCookie.substring(0, semicolon);
        int equals = pair.indexOf('=');
        String name = equals < 0 ? "" : pair.substring(0, equals).trim();
        return name.isEmpty() || cookies.isOurs(name);
    }
}
