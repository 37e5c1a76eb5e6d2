package app.molos.edge.http;

import app.molos.edge.modules.ReservedPaths;
import app.molos.edge.proxy.ModuleHandler;
import app.molos.edge.web.Exchange;
import app.molos.edge.web.HttpError;
import io.vertx.core.http.HttpServerRequest;
import java.util.function.Consumer;

/**
 * The short way for what nearly every request is: one for a module's upstream, from a page of ours or from nobody's, by
 * somebody whose session is known. It asks the same guards as the route table, in the same order, and lets through only what
 * every one of them lets through at once; everything else, refusals too, is the table's. Confined to one event loop.
 */
final class Express {
    private final HostGuard hosts;
    private final OriginGuard origins;
    private final ModuleHandler modules;

    Express(HostGuard hosts, OriginGuard origins, ModuleHandler modules) {
        this.hosts = hosts;
        this.origins = origins;
        this.modules = modules;
    }

    /**
     * Whether the request is on its way; if not, nothing was done.
     *
     * @param request that breaks none of the {@link RequestRules}
     * @param refused hears why the module cannot answer, if it cannot
     */
    boolean forwards(HttpServerRequest request, Exchange exchange, Consumer<HttpError> refused) {
        String path = request.path();
        return path != null
                && ReservedPaths.isPlainlyNone(path)
                && hosts.admits(request)
                && origins.admits(request)
                && modules.forwards(request, exchange, path, refused);
    }
}
