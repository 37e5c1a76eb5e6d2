package app.molos.edge.pages;

import app.molos.edge.web.ClientAddress;
import app.molos.edge.web.Origin;
import app.molos.edge.web.SiteConfig;
import app.molos.edge.web.TrustedOrigins;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.util.Optional;

/** Why a browser would drop the cookie of a session, in words, with the setting that decides it. */
final class CookieTrouble {
    private final SiteConfig site;
    private final TrustedOrigins trusted;
    private final ClientAddress clients;

    CookieTrouble(SiteConfig site, TrustedOrigins trusted, ClientAddress clients) {
        this.site = site;
        this.trusted = trusted;
        this.clients = clients;
    }

    /** Finds what can be seen from a request alone, before a cookie was even sent. */
    Optional<String> foreseen(HttpServerRequest request) {
        Origin origin = site.origins().of(request);
        String host = String.valueOf(request.getHeader(HttpHeaders.HOST));
        if (!trusted.containsAuthority(host)) {
            return Optional.of("You opened this site as " + host + ", but its address is " + origin
                    + ". Cookies and forms work there only. Open " + origin
                    + ", or set ORIGIN to the address that people use.");
        }
        if (origin.isHttps() && clients.isPlainHttp(request)) {
            return Optional.of("You opened this site by http, but its address is " + origin
                    + ". Browsers keep its cookies by https only. Open " + origin
                    + ", or set ORIGIN to the http address that people use.");
        }
        return Optional.empty();
    }

    /** Why the cookie that was just sent did not come back. */
    String explain(HttpServerRequest request) {
        Origin origin = site.origins().of(request);
        return foreseen(request)
                .orElseGet(() -> origin.isHttps() && request.getHeader("sec-fetch-site") == null
                        ? "Your browser did not keep the session's cookie. Most likely you opened this site by http: its ORIGIN is "
                                + origin
                                + ", and browsers keep such cookies by https only. Otherwise your browser blocks cookies"
                                + " for this site: allow them and sign in again."
                        : "Your browser did not keep the session's cookie: it blocks cookies for this site. Allow cookies for "
                                + origin + " and sign in again.");
    }
}
