package app.molos.edge.http;

import app.molos.edge.csp.CspReports;
import app.molos.edge.modules.reload.LiveModules;
import app.molos.edge.web.BodyReader;
import io.vertx.core.Handler;
import io.vertx.ext.web.RoutingContext;
import java.nio.charset.StandardCharsets;

/** Takes what browsers report of a module's policy, from anybody. */
final class CspReportHandler implements Handler<RoutingContext> {
    private final CspReports reports;
    private final LiveModules modules;

    CspReportHandler(CspReports reports, LiveModules modules) {
        this.reports = reports;
        this.modules = modules;
    }

    @Override
    public void handle(RoutingContext ctx) {
        String module = ctx.pathParam("module");
        if (modules.modules().stream().noneMatch(m -> m.id().equals(module))) {
            ctx.fail(404);
            return;
        }
        reports.take(module, BodyReader.of(ctx).toString(StandardCharsets.UTF_8));
        ctx.response().setStatusCode(204).end();
    }
}
