package app.molos.edge.http;

import app.molos.edge.pages.PageRenderer;
import app.molos.edge.web.ErrorShape;
import app.molos.edge.web.HttpError;
import app.molos.edge.web.ReadMethod;
import app.molos.edge.web.RequestContext;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
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
    private static final byte[] ID = ",\"requestId\":\"".getBytes(StandardCharsets.US_ASCII);
    /** There are about as many texts of refusals. */
    private static final int MOST_KEPT = 128;

    private static final String NOT_FOUND = "NOT_FOUND";

    private record Wording(ErrorShape shape, HttpError.Form form, int status, String code, String text) {
        private static Wording of(RequestContext context, HttpError.Form form, HttpError error) {
            return new Wording(context.shape(), form, error.status(), error.code(), error.text());
        }
    }

    private final PageRenderer renderer;
    /** All that is the same in each answer. */
    private final Map<Wording, Buffer> bodies = new HashMap<>();

    ErrorWriter(PageRenderer renderer) {
        this.renderer = renderer;
    }

    void write(HttpServerRequest request, RequestContext context, HttpError error) {
        switch (context.shape()) {
            case BETTER_AUTH -> writeWire(request, request.response(), context, error);
            case PROBLEM -> writeProblem(request, request.response(), context, error);
        }
    }

    /**
     * Without the headers that are for pages. Its id stands in the head only, so that the body is the same each time; no
     * cache may keep it, since one that was told to keep everything would refuse everybody.
     */
    void writeLean(HttpServerRequest request, RequestContext context, HttpError error) {
        HttpServerResponse response = request.response().setStatusCode(error.status());
        MultiMap headers = response.headers()
                .add(HttpHeaders.CACHE_CONTROL, NO_STORE)
                .add(HttpHeaders.RETRY_AFTER, error.retryAfter())
                .add(REQUEST_ID, context.id());
        for (Map.Entry<CharSequence, CharSequence> header : error.headers().entrySet()) {
            headers.add(header.getKey(), header.getValue());
        }
        if (error.form() == HttpError.Form.LINE) {
            headers.add(HttpHeaders.CONTENT_TYPE, TEXT);
        } else {
            headers.add(NOSNIFF, NOSNIFF_VALUE);
            if (context.shape() == ErrorShape.BETTER_AUTH) {
                // The name that better-auth's client looks for.
                headers.add(X_RETRY_AFTER, error.retryAfter());
            }
            headers.add(HttpHeaders.CONTENT_TYPE, context.shape() == ErrorShape.PROBLEM ? PROBLEM_JSON : JSON);
        }
        end(request, response, body(context, error.form(), error));
    }

    /** Returns the body of an error, without the id of its request. */
    private Buffer body(RequestContext context, HttpError.Form form, HttpError error) {
        Wording wording = Wording.of(context, form, error);
        Buffer known = bodies.get(wording);
        if (known == null) {
            known = Buffer.buffer(
                    form == HttpError.Form.LINE
                            ? error.text()
                            : (context.shape() == ErrorShape.PROBLEM ? problem(error) : wire(error)).encode());
            if (bodies.size() >= MOST_KEPT) {
                // Texts that say a value fill it; those that are refused often are back at once.
                bodies.clear();
            }
            bodies.put(wording, known);
        }
        return known;
    }

    private static JsonObject wire(HttpError error) {
        return new JsonObject().put("code", error.code()).put("message", error.text());
    }

    private static JsonObject problem(HttpError error) {
        return new JsonObject()
                .put("type", "about:blank")
                .put("title", titleOf(error.status()))
                .put("status", error.status())
                .put("detail", error.text())
                .put("code", error.code());
    }

    /** The wire's 404 of a path has neither body nor type. */
    private void writeWire(
            HttpServerRequest request, HttpServerResponse response, RequestContext context, HttpError error) {
        if (error.status() == 404 && error.code().equals(NOT_FOUND)) {
            response.end();
            return;
        }
        end(request, response.putHeader(HttpHeaders.CONTENT_TYPE, JSON), body(context, HttpError.Form.WHOLE, error));
    }

    private void writeProblem(
            HttpServerRequest request, HttpServerResponse response, RequestContext context, HttpError error) {
        if (prefersPage(request)) {
            response.putHeader(HttpHeaders.VARY, "accept");
            renderer.sendError(request, error.status(), titleOf(error.status()), error.text(), context.id());
            return;
        }
        Buffer common = body(context, HttpError.Form.WHOLE, error);
        Buffer body = Buffer.buffer(common.length() + ID.length + context.id().length() + 2)
                .appendBuffer(common, 0, common.length() - 1)
                .appendBytes(ID)
                .appendString(context.id())
                .appendString("\"}");
        end(
                request,
                response.putHeader(HttpHeaders.CONTENT_TYPE, PROBLEM_JSON).putHeader(HttpHeaders.VARY, "accept"),
                body);
    }

    private static void end(HttpServerRequest request, HttpServerResponse response, Buffer body) {
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
