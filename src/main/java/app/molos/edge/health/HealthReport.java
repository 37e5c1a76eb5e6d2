package app.molos.edge.health;

import app.molos.edge.health.HealthCheck.Level;
import app.molos.edge.health.HealthCheck.State;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;

/** The outcome of one run of all checks, with its answer rendered once. */
public final class HealthReport {
    /** One check's outcome. */
    public record Result(String name, State state, long durationMillis) {}

    private final List<Result> results;
    private final Instant at;
    private final long atNanos;
    private final Level worst;
    private final Buffer body;

    HealthReport(List<Result> results, Instant at, long atNanos) {
        this.results = results;
        this.at = at;
        this.atNanos = atNanos;
        this.worst = results.stream()
                .map(r -> r.state().level())
                .max(Level::compareTo)
                .orElse(Level.DOWN);
        this.body = render(false, 0).toBuffer();
    }

    public boolean isServing() {
        return worst != Level.DOWN;
    }

    long atNanos() {
        return atNanos;
    }

    /** The body of {@code /api/health}. */
    public Buffer body() {
        return body;
    }

    /** The same with durations and the age of the result, for operators. */
    public JsonObject detailed(long nowNanos) {
        return render(true, (nowNanos - atNanos) / 1_000_000);
    }

    private JsonObject render(boolean isDetailed, long ageMillis) {
        JsonObject checks = new JsonObject();
        for (Result result : results) {
            JsonObject check = new JsonObject()
                    .put("healthy", result.state().level() != Level.DOWN)
                    .put("state", result.state().level().name().toLowerCase(Locale.ROOT));
            if (!result.state().code().isEmpty()) {
                check.put("code", result.state().code());
            }
            if (isDetailed) {
                if (!result.state().detail().isEmpty()) {
                    check.put("detail", result.state().detail());
                }
                check.put("durationMs", result.durationMillis()).put("ageMs", ageMillis);
            }
            checks.put(result.name(), check);
        }
        String status = worst == Level.UP ? "healthy" : worst == Level.DEGRADED ? "degraded" : "unhealthy";
        return new JsonObject()
                .put("status", status)
                .put("timestamp", at.truncatedTo(ChronoUnit.MILLIS).toString())
                .put("checks", checks);
    }
}
