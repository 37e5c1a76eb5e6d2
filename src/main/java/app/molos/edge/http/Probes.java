package app.molos.edge.http;

import app.molos.edge.health.HealthReport;
import app.molos.edge.health.HealthService;
import app.molos.edge.web.ReadMethod;
import app.molos.edge.web.RequestContext;
import app.molos.edge.web.RequestTarget;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The probes of the public listener: status words only, and the health report. Asked every second by many, so they take
 * no way through the route table; asked by address, so no guard stands before them. Confined to one event loop.
 */
final class Probes {
    private static final CharSequence JSON = HttpHeaders.createOptimized("application/json");
    private static final Buffer LIVE = Buffer.buffer("{\"status\":\"live\"}");
    private static final Buffer READY = Buffer.buffer("{\"status\":\"ready\"}");
    private static final Buffer NOT_READY = Buffer.buffer("{\"status\":\"not ready\"}");

    /** One probe. */
    private record Probe(Consumer<HttpServerRequest> answering) implements RequestTarget {
        @Override
        public void answer(HttpServerRequest request, RequestContext context, Consumer<Throwable> failed) {
            context.markProbe();
            answering.accept(request);
        }
    }

    private final Vertx vertx;
    private final BootPhase phase;
    private final HealthService health;
    private final Map<String, RequestTarget> byPath = Map.of(
            "/livez", new Probe(request -> answer(request, 200, LIVE)),
            "/readyz", new Probe(this::ready),
            "/api/health", new Probe(this::health));

    Probes(Vertx vertx, BootPhase phase, HealthService health) {
        this.vertx = vertx;
        this.phase = phase;
        this.health = health;
    }

    /** Whether a request is for one of the probes, in their one spelling. */
    boolean asks(HttpServerRequest request) {
        return byPath.containsKey(request.path());
    }

    /** Returns the probe that a request asks, with a slash at its end or without; null when it asks none. */
    @Nullable
    RequestTarget find(HttpServerRequest request, String path) {
        if (!ReadMethod.is(request)) {
            return null;
        }
        return byPath.get(path.length() > 1 && path.endsWith("/") ? path.substring(0, path.length() - 1) : path);
    }

    /** Whether a target is a probe, which no guard judges. */
    static boolean are(RequestTarget target) {
        return target instanceof Probe;
    }

    private void ready(HttpServerRequest request) {
        boolean isReady = phase.isReady();
        answer(request, isReady ? 200 : 503, isReady ? READY : NOT_READY);
    }

    private void health(HttpServerRequest request) {
        Future<HealthReport> report = health.report();
        if (report.isComplete()) {
            answer(request, report.result());
            return;
        }
        // The checks complete this on another event loop; the response belongs to this one.
        Context own = vertx.getOrCreateContext();
        report.onComplete(done -> own.runOnContext(v -> answer(request, done.result())));
    }

    private static void answer(HttpServerRequest request, HealthReport report) {
        answer(request, report.isServing() ? 200 : 503, report.body());
    }

    /** Vert.x leaves the body of a HEAD out, and its length with it. */
    private static void answer(HttpServerRequest request, int status, Buffer body) {
        HttpServerResponse response =
                request.response().setStatusCode(status).putHeader(HttpHeaders.CONTENT_TYPE, JSON);
        if (ReadMethod.isHead(request)) {
            response.putHeader(HttpHeaders.CONTENT_LENGTH, Integer.toString(body.length()));
        }
        response.end(body);
    }
}
