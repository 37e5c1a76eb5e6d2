package app.molos.edge.web;

import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The one table of response headers, in three classes: (a) on every answer, (b) on the edge's own answers also, (c) on what
 * modules answer. Names and values are encoded once, here.
 */
public final class SecurityHeaders {
    private record Header(CharSequence name, CharSequence value) {}

    private static final List<Header> EVERY_ANSWER = List.of(
            header("x-content-type-options", "nosniff"),
            header("x-frame-options", "DENY"),
            header("referrer-policy", "strict-origin-when-cross-origin"),
            header("x-xss-protection", "0"),
            header("permissions-policy", "accelerometer=(), browsing-topics=(), camera=(), display-capture=(),"
                    + " geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), usb=()"));

    private static final List<Header> OWN_ANSWER = List.of(
            header("content-security-policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'"),
            header("cross-origin-opener-policy", "same-origin"),
            header("cross-origin-resource-policy", "same-origin"),
            header("cache-control", "no-store"));

    private static final CharSequence MODULE_CSP =
            HttpHeaders.createOptimized("frame-ancestors 'none'; object-src 'none'; base-uri 'self'");
    private static final CharSequence PRIVATE = HttpHeaders.createOptimized("private, no-cache");
    private static final CharSequence HSTS = HttpHeaders.createOptimized("strict-transport-security");
    private static final CharSequence CSP = HttpHeaders.createOptimized("content-security-policy");
    private static final CharSequence REFERRER_POLICY = HttpHeaders.createOptimized("referrer-policy");
    private static final CharSequence CACHE_CONTROL = HttpHeaders.CACHE_CONTROL;
    private static final List<String> STRICTER_REFERRER = List.of("no-referrer", "same-origin");

    /** Arrays, because every request walks them. */
    private final Header[] everyAnswer;
    private final Header[] ownAnswer;

    /** @param includeSubDomains whether HSTS speaks for sub-domains too */
    public SecurityHeaders(Origin origin, boolean includeSubDomains) {
        List<Header> every = new ArrayList<>(EVERY_ANSWER);
        if (origin.isHttps() && !origin.isIpLiteral()) {
            every.add(header("strict-transport-security", "max-age=31536000" + (includeSubDomains ? "; includeSubDomains" : "")));
        }
        everyAnswer = every.toArray(Header[]::new);
        every.addAll(OWN_ANSWER);
        ownAnswer = every.toArray(Header[]::new);
    }

    /** Classes (a) and (b): put on an answer before anybody could make it. */
    public void addOwn(HttpServerResponse response) {
        MultiMap headers = response.headers();
        for (Header header : ownAnswer) {
            headers.add(header.name(), header.value());
        }
    }

    /** Classes (a) and (c), into what a module sent: ours replace its own, what it may decide is kept. */
    public void applyToModule(MultiMap headers, boolean isPublic) {
        String referrer = headers.get(REFERRER_POLICY);
        for (Header header : everyAnswer) {
            headers.set(header.name(), header.value());
        }
        if (everyAnswer.length == EVERY_ANSWER.size()) {
            headers.remove(HSTS);
        }
        if (isStricter(referrer)) {
            headers.set(REFERRER_POLICY, referrer);
        }
        if (!headers.contains(CSP)) {
            headers.set(CSP, MODULE_CSP);
        }
        if (!isPublic && !headers.contains(CACHE_CONTROL)) {
            headers.set(CACHE_CONTROL, PRIVATE);
        }
    }

    /** Takes class (b) off an answer that turns out to be a module's file, and puts class (c) on. */
    public void turnIntoModule(MultiMap headers, boolean isPublic) {
        for (Header header : OWN_ANSWER) {
            headers.remove(header.name());
        }
        applyToModule(headers, isPublic);
    }

    private static boolean isStricter(@Nullable String referrer) {
        return referrer != null && STRICTER_REFERRER.contains(referrer.trim());
    }

    private static Header header(String name, String value) {
        return new Header(HttpHeaders.createOptimized(name), HttpHeaders.createOptimized(value));
    }
}
