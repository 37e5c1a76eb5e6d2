package app.molos.edge.auth.api;

import app.molos.edge.web.HttpError;
import app.molos.edge.web.TrustedOrigins;
import io.vertx.core.json.JsonObject;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/** Where a client may ask to be sent: a plain relative path, or a URL of a trusted origin (open redirects end here). */
final class CallbackUrls {
    private static final Pattern RELATIVE =
            Pattern.compile("/(?![/\\\\]|%2f|%5c)[A-Za-z0-9_\\-.+/@]*(?:\\?[A-Za-z0-9_\\-.+/=&%@]*)?");
    private static final Map<String, String> CODES = Map.of(
            "callbackURL", "INVALID_CALLBACKURL",
            "redirectTo", "INVALID_REDIRECTURL",
            "errorCallbackURL", "INVALID_ERRORCALLBACKURL",
            "newUserCallbackURL", "INVALID_NEWUSERCALLBACKURL");

    private final TrustedOrigins trusted;

    CallbackUrls(TrustedOrigins trusted) {
        this.trusted = trusted;
    }

    /** Throws 403 for the first field that leads elsewhere; an empty one counts as absent. */
    void check(JsonObject body, String queryCallback) {
        CODES.forEach((field, code) -> {
            if (body.getValue(field) instanceof String url && !url.isEmpty()) {
                check(url, code);
            }
        });
        checkCallback(queryCallback);
    }

    /** Throws 403 unless it is empty or leads to us. */
    void checkCallback(String url) {
        if (!url.isEmpty()) {
            check(url, "INVALID_CALLBACKURL");
        }
    }

    private void check(String url, String code) {
        if (!RELATIVE.matcher(url).matches() && !(url.startsWith("http") && trusted.contains(url))) {
            throw HttpError.of(
                    403,
                    code,
                    "Invalid "
                            + code.substring("INVALID_".length())
                                    .replace("URL", " URL")
                                    .toLowerCase(Locale.ROOT)
                                    .strip());
        }
    }
}
