package app.molos.edge.modules;

import app.molos.edge.web.EdgePaths;
import java.util.List;

/**
 * The paths that are the edge's own, with all below them: no module is configured there and no module is asked for
 * them.
 */
public final class ReservedPaths {
    public static final List<String> ALL =
            List.of("/api/auth", "/api/health", EdgePaths.BASE, "/.well-known/jwks.json", "/livez", "/readyz");

    private ReservedPaths() {}

    /** Whether a path, as it is routed, is the edge's own. */
    public static boolean cover(String path) {
        for (String reserved : ALL) {
            if (isWithin(path, reserved)) {
                return true;
            }
        }
        return false;
    }

    /** Whether a path is another one or below it. */
    static boolean isWithin(String path, String other) {
        return path.startsWith(other) && (path.length() == other.length() || path.charAt(other.length()) == '/');
    }
}
