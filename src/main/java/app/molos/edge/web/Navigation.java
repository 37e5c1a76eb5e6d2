package app.molos.edge.web;

import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;

/** Tells a person who opens a page from a program that asks for data: only the first can be sent to another page. */
public final class Navigation {
    private Navigation() {}

    /** Whether a browser will show the answer as a page of its own. Fetch, XHR, frames and WebSockets are none. */
    public static boolean is(HttpServerRequest request) {
        if (!ReadMethod.is(request) || request.headers().contains(HttpHeaders.UPGRADE)) {
            return false;
        }
        String mode = request.getHeader("sec-fetch-mode");
        if (mode != null) {
            String destination = request.getHeader("sec-fetch-dest");
            return mode.equals("navigate") && (destination == null || destination.equals("document"));
        }
        String accept = request.getHeader(HttpHeaders.ACCEPT);
        return accept != null
                && accept.contains("text/html")
                && !"XMLHttpRequest".equals(request.getHeader("x-requested-with"));
    }
}
