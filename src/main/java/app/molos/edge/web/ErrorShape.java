package app.molos.edge.web;

/** How a failure is worded on a route: problem answers (RFC 9457, or a page for a browser), or the auth wire's own. */
public enum ErrorShape {
    PROBLEM,
    BETTER_AUTH
}
