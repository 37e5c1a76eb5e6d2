package app.molos.edge.http;

import app.molos.edge.session.AccessGuard;
import app.molos.edge.web.Decision;
import app.molos.edge.web.HeldBody;
import app.molos.edge.web.HttpError;
import app.molos.edge.web.RequestContext;
import app.molos.edge.web.RequestGuard;
import io.vertx.core.Future;
import io.vertx.core.http.HttpServerRequest;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The one list of guards, in their order. Every request passes it, but for malformed ones and probes. */
final class RequestGuards {
    private final BanGuard ban;
    private final List<RequestGuard> guards;

    RequestGuards(
            BanGuard ban, LimitGuard limit, LoadGuard load, HostGuard host, OriginGuard origin, AccessGuard access) {
        this.ban = ban;
        guards = List.of(ban, limit, load, host, origin, new AmbiguityGuard(), access);
    }

    /** See {@link BanGuard#atOnce}. */
    @Nullable
    HttpError atOnce(HttpServerRequest request, RequestContext context) {
        return ban.atOnce(request, context);
    }

    List<RequestGuard> list() {
        return guards;
    }

    /** Asks one after the other, until one refuses or has to wait. */
    Decision decide(HttpServerRequest request, RequestContext context) {
        return decide(0, request, context);
    }

    private Decision decide(int first, HttpServerRequest request, RequestContext context) {
        for (int i = first; i < guards.size(); i++) {
            Decision decision = guards.get(i).decide(request, context);
            if (decision instanceof Decision.Later later) {
                int next = i + 1;
                context.held();
                HeldBody.hold(request);
                return Decision.when(later.decision()
                        .compose(decided -> decided == Decision.ALLOW
                                ? future(decide(next, request, context))
                                : Future.succeededFuture(decided)));
            }
            if (decision != Decision.ALLOW) {
                return decision;
            }
        }
        return Decision.ALLOW;
    }

    private static Future<Decision> future(Decision decision) {
        return decision instanceof Decision.Later later ? later.decision() : Future.succeededFuture(decision);
    }
}
