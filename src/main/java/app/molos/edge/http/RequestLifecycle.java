package app.molos.edge.http;

import app.molos.edge.http.netty.ClientStream;
import app.molos.edge.web.BodyReader;
import app.molos.edge.web.ClientAddress;
import app.molos.edge.web.LastOfConnection;
import app.molos.edge.web.RequestContext;
import app.molos.edge.web.RequestContextLocal;
import app.molos.edge.web.SecurityHeaders;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.net.NetSocket;
import java.util.HexFormat;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Begins and ends every request, those included that no route ever sees: its id, the edge's own headers, the clocks of
 * its connection, and at the end the log and the metrics. Confined to one event loop.
 */
final class RequestLifecycle {
    private static final Logger LOG = LoggerFactory.getLogger(RequestLifecycle.class);
    private static final CharSequence REQUEST_ID = HttpHeaders.createOptimized("x-request-id");
    /** As nginx logs it: the client closed the connection before the response was out. */
    private static final int ABORTED = 499;

    private final SecurityHeaders securityHeaders;
    private final ClientAddress clients;
    private final ErrorResponder errors;
    private final ConnectionTimeouts timeouts;
    private final ConnectionAdmission admission;
    private final AccessLog.@Nullable Loop log;
    private final RequestMetrics metrics;
    private final RequestWitness witness;
    private final SplittableRandom ids = new SplittableRandom();

    RequestLifecycle(
            SecurityHeaders securityHeaders,
            ClientAddress clients,
            ErrorResponder errors,
            ConnectionTimeouts timeouts,
            ConnectionAdmission admission,
            AccessLog.@Nullable Loop log,
            RequestMetrics metrics,
            RequestWitness witness) {
        this.securityHeaders = securityHeaders;
        this.clients = clients;
        this.errors = errors;
        this.timeouts = timeouts;
        this.admission = admission;
        this.log = log;
        this.metrics = metrics;
        this.witness = witness;
    }

    /** @param clock that of the request's connection */
    RequestContext begin(HttpServerRequest request, ConnectionClock clock) {
        if (LastOfConnection.isStream(request)) {
            Http2Requests.normalize(request);
        }
        RequestContext context = new RequestContext(newId(), clients.of(request), System.nanoTime());
        Exchange exchange = new Exchange(context, request, clock);
        clock.begins(request, exchange);
        request.response().endHandler(exchange);
        context.servedBy(exchange);
        RequestContextLocal.put(context);
        return context;
    }

    /** Puts what every response of the edge's own carries; a module's gets its own set. */
    void putOwnHeaders(HttpServerRequest request, RequestContext context) {
        securityHeaders.addOwn(request, request.response().headers());
        request.response().headers().add(REQUEST_ID, context.id());
    }

    /**
     * Answers the request in whose course something failed that nobody caught: it would never get its response
     * otherwise.
     */
    static void uncaught(Throwable failure) {
        RequestContext context = RequestContextLocal.get();
        if (context == null) {
            LOG.error("Something failed that belongs to no request", failure);
        } else {
            context.fail(failure);
        }
    }

    void flush() {
        if (log != null) {
            log.flush();
        }
    }

    private void record(RequestContext context, HttpServerRequest request, int status, long bytes) {
        long nanos = System.nanoTime() - context.startNanos();
        metrics.record(
                context.isProbe()
                        ? RequestMetrics.Source.PROBE
                        : context.module().isEmpty() ? RequestMetrics.Source.EDGE : RequestMetrics.Source.MODULE,
                status,
                nanos);
        witness.saw(context, request, status);
        if (log != null && !context.isProbe()) {
            log.record(context, request, status, bytes, nanos);
        }
    }

    private String newId() {
        return HexFormat.of().toHexDigits(ids.nextLong());
    }

    /** One request on its way, with what only its server knows of it. */
    private final class Exchange implements RequestContext.Server, Runnable, Handler<Void> {
        private final RequestContext context;
        private final HttpServerRequest request;
        private final ConnectionClock clock;
        /** Null for HTTP/1. */
        private final @Nullable ClientStream stream;

        private final boolean hadBody;

        private Exchange(RequestContext context, HttpServerRequest request, ConnectionClock clock) {
            this.context = context;
            this.request = request;
            this.clock = clock;
            this.stream = ClientStream.of(request);
            this.hadBody = stream != null && stream.isOpenFromClient();
        }

        /** The response is out. */
        @Override
        public void handle(Void ended) {
            run();
        }

        /** The response is out, or the connection gone: then it never came to an end. */
        @Override
        public void run() {
            if (context.isOver()) {
                return;
            }
            clock.ended(request);
            context.ended();
            HttpServerResponse response = request.response();
            record(context, request, response.ended() ? response.getStatusCode() : ABORTED, response.bytesWritten());
            clock.drain(request);
        }

        @Override
        public void fail(Throwable failure) {
            if (!request.response().ended() && !request.response().headWritten()) {
                request.response().headers().clear();
                putOwnHeaders(request, context);
            }
            errors.uncaught(request, context, failure);
        }

        @Override
        public boolean hasBody() {
            return stream == null ? BodyReader.isAnnounced(request) : hadBody;
        }

        @Override
        public Future<NetSocket> upgrade() {
            return timeouts.upgrade(request, admission.closed(request.connection()))
                    .onSuccess(socket -> {
                        context.ended();
                        record(context, request, request.response().getStatusCode(), 0);
                    });
        }
    }
}
