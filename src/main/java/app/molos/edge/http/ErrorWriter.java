package app.molos.edge.http;

import app.molos.edge.pages.PageRenderer;
import app.molos.edge.web.HttpError;
import app.molos.edge.web.ReadMethod;
import app.molos.edge.web.RequestContext;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.Map;

/** Writes an error in the shape that its request asks for: the auth wire's, a page for a browser, or RFC 9457's. Confined to one event loop. */
final class ErrorWriter {
    private static final CharSequence PROBLEM_JSON = HttpHeaders.createOptimized("application/problem+json");
    private static final CharSequence JSON = HttpHeaders.createOptimized("application/json");
    private static final CharSequence TEXT = HttpHeaders.createOptimized("text/plain; charset=utf-8");
    private static final CharSequence NO_STORE = HttpHeaders.createOptimized("no-store");
    private static final CharSequence NOSNIFF = HttpHeaders.createOptimized("x-content-type-options");
    private static final CharSequence NOSNIFF_VALUE = HttpHeaders.createOptimized("nosniff");
    private static final CharSequence X_RETRY_AFTER = HttpHeaders.createOptimized("x-retry-after");
    private static final CharSequence REQUEST_ID = HttpHeaders.createOptimized("x-request-id");
    /** There are about as many texts of refusals. */
    private static final int MOST_KEPT = 128;

    private static final String NOT_FOUND = "NOT_FOUND";

    private record Wording(int status, String code, String text) {}

    private final PageRenderer renderer;
    private final Map<Wording, String> encodings = new HashMap<>();

    ErrorWriter(PageRenderer renderer) {
        this.renderer = renderer;
    }

    void write(HttpServerRequest request, RequestContext context, HttpError error) {
        switch (context.shape()) {
            case BETTER_AUTH -> writeWire(request, request.response(), error);
            case PROBLEM -> writeProblem(request, request.response(), context.id(), error);
        }
    }

    /** Without the headers that are for pages, or whose work a line of text or of JSON does not need. */
    void writeLean(HttpServerRequest request, RequestContext context, HttpError error) {
        HttpServerResponse response = request.response().setStatusCode(error.status());
        MultiMap headers = response.headers()
                .add(HttpHeaders.CACHE_CONTROL, NO_STORE)
                .add(HttpHeaders.RETRY_AFTER, Integer.toString(error.retryAfterSeconds()))
                .add(REQUEST_ID, context.id());
        error.headers().forEach(headers::add);
        if (error.form() == HttpError.Form.LINE) {
            headers.add(HttpHeaders.CONTENT_TYPE, TEXT);
            end(request, response, error.text());
            return;
        }
        headers.add(NOSNIFF, NOSNIFF_VALUE);
        // The name that better-auth's client looks for.
        headers.add(X_RETRY_AFTER, Integer.toString(error.retryAfterSeconds()));
        write(request, context, error);
    }

    /** The wire's 404 of a path has neither body nor type. */
    private static void writeWire(HttpServerRequest request, HttpServerResponse response, HttpError error) {
        if (error.status() == 404 && error.code().equals(NOT_FOUND)) {
            response.end();
            return;
        }
        String body = new JsonObject()
                .put("code", error.code())
                .put("message", error.text())
                .encode();
        end(request, response.putHeader(HttpHeaders.CONTENT_TYPE, JSON), body);
    }

    private void writeProblem(HttpServerRequest request, HttpServerResponse response, String id, HttpError error) {
        String title = titleOf(error.status());
        if (prefersPage(request)) {
            response.putHeader(HttpHeaders.VARY, "accept");
            renderer.sendError(request, error.status(), title, error.text(), id);
            return;
        }
        String body = encoded(title, error) + id + "\"}";
        end(
                request,
                response.putHeader(HttpHeaders.CONTENT_TYPE, PROBLEM_JSON).putHeader(HttpHeaders.VARY, "accept"),
                body);
    }

    /** All but the id, which is letters and figures, and the end. */
    private String encoded(String title, HttpError error) {
        Wording wording = new Wording(error.status(), error.code(), error.text());
        String known = encodings.get(wording);
        if (known != null) {
            return known;
        }
        String text = new JsonObject()
                .put("type", "about:blank")
                .put("title", title)
                .put("status", error.status())
                .put("detail", error.text())
                .put("code", error.code())
                .put("requestId", "")
                .encode();
        String open = text.substring(0, text.length() - 2);
        if (encodings.size() >= MOST_KEPT) {
            // Texts that say a value fill it; those that are refused often are back at once.
            encodings.clear();
        }
        encodings.put(wording, open);
        return open;
    }

    private static void end(HttpServerRequest request, HttpServerResponse response, String body) {
        if (ReadMethod.isHead(request)) {
            response.end();
        } else {
            response.end(body);
        }
    }

    /** Whether the Accept header puts a page before JSON: browsers do when they navigate. */
    static boolean prefersPage(HttpServerRequest request) {
        String accept = request.getHeader(HttpHeaders.ACCEPT);
        if (accept == null) {
            return false;
        }
        int html = accept.indexOf("text/html");
        int json = accept.indexOf("json");
        return html >= 0 && (json < 0 || html < json);
    }

    static String titleOf(int status) {
        return status == 421
                ? "Misdirected Request"
                : HttpResponseStatus.valueOf(status).reasonPhrase();
    }
}
