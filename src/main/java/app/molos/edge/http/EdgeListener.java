package app.molos.edge.http;

import app.molos.edge.web.BodyReader;
import app.molos.edge.web.Cidr;
import app.molos.edge.web.ClientAddress;
import app.molos.edge.web.ConnectionFailure;
import app.molos.edge.web.Exchange;
import app.molos.edge.web.ExchangeLocal;
import app.molos.edge.web.HttpError;
import app.molos.edge.web.InboundBudget;
import app.molos.edge.web.LimitedLog;
import app.molos.edge.web.SecurityHeaders;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.net.SocketAddress;
import io.vertx.ext.web.Router;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The first hands a request passes through on one event loop: id, headers, the clocks of its connection, what is refused
 * outright, and at its end the log and the count. Everything here also holds for requests that no route ever sees.
 */
final class EdgeListener {
    private static final Logger LOG = LoggerFactory.getLogger(EdgeListener.class);
    private static final LimitedLog LIMITED = new LimitedLog(LOG);
    private static final CharSequence REQUEST_ID = HttpHeaders.createOptimized("x-request-id");
    /** As nginx logs it: the client closed the connection before the answer was out. */
    private static final int ABORTED = 499;
    private static final HttpServerOptions DECODING = EdgeVerticle.serverOptions();

    private final SecurityHeaders securityHeaders;
    private final ClientAddress clients;
    private final ErrorResponder errors;
    private final ConnectionTimers timers;
    private final AccessLog.@Nullable Loop log;
    private final RequestMetrics metrics;
    private final List<Cidr> proxyPeers;
    private final ConnectionLimit limit;
    private final InboundBudget budget;
    private final Express express;
    private final Router router;
    private final SplittableRandom ids = new SplittableRandom();

    /** @param proxyPeers who speaks the PROXY protocol here, and is all there is; empty: everybody speaks HTTP */
    EdgeListener(
            SecurityHeaders securityHeaders,
            ClientAddress clients,
            ErrorResponder errors,
            ConnectionTimers timers,
            AccessLog.@Nullable Loop log,
            RequestMetrics metrics,
            List<Cidr> proxyPeers,
            ConnectionLimit limit,
            InboundBudget budget,
            Express express,
            Router router) {
        this.proxyPeers = proxyPeers;
        this.limit = limit;
        this.budget = budget;
        this.securityHeaders = securityHeaders;
        this.clients = clients;
        this.errors = errors;
        this.timers = timers;
        this.log = log;
        this.metrics = metrics;
        this.express = express;
        this.router = router;
    }

    void serve(HttpServer server) {
        server.connectionHandler(this::opened)
                .requestHandler(this::handle);
    }

    /** Who may name another client is decided by who is really at the other end. */
    private void opened(HttpConnection connection) {
        String address = addressOf(connection);
        if (isAdmitted(connection) && limit.admits(address)) {
            RoomyAllocator.give(connection);
            connection.exceptionHandler(ConnectionFailure::log);
            RequestDecoder decoder = RequestDecoder.install(connection, DECODING, budget.ofPeer(address));
            timers.opened(connection, decoder, closed(connection));
        } else {
            connection.close();
        }
    }

    private Runnable closed(HttpConnection connection) {
        String address = addressOf(connection);
        return () -> limit.closed(address);
    }

    private static String addressOf(HttpConnection connection) {
        SocketAddress peer = connection.remoteAddress();
        return peer == null || peer.hostAddress() == null ? "" : peer.hostAddress();
    }

    /** Asked again for each request: what came together with the PROXY header is read in spite of the close. */
    private boolean isAdmitted(HttpConnection connection) {
        if (proxyPeers.isEmpty()) {
            return true;
        }
        SocketAddress peer = connection.remoteAddress(true);
        return Cidr.anyContains(proxyPeers, peer == null ? null : peer.hostAddress());
    }

    void flush() {
        if (log != null) {
            log.flush();
        }
    }

    ConnectionTimers timers() {
        return timers;
    }

    private void handle(HttpServerRequest request) {
        if (!isAdmitted(request.connection())) {
            return;
        }
        Throwable malformed = timers.failureOf(request);
        if (malformed != null) {
            refuseMalformed(request, malformed);
            return;
        }
        Exchange exchange = begin(request);
        if (request.headers().contains(HttpHeaders.EXPECT)) {
            // Unless a module is sent the body (its answer has a head of its own): nobody can tell whether one still comes.
            request.response().putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
        }
        HttpError violation = timers.admits(request, budget, exchange.client())
                ? RequestRules.violation(request, ProbeRoutes.asks(request))
                : noRoom(exchange.client());
        if (violation == null && isForwarded(request, exchange)) {
            return;
        }
        putOwn(request, exchange);
        if (violation != null) {
            if (request.uri().toLowerCase(Locale.ROOT).contains("reset-password")) {
                // Written so that no route takes it: its token may be good all the same.
                exchange.logPathAs("/api/auth/reset-password/:token");
            }
            errors.refuse(request, exchange, violation);
            return;
        }
        router.handle(request);
    }

