package app.molos.edge.http;

import app.molos.edge.health.HealthReport;
import app.molos.edge.health.HealthReport.Aspect;
import app.molos.edge.health.dialects.HealthDialect;
import app.molos.edge.web.ReadMethod;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Answers one probe from the report of the moment, worded once for each report. Confined to one event loop. */
public final class HealthAnswer {
    private final Supplier<HealthReport> reports;
    private final HealthDialect dialect;
    private final Aspect aspect;
    private final boolean isFull;
    private @Nullable HealthReport worded;
    private Buffer body = Buffer.buffer();

    /** @param isFull whether those who ask may know everything; ages are then worded each time */
    public HealthAnswer(Supplier<HealthReport> reports, HealthDialect dialect, Aspect aspect, boolean isFull) {
        this.reports = reports;
        this.dialect = dialect;
        this.aspect = aspect;
        this.isFull = isFull;
    }

    public void answer(HttpServerRequest request) {
        HealthReport report = reports.get();
        if (report != worded || isFull) {
            body = dialect.render(report, aspect, isFull);
            worded = report;
        }
        end(request, report.isGood(aspect) ? 200 : 503, dialect.contentType(), body);
    }

    /** Vert.x leaves the body of a HEAD out, and its length with it. */
    static void end(HttpServerRequest request, int status, CharSequence type, Buffer body) {
        HttpServerResponse response =
                request.response().setStatusCode(status).putHeader(HttpHeaders.CONTENT_TYPE, type);
        if (ReadMethod.isHead(request)) {
            response.putHeader(HttpHeaders.CONTENT_LENGTH, Integer.toString(body.length()));
            response.end();
        } else {
            response.end(body);
        }
    }
}
