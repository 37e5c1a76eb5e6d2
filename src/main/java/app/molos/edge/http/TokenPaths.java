package app.molos.edge.http;

import app.molos.edge.web.RequestContext;
import io.vertx.core.http.HttpServerRequest;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** Keeps the tokens of mailed links out of the log where no route has seen a request: they may be good all the same. */
final class TokenPaths {
    private static final String RESET = "reset-password";
    private static final String SHOWN = "/api/auth/reset-password/:token";

    private TokenPaths() {}

    /** Has the log show what a path is for instead of the path, however it is written. */
    static void hide(HttpServerRequest request, RequestContext context) {
        String uri = request.uri();
        if (uri != null && (contains(uri) || (uri.indexOf('%') >= 0 && contains(decoded(uri))))) {
            context.logPathAs(SHOWN);
        }
    }

    private static boolean contains(String text) {
        return text.toLowerCase(Locale.ROOT).contains(RESET);
    }

    private static String decoded(String uri) {
        int query = uri.indexOf('?');
        try {
            return URLDecoder.decode(query < 0 ? uri : uri.substring(0, query), StandardCharsets.ISO_8859_1);
        } catch (IllegalArgumentException e) {
            // No route takes such a path, and so there is no token in it that is good.
            return "";
        }
    }
}
