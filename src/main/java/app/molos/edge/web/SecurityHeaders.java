package app.molos.edge.web;

import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The one table of response headers, in three classes: (a) on every answer, (b) on the edge's own answers also, (c) on
 * what modules answer. Names and values are encoded once, here.
 */
public final class SecurityHeaders {
    private record Header(CharSequence name, CharSequence value) {}

    private static final CharSequence DATE = HttpHeaders.createOptimized("date");
    private static final CharSequence REFERRER_POLICY = HttpHeaders.createOptimized("referrer-policy");

    /** (a): on every response, also a module's. */
    private static final List<Header> EVERY_RESPONSE = List.of(
            header("x-content-type-options", "nosniff"),
            header("x-frame-options", "DENY"),
            new Header(REFERRER_POLICY, HttpHeaders.createOptimized("strict-origin-when-cross-origin")),
            header("x-xss-protection", "0"),
            header(
                    "permissions-policy",
                    "accelerometer=(), browsing-topics=(), camera=(), display-capture=(),"
                            + " geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), usb=()"));

    /** (b): on the edge's own. */
    private static final List<Header> OWN_RESPONSE = List.of(
            header("content-security-policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'"),
            header("cross-origin-opener-policy", "same-origin"),
            header("cross-origin-resource-policy", "same-origin"),
            header("cache-control", "no-store"));

    /** (c): on a module's, unless it has one of its own. */
    private static final CharSequence MODULE_CSP =
            HttpHeaders.createOptimized("frame-ancestors 'none'; object-src 'none'; base-uri 'self'");

    private static final CharSequence PRIVATE = HttpHeaders.createOptimized("private, no-cache");
    private static final CharSequence CSP = HttpHeaders.createOptimized("content-security-policy");
    private static final CharSequence CACHE_CONTROL = HttpHeaders.CACHE_CONTROL;
    /**
     * Names that a module's responses have in the edge's words only. HSTS is the edge's for a name with https; without,
     * nobody's: it would lock people out of other ports.
     */
    private static final NameSet REPLACED = NameSet.of(
            Stream.concat(EVERY_RESPONSE.stream().map(h -> h.name().toString()), Stream.of("strict-transport-security"))
                    .toArray(String[]::new));

    private static final List<String> STRICTER_REFERRER = List.of("no-referrer", "same-origin");

    /** Those of one origin; arrays, because every request walks them. */
    private static final class Values {
        private final Header[] everyResponse;
        private final Header[] ownResponse;

        private Values(List<Header> everyResponse, List<Header> ownResponse) {
            this.everyResponse = everyResponse.toArray(Header[]::new);
            this.ownResponse = ownResponse.toArray(Header[]::new);
        }
    }

    private final Origins origins;
    private final Map<Origin, Values> byOrigin = new HashMap<>();
    private final Values main;
    private final HttpDate date = new HttpDate(Clock.systemUTC());

    /** @param includeSubDomains whether HSTS speaks for sub-domains too */
    public SecurityHeaders(Origins origins, boolean includeSubDomains) {
        this.origins = origins;
        origins.all().forEach(origin -> byOrigin.put(origin, values(origin, includeSubDomains)));
        main = Objects.requireNonNull(byOrigin.get(origins.main()));
    }

    private static Values values(Origin origin, boolean includeSubDomains) {
        List<Header> every = new ArrayList<>(EVERY_RESPONSE);
        if (origin.isHttps() && !origin.isIpLiteral()) {
            every.add(header(
                    "strict-transport-security",
                    "max-age=31536000" + (includeSubDomains ? "; includeSubDomains" : "")));
        }
        List<Header> own = new ArrayList<>(every);
        own.addAll(OWN_RESPONSE);
        return new Values(every, own);
    }

    private Values of(HttpServerRequest request) {
        return byOrigin.size() == 1 ? main : byOrigin.getOrDefault(origins.of(request), main);
    }

    /** Puts (a) and (b) among the headers of a request's response, before anything can answer. */
    public void addOwn(HttpServerRequest request, MultiMap headers) {
        for (Header header : of(request).ownResponse) {
            headers.add(header.name(), header.value());
        }
        headers.add(DATE, date.now());
    }

    /** Whether only the edge says it, whatever a module does. */
    public static boolean isOurs(String name) {
        return REPLACED.contains(name);
    }

    /** Watches one pass over the headers that a module sent for a request. */
    public Seen seen(HttpServerRequest request) {
        return new Seen(of(request));
    }

    /**
     * Merges a module's security headers with the edge's: the edge's replace its own, what it may decide is kept.
     */
    public final class Seen {
        private @Nullable String referrer;
        private boolean hasCsp;
        private boolean hasCacheControl;
        private boolean hasDate;

        private final Values values;

        private Seen(Values values) {
            this.values = values;
        }

        /** Whether this header of the module's is not passed on, because the edge's stand for it. */
        public boolean replaces(String name, String value) {
            if (REPLACED.contains(name)) {
                referrer = name.equalsIgnoreCase("referrer-policy") ? value : referrer;
                return true;
            }
            hasCsp |= name.equalsIgnoreCase("content-security-policy");
            hasCacheControl |= name.equalsIgnoreCase("cache-control");
            hasDate |= name.equalsIgnoreCase("date");
            return false;
        }

        /** Adds (a) and (c) to the headers that were passed on. */
        public void addTo(MultiMap headers, boolean isPublic) {
            for (Header header : values.everyResponse) {
                if (header.name() == REFERRER_POLICY && isStricter(referrer)) {
                    headers.add(REFERRER_POLICY, referrer);
                } else {
                    headers.add(header.name(), header.value());
                }
            }
            if (!hasDate) {
                headers.add(DATE, date.now());
            }
            if (!hasCsp) {
                headers.add(CSP, MODULE_CSP);
            }
            if (!isPublic && !hasCacheControl) {
                headers.add(CACHE_CONTROL, PRIVATE);
            }
        }
    }

    /** Takes (b) off a response that turns out to be a module's file, and puts (c) on. */
    public void turnIntoModule(MultiMap headers, boolean isPublic) {
        for (Header header : OWN_RESPONSE) {
            headers.remove(header.name());
        }
        // The others are there already.
        if (!headers.contains(CSP)) {
            headers.set(CSP, MODULE_CSP);
        }
        if (!isPublic && !headers.contains(CACHE_CONTROL)) {
            headers.set(CACHE_CONTROL, PRIVATE);
        }
    }

    private static boolean isStricter(@Nullable String referrer) {
        return referrer != null && STRICTER_REFERRER.contains(referrer.trim());
    }

    private static Header header(String name, String value) {
        return new Header(HttpHeaders.createOptimized(name), HttpHeaders.createOptimized(value));
    }
}
