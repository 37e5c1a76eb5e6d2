package app.molos.edge.http;

import app.molos.edge.health.HealthService;
import app.molos.edge.pages.PageRenderer;
import app.molos.edge.web.HttpError;
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
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The listener for operators and probes, open from the first moment to the last. It needs nothing that may fail: before the
 * database is there it already says what the process is doing.
 */
public final class ManagementListener {
    private static final CharSequence TEXT = HttpHeaders.createOptimized("text/plain; version=0.0.4; charset=utf-8");
    private static final CharSequence JSON = HttpHeaders.createOptimized("application/json");

    private final Vertx vertx;
    private final HttpConfig config;
    private final BootPhase phase;
    private final SecurityHeaders securityHeaders;
    private final PrometheusMeterRegistry registry;
    private final ErrorResponder errors = new ErrorResponder(new PageRenderer());
    private final AtomicReference<@Nullable HealthService> health = new AtomicReference<>();
    private final ConnectionTimers timers;
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
        this.timers = new ConnectionTimers(config);
    }

    /** The port it listens on; a taken port is a refusal with exit code 5. */
    public Future<Integer> open() {
        // On one event loop of its own choosing: connections and their clocks are known to that loop only.
        Context loop = vertx.getOrCreateContext();
        return Future.<HttpServer>future(opened -> loop.runOnContext(v -> {
                    HttpServer bound = vertx.createHttpServer(EdgeVerticle.serverOptions())
                            .connectionHandler(timers::opened)
                            .requestHandler(this::handle)
                            .invalidRequestHandler(this::handleInvalid);
                    server = bound;
                    vertx.setPeriodic(timers.sweepMillis(), t -> timers.sweep());
                    bound.listen(config.managementPort(), config.managementHost()).onComplete(opened);
                }))
                .map(HttpServer::actualPort)
                .recover(failure -> Future.failedFuture(failure instanceof IOException
                        ? Ports.taken("management.port", "MANAGEMENT_PORT", config.managementHost(), config.managementPort())
                        : failure));
    }

    /** From now on {@code /health} has something to tell. */
    public void use(HealthService service) {
        health.set(service);
    }

    public Future<Void> close() {
        HttpServer open = server;
        return open == null ? Future.succeededFuture() : open.shutdown(1, TimeUnit.SECONDS);
    }

    private void handle(HttpServerRequest request) {
        String id = begin(request);
        HttpError violation = RequestRules.violation(request);
        if (violation == null && !HostGuard.isLiteral(String.valueOf(request.getHeader(HttpHeaders.HOST)))) {
            violation = HttpError.of(421, "MISDIRECTED_REQUEST",
                    "The management listener is asked by address or as localhost, never by another name.");
        }
        if (violation == null && request.method() != HttpMethod.GET && request.method() != HttpMethod.HEAD) {
            request.response().putHeader(HttpHeaders.ALLOW, "GET, HEAD");
            violation = HttpError.of(405, "METHOD_NOT_ALLOWED", "Nothing on this listener acts.");
        }
        if (violation != null) {
            errors.refuse(request, id, violation);
            return;
        }
        switch (String.valueOf(request.path())) {
            case "/livez" -> status(request, true, "live");
            case "/startupz" -> status(request, phase.isStarted(), phase.words());
            case "/readyz" -> status(request, phase.isReady(), phase.words());
            case "/health" -> health(request, id);
            case "/metrics" -> metrics(request, id);
            default -> errors.refuse(request, id, HttpError.of(
                    404, "NOT_FOUND", "Here are /livez, /readyz, /startupz, /health and /metrics."));
        }
    }

    private void handleInvalid(HttpServerRequest request) {
        errors.refuse(request, begin(request), HttpError.of(400, "BAD_REQUEST", "The request is not well-formed HTTP."));
        request.connection().close();
    }

    private String begin(HttpServerRequest request) {
        String id = UUID.randomUUID().toString().replace("-", "").substring(0, 16);
        securityHeaders.addOwn(request.response());
        request.response().putHeader("x-request-id", id);
        timers.begins(request);
        request.response().endHandler(v -> {
            timers.ended(request);
            request.resume();
        });
        return id;
    }

    private static void status(HttpServerRequest request, boolean isGood, String words) {
        end(request, isGood ? 200 : 503, JSON, new JsonObject().put("status", words).toBuffer());
    }

    private void health(HttpServerRequest request, String id) {
        HealthService service = health.get();
        if (service == null) {
            status(request, false, phase.words());
            return;
        }
        Context ours = vertx.getOrCreateContext();
        service.report().onComplete(done -> ours.runOnContext(v -> end(
                request,
                done.result().isServing() ? 200 : 503,
                JSON,
                done.result().detailed(System.nanoTime()).toBuffer())));
    }

    private void metrics(HttpServerRequest request, String id) {
        vertx.executeBlocking(registry::scrape)
                .onSuccess(text -> end(request, 200, TEXT, Buffer.buffer(text)))
                .onFailure(e -> errors.refuse(
                        request, id, HttpError.of(500, "INTERNAL_ERROR", "The metrics could not be written.")));
    }

    private static void end(HttpServerRequest request, int status, CharSequence type, Buffer body) {
        HttpServerResponse response = request.response();
        if (!response.ended() && !response.closed()) {
            response.setStatusCode(status).putHeader(HttpHeaders.CONTENT_TYPE, type).end(body);
        }
    }
}
