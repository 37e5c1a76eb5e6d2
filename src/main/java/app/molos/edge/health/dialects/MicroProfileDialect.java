package app.molos.edge.health.dialects;

import app.molos.edge.health.CheckStatus;
import app.molos.edge.health.HealthCheck.Kind;
import app.molos.edge.health.HealthReport;
import app.molos.edge.health.HealthReport.Aspect;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/** MicroProfile Health 4: UP and DOWN, a list of named checks. */
public final class MicroProfileDialect implements HealthDialect {
    private static final CharSequence TYPE = HttpHeaders.createOptimized("application/json");

    @Override
    public CharSequence contentType() {
        return TYPE;
    }

    @Override
    public Buffer render(HealthReport report, Aspect aspect, boolean isFull) {
        JsonArray checks = new JsonArray();
        report.checks().stream().filter(status -> belongs(status, aspect)).forEach(status -> checks.add(check(status)));
        if (aspect != Aspect.OVERALL) {
            checks.add(new JsonObject().put("name", "node").put("status", word(report.isGood(aspect))));
        }
        return new JsonObject()
                .put("status", word(report.isGood(aspect)))
                .put("checks", checks)
                .toBuffer();
    }

    private static boolean belongs(CheckStatus status, Aspect aspect) {
        return aspect == Aspect.OVERALL
                || (aspect == Aspect.READY && status.check().kind() == Kind.CRITICAL);
    }

    private static JsonObject check(CheckStatus status) {
        JsonObject json = new JsonObject()
                .put("name", status.check().id())
                .put("status", word(!status.state().isDown()));
        if (!status.shown().code().isEmpty()) {
            json.put("data", new JsonObject().put("code", status.shown().code()));
        }
        return json;
    }

    private static String word(boolean isUp) {
        return isUp ? "UP" : "DOWN";
    }
}
