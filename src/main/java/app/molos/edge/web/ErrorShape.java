package app.molos.edge.web;

import io.vertx.ext.web.RoutingContext;

/** How a failure is worded on a route: problem answers (RFC 9457, or a page for a browser), or the auth wire's own. */
public enum ErrorShape {
    PROBLEM,
    WIRE;

    private static final String KEY = "edge.errorShape";

    /** Puts this shape on the request. */
    public void on(RoutingContext ctx) {
        ctx.put(KEY, this);
    }

    public static ErrorShape of(RoutingContext ctx) {
        ErrorShape shape = ctx.get(KEY);
        return shape == null ? PROBLEM : shape;
    }
}
