package app.molos.edge.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.MultiMap;
import org.junit.jupiter.api.Test;

class SecurityHeadersTest {
    private static MultiMap module(String origin, boolean includeSubDomains, boolean isPublic, String... headers) {
        MultiMap map = MultiMap.caseInsensitiveMultiMap();
        SecurityHeaders.Seen seen =
                new SecurityHeaders(Origins.of(Origin.parse(origin).orElseThrow()), includeSubDomains).seen(null);
        for (int i = 0; i < headers.length; i += 2) {
            if (!seen.replaces(headers[i], headers[i + 1])) {
                map.add(headers[i], headers[i + 1]);
            }
        }
        seen.addTo(map, isPublic);
        return map;
    }

    @Test
    void hsts_whenOriginIsHttpsAndNoIp() {
        assertThat(module("https://a.example", true, true).get("Strict-Transport-Security"))
                .isEqualTo("max-age=31536000; includeSubDomains");
        assertThat(module("https://a.example", false, true).get("Strict-Transport-Security"))
                .isEqualTo("max-age=31536000");
        assertThat(module("https://192.168.1.5", true, true).contains("Strict-Transport-Security"))
                .isFalse();
        assertThat(module("http://a.example", true, true, "Strict-Transport-Security", "max-age=1")
                        .contains("Strict-Transport-Security"))
                .isFalse();
    }

    @Test
    void moduleWithoutPolicy_getsOurs_andOursReplaceItsOwn() {
        MultiMap headers = module(
                "http://a.example",
                true,
                false,
                "X-Frame-Options",
                "ALLOWALL",
                "x-frame-options",
                "SAMEORIGIN",
                "Referrer-Policy",
                "unsafe-url");
        assertThat(headers.getAll("X-Frame-Options")).containsExactly("DENY");
        assertThat(headers.getAll("Referrer-Policy")).containsExactly("strict-origin-when-cross-origin");
        assertThat(headers.get("Content-Security-Policy"))
                .isEqualTo("frame-ancestors 'none'; object-src 'none'; base-uri 'self'");
        assertThat(headers.get("Cache-Control")).isEqualTo("private, no-cache");
        assertThat(module("http://a.example", true, true).contains("Cache-Control"))
                .isFalse();
    }

    @Test
    void stricterReferrerPolicy_ofAModule_stays() {
        assertThat(module("http://a.example", true, true, "Referrer-Policy", "same-origin")
                        .getAll("Referrer-Policy"))
                .containsExactly("same-origin");
    }

    @Test
    void ownResponse_carriesEveryHeader_andMayNotBeKept() {
        MultiMap headers = MultiMap.caseInsensitiveMultiMap();
        new SecurityHeaders(Origins.of(Origin.parse("https://a.example").orElseThrow()), true).addOwn(null, headers);
        assertThat(headers.names())
                .containsExactlyInAnyOrder(
                        "x-content-type-options",
                        "x-frame-options",
                        "referrer-policy",
                        "x-xss-protection",
                        "permissions-policy",
                        "strict-transport-security",
                        "content-security-policy",
                        "cross-origin-opener-policy",
                        "cross-origin-resource-policy",
                        "cache-control",
                        "date");
        assertThat(headers.get("cache-control")).isEqualTo("no-store");
        assertThat(headers.get("content-security-policy")).startsWith("default-src 'none'");
    }

    /** What stands on every response stands there once: a module's own would be a second word on the same thing. */
    @Test
    void everyHeaderOfTheEdge_replacesTheModulesOwn() {
        MultiMap own = module("https://a.example", true, true);
        own.names().stream()
                .filter(name -> !name.equals("date") && !name.equals("content-security-policy"))
                .forEach(name ->
                        assertThat(SecurityHeaders.isOurs(name)).as(name).isTrue());
    }
}
