package app.molos.edge.csp;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One thing that a page wanted to load and its policy did not allow.
 *
 * @param directive that would allow it, such as {@code img-src}
 * @param source that would have to stand there, such as {@code 'self'} or {@code https://cdn.example.org}
 */
public record CspReport(String directive, String source) {
    private static final int MOST_A_BODY = 20;
    private static final int MOST_HOST = 253;
    /** Directives of CSP Level 3 that name sources; their parts are allowed by the whole. */
    private static final Set<String> DIRECTIVES = Set.of(
            "child-src",
            "connect-src",
            "font-src",
            "form-action",
            "frame-src",
            "img-src",
            "manifest-src",
            "media-src",
            "object-src",
            "script-src",
            "style-src",
            "worker-src",
            "base-uri");

    private static final Map<String, String> WORDS = Map.of(
            "inline", "'unsafe-inline'",
            "eval", "'unsafe-eval'",
            "wasm-eval", "'wasm-unsafe-eval'",
            "self", "'self'",
            "data", "data:",
            "blob", "blob:",
            "filesystem", "filesystem:",
            "mediastream", "mediastream:");

    /**
     * Reads what a browser sent, in either of the two forms there are (`application/csp-report` and
     * `application/reports+json`). What is neither, or about nothing, is left out.
     */
    static List<CspReport> read(String body) {
        List<CspReport> reports = new ArrayList<>();
        try {
            if (body.stripLeading().startsWith("[")) {
                JsonArray all = new JsonArray(body);
                for (int i = 0; i < Math.min(all.size(), MOST_A_BODY); i++) {
                    if (all.getValue(i) instanceof JsonObject report
                            && "csp-violation".equals(report.getValue("type"))
                            && report.getValue("body") instanceof JsonObject violation) {
                        of(violation, "effectiveDirective", "blockedURL", "documentURL")
                                .ifPresent(reports::add);
                    }
                }
            } else if (new JsonObject(body).getValue("csp-report") instanceof JsonObject violation) {
                String directive =
                        violation.containsKey("effective-directive") ? "effective-directive" : "violated-directive";
                of(violation, directive, "blocked-uri", "document-uri").ifPresent(reports::add);
            }
        } catch (DecodeException e) {
            return List.of();
        }
        return reports;
    }

    private static Optional<CspReport> of(JsonObject violation, String directive, String blocked, String document) {
        String name = directive(text(violation, directive));
        String source = source(text(violation, blocked), text(violation, document));
        return DIRECTIVES.contains(name) && source != null
                ? Optional.of(new CspReport(name, source))
                : Optional.empty();
    }

    private static String text(JsonObject violation, String key) {
        return violation.getValue(key) instanceof String text ? text : "";
    }

    /** {@code script-src-elem} is allowed by {@code script-src}; older browsers send the whole line. */
    private static String directive(String text) {
        String name = text.strip().split(" ", 2)[0].toLowerCase(Locale.ROOT);
        return name.endsWith("-elem") || name.endsWith("-attr") ? name.substring(0, name.length() - 5) : name;
    }

    private static @Nullable String source(String blocked, String document) {
        String word = WORDS.get(blocked);
        if (word != null) {
            return word;
        }
        String origin = origin(blocked);
        return origin != null && origin.equals(origin(document)) ? "'self'" : origin;
    }

    private static @Nullable String origin(String url) {
        try {
            URI uri = URI.create(url);
            String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
            String host = uri.getHost();
            if (WORDS.containsKey(scheme)) {
                return WORDS.get(scheme);
            }
            boolean isWeb = Set.of("http", "https", "ws", "wss").contains(scheme);
            return isWeb
                            && host != null
                            && host.length() <= MOST_HOST
                            && host.matches("[A-Za-z0-9.-]+|\\[[0-9A-Fa-f:.]+]")
                    ? scheme + "://" + host.toLowerCase(Locale.ROOT) + (uri.getPort() < 0 ? "" : ":" + uri.getPort())
                    : null;
        } catch (IllegalArgumentException e) {
            return null;
        }
    }
}
