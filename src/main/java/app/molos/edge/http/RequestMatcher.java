package app.molos.edge.http;

import app.molos.edge.modules.ReservedPaths;
import app.molos.edge.proxy.ModuleHandler;
import app.molos.edge.web.EdgePaths;
import app.molos.edge.web.RequestTarget;
import io.vertx.core.http.HttpServerRequest;

/** Finds what a path is for: a probe, a module, or a row of the route table. Confined to one event loop. */
final class RequestMatcher {
    private final Probes probes;
    private final ModuleHandler modules;
    private final RouteTable table;
    private final RouteTable reports;

    RequestMatcher(Probes probes, ModuleHandler modules, RouteTable table) {
        this.probes = probes;
        this.modules = modules;
        this.table = table;
        this.reports = table.forReports();
    }

    RequestTarget find(HttpServerRequest request, String path) {
        RequestTarget probe = probes.find(request, path);
        if (probe != null) {
            return probe;
        }
        RequestTarget module = ReservedPaths.cover(path) ? null : modules.find(request, path);
        if (module != null) {
            return module;
        }
        return path.startsWith(EdgePaths.CSP_REPORT) ? reports : table;
    }

    /** Whether a request, by its path as it was sent, is one of those that no guard judges. */
    boolean isProbe(HttpServerRequest request) {
        RequestTarget probe = request.path() == null ? null : probes.find(request, request.path());
        return probe != null && Probes.are(probe);
    }

    /** Whether a request may lack a Host, as probes of HTTP/1.0 do. */
    boolean mayLackHost(HttpServerRequest request) {
        return probes.asks(request);
    }
}
