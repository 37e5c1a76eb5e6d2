package app.molos.edge.web;

import io.vertx.core.internal.net.RFC3986;

/**
 * The path as it is routed: dots and double slashes resolved, unreserved characters decoded, once for guards, table and
 * modules.
 */
public final class RoutedPath {
    private RoutedPath() {}

    /** Returns what {@code RoutingContext.normalizedPath()} does, without the work where nothing is to be done. */
    public static String of(String path) {
        return isPlain(path) ? path : RFC3986.normalizePath(path);
    }

    static boolean isPlain(String path) {
        if (path.isEmpty() || path.charAt(0) != '/') {
            return false;
        }
        char before = ' ';
        for (int i = 0; i < path.length(); i++) {
            char c = path.charAt(i);
            if (c == '%' || (before == '/' && (c == '/' || c == '.'))) {
                return false;
            }
            before = c;
        }
        return true;
    }
}
