package app.molos.edge.session;

import app.molos.edge.session.Signatures.Verdict;
import app.molos.edge.web.Cookies;
import app.molos.edge.web.LimitedLog;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * The cookies of the auth wire: their names, their signature, and the Set-Cookie lines. An https origin gets
 * {@code __Host-} names with Secure; an http one plain names without it, because browsers would drop the others.
 * Thread-safe.
 */
public final class SessionCookies {
    /**
     * A validly signed token; {@code isStale} when the browser should get it again, under the edge's name and the
     * present secret.
     */
    record Presented(String token, boolean isStale) {}

    private static final String OURS = "molos.";
    private static final String LEGACY = "better-auth.";
    private static final String TOKEN = "molos.session_token";
    private static final String DATA = "molos.session_data";
    private static final String DONT_REMEMBER = "molos.dont_remember";
    private static final String ADMIN = "molos.admin_session";
    private static final String DEVICE = "molos.device";
    private static final List<String> PREFIXES = List.of("", "__Host-", "__Secure-");
    private static final LimitedLog LIMITED = new LimitedLog(LoggerFactory.getLogger(SessionCookies.class));
    private static final int SIGNATURE_LENGTH = 44;
    private static final long ADMIN_SECONDS = 604_800;
    private static final long DEVICE_SECONDS = 31_536_000;

    /** Cookies whose signature was found good; one that comes again needs no second look. */
    private static final int MAX_VERIFIED = 10_000;

    private final Signatures signatures;
    private final Cache<String, Presented> verified = Caffeine.newBuilder()
            .maximumSize(MAX_VERIFIED)
            .executor(Runnable::run)
            .build();
    private final String prefix;
    private final String tokenName;
    private final String attributes;
    private final List<String> legacyNames;
    private final Set<String> sessionNames = new HashSet<>();
    private final Set<String> reserved = new HashSet<>();

    /** @param acceptsLegacy whether the cookies of the app that people come from are good too */
    public SessionCookies(Signatures signatures, boolean isHttps, boolean acceptsLegacy) {
        this.signatures = signatures;
        this.prefix = isHttps ? "__Host-" : "";
        this.tokenName = prefix + TOKEN;
        this.attributes = "; Path=/; HttpOnly; " + (isHttps ? "Secure; " : "") + "SameSite=Lax";
        List<String> legacy = new ArrayList<>();
        if (acceptsLegacy) {
            legacy.addAll(
                    List.of("better-auth.session_token", "__Secure-better-auth.session_token", "__Secure-" + TOKEN));
            if (isHttps) {
                legacy.add(TOKEN);
            }
        }
        this.legacyNames = List.copyOf(legacy);
        for (String p : PREFIXES) {
            List.of(TOKEN, DATA, DONT_REMEMBER, ADMIN)
                    .forEach(name -> sessionNames.add((p + name).toLowerCase(Locale.ROOT)));
            reserved.add((p + DEVICE).toLowerCase(Locale.ROOT));
        }
        legacyNames.forEach(name -> sessionNames.add(name.toLowerCase(Locale.ROOT)));
        reserved.addAll(sessionNames);
    }

    /** Whether a cookie name is the edge's in any mode: no module may see or set it. */
    public boolean isOurs(String name) {
        return reserved.contains(name.toLowerCase(Locale.ROOT));
    }

    /** Whether a cookie of that name lets a request act for somebody. */
    public boolean carriesSession(String name) {
        return sessionNames.contains(name.toLowerCase(Locale.ROOT));
    }

    /** The name of the cookie that carries the session. */
    String tokenName() {
        return tokenName;
    }

    /** The session token of a request's Cookie headers, or null. */
    @Nullable
    Presented find(List<String> headers) {
        if (headers.isEmpty()) {
            return null;
        }
        String value = Cookies.first(headers, tokenName);
        Presented own = open(value);
        if (value != null && own == null && value.length() > SIGNATURE_LENGTH) {
            LIMITED.warn(
                    "secret",
                    "A session cookie came that the present secret did not sign. If many are signed out: was BETTER_AUTH_SECRET"
                            + " changed? Write the former one into BETTER_AUTH_OLD_SECRETS, and they are back");
        }
        if (own != null || legacyNames.isEmpty()) {
            return own;
        }
        for (String name : legacyNames) {
            Presented legacy = open(Cookies.first(headers, name));
            if (legacy != null) {
                return new Presented(legacy.token(), true);
            }
        }
        return null;
    }

    /** Whether there is a cookie of a session's name that looks signed, and is not by any secret of ours. */
    boolean isForged(List<String> headers) {
        String value = Cookies.first(headers, tokenName);
        return value != null && value.length() > SIGNATURE_LENGTH && open(value) == null;
    }

    /** The Set-Cookie lines of a session; {@code maxAgeSeconds} below 0 makes them last as long as the browser. */
    List<String> issue(String token, long maxAgeSeconds) {
        if (maxAgeSeconds >= 0) {
            return List.of(set(TOKEN, signed(token), maxAgeSeconds));
        }
        return List.of(set(TOKEN, signed(token), -1), set(DONT_REMEMBER, signed("true"), -1));
    }

