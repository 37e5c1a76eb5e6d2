package app.molos.edge.proxy;

import app.molos.edge.modules.Module;
import app.molos.edge.modules.files.FileCaching;
import app.molos.edge.proxy.upstream.UpstreamResponse;
import app.molos.edge.session.SessionCookies;
import app.molos.edge.web.Access;
import app.molos.edge.web.NameSet;
import app.molos.edge.web.SecurityHeaders;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Filters a module's response for the client: nothing of the connection behind, no cookie of the edge, headers by
 * class.
 */
final class ResponseHeaderFilter {
    private static final CharSequence NOT_KEPT = HttpHeaders.createOptimized("private, no-store");
    private static final CharSequence REQUEST_ID = HttpHeaders.createOptimized("x-request-id");

    /**
     * A module's word on its own connection or ports is not true of the edge's; the id is the
     * edge's.
     */
    private static final NameSet REFUSED = NameSet.of("alt-svc", "x-request-id");
    /** Framing, routing, authentication, caching and what tells how to read the body: of use only before it. */
    private static final NameSet NO_TRAILER = NameSet.of(
            "set-cookie",
            "set-cookie2",
            "cookie",
            "content-length",
            "content-encoding",
            "content-type",
            "content-range",
            "host",
            "location",
            "refresh",
            "authorization",
            "www-authenticate",
            "authentication-info",
            "cache-control",
            "expires",
            "age",
            "date",
            "vary",
            "pragma",
            "clear-site-data",
            "content-security-policy",
            "content-security-policy-report-only",
            "link",
            "access-control-allow-origin",
            "access-control-allow-credentials",
            "content-disposition");

    private static final NameSet ADDRESSES = NameSet.of("location", "content-location", "refresh");
    private static final NameSet SET_COOKIE = NameSet.of("set-cookie");

    private final SecurityHeaders securityHeaders;
    private final SessionCookies cookies;
    private final boolean isPublic;
    private final Map<String, String> exceptions;
    private final OwnAddress own;

    /** @param module whose responses, or files, are filtered; a module's own addresses and headers are in its entry */
    static ResponseHeaderFilter of(Module module, ProxyParts parts) {
        List<Module.Address> own =
                module.target() instanceof Module.Target.Upstream upstream ? upstream.addresses() : List.of();
        return new ResponseHeaderFilter(
                parts.securityHeaders(),
                parts.cookies(),
                new OwnAddress(own),
                module.access() == Access.PUBLIC,
                module.forwarding().headers());
    }

    /**
     * @param own where the module is; answers of it never name that
     * @param exceptions what this module has instead of the edge's own headers; an empty value: none
     */
    ResponseHeaderFilter(
            SecurityHeaders securityHeaders,
            SessionCookies cookies,
            OwnAddress own,
            boolean isPublic,
            Map<String, String> exceptions) {
        this.own = own;
        this.exceptions = exceptions;
        this.cookies = cookies;
        this.securityHeaders = securityHeaders;
        this.isPublic = isPublic;
    }

    /**
     * Makes an answer's head the one that the client gets, in place of what the edge had put there for an answer of its
     * own.
     */
    void copyHead(
            UpstreamResponse upstream,
            HttpServerRequest request,
            String requestId,
            String strippedPrefix,
            boolean isUpgrade) {
        HttpServerResponse response = request.response();
        MultiMap headers = response.headers();
        List<String> edgeCookies =
                headers.contains(HttpHeaders.SET_COOKIE) ? headers.getAll(HttpHeaders.SET_COOKIE) : List.of();
        headers.clear();
        copy(upstream.headers(), request, headers, strippedPrefix);
        if (isUpgrade) {
            headers.add(HttpHeaders.CONNECTION, HttpHeaders.UPGRADE);
            headers.add(HttpHeaders.UPGRADE, HttpHeaders.WEBSOCKET);
        }
        except(headers);
        if (!edgeCookies.isEmpty()) {
            edgeCookies.forEach(line -> headers.add(HttpHeaders.SET_COOKIE, line));
            // The session of one person is in it, whatever the module says of the rest.
            headers.set(HttpHeaders.CACHE_CONTROL, NOT_KEPT);
        }
        headers.add(REQUEST_ID, requestId);
        response.setStatusCode(upstream.status());
        if (!upstream.reason().isEmpty()) {
            response.setStatusMessage(upstream.reason());
        }
    }

    /** In one pass over what the module sent, into nothing. */
    void copy(MultiMap sent, HttpServerRequest request, MultiMap headers, String strippedPrefix) {
        HopByHop hopByHop = HopByHop.of(sent);
        SecurityHeaders.Seen seen = securityHeaders.seen(request);
        for (Map.Entry<String, String> header : sent) {
            String name = header.getKey();
            if (!hopByHop.contains(name)
                    && !REFUSED.contains(name)
                    && !seen.replaces(name, header.getValue())
                    && !(SET_COOKIE.contains(name) && refusesCookie(header.getValue()))) {
                headers.add(
                        name,
                        ADDRESSES.contains(name)
                                ? own.removedFrom(header.getValue(), strippedPrefix)
                                : header.getValue());
            }
        }
        seen.addTo(headers, isPublic);
    }

    /** Returns what of a 103 is passed on: the links, and nothing that could set or tell anything else. */
    static MultiMap hints(MultiMap sent) {
        MultiMap hints = MultiMap.caseInsensitiveMultiMap();
        sent.getAll("link").forEach(link -> hints.add("link", link));
        return hints;
    }

    /**
     * Copies the trailers that are passed on: none that would be another response's head, or the connection's (RFC
     * 9110, 6.5.1).
     */
    static void copyTrailers(MultiMap sent, MultiMap trailers) {
        HopByHop hopByHop = HopByHop.of(sent);
        for (Map.Entry<String, String> trailer : sent) {
            String name = trailer.getKey();
            if (!hopByHop.contains(name)
                    && !REFUSED.contains(name)
                    && !NO_TRAILER.contains(name)
                    && !SecurityHeaders.isOurs(name)
                    && !name.regionMatches(true, 0, "x-edge-", 0, 7)) {
                trailers.add(name, trailer.getValue());
            }
        }
    }

    /** To the headers of a file of the module. */
    void turnIntoModule(MultiMap headers, @Nullable FileCaching caching) {
        securityHeaders.turnIntoModule(headers, isPublic);
        if (caching != null) {
            headers.set(HttpHeaders.CACHE_CONTROL, caching.header(isPublic));
        }
        except(headers);
    }

    private void except(MultiMap headers) {
        if (!exceptions.isEmpty()) {
            exceptions.forEach((name, value) -> {
                if (value.isEmpty()) {
                    headers.remove(name);
                } else {
                    headers.set(name, value);
                }
            });
        }
    }

    /**
     * Ours in any spelling, and cookies without a name: a browser sends the value of such a one back bare, where it
     * would read as a cookie of the edge.
     */
    private boolean refusesCookie(String setCookie) {
        int semicolon = setCookie.indexOf(';');
        String pair = semicolon < 0 ? setCookie : setCookie.substring(0, semicolon);
        int equals = pair.indexOf('=');
        String name = equals < 0 ? "" : pair.substring(0, equals).trim();
        return name.isEmpty() || cookies.isOurs(name);
    }
}
