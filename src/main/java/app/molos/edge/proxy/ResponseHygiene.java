package app.molos.edge.proxy;

import app.molos.edge.session.SessionCookies;
import app.molos.edge.web.SecurityHeaders;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import java.util.List;

/** What a client gets to see of a module's answer: nothing of the connection behind, no cookie of ours, headers by class. */
final class ResponseHygiene {
    private final SecurityHeaders securityHeaders;
    private final SessionCookies cookies;
    private final boolean isPublic;

    ResponseHygiene(SecurityHeaders securityHeaders, SessionCookies cookies, boolean isPublic) {
        this.cookies = cookies;
        this.securityHeaders = securityHeaders;
        this.isPublic = isPublic;
    }

    /** To the headers of a module's answer, before they are passed on. */
    void apply(MultiMap headers, boolean isUpgrade) {
        HopByHop.strip(headers, isUpgrade, name -> false);
        dropOurCookies(headers);
        securityHeaders.applyToModule(headers, isPublic);
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
