package app.molos.edge.http;

import app.molos.edge.health.HealthConfig.Alias;
import app.molos.edge.health.HealthReport;
import app.molos.edge.health.HealthReport.Aspect;
import app.molos.edge.health.HealthService;
import app.molos.edge.health.Node;
import app.molos.edge.health.NodeState;
import app.molos.edge.health.dialects.EdgeDialect;
import app.molos.edge.web.Access;
import app.molos.edge.web.ReadMethod;
import app.molos.edge.web.RequestContext;
import app.molos.edge.web.RequestTarget;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The probes of the public listener: status words only, and the health report. Asked every second by many, so they take
 * no way through the route table; asked by address, so no guard stands before them. Confined to one event loop.
 */
final class Probes {
    static final String HEALTH = "/api/health";
    private static final String DETAILS = HEALTH + "/details";
    private static final CharSequence JSON = HttpHeaders.createOptimized("application/json");
    private static final Buffer LIVE = Buffer.buffer("{\"status\":\"live\"}");
    private static final Map<NodeState, Buffer> WORDS = words();

    /** One probe. */
    private record Probe(Consumer<HttpServerRequest> answering) implements RequestTarget {
        @Override
        public void answer(HttpServerRequest request, RequestContext context, Consumer<Throwable> failed) {
            context.markProbe();
            answering.accept(request);
        }
    }

    /** The whole report, for administrators; every guard stands before it. */
    private record Details(HealthAnswer answer) implements RequestTarget {
        @Override
        public Access access() {
            return Access.ADMIN;
        }

        @Override
        public void answer(HttpServerRequest request, RequestContext context, Consumer<Throwable> failed) {
            answer.answer(request);
        }
    }

    private final HealthService health;
    private final Map<String, RequestTarget> byPath = new HashMap<>();

    Probes(Node node, HealthService health, Set<Alias> aliases) {
        this.health = health;
        byPath.put("/livez", new Probe(request -> HealthAnswer.end(request, 200, JSON, LIVE)));
        byPath.put("/readyz", new Probe(asked(node, this::ready)));
        new HealthPaths(health::report, HEALTH, aliases, false)
                .byPath()
                .forEach((path, answering) -> byPath.put(path, new Probe(asked(node, answering))));
        byPath.put(DETAILS, new Details(new HealthAnswer(health::report, new EdgeDialect(), Aspect.OVERALL, true)));
    }

    private static Consumer<HttpServerRequest> asked(Node node, Consumer<HttpServerRequest> answering) {
        return request -> {
            node.probed();
            answering.accept(request);
        };
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
        HealthReport report = health.report();
        boolean isReady = report.isGood(Aspect.READY);
        // Forgiven is ready, whatever the checks say.
        NodeState shown = isReady ? NodeState.READY : report.node();
        HealthAnswer.end(request, isReady ? 200 : 503, JSON, Objects.requireNonNull(WORDS.get(shown)));
    }

    private static Map<NodeState, Buffer> words() {
        Map<NodeState, Buffer> words = new EnumMap<>(NodeState.class);
        for (NodeState state : NodeState.values()) {
            words.put(state, Buffer.buffer("{\"status\":\"" + state.word() + "\"}"));
        }
        return words;
    }
}
