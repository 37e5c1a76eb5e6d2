package app.molos.edge.health.dialects;

import app.molos.edge.health.CheckStatus;
import app.molos.edge.health.HealthCheck.Level;
import app.molos.edge.health.HealthReport;
import app.molos.edge.health.HealthReport.Aspect;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/** {@code application/health+json} (draft-inadarei-api-health-check-06): pass, warn, fail. */
public final class HealthJsonDialect implements HealthDialect {
    private static final CharSequence TYPE = HttpHeaders.createOptimized("application/health+json");

    @Override
    public CharSequence contentType() {
        return TYPE;
    }

    @Override
    public Buffer render(HealthReport report, Aspect aspect, boolean isFull) {
        JsonObject checks = new JsonObject();
        report.checks().forEach(status -> checks.put(status.check().id(), new JsonArray().add(check(status, isFull))));
        boolean isWarning = report.status().equals("degraded");
        return new JsonObject()
                .put("status", !report.isGood(aspect) ? "fail" : isWarning ? "warn" : "pass")
                .put("checks", checks)
                .toBuffer();
    }

    private static JsonObject check(CheckStatus status, boolean isFull) {
        Level level = status.shown().level();
        JsonObject json = new JsonObject()
                .put(
                        "status",
                        switch (level) {
                            case UP -> "pass";
                            case DEGRADED, UNKNOWN -> "warn";
                            case DOWN -> "fail";
                        });
        if (!status.shown().code().isEmpty()) {
            json.put("output", status.shown().code());
        }
        if (isFull) {
            json.put("time", status.since().toString())
                    .put("observedValue", status.durationMillis())
                    .put("observedUnit", "ms");
        }
        return json;
    }
}
