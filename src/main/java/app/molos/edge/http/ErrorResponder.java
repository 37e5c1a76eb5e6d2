package app.molos.edge.http;

import app.molos.edge.db.DatabaseFailure;
import app.molos.edge.db.DiskFull;
import app.molos.edge.pages.PageRenderer;
import app.molos.edge.web.BodyReader;
import app.molos.edge.web.HttpError;
import app.molos.edge.web.LimitedLog;
import app.molos.edge.web.ReadMethod;
import app.molos.edge.web.RequestContext;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpClosedException;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The only place where a failure becomes an answer. Causes go to the log with the request id, never to the client. */
public final class ErrorResponder implements Handler<RoutingContext> {
    private static final Logger LOG = LoggerFactory.getLogger(ErrorResponder.class);
    private static final LimitedLog LIMITED = new LimitedLog(LOG);
    private static final CharSequence PROBLEM_JSON = HttpHeaders.createOptimized("application/problem+json");
    private static final CharSequence JSON = HttpHeaders.createOptimized("application/json");
    private static final int RETRY_AFTER_SECONDS = 2;
    private static final CharSequence METHODS =
            HttpHeaders.createOptimized("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
    private static final String NOT_FOUND = "NOT_FOUND";

    private final PageRenderer renderer;

    public ErrorResponder(PageRenderer renderer) {
        this.renderer = renderer;
    }

    @Override
    public void handle(RoutingContext ctx) {
        fail(ctx.request(), RequestContext.of(ctx), ctx.statusCode(), ctx.failure());
    }

    /** Answers with a failure that nobody on the request's way had caught. */
    void uncaught(HttpServerRequest request, RequestContext context, Throwable failure) {
        if (request.response().ended() || request.response().closed()) {
            LOG.error("Request {} failed after its answer", context.id(), failure);
        } else {
            fail(request, context, 500, failure);
        }
    }

    private void fail(HttpServerRequest request, RequestContext context, int status, @Nullable Throwable failure) {
        HttpServerResponse response = request.response();
        if (response.ended() || response.closed() || failure instanceof HttpClosedException) {
            // Nobody is left to be told, and a client that went away is no fault of ours.
            return;
        }
        HttpError error = translate(status, failure, context);
        if (response.headWritten()) {
            // Half an answer went out: only a cut connection tells the client that the rest is missing.
            request.connection().close();
            return;
        }
        write(request, context, error);
    }

    /** Answers a request that no row of the route table takes. */
    public void fail(HttpServerRequest request, RequestContext context, Throwable failure) {
        fail(request, context, 500, failure);
    }

    private static HttpError translate(int status, @Nullable Throwable failure, RequestContext context) {
        if (failure instanceof HttpError error) {
            if (error.getCause() != null) {
                LOG.warn("Request {} was answered {} {}", context.id(), error.status(), error.code(), error.getCause());
            }
            return error;
        }
        if (failure instanceof DatabaseFailure && DiskFull.is(failure)) {
            LIMITED.warn("disk", "Request {} could not be stored: the disk of the database is full", context.id());
            return HttpError.unavailable(
                    "DISK_FULL",
                    "The disk is full: nothing can be stored now. Whoever runs this site must make room.",
                    RETRY_AFTER_SECONDS,
                    null);
        }
        if (failure instanceof DatabaseFailure) {
            LIMITED.warn(
                    "database", "Request {} found no database: {}", context.id(), String.valueOf(failure.getCause()));
            return HttpError.unavailable(
                    "DATABASE_UNAVAILABLE",
                    "The database does not answer. Try again in a moment.",
                    RETRY_AFTER_SECONDS,
                    null);
        }
        if (status >= 400 && status < 500) {
            return HttpError.of(status, codeOf(status), textOf(status));
        }
        LOG.error("Request {} failed", context.id(), failure);
        return HttpError.of(
                500, "INTERNAL_ERROR", "Something went wrong here. The log has the reason under this request id.");
    }

    private void write(HttpServerRequest request, RequestContext context, HttpError error) {
        context.refusedWith(error.code(), error.limit());
        HttpServerResponse response = request.response().setStatusCode(error.status());
        if (error.retryAfterSeconds() > 0) {
            response.putHeader("retry-after", Integer.toString(error.retryAfterSeconds()));
            if (error.status() == 429) {
                // The name that better-auth's client looks for.
                response.putHeader("x-retry-after", Integer.toString(error.retryAfterSeconds()));
            }
        }
        if (error.status() == 405 && !response.headers().contains(HttpHeaders.ALLOW)) {
            response.putHeader(HttpHeaders.ALLOW, METHODS);
        }
        if (!request.isEnded() && BodyReader.isAnnounced(request)) {
            // The rest of the body is not wanted; keeping the connection would mean reading all of it.
            response.putHeader(HttpHeaders.CONNECTION, "close");
        }
        switch (context.shape()) {
            case BETTER_AUTH -> writeWire(request, response, error);
            case PROBLEM -> writeProblem(request, response, context.id(), error);
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
        String title = textOf(error.status());
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

    private static String textOf(int status) {
        return status == 421
                ? "Misdirected Request"
                : HttpResponseStatus.valueOf(status).reasonPhrase();
    }

    private static String codeOf(int status) {
        return textOf(status).toUpperCase(Locale.ROOT).replaceAll("[^A-Z0-9]+", "_");
    }
}
