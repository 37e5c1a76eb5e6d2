package app.molos.edge.health.dialects;

import app.molos.edge.health.CheckStatus;
import app.molos.edge.health.HealthReport;
import app.molos.edge.health.HealthReport.Aspect;
import app.molos.edge.health.NodeState;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/** Spring Boot Actuator's health: a status, to operators the components. */
public final class ActuatorDialect implements HealthDialect {
    private static final CharSequence TYPE =
            HttpHeaders.createOptimized("application/vnd.spring-boot.actuator.v3+json");

    @Override
    public CharSequence contentType() {
        return TYPE;
    }

    @Override
    public Buffer render(HealthReport report, Aspect aspect, boolean isFull) {
        JsonObject whole = new JsonObject().put("status", status(report, aspect));
        if (aspect == Aspect.OVERALL) {
            whole.put("groups", new JsonArray().add("liveness").add("readiness"));
        }
        if (aspect == Aspect.OVERALL && isFull) {
            JsonObject components = new JsonObject();
            report.checks().forEach(status -> components.put(status.check().id(), component(status)));
            whole.put("components", components);
        }
        return whole.toBuffer();
    }

    private static String status(HealthReport report, Aspect aspect) {
        boolean isLeaving = report.node() == NodeState.DRAINING || report.node() == NodeState.STOPPED;
        return report.isGood(aspect) ? "UP" : isLeaving ? "OUT_OF_SERVICE" : "DOWN";
    }

    private static JsonObject component(CheckStatus status) {
        String word = switch (status.shown().level()) {
            case UP, DEGRADED -> "UP";
            case UNKNOWN -> "UNKNOWN";
            case DOWN -> "DOWN";
        };
        JsonObject json = new JsonObject().put("status", word);
        return status.shown().code().isEmpty()
                ? json
                : json.put(
                        "details", new JsonObject().put("code", status.shown().code()));
    }
}
