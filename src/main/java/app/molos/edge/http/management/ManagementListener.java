package app.molos.edge.http.management;

import app.molos.edge.config.Secret;
import app.molos.edge.health.HealthService;
import app.molos.edge.http.BootPhase;
import app.molos.edge.http.ConnectionTimeouts;
import app.molos.edge.http.EdgeVerticle;
import app.molos.edge.http.ErrorResponder;
import app.molos.edge.http.HostGuard;
import app.molos.edge.http.HttpConfig;
import app.molos.edge.http.Ports;
import app.molos.edge.http.RequestValidator;
import app.molos.edge.modules.reload.ModuleReload;
import app.molos.edge.pages.PageRenderer;
import app.molos.edge.web.HttpError;
import app.molos.edge.web.ReadMethod;
import app.molos.edge.web.RequestContext;
import app.molos.edge.web.SecurityHeaders;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
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

    /**
     * The parts that are there once the edge is wired.
     *
     * @param token without which nothing here acts
     */
    public record Parts(HealthService health, ModuleReload reload, Secret token) {}

    private static final String BEARER = "Bearer ";
    private static final CharSequence TEXT = HttpHeaders.createOptimized("text/plain; version=0.0.4; charset=utf-8");
    private static final CharSequence JSON = HttpHeaders.createOptimized("application/json");

    private final Vertx vertx;
    private final HttpConfig config;
    private final BootPhase phase;
    private final SecurityHeaders securityHeaders;
    private final PrometheusMeterRegistry registry;
    private final ErrorResponder errors = new ErrorResponder(new PageRenderer());
    private final AtomicReference<@Nullable Parts> parts = new AtomicReference<>();
    private final ConnectionTimeouts timeouts;
    private volatile @Nullable HttpServer server;

    public ManagementListener(
            Vertx vertx,
            HttpConfig config,
            BootPhase phase,
            SecurityHeaders securityHeaders,
            PrometheusMeterRegistry registry) {
        this.vertx = vertx;
        this.config = config;
        this.phase = phase;
        this.securityHeaders = securityHeaders;
        this.registry = registry;
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

    /** From now on {@code /health} has something to tell, and {@code /modules/reload} something to do. */
    public void use(Parts wired) {
        parts.set(wired);
    }

    public Future<Void> close() {
        HttpServer open = server;
        return open == null ? Future.succeededFuture() : open.shutdown(1, TimeUnit.SECONDS);
    }

    private void handle(HttpServerRequest request) {
        RequestContext context = begin(request);
        HttpError violation = RequestValidator.violation(request, true);
        if (violation == null
                && request.headers().contains(HttpHeaders.HOST)
                && !HostGuard.isLiteral(String.valueOf(request.getHeader(HttpHeaders.HOST)))) {
            violation = HttpError.of(
                    421,
                    "MISDIRECTED_REQUEST",
                    "The management listener is asked by address or as localhost, never by another name.");
        }
        boolean acts = "/modules/reload".equals(request.path());
        if (violation == null && !(acts ? request.method().equals(HttpMethod.POST) : ReadMethod.is(request))) {
            request.response().putHeader(HttpHeaders.ALLOW, acts ? "POST" : "GET, HEAD");
            violation = HttpError.of(405, "METHOD_NOT_ALLOWED", acts ? "This acts: POST." : "This does not act: GET.");
        }
        if (violation == null && acts) {
            violation = tokenViolation(request);
        }
        if (violation != null) {
            errors.fail(request, context, violation);
            return;
        }
        switch (String.valueOf(request.path())) {
            case "/livez" -> status(request, true, "live");
            case "/startupz" -> status(request, phase.isStarted(), phase.words());
            case "/readyz" -> status(request, phase.isReady(), phase.words());
            case "/health" -> health(request);
            case "/metrics" -> metrics(request, context);
            case "/modules/reload" -> reload(request);
            default ->
                errors.fail(
                        request,
                        context,
                        HttpError.of(
                                404,
                                "NOT_FOUND",
                                "Here are /livez, /readyz, /startupz, /health, /metrics and, to POST to, /modules/reload."));
        }
    }

    private @Nullable HttpError tokenViolation(HttpServerRequest request) {
        Parts wired = parts.get();
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

    private void reload(HttpServerRequest request) {
        Context ours = vertx.getOrCreateContext();
        Objects.requireNonNull(parts.get())
                .reload()
                .run()
                .onComplete(done -> ours.runOnContext(v -> {
                    ModuleReload.Outcome outcome = done.result();
                    JsonObject json =
                            new JsonObject().put("applied", outcome.isApplied()).put("revision", outcome.revision());
                    if (outcome.isApplied()) {
                        json.put("added", new JsonArray(outcome.change().added()))
                                .put("changed", new JsonArray(outcome.change().changed()))
                                .put("removed", new JsonArray(outcome.change().removed()))
                                .put("unchanged", outcome.change().unchanged());
                    } else {
                        JsonArray problems = new JsonArray();
                        outcome.problems()
                                .forEach(p -> problems.add(new JsonObject()
                                        .put("where", p.where())
                                        .put("what", p.what())
                                        .put("write", p.fix())));
                        json.put("problems", problems);
                    }
                    end(request, outcome.isApplied() ? 200 : 422, JSON, json.toBuffer());
                }));
    }

    private void handleInvalid(HttpServerRequest request) {
        errors.fail(request, begin(request), HttpError.of(400, "BAD_REQUEST", "The request is not well-formed HTTP."));
        request.connection().close();
    }

    private RequestContext begin(HttpServerRequest request) {
        String id = UUID.randomUUID().toString().replace("-", "").substring(0, 16);
        securityHeaders.addOwn(request.response().headers());
        request.response().putHeader("x-request-id", id);
        timeouts.begins(request);
        request.response().endHandler(v -> {
            timeouts.ended(request);
            request.resume();
        });
        return new RequestContext(id, "", System.nanoTime());
    }

    private static void status(HttpServerRequest request, boolean isGood, String words) {
        end(
                request,
                isGood ? 200 : 503,
                JSON,
                new JsonObject().put("status", words).toBuffer());
    }

    private void health(HttpServerRequest request) {
        Parts wired = parts.get();
        if (wired == null) {
            status(request, false, phase.words());
            return;
        }
        Context ours = vertx.getOrCreateContext();
        wired.health()
                .report()
                .onComplete(done -> ours.runOnContext(v -> end(
                        request,
                        done.result().isServing() ? 200 : 503,
                        JSON,
                        done.result().detailed(System.nanoTime()).toBuffer())));
    }

    private void metrics(HttpServerRequest request, RequestContext context) {
        vertx.executeBlocking(registry::scrape)
                .onSuccess(text -> end(request, 200, TEXT, Buffer.buffer(text)))
                .onFailure(e -> errors.fail(
                        request, context, HttpError.of(500, "INTERNAL_ERROR", "The metrics could not be written.")));
    }

    private static void end(HttpServerRequest request, int status, CharSequence type, Buffer body) {
        HttpServerResponse response = request.response();
        if (!response.ended() && !response.closed()) {
            response.setStatusCode(status)
                    .putHeader(HttpHeaders.CONTENT_TYPE, type)
                    .end(body);
        }
    }
}
