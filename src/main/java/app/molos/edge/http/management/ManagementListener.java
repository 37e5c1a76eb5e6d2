package app.molos.edge.http.management;

import app.molos.edge.health.Node;
import app.molos.edge.http.ConnectionTimeouts;
import app.molos.edge.http.EdgeVerticle;
import app.molos.edge.http.ErrorResponder;
import app.molos.edge.http.HostGuard;
import app.molos.edge.http.HttpConfig;
import app.molos.edge.http.Ports;
import app.molos.edge.http.RequestValidator;
import app.molos.edge.http.management.ManagementEndpoints.Endpoint;
import app.molos.edge.http.management.ManagementEndpoints.Parts;
import app.molos.edge.pages.PageRenderer;
import app.molos.edge.web.HttpError;
import app.molos.edge.web.ReadMethod;
import app.molos.edge.web.RequestContext;
import app.molos.edge.web.SecurityHeaders;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The listener for operators and probes, open from the first moment to the last. It needs nothing that may fail: before
 * the database is there it already says what the process is doing. Confined to one event loop; {@link #use} may be
 * called from any thread.
 */
public final class ManagementListener {
    private static final Logger LOG = LoggerFactory.getLogger(ManagementListener.class);
    private static final String BEARER = "Bearer ";

    private final Vertx vertx;
    private final HttpConfig config;
    private final SecurityHeaders securityHeaders;
    private final ManagementEndpoints endpoints;
    private final ErrorResponder errors = new ErrorResponder(new PageRenderer());
    private final ConnectionTimeouts timeouts;
    private volatile @Nullable HttpServer server;

    public ManagementListener(
            Vertx vertx,
            HttpConfig config,
            Node node,
            SecurityHeaders securityHeaders,
            PrometheusMeterRegistry registry) {
        this.vertx = vertx;
        this.config = config;
        this.securityHeaders = securityHeaders;
        this.endpoints = new ManagementEndpoints(vertx, node, registry);
        this.timeouts = new ConnectionTimeouts(config.timeouts());
    }

    /** The port it listens on; a taken port is a refusal with exit code 5. */
    public Future<Integer> open() {
        // On one event loop of its own choosing: connections and their clocks are known to that loop only.
        Context loop = vertx.getOrCreateContext();
        return Future.<HttpServer>future(opened -> loop.runOnContext(v -> {
                    HttpServer bound = vertx.createHttpServer(EdgeVerticle.serverOptions())
                            .connectionHandler(connection -> timeouts.opened(connection, null, () -> {}))
                            .requestHandler(this::handle)
                            .invalidRequestHandler(this::handleInvalid);
                    server = bound;
                    vertx.setPeriodic(timeouts.sweepMillis(), t -> timeouts.sweep());
                    bound.listen(config.management().port(), config.management().host())
                            .onComplete(opened);
                }))
                .map(HttpServer::actualPort)
                .recover(failure -> Future.failedFuture(
                        failure instanceof IOException
                                ? Ports.taken(
                                        "management.port",
                                        "MANAGEMENT_PORT",
                                        config.management().host(),
                                        config.management().port())
                                : failure));
    }

    /** From now on {@code /health} has something to tell, and what acts something to act on. */
    public void use(Parts wired) {
        endpoints.use(wired);
    }

    public Future<Void> close() {
        HttpServer open = server;
        return open == null ? Future.succeededFuture() : open.shutdown(1, TimeUnit.SECONDS);
    }

    private void handle(HttpServerRequest request) {
        RequestContext context = begin(request);
        Endpoint endpoint = endpoints.find(String.valueOf(request.path()));
        HttpError violation = violation(request, endpoint);
        if (violation != null) {
            errors.fail(request, context, violation);
        } else if (endpoint == null) {
            errors.fail(request, context, endpoints.unknown());
        } else {
            endpoint.answering().accept(request);
        }
    }

    private @Nullable HttpError violation(HttpServerRequest request, @Nullable Endpoint endpoint) {
        HttpError violation = RequestValidator.violation(request, any -> true);
        if (violation != null) {
            return violation;
        }
        if (request.headers().contains(HttpHeaders.HOST)
                && !HostGuard.isLiteral(String.valueOf(request.getHeader(HttpHeaders.HOST)))) {
            return HttpError.of(
                    421,
                    "MISDIRECTED_REQUEST",
                    "The management listener is asked by address or as localhost, never by another name.");
        }
        boolean acts = endpoint != null && endpoint.acts();
        if (!(acts ? request.method().equals(HttpMethod.POST) : ReadMethod.is(request))) {
            request.response().putHeader(HttpHeaders.ALLOW, acts ? "POST" : "GET, HEAD");
            return HttpError.of(405, "METHOD_NOT_ALLOWED", acts ? "This acts: POST." : "This does not act: GET.");
        }
        return acts ? tokenViolation(request) : null;
    }

    private @Nullable HttpError tokenViolation(HttpServerRequest request) {
        Parts wired = endpoints.parts();
        if (wired == null) {
            return HttpError.unavailable("STARTING", "The edge is still starting.", 1, null);
        }
        String authorization = String.valueOf(request.getHeader(HttpHeaders.AUTHORIZATION));
        byte[] given = authorization.startsWith(BEARER)
                ? authorization.substring(BEARER.length()).getBytes(StandardCharsets.UTF_8)
                : new byte[0];
        if (MessageDigest.isEqual(given, wired.token().bytes())) {
            return null;
        }
        LOG.warn(
                "Somebody at {} asked for {} without the token of this start", request.remoteAddress(), request.path());
        request.response().putHeader("www-authenticate", "Bearer");
        return HttpError.of(
                401, "UNAUTHORIZED", "Whatever acts here needs the token in DATA_DIR/management-PORT.token.");
    }

    private void handleInvalid(HttpServerRequest request) {
        errors.fail(request, begin(request), HttpError.of(400, "BAD_REQUEST", "The request is not well-formed HTTP."));
        request.connection().close();
    }

    private RequestContext begin(HttpServerRequest request) {
        String id = UUID.randomUUID().toString().replace("-", "").substring(0, 16);
        securityHeaders.addOwn(request, request.response().headers());
        request.response().putHeader("x-request-id", id);
        timeouts.begins(request);
        request.response().endHandler(v -> {
            timeouts.ended(request);
            request.resume();
        });
        return new RequestContext(id, "", System.nanoTime());
    }
}
