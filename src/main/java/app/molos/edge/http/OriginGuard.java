package app.molos.edge.http;

import app.molos.edge.session.SessionCookies;
import app.molos.edge.web.Cookies;
import app.molos.edge.web.Decision;
import app.molos.edge.web.HttpError;
import app.molos.edge.web.LimitedLog;
import app.molos.edge.web.Origin;
import app.molos.edge.web.Origins;
import app.molos.edge.web.Quoted;
import app.molos.edge.web.RequestContext;
import app.molos.edge.web.RequestGuard;
import app.molos.edge.web.SiteConfig;
import app.molos.edge.web.TrustedOrigins;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * Refuses what another site makes a browser send: every unsafe request and every upgrade is judged by where it came
 * from, before it is routed.
 */
final class OriginGuard implements RequestGuard {
    private static final LimitedLog LIMITED = new LimitedLog(LoggerFactory.getLogger(OriginGuard.class));
    private static final Set<HttpMethod> SAFE = Set.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS);
    private static final HttpError MISSING = HttpError.of(
                    403,
                    "MISSING_OR_NULL_ORIGIN",
                    "Missing or null Origin: a request with a session cookie must say where it comes from. Open the site by the"
                            + " address in ORIGIN, or one in CSRF_TRUSTED_ORIGINS.")
            .withLimit(SiteConfig.TRUSTED_ORIGINS.name());

    private final TrustedOrigins trusted;
    private final SessionCookies cookies;
    private final Origins origins;

    OriginGuard(Origins origins, TrustedOrigins trusted, SessionCookies cookies) {
        this.origins = origins;
        this.trusted = trusted;
        this.cookies = cookies;
    }

    @Override
    public Decision decide(HttpServerRequest request, RequestContext context) {
        HttpError refusal = judge(request);
        if (refusal == null || !context.target().checksOrigin()) {
            return Decision.ALLOW;
        }
        LIMITED.warn("origin", "Request {} was refused. {}", context.id(), refusal.text());
        return Decision.refuse(refusal);
    }

    private @Nullable HttpError judge(HttpServerRequest request) {
        return SAFE.contains(request.method()) && !isUpgrade(request)
                ? null
                : judge(request.headers(), origins.of(request));
    }

    private static HttpError untrusted(String whence, Origin own) {
        String shown = Quoted.of(whence);
        return HttpError.of(
                        403,
                        "INVALID_ORIGIN",
                        "Invalid origin: the request comes from " + shown + ", and this site is " + own
                                + ". Open the site there, set ORIGIN to the address that people use, or add the other one to CSRF_TRUSTED_ORIGINS.")
                .withLimit(SiteConfig.TRUSTED_ORIGINS.name());
    }

    @Nullable
    HttpError judge(MultiMap headers, Origin own) {
        List<String> sent = headers.getAll(HttpHeaders.ORIGIN);
        if (sent.size() > 1) {
            return untrusted(String.join(" and ", sent), own);
        }
        String site = headers.get("sec-fetch-site");
        if (!sent.isEmpty()) {
            String origin = sent.get(0);
            if (origin.equals("null")) {
                return "same-origin".equals(site) ? null : MISSING;
            }
            return trusted.contains(origin, own) ? null : untrusted(origin, own);
        }
        if (site != null) {
            return site.equals("same-origin") || site.equals("none")
                    ? null
                    : untrusted("another site (Sec-Fetch-Site: " + site + ")", own);
        }
        String referer = headers.get(HttpHeaders.REFERER);
        if (referer != null) {
            return trusted.contains(referer, own) ? null : untrusted(originOf(referer), own);
        }
        return Cookies.any(headers.getAll(HttpHeaders.COOKIE), cookies::carriesSession) ? MISSING : null;
    }

    /** Without its path, which may be nobody's business. */
    private static String originOf(String referer) {
        int end = referer.indexOf('/', referer.indexOf("//") + 2);
        return end < 0 ? referer : referer.substring(0, end);
    }

    private static boolean isUpgrade(HttpServerRequest request) {
        return request.headers().contains(HttpHeaders.UPGRADE);
    }
}
