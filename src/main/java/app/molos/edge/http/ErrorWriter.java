package app.molos.edge.http;

import app.molos.edge.pages.PageRenderer;
import app.molos.edge.web.HttpError;
import app.molos.edge.web.ReadMethod;
import app.molos.edge.web.RequestContext;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;

/** Writes an error in the shape that its request asks for: the auth wire's, a page for a browser, or RFC 9457's. */
final class ErrorWriter {
    private static final CharSequence PROBLEM_JSON = HttpHeaders.createOptimized("application/problem+json");
    private static final CharSequence JSON = HttpHeaders.createOptimized("application/json");
    private static final String NOT_FOUND = "NOT_FOUND";

    private final PageRenderer renderer;

    ErrorWriter(PageRenderer renderer) {
        this.renderer = renderer;
    }

    void write(HttpServerRequest request, RequestContext context, HttpError error) {
        switch (context.shape()) {
            case BETTER_AUTH -> writeWire(request, request.response(), error);
            case PROBLEM -> writeProblem(request, request.response(), context.id(), error);
        }
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
        String body = new JsonObject()
                .put("type", "about:blank")
                .put("title", title)
                .put("status", error.status())
                .put("detail", error.text())
                .put("code", error.code())
                .put("requestId", id)
                .encode();
        end(
                request,
                response.putHeader(HttpHeaders.CONTENT_TYPE, PROBLEM_JSON).putHeader(HttpHeaders.VARY, "accept"),
                body);
    }

    private static void end(HttpServerRequest request, HttpServerResponse response, String body) {
        if (ReadMethod.isHead(request)) {
            response.end();
        } else {
            response.end(body);
        }
    }

    /** Whether the Accept header puts a page before JSON: browsers do when they navigate. */
    private static boolean prefersPage(HttpServerRequest request) {
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
