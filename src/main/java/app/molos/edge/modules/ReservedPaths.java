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
            if (path.startsWith(reserved)
                    && (path.length() == reserved.length() || path.charAt(reserved.length()) == '/')) {
                return true;
            }
        }
        return false;
    }
}
