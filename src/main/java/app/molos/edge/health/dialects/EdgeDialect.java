package app.molos.edge.health.dialects;

import app.molos.edge.health.CheckStatus;
import app.molos.edge.health.HealthCheck.Level;
import app.molos.edge.health.HealthCheck.State;
import app.molos.edge.health.HealthReport;
import app.molos.edge.health.HealthReport.Aspect;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.json.JsonObject;
import java.time.temporal.ChronoUnit;
import java.util.Locale;

/** The edge's own JSON: {@code status}, {@code timestamp}, {@code checks}. */
public final class EdgeDialect implements HealthDialect {
    private static final CharSequence TYPE = HttpHeaders.createOptimized("application/json");

    @Override
    public CharSequence contentType() {
        return TYPE;
    }

    @Override
    public Buffer render(HealthReport report, Aspect aspect, boolean isFull) {
        JsonObject checks = new JsonObject();
        report.checks().forEach(status -> checks.put(status.check().id(), check(status, isFull)));
        JsonObject whole = new JsonObject().put("status", report.status());
        if (isFull) {
            whole.put("node", report.node().word());
        }
        return whole.put("timestamp", report.at().truncatedTo(ChronoUnit.MILLIS).toString())
                .put("checks", checks)
                .toBuffer();
    }

    /** Returns one check: whether it is healthy, its state, its code; to operators everything. */
    public static JsonObject check(CheckStatus status, boolean isFull) {
        State shown = status.shown();
        JsonObject json = new JsonObject()
                .put("healthy", shown.level() == Level.UP || shown.level() == Level.DEGRADED)
                .put("state", shown.level().word());
        if (!shown.code().isEmpty()) {
            json.put("code", shown.code());
        }
        if (isFull) {
            if (!shown.detail().isEmpty()) {
                json.put("detail", shown.detail());
            }
            json.put("kind", status.check().kind().name().toLowerCase(Locale.ROOT))
                    .put("scope", status.check().scope().name().toLowerCase(Locale.ROOT))
                    .put("since", status.since().truncatedTo(ChronoUnit.MILLIS).toString())
                    .put("durationMs", status.durationMillis())
                    .put("ageMs", (System.nanoTime() - status.observedNanos()) / 1_000_000)
                    .put("flaps", status.flaps());
        }
        return json;
    }
}
