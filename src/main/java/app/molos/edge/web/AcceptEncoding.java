package app.molos.edge.web;

import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/** Says which codings a client takes (RFC 9110, 12.5.3): a header that is absent takes none here, though it might. */
public final class AcceptEncoding {
    private static final Pattern NO_WEIGHT = Pattern.compile("q\\s*=\\s*0(\\.0{0,3})?");

    private AcceptEncoding() {}

    /**
     * Whether a coding is named, or covered by a star, and its weight is not zero. {@code gzip} is {@code x-gzip}, too.
     */
    public static boolean takes(HttpServerRequest request, String coding) {
        return request.headers().contains(HttpHeaders.ACCEPT_ENCODING)
                && takes(request.headers().getAll(HttpHeaders.ACCEPT_ENCODING), coding);
    }

    static boolean takes(List<String> lines, String coding) {
        boolean isCovered = false;
        for (String line : lines) {
            for (String item : line.toLowerCase(Locale.ROOT).split(",", -1)) {
                String[] parts = item.split(";", -1);
                String name = parts[0].trim();
                if (name.equals(coding) || (coding.equals("gzip") && name.equals("x-gzip"))) {
                    return !isRefused(parts);
                }
                isCovered |= name.equals("*") && !isRefused(parts);
            }
        }
        return isCovered;
    }

    private static boolean isRefused(String[] parts) {
        for (int i = 1; i < parts.length; i++) {
            if (NO_WEIGHT.matcher(parts[i].trim()).matches()) {
                return true;
            }
        }
        return false;
    }
}
