package app.molos.edge.session;

import app.molos.edge.web.RequestContext;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.RoutingContext;

/** Where a request came from, as it is stored with a session. */
public record Client(String address, String agent) {
    private static final int MAX_AGENT = 512;

    public static Client of(RoutingContext ctx) {
        String agent = ctx.request().getHeader(HttpHeaders.USER_AGENT);
        return new Client(
                RequestContext.of(ctx).client(),
                agent == null ? "" : agent.substring(0, Math.min(agent.length(), MAX_AGENT)));
    }
}
