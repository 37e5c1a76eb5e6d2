package app.molos.edge.health.dialects;

import app.molos.edge.health.HealthReport;
import app.molos.edge.health.HealthReport.Aspect;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;

/** One word and a line's end, for shells and for balancers that look for a string. */
public final class WordDialect implements HealthDialect {
    private static final CharSequence TYPE = HttpHeaders.createOptimized("text/plain; charset=utf-8");

    @Override
    public CharSequence contentType() {
        return TYPE;
    }

    @Override
    public Buffer render(HealthReport report, Aspect aspect, boolean isFull) {
        return Buffer.buffer(report.status() + "\n");
    }
}
