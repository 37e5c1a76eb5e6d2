package app.molos.edge.http;

import app.molos.edge.health.HealthReport;
import app.molos.edge.health.HealthService;
import app.molos.edge.web.ReadMethod;
import app.molos.edge.web.RequestContext;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.util.Set;

/** The probes of the public listener: status words only, and the health report. */
final class ProbeRoutes {
    static final String LIVE_PATH = "/livez";
    static final String READY_PATH = "/readyz";
    static final String HEALTH_PATH = "/api/health";
    static final Set<String> PATHS = Set.of(LIVE_PATH, READY_PATH, HEALTH_PATH);

    private static final CharSequence JSON = HttpHeaders.createOptimized("application/json");
    private static final Buffer LIVE = Buffer.buffer("{\"status\":\"live\"}");
    private static final Buffer READY = Buffer.buffer("{\"status\":\"ready\"}");
    private static final Buffer NOT_READY = Buffer.buffer("{\"status\":\"not ready\"}");

    private final BootPhase phase;
    private final HealthService health;

    ProbeRoutes(BootPhase phase, HealthService health) {
        this.phase = phase;
        this.health = health;
    }

    /** Whether a request is for one of the probes, in their one spelling. */
    static boolean asks(HttpServerRequest request) {
        return PATHS.contains(request.path());
    }

    /** Counted apart and not logged. */
    static void mark(RoutingContext ctx) {
        RequestContext.of(ctx).markProbe();
        ctx.next();
    }

    Handler<RoutingContext> live() {
        return ctx -> answer(ctx, 200, LIVE);
    }

    Handler<RoutingContext> ready() {
        return ctx -> answer(ctx, phase.isReady() ? 200 : 503, phase.isReady() ? READY : NOT_READY);
    }

    Handler<RoutingContext> health() {
        return ctx -> {
            Future<HealthReport> report = health.report();
            if (report.isComplete()) {
                answer(ctx, report.result());
                return;
            }
            // The checks complete this on another event loop; the response belongs to this one.
            Context ours = ctx.vertx().getOrCreateContext();
            report.onComplete(done -> ours.runOnContext(v -> answer(ctx, done.result())));
        };
    }

    private static void answer(RoutingContext ctx, HealthReport report) {
        answer(ctx, report.isServing() ? 200 : 503, report.body());
    }

    /** HEAD is answered by the same route: Vert.x leaves the body out, and its length with it. */
    private static void answer(RoutingContext ctx, int status, Buffer body) {
        HttpServerResponse response = ctx.response().setStatusCode(status).putHeader(HttpHeaders.CONTENT_TYPE, JSON);
        if (ReadMethod.isHead(ctx.request())) {
            response.putHeader(HttpHeaders.CONTENT_LENGTH, Integer.toString(body.length()));
        }
        response.end(body);
    }
}
