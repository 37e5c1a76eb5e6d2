package app.molos.edge.http;

import static org.assertj.core.api.Assertions.assertThat;

import app.molos.edge.config.EdgeMode;
import app.molos.edge.config.Secret;
import app.molos.edge.session.SessionCookies;
import app.molos.edge.session.Signatures;
import app.molos.edge.web.HttpError;
import app.molos.edge.web.Origin;
import app.molos.edge.web.Origins;
import app.molos.edge.web.SiteConfig;
import app.molos.edge.web.TrustedOrigins;
import io.vertx.core.MultiMap;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The origin check of auth-wire section 0, both for an https and a loopback http ORIGIN. */
class OriginGuardTest {
    private static OriginGuard guard(String origin) {
        SiteConfig site = new SiteConfig(
                EdgeMode.PRODUCTION,
                Origins.of(Origin.parse(origin).orElseThrow()),
                Set.of(Origin.parse("https://other.example.org").orElseThrow()),
                List.of(),
                "site");
        return new OriginGuard(
                site.origins(),
                new TrustedOrigins(site),
                new SessionCookies(new Signatures(List.of(new Secret("s"))), false, false));
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                // Origin, Sec-Fetch-Site, Referer, the edge's cookie, code or ok
                "https://edge.example.org, -, -, no, ok",
                "https://edge.example.org, cross-site, -, yes, ok",
                "https://other.example.org, -, -, yes, ok",
                "https://evil.example, same-origin, -, no, INVALID_ORIGIN",
                "https://evil.example, -, https://edge.example.org/x, no, INVALID_ORIGIN",
                "http://edge.example.org, -, -, no, INVALID_ORIGIN",
                "https://edge.example.org:8443, -, -, no, INVALID_ORIGIN",
                "https://edge.example.org.evil.example, -, -, no, INVALID_ORIGIN",
                "https://edge.example.org@evil.example, -, -, no, INVALID_ORIGIN",
                "'', -, -, no, INVALID_ORIGIN",
                "null, same-origin, -, yes, ok",
                "null, cross-site, -, no, MISSING_OR_NULL_ORIGIN",
                "null, none, -, no, MISSING_OR_NULL_ORIGIN",
                "null, -, https://edge.example.org/, no, MISSING_OR_NULL_ORIGIN",
                "-, same-origin, -, yes, ok",
                "-, none, -, yes, ok",
                "-, same-site, -, no, INVALID_ORIGIN",
                "-, cross-site, -, no, INVALID_ORIGIN",
                "-, cross-site, https://edge.example.org/, yes, INVALID_ORIGIN",
                "-, -, https://edge.example.org/some/page?x=1, yes, ok",
                "-, -, https://EDGE.example.org:443/, yes, ok",
                "-, -, https://evil.example/, no, INVALID_ORIGIN",
                "-, -, not a url, no, INVALID_ORIGIN",
                "-, -, -, no, ok",
                "-, -, -, yes, MISSING_OR_NULL_ORIGIN"
            })
    void httpsOrigin(String origin, String site, String referer, String cookie, String expected) {
        assertThat(judge("https://edge.example.org", "__Host-molos.session_token", origin, site, referer, cookie))
                .isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "http://localhost:4173, -, -, no, ok",
                "http://127.0.0.1:4173, -, -, yes, ok",
                "http://[::1]:4173, -, -, yes, ok",
                "http://localhost:4174, -, -, no, INVALID_ORIGIN",
                "http://localhost, -, -, no, INVALID_ORIGIN",
                "https://localhost:4173, -, -, no, INVALID_ORIGIN",
                "-, -, http://127.0.0.1:4173/a, yes, ok",
                "-, -, -, yes, MISSING_OR_NULL_ORIGIN"
            })
    void loopbackOrigin_hasTwins(String origin, String site, String referer, String cookie, String expected) {
        assertThat(judge("http://localhost:4173", "molos.session_token", origin, site, referer, cookie))
                .isEqualTo(expected);
    }

    private static String judge(
            String ours, String cookieName, String origin, String site, String referer, String cookie) {
        MultiMap headers = MultiMap.caseInsensitiveMultiMap();
        if (origin != null) {
            headers.add("Origin", origin);
        }
        if (site != null) {
            headers.add("Sec-Fetch-Site", site);
        }
        if (referer != null) {
            headers.add("Referer", referer);
        }
        headers.add("Cookie", "other=1" + (cookie.equals("yes") ? "; " + cookieName + "=x.y" : ""));
        HttpError refusal = guard(ours).judge(headers, Origin.parse(ours).orElseThrow());
        return refusal == null ? "ok" : refusal.status() == 403 ? refusal.code() : "status " + refusal.status();
    }
}
