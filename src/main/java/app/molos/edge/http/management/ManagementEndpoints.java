package app.molos.edge.http.management;

import app.molos.edge.config.ConfigProblems;
import app.molos.edge.config.Secret;
import app.molos.edge.csp.CspReports;
import app.molos.edge.health.CheckStatus;
import app.molos.edge.health.HealthConfig.Alias;
import app.molos.edge.health.HealthHistory.Transition;
import app.molos.edge.health.HealthReport;
import app.molos.edge.health.HealthService;
import app.molos.edge.health.Node;
import app.molos.edge.health.dialects.EdgeDialect;
import app.molos.edge.http.HealthPaths;
import app.molos.edge.intrusion.IntrusionService;
import app.molos.edge.modules.reload.ModuleReload;
import app.molos.edge.web.HttpError;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.temporal.ChronoUnit;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What the management listener answers, by path. Confined to one event loop, but for {@link #use}. */
public final class ManagementEndpoints {
    /**
     * The parts that are there once the edge is wired.
     *
     * @param token without which nothing here acts
     */
    public record Parts(
            HealthService health,
            ModuleReload reload,
            IntrusionService intrusion,
            CspReports reports,
            DrainSwitch drain,
            Secret token) {}

    /**
     * Takes the node out of its balancers and back; each says whether anything changed.
     */
    public record DrainSwitch(BooleanSupplier begin, BooleanSupplier cancel) {}

    /** One path: whether it acts, and what answers it. */
    record Endpoint(boolean acts, Consumer<HttpServerRequest> answering) {}

    private static final CharSequence METRICS = HttpHeaders.createOptimized("text/plain; version=0.0.4; charset=utf-8");
    private static final CharSequence JSON = HttpHeaders.createOptimized("application/json");
    private static final String HEALTH = "/health";
    private static final String CHECK = HEALTH + "/";

    private final Vertx vertx;
    private final Node node;
    private final PrometheusMeterRegistry registry;
    private final AtomicReference<@Nullable Parts> parts = new AtomicReference<>();
    private final Map<String, Endpoint> byPath = new TreeMap<>();

    ManagementEndpoints(Vertx vertx, Node node, PrometheusMeterRegistry registry) {
        this.vertx = vertx;
        this.node = node;
        this.registry = registry;
        new HealthPaths(this::report, HEALTH, EnumSet.allOf(Alias.class), true)
                .byPath()
                .forEach((path, answering) -> byPath.put(path, shows(answering)));
        byPath.put("/livez", shows(request -> status(request, true, "live")));
        byPath.put("/startupz", shows(request -> status(request, node.isStarted(), node.words())));
        byPath.put("/readyz", shows(this::ready));
        byPath.put("/health/history", shows(this::history));
        byPath.put("/metrics", shows(this::metrics));
        byPath.put("/modules/reload", acts(this::reload));
        byPath.put("/csp/reports", shows(this::reports));
        byPath.put("/intrusion/reload", acts(this::reloadScenarios));
        byPath.put(
                "/drain",
                acts(request -> drain(request, required().drain().begin().getAsBoolean())));
        byPath.put(
                "/drain/cancel",
                acts(request -> drain(request, required().drain().cancel().getAsBoolean())));
    }

    private static Endpoint shows(Consumer<HttpServerRequest> answering) {
        return new Endpoint(false, answering);
    }

    private static Endpoint acts(Consumer<HttpServerRequest> answering) {
        return new Endpoint(true, answering);
    }

    /** From now on there is something to tell, and something to act on. */
    void use(Parts wired) {
        parts.set(wired);
    }

    @Nullable
    Parts parts() {
        return parts.get();
    }

    private Parts required() {
        return Objects.requireNonNull(parts.get());
    }

    /** Returns what answers a path; null when nothing does. */
    @Nullable
    Endpoint find(String path) {
        Endpoint endpoint = byPath.get(path);
        if (endpoint != null || !path.startsWith(CHECK)) {
            return endpoint;
        }
        Parts wired = parts.get();
        CheckStatus status = wired == null ? null : wired.health().status(path.substring(CHECK.length()));
        return status == null ? null : shows(request -> check(request, status));
    }

    HttpError unknown() {
        return HttpError.of(404, "NOT_FOUND", "Here are " + String.join(", ", byPath.keySet()) + " and /health/CHECK.");
    }

    private HealthReport report() {
        Parts wired = parts.get();
        return wired == null ? HealthReport.starting(node) : wired.health().report();
    }

    /** The container's own health check asks here, too, and is no balancer. */
    private void ready(HttpServerRequest request) {
        if (!HealthCheckAgent.is(request.getHeader(HttpHeaders.USER_AGENT))) {
            node.probed();
        }
        boolean isReady = report().isGood(HealthReport.Aspect.READY);
        status(request, isReady, node.words());
    }

    private static void check(HttpServerRequest request, CheckStatus status) {
        boolean isGood = !status.shown().isDown();
        end(request, isGood ? 200 : 503, JSON, EdgeDialect.check(status, true).toBuffer());
    }

    private void history(HttpServerRequest request) {
        JsonArray transitions = new JsonArray();
        for (Transition transition : node.history().all()) {
            JsonObject json = new JsonObject()
                    .put("at", transition.at().truncatedTo(ChronoUnit.MILLIS).toString())
                    .put("check", transition.id())
                    .put("from", transition.from())
                    .put("to", transition.to());
            if (!transition.code().isEmpty()) {
                json.put("code", transition.code());
            }
            if (!transition.first().isEmpty()) {
                json.put("first", transition.first());
            }
            transitions.add(json);
        }
        JsonObject whole = new JsonObject().put("first", node.history().first()).put("transitions", transitions);
        end(request, 200, JSON, whole.toBuffer());
    }

    private void drain(HttpServerRequest request, boolean hasChanged) {
        end(
                request,
                200,
                JSON,
                new JsonObject()
                        .put("changed", hasChanged)
                        .put("node", node.state().word())
                        .toBuffer());
    }

    private void reload(HttpServerRequest request) {
        Context ours = vertx.getOrCreateContext();
        required()
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
                        json.put("problems", json(outcome.problems()));
                    }
                    end(request, outcome.isApplied() ? 200 : 422, JSON, json.toBuffer());
                }));
    }

    private void reports(HttpServerRequest request) {
        Parts wired = parts.get();
        end(
                request,
                wired == null ? 503 : 200,
                JSON,
                (wired == null ? new JsonObject() : wired.reports().toJson()).toBuffer());
    }

    private void reloadScenarios(HttpServerRequest request) {
        IntrusionService intrusion = required().intrusion();
        vertx.executeBlocking(intrusion::reload)
                .onSuccess(problems -> end(
                        request,
                        problems.isEmpty() ? 200 : 422,
                        JSON,
                        new JsonObject()
                                .put("applied", problems.isEmpty())
                                .put("problems", json(problems))
                                .toBuffer()))
                .onFailure(e -> end(
                        request,
                        500,
                        JSON,
                        new JsonObject().put("status", "scenarios not read").toBuffer()));
    }

    private static JsonArray json(List<ConfigProblems.Problem> problems) {
        JsonArray array = new JsonArray();
        problems.forEach(p -> array.add(
                new JsonObject().put("where", p.where()).put("what", p.what()).put("write", p.fix())));
        return array;
    }

    private void metrics(HttpServerRequest request) {
        vertx.executeBlocking(registry::scrape)
                .onSuccess(text -> end(request, 200, METRICS, Buffer.buffer(text)))
                .onFailure(e -> end(
                        request,
                        500,
                        JSON,
                        new JsonObject().put("status", "metrics not written").toBuffer()));
    }

    private static void status(HttpServerRequest request, boolean isGood, String words) {
        end(
                request,
                isGood ? 200 : 503,
                JSON,
                new JsonObject().put("status", words).toBuffer());
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