    private static HttpError noRoom(String client) {
        LIMITED.warn("room", "Requests of {} and others are refused: their heads together are larger than what may be kept"
                + " (SERVER_INBOUND_MEMORY, a quarter for one network)", client);
        return BodyReader.NO_ROOM;
    }

    private boolean isForwarded(HttpServerRequest request, Exchange exchange) {
        Consumer<HttpError> refused = error -> {
            putOwn(request, exchange);
            errors.refuse(request, exchange, error);
        };
        try {
            return express.forwards(request, exchange, refused);
        } catch (RuntimeException e) {
            exchange.fail(e);
            return true;
        }
    }

    /** What every answer of the edge's own carries; a module's gets its own set. */
    private void putOwn(HttpServerRequest request, Exchange exchange) {
        securityHeaders.addOwn(request.response());
        request.response().headers().add(REQUEST_ID, exchange.id());
    }

    /** What Netty could not parse: the answer is made here, so that it carries what every answer carries. */
    private void refuseMalformed(HttpServerRequest request, Throwable cause) {
        Exchange exchange = begin(request);
        putOwn(request, exchange);
        HttpResponseStatus status = cause instanceof TooLongHttpLineException
                ? HttpResponseStatus.REQUEST_URI_TOO_LONG
                : cause instanceof TooLongHttpHeaderException
                        ? HttpResponseStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
                        : cause instanceof RequestDecoder.UnsupportedVersion
                                ? HttpResponseStatus.HTTP_VERSION_NOT_SUPPORTED
                                : HttpResponseStatus.BAD_REQUEST;
        request.response().putHeader(HttpHeaders.CONNECTION, "close");
        errors.refuse(request, exchange, status == HttpResponseStatus.HTTP_VERSION_NOT_SUPPORTED
                ? HttpError.of(505, "HTTP_VERSION_NOT_SUPPORTED", "Versions 1.0 and 1.1 of HTTP are spoken here.")
                : HttpError.of(status.code(), "BAD_REQUEST", "The request is not well-formed HTTP, or one of its parts is too long."));
        // Closing while the client still sends would reset the connection, and the answer would be lost with it.
        timers.linger(request);
    }

    private Exchange begin(HttpServerRequest request) {
        Exchange exchange = new Exchange(newId(), clients.of(request), System.nanoTime());
        HttpServerResponse response = request.response();
        timers.begins(request);
        response.endHandler(v -> end(exchange, request, response));
        exchange.failBy(failure -> fail(exchange, request, failure));
        ExchangeLocal.put(exchange);
        exchange.upgradeBy(() -> timers.upgrade(request, closed(request.connection()))
                .onSuccess(socket -> record(exchange, request, response.getStatusCode(), 0)));
        return exchange;
    }

    /** Answers the request in whose course something failed that nobody caught: it would wait for its answer for ever. */
    void uncaught(Throwable failure) {
        Exchange exchange = ExchangeLocal.get();
        if (exchange == null) {
            LOG.error("Something failed that belongs to no request", failure);
        } else {
            exchange.fail(failure);
        }
    }

    private void fail(Exchange exchange, HttpServerRequest request, Throwable failure) {
        if (!request.response().ended() && !request.response().headWritten()) {
            request.response().headers().clear();
            putOwn(request, exchange);
        }
        errors.uncaught(request, exchange, failure);
    }

    private void end(Exchange exchange, HttpServerRequest request, HttpServerResponse response) {
        timers.ended(request);
        exchange.ended();
        // A connection that was cut ends here too; its answer then never came to an end.
        record(exchange, request, response.ended() ? response.getStatusCode() : ABORTED, response.bytesWritten());
        if (!request.isEnded()) {
            // A body that nobody wanted would otherwise keep the next request of this connection waiting.
            request.resume();
        }
    }

    private void record(Exchange exchange, HttpServerRequest request, int status, long bytes) {
        long nanos = System.nanoTime() - exchange.startNanos();
        metrics.record(
                exchange.isProbe()
                        ? RequestMetrics.Source.PROBE
                        : exchange.module().isEmpty() ? RequestMetrics.Source.EDGE : RequestMetrics.Source.MODULE,
                status,
                nanos);
        if (log != null && !exchange.isProbe()) {
            log.record(exchange, request, status, bytes, nanos);
        }
    }

    private String newId() {
        long bits = ids.nextLong();
        char[] id = new char[16];
        for (int i = 0; i < 16; i++) {
            id[i] = Character.forDigit((int) (bits >>> (i * 4)) & 15, 16);
        }
        return new String(id);
    }
}
