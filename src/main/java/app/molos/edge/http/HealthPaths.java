package app.molos.edge.http;

import app.molos.edge.health.HealthConfig.Alias;
import app.molos.edge.health.HealthReport;
import app.molos.edge.health.HealthReport.Aspect;
import app.molos.edge.health.dialects.ActuatorDialect;
import app.molos.edge.health.dialects.EdgeDialect;
import app.molos.edge.health.dialects.HealthDialect;
import app.molos.edge.health.dialects.HealthJsonDialect;
import app.molos.edge.health.dialects.MicroProfileDialect;
import app.molos.edge.health.dialects.WordDialect;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** The paths under which health is asked, and in which dialect each answers. Confined to one event loop. */
public final class HealthPaths {
    private final Supplier<HealthReport> reports;
    private final boolean isFull;
    private final Map<String, Consumer<HttpServerRequest>> byPath = new HashMap<>();

    /**
     * @param report the path of the edge's own report, which answers in three dialects by Accept
     * @param aliases the families of paths that are answered, too
     * @param isFull whether those who ask may know everything
     */
    public HealthPaths(Supplier<HealthReport> reports, String report, Set<Alias> aliases, boolean isFull) {
        this.reports = reports;
        this.isFull = isFull;
        HealthAnswer own = answer(new EdgeDialect(), Aspect.OVERALL);
        HealthAnswer draft = answer(new HealthJsonDialect(), Aspect.OVERALL);
        HealthAnswer word = answer(new WordDialect(), Aspect.OVERALL);
        byPath.put(report, request -> {
            String accept = request.getHeader(HttpHeaders.ACCEPT);
            if (accept == null || accept.startsWith("*/*")) {
                own.answer(request);
            } else {
                (accept.contains("health+json") ? draft : accept.startsWith("text/plain") ? word : own).answer(request);
            }
        });
        if (aliases.contains(Alias.MICROPROFILE)) {
            HealthDialect dialect = new MicroProfileDialect();
            String path = Alias.MICROPROFILE.path();
            put(path, dialect, Aspect.OVERALL);
            put(path + "/live", dialect, Aspect.LIVE);
            put(path + "/ready", dialect, Aspect.READY);
            put(path + "/started", dialect, Aspect.STARTED);
        }
        if (aliases.contains(Alias.ACTUATOR)) {
            HealthDialect dialect = new ActuatorDialect();
            String path = Alias.ACTUATOR.path();
            put(path, dialect, Aspect.OVERALL);
            put(path + "/liveness", dialect, Aspect.LIVE);
            put(path + "/readiness", dialect, Aspect.READY);
        }
    }

    /** Returns what answers each path. */
    public Map<String, Consumer<HttpServerRequest>> byPath() {
        return Map.copyOf(byPath);
    }

    private void put(String path, HealthDialect dialect, Aspect aspect) {
        byPath.put(path, answer(dialect, aspect)::answer);
    }

    private HealthAnswer answer(HealthDialect dialect, Aspect aspect) {
        return new HealthAnswer(reports, dialect, aspect, isFull);
    }
}
