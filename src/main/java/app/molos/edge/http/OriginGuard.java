package app.molos.edge.http;

import app.molos.edge.session.SessionCookies;
import app.molos.edge.web.Cookies;
import app.molos.edge.web.HttpError;
import app.molos.edge.web.TrustedOrigins;
import io.vertx.core.Handler;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Refuses what another site makes a browser send: every unsafe request and every upgrade is judged by where it came from,
 * before it is routed (auth-wire, section 0).
 */
final class OriginGuard implements Handler<RoutingContext> {
    private static final Set<HttpMethod> SAFE = Set.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS);
    private static final HttpError UNTRUSTED = HttpError.of(403, "INVALID_ORIGIN",
            "Invalid origin: the request comes from a site that is not trusted. Set ORIGIN to the address that people use,"
                    + " or add it to CSRF_TRUSTED_ORIGINS.");
    private static final HttpError MISSING = HttpError.of(403, "MISSING_OR_NULL_ORIGIN",
            "Missing or null Origin: a request with a session cookie must say where it comes from. Open the site by the"
                    + " address in ORIGIN, or one in CSRF_TRUSTED_ORIGINS.");

    private final TrustedOrigins trusted;
    private final SessionCookies cookies;

    OriginGuard(TrustedOrigins trusted, SessionCookies cookies) {
        this.trusted = trusted;
        this.cookies = cookies;
    }

    @Override
    public void handle(RoutingContext ctx) {
        HttpServerRequest request = ctx.request();
        if (SAFE.contains(request.method()) && !isUpgrade(request)) {
            ctx.next();
            return;
        }
        HttpError refusal = judge(request.headers());
        if (refusal == null) {
            ctx.next();
        } else {
            ctx.fail(refusal);
        }
    }

    @Nullable HttpError judge(MultiMap headers) {
        List<String> origins = headers.getAll(HttpHeaders.ORIGIN);
        if (origins.size() > 1) {
            return UNTRUSTED;
        }
        String site = headers.get("sec-fetch-site");
        if (!origins.isEmpty()) {
            String origin = origins.get(0);
            if (origin.equals("null")) {
                return "same-origin".equals(site) ? null : MISSING;
            }
            return trusted.contains(origin) ? null : refusal(origin);
        }
        if (site != null) {
            return site.equals("same-origin") || site.equals("none") ? null : UNTRUSTED;
        }
        String referer = headers.get(HttpHeaders.REFERER);
        if (referer != null) {
            return trusted.contains(referer) ? null : UNTRUSTED;
        }
        return Cookies.any(headers.getAll(HttpHeaders.COOKIE), cookies::carriesSession) ? MISSING : null;
    }

    /** In words for the two who are no attackers: the site opened by http though it is an https one, and the other way round. */
    private HttpError refusal(String origin) {
        int scheme = origin.indexOf("://");
        if (scheme < 0 || !origin.startsWith("http") || !trusted.containsAuthority(origin.substring(scheme + 3))) {
            return UNTRUSTED;
        }
        return HttpError.of(403, "INVALID_ORIGIN", "Invalid origin: this page was opened by " + origin.substring(0, scheme)
                + ", but the site's address is another (ORIGIN, or one in CSRF_TRUSTED_ORIGINS). Browsers would drop its"
                + " cookies there. Open the site by its own address, or set ORIGIN to the one that people use.");
    }

    private static boolean isUpgrade(HttpServerRequest request) {
        return request.headers().contains(HttpHeaders.UPGRADE);
    }
}
