package app.molos.edge.proxy;

import app.molos.edge.modules.ModuleRegistry;
import app.molos.edge.modules.files.StaticFiles;
import app.molos.edge.proxy.upstream.Deadlines;
import app.molos.edge.web.ReadMethod;
import app.molos.edge.web.RedirectTarget;
import app.molos.edge.web.RequestTarget;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClientAgent;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpServerRequest;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Finds the module of a path. Confined to one event loop, with the upstream connections of it. */
public final class ModuleHandler {
    private static final Duration MAX_CONNECT = Duration.ofMinutes(1);

    private final Vertx vertx;
    private final Context context;
    private final Duration drainTimeout;
    private final HttpClientAgent client;
    private final StaticFiles staticFiles;
    private final OpenStreams streams;
    private final ModuleTable.Makers makers;
    private ModuleTable table;

    /** Call on the event loop that will serve: the upstream connections stay on it. */
    public ModuleHandler(Vertx vertx, ModuleRegistry registry, ProxyParts parts) {
        this.vertx = vertx;
        this.context = vertx.getOrCreateContext();
        this.drainTimeout = parts.config().drainTimeout();
        this.staticFiles = new StaticFiles(vertx);
        this.client = vertx.createHttpClient(options());
        this.streams = new OpenStreams(vertx);
        UpstreamProxy.Loop loop = new UpstreamProxy.Loop(
                context,
                client,
                new Deadlines(vertx),
                new StreamRevoker(vertx, parts.sessions(), parts.config().streamCheck()),
                streams,
                new RequestHeaderFilter(parts.site(), parts.cookies()),
                parts);
        this.makers = new ModuleTable.Makers(
                parts.home(),
                module -> new UpstreamProxy(
                        module, loop, parts.groups().of(module), ResponseHeaderFilter.of(module, parts)),
                module -> ResponseHeaderFilter.of(module, parts));
        this.table = new ModuleTable(registry, makers, null);
    }

    /** Closes every connection to a module; nothing is served after that. */
    public Future<Void> close() {
        return client.close();
    }

    /** Sends WebSockets and event streams away, spread over a while; call on the event loop. */
    public void leave(Duration spread) {
        streams.leave(spread);
    }

    /** Keeps the streams that were not sent away yet; call on the event loop. */
    public void stay() {
        streams.stay();
    }

    /**
     * Serves other modules from the next request on; may be called from anywhere. Modules that are the same are not
     * disturbed. When it fails, nothing has changed.
     */
    public Future<Void> use(ModuleRegistry registry) {
        return Future.future(used -> context.runOnContext(v -> {
            try {
                ModuleTable before = table;
                ModuleTable next = new ModuleTable(registry, makers, before);
                table = next;
                before.retiredBy(next).forEach(proxy -> proxy.retire(vertx, drainTimeout));
                used.complete();
            } catch (RuntimeException e) {
                used.fail(e);
            }
        }));
    }

    private static HttpClientOptions options() {
        return new HttpClientOptions()
                // Ends what no request waits for any more; a request has its module's own timeout.
                .setConnectTimeout((int) MAX_CONNECT.toMillis())
                .setHttp2ClearTextUpgrade(false)
                .setTcpNoDelay(true)
                .setMaxHeaderSize(ProxyConfig.MAX_HEADER_SIZE)
                .setDecompressionSupported(false);
    }

    /** Returns what a path is for, by the list of modules that is served now; null when no module is there. */
    public @Nullable RequestTarget find(HttpServerRequest request, String path) {
        ModuleTable now = table;
        ModuleRegistry.Match match = now.registry().find(path);
        if (match == null) {
            return path.equals("/") && ReadMethod.is(request)
                    ? now.home().map(ModuleHandler::home).orElse(null)
                    : null;
        }
        boolean isAmbiguous = now.registry().isAmbiguous(path, match);
        if (!isAmbiguous && ReadMethod.is(request) && path.equals(match.prefix()) && !path.equals("/")) {
            String query = request.query();
            return new RedirectTarget(
                    match.module().id(),
                    match.module().forwarding().checksOrigin(),
                    308,
                    path + "/" + (query == null ? "" : "?" + query));
        }
        return new ModuleTarget(now, match, staticFiles, isAmbiguous);
    }

    private static RequestTarget home(String path) {
        return new RedirectTarget("", true, 302, path);
    }
}
