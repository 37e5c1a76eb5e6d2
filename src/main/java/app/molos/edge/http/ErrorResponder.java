package app.molos.edge.http;

import app.molos.edge.db.DatabaseFailure;
import app.molos.edge.db.DiskFull;
import app.molos.edge.pages.PageRenderer;
import app.molos.edge.web.ErrorShape;
import app.molos.edge.web.HttpError;
import app.molos.edge.web.LastOfConnection;
import app.molos.edge.web.LimitedLog;
import app.molos.edge.web.RequestContext;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpClosedException;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.StreamResetException;
import io.vertx.ext.web.RoutingContext;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The only place where a failure becomes an answer. Causes go to the log with the request id, never to the client. */
public final class ErrorResponder implements Handler<RoutingContext> {
    private static final Logger LOG = LoggerFactory.getLogger(ErrorResponder.class);
    private static final LimitedLog LIMITED = new LimitedLog(LOG);
    private static final int RETRY_AFTER_SECONDS = 2;
    private static final CharSequence METHODS =
            HttpHeaders.createOptimized("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");

    private final ErrorWriter writer;

    public ErrorResponder(PageRenderer renderer) {
        this.writer = new ErrorWriter(renderer);
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
        if (response.ended()
                || response.closed()
                || failure instanceof HttpClosedException
                || failure instanceof StreamResetException) {
            // No client is left to be told, and one that went away is no fault of the edge.
            return;
        }
        HttpError error = translate(status, failure, context);
        if (response.headWritten()) {
            // Half an answer went out: only a cut connection tells the client that the rest is missing.
            LastOfConnection.cut(request);
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
                    "The disk is full: nothing can be stored now. The operator of this site must make room.",
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
            return HttpError.of(status, codeOf(status), ErrorWriter.titleOf(status));
        }
        LOG.error("Request {} failed", context.id(), failure);
        return HttpError.of(
                500, "INTERNAL_ERROR", "Something went wrong here. The log has the reason under this request id.");
    }

    /** Whether an error is answered with no more than it needs. */
    static boolean isLean(HttpServerRequest request, HttpError error) {
        return error.form() == HttpError.Form.LINE
                || (error.form() == HttpError.Form.LEAN && !ErrorWriter.prefersPage(request));
    }

    /** Answers with no more headers than that needs; see {@link #isLean}. */
    void refuseLean(HttpServerRequest request, RequestContext context, HttpError error) {
        context.refusedWith(error.code(), error.limit());
        if (!request.isEnded() && context.hasBody(request)) {
            LastOfConnection.announce(request);
        }
        writer.writeLean(request, context, error);
    }

    private void write(HttpServerRequest request, RequestContext context, HttpError error) {
        context.refusedWith(error.code(), error.limit());
        HttpServerResponse response = request.response().setStatusCode(error.status());
        if (error.retryAfterSeconds() > 0) {
            response.putHeader(HttpHeaders.RETRY_AFTER, error.retryAfter());
            if (error.status() == 429 && context.shape() == ErrorShape.BETTER_AUTH) {
                // The name that better-auth's client looks for.
                response.putHeader("x-retry-after", error.retryAfter());
            }
        }
        error.headers().forEach(response::putHeader);
        if (error.status() == 405 && !response.headers().contains(HttpHeaders.ALLOW)) {
            response.putHeader(HttpHeaders.ALLOW, METHODS);
        }
        if (!request.isEnded() && context.hasBody(request)) {
            // The rest of the body is not wanted; keeping the connection would mean reading all of it.
            LastOfConnection.announce(request);
        }
        writer.write(request, context, error);
    }

    private static String codeOf(int status) {
        return ErrorWriter.titleOf(status).toUpperCase(Locale.ROOT).replaceAll("[^A-Z0-9]+", "_");
    }
}