    /** The lines that remove what a legacy cookie of the request left in the browser. */
    List<String> legacyDeletions(List<String> headers) {
        return legacyNames.stream()
                .filter(name -> Cookies.first(headers, name) != null)
                .map(name -> name + "=; Max-Age=0; Path=/; HttpOnly; " + (name.startsWith("__") ? "Secure; " : "")
                        + "SameSite=Lax")
                .toList();
    }

    /** The three lines that make a browser forget, in the wire's order. */
    List<String> deletions() {
        return List.of(delete(TOKEN), delete(DATA), delete(DONT_REMEMBER));
    }

    /** The line that keeps an admin's own session while they are somebody else. */
    String keepAdmin(String adminToken, boolean isRemembered) {
        return set(ADMIN, signed(adminToken + ":" + (isRemembered ? "" : "true")), ADMIN_SECONDS);
    }

    /** The token that {@link #keepAdmin} kept, or null. */
    @Nullable
    String keptAdmin(List<String> headers) {
        Presented kept = open(Cookies.first(headers, prefix + ADMIN));
        return kept == null || kept.token().indexOf(':') < 0
                ? null
                : kept.token().substring(0, kept.token().lastIndexOf(':'));
    }

    boolean hasAdmin(List<String> headers) {
        return Cookies.first(headers, prefix + ADMIN) != null;
    }

    String deleteAdmin() {
        return delete(ADMIN);
    }

    String deleteDontRemember() {
        return delete(DONT_REMEMBER);
    }

    /** The line that makes this browser known for an e-mail address; see {@link #device}. */
    public String rememberDevice(String device, String email) {
        return set(DEVICE, device + "." + deviceSignature(device, email), DEVICE_SECONDS);
    }

    /** The browser's own word if somebody has signed in with that address from it before, or null. */
    public @Nullable String device(List<String> headers, String email) {
        String value = headers.isEmpty() ? null : Cookies.first(headers, prefix + DEVICE);
        int dot = value == null ? -1 : value.indexOf('.');
        if (value == null || dot < 1) {
            return null;
        }
        String device = value.substring(0, dot);
        try {
            byte[] given = Base64.getUrlDecoder().decode(value.substring(dot + 1));
            return signatures.verify(deviceText(device, email), given) == Verdict.BAD ? null : device;
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    /** Whether one of them may carry a session or a device's word; whatever this says no to, is none of ours. */
    boolean mayBeOurs(List<String> headers) {
        for (String header : headers) {
            if (header.contains(OURS) || (!legacyNames.isEmpty() && header.contains(LEGACY))) {
                return true;
            }
        }
        return false;
    }

    boolean hasDevice(List<String> headers) {
        return !headers.isEmpty() && Cookies.first(headers, prefix + DEVICE) != null;
    }

    /** The token inside a cookie's value, or null when the signature is not ours. */
    @Nullable
    String verify(String cookieValue) {
        Presented presented = open(cookieValue);
        return presented == null ? null : presented.token();
    }

    private @Nullable Presented open(@Nullable String cookieValue) {
        if (cookieValue == null) {
            return null;
        }
        Presented known = verified.getIfPresent(cookieValue);
        return known != null ? known : verified.get(cookieValue, this::judge);
    }

    /** Null, which no cache keeps, when the signature is not ours. */
    private @Nullable Presented judge(String cookieValue) {
        String value = cookieValue;
        if (value.length() >= 2 && value.startsWith("\"") && value.endsWith("\"")) {
            value = value.substring(1, value.length() - 1);
        }
        if (value.indexOf('%') >= 0) {
            value = decoded(value);
        }
        int dot = value.lastIndexOf('.');
        if (dot < 1 || value.length() - dot - 1 != SIGNATURE_LENGTH || !value.endsWith("=")) {
            return null;
        }
        String text = value.substring(0, dot);
        try {
            return switch (signatures.verify(text, Base64.getDecoder().decode(value.substring(dot + 1)))) {
                case CURRENT -> new Presented(text, false);
                case OLD -> new Presented(text, true);
                case BAD -> null;
            };
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    /** The cookie's value for a token: percent-encoded, as {@code encodeURIComponent} would. */
    String signed(String token) {
        String signature = Base64.getEncoder().encodeToString(signatures.sign(token));
        return token.replace(":", "%3A") + "."
                + signature.replace("+", "%2B").replace("/", "%2F").replace("=", "%3D");
    }

    private String set(String name, String value, long maxAgeSeconds) {
        return prefix + name + "=" + value + (maxAgeSeconds < 0 ? "" : "; Max-Age=" + maxAgeSeconds) + attributes;
    }

    private String delete(String name) {
        return prefix + name + "=; Max-Age=0" + attributes;
    }

    private String deviceSignature(String device, String email) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(signatures.sign(deviceText(device, email)));
    }

    private static String deviceText(String device, String email) {
        return "device:" + device + ":" + email;
    }

    private static String decoded(String value) {
        try {
            return URLDecoder.decode(value.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return value;
        }
    }
}
