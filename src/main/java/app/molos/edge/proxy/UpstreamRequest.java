package app.molos.edge.proxy;

import app.molos.edge.modules.Module;
import app.molos.edge.session.SignedIn;
import io.vertx.core.http.HttpServerRequest;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * A request as its module gets it.
 *
 * @param uri path and query
 * @param strippedPrefix what was taken off the front of the path; may be empty
 * @param assertion who asks, signed; may be empty
 */
record UpstreamRequest(
        String uri, String strippedPrefix, @Nullable SignedIn signedIn, String assertion) {
    /**
     * @param path as it was read, which is what access was decided on: it is sent, not what was written
     * @param prefix under which the module was found
     */
    static UpstreamRequest of(
            Module module,
            HttpServerRequest request,
            String path,
            String prefix,
            @Nullable SignedIn signedIn,
            String assertion) {
        String stripped = module.forwarding().stripsPath() && !prefix.equals("/") ? prefix : "";
        String target = path.substring(stripped.length());
        String query = request.query();
        String uri = (target.isEmpty() ? "/" : target) + (query == null ? "" : "?" + octets(query));
        return new UpstreamRequest(uri, stripped, signedIn, assertion);
    }

    /**
     * A query as it was sent: octets above ASCII came as one character each, and written as such they would become two.
     */
    private static String octets(String query) {
        int i = 0;
        while (i < query.length() && query.charAt(i) < 128) {
            i++;
        }
        if (i == query.length()) {
            return query;
        }
        StringBuilder escaped = new StringBuilder(query.length() + 16).append(query, 0, i);
        for (; i < query.length(); i++) {
            char c = query.charAt(i);
            if (c < 128) {
                escaped.append(c);
            } else {
                escaped.append('%').append(HexFormat.of().withUpperCase().toHexDigits((byte) c));
            }
        }
        return escaped.toString();
    }
}
