package app.molos.edge.session;

import app.molos.edge.config.Secret;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * The cookies of the auth wire: their names, their signature, and the Set-Cookie lines. An https origin gets
 * {@code __Host-} names with Secure; an http one plain names without it, because browsers would drop the others.
 */
public final class SessionCookies {
    private static final List<String> NAMES =
            List.of("molos.session_token", "molos.session_data", "molos.dont_remember", "molos.admin_session");
    private static final Set<String> RESERVED = reserved();
    private static final int SIGNATURE_LENGTH = 44;

    private final ThreadLocal<Mac> macs;
    private final String prefix;
    private final String attributes;

    public SessionCookies(Secret secret, boolean isHttps) {
        SecretKeySpec key = new SecretKeySpec(secret.bytes(), "HmacSHA256");
        this.macs = ThreadLocal.withInitial(() -> mac(key));
        this.prefix = isHttps ? "__Host-" : "";
        this.attributes = "; Path=/; HttpOnly; " + (isHttps ? "Secure; " : "") + "SameSite=Lax";
    }

    /** The name of the cookie that carries the session. */
    public String tokenName() {
        return prefix + NAMES.get(0);
    }

    /** Whether a cookie name is one of ours in any mode: no module may see or set it. */
    public static boolean isOurs(String name) {
        return RESERVED.contains(name.toLowerCase(Locale.ROOT));
    }

    /** The Set-Cookie lines of a session; {@code maxAgeSeconds} below 0 makes them last as long as the browser. */
    public List<String> issue(String token, long maxAgeSeconds) {
        if (maxAgeSeconds >= 0) {
            return List.of(tokenName() + "=" + signed(token) + "; Max-Age=" + maxAgeSeconds + attributes);
        }
        return List.of(
                tokenName() + "=" + signed(token) + attributes,
                prefix + NAMES.get(2) + "=" + signed("true") + attributes);
    }

    /** The three lines that make a browser forget, in the wire's order. */
    public List<String> deletions() {
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            lines.add(prefix + NAMES.get(i) + "=; Max-Age=0" + attributes);
        }
        return lines;
    }

    /** The token inside a cookie's value, or null when the signature is not ours. */
    public @Nullable String verify(String cookieValue) {
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
        String token = value.substring(0, dot);
        try {
            byte[] given = Base64.getDecoder().decode(value.substring(dot + 1));
            return MessageDigest.isEqual(given, sign(token)) ? token : null;
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    /** The cookie's value for a token: percent-encoded, as {@code encodeURIComponent} would. */
    String signed(String token) {
        String signature = Base64.getEncoder().encodeToString(sign(token));
        return token.replace(":", "%3A") + "."
                + signature.replace("+", "%2B").replace("/", "%2F").replace("=", "%3D");
    }

    private byte[] sign(String text) {
        return macs.get().doFinal(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String decoded(String value) {
        try {
            return URLDecoder.decode(value.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return value;
        }
    }

    private static Mac mac(SecretKeySpec key) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(key);
            return mac;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has HmacSHA256", e);
        }
    }

    private static Set<String> reserved() {
        Set<String> names = new HashSet<>();
        for (String prefix : List.of("", "__Host-", "__Secure-")) {
            NAMES.forEach(name -> names.add((prefix + name).toLowerCase(Locale.ROOT)));
        }
        return Set.copyOf(names);
    }
}
