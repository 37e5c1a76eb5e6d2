package app.molos.edge.proxy;

import app.molos.edge.modules.Module.Target;
import app.molos.edge.modules.Module;
import app.molos.edge.modules.ModuleRegistry;
import app.molos.edge.modules.ReservedPaths;
import app.molos.edge.modules.StaticFiles;
import app.molos.edge.session.AccessGuard;
import app.molos.edge.session.Assertions;
import app.molos.edge.session.SessionCookies;
import app.molos.edge.session.SessionService;
import app.molos.edge.session.SignedIn;
import app.molos.edge.web.Access;
import app.molos.edge.web.Exchange;
import app.molos.edge.web.HttpError;
import app.molos.edge.web.Navigation;
import app.molos.edge.web.SecurityHeaders;
import app.molos.edge.web.SiteConfig;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClientAgent;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.internal.ContextInternal;
import io.vertx.ext.web.RoutingContext;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The catch-all of the route table: finds the module of a path, asks who may enter, and lets its target answer. */
public final class ModuleHandler implements Handler<RoutingContext> {
    private static final HttpError NOT_FETCHED_YET =
            HttpError.unavailable("MODULE_NOT_FETCHED", "This module is configured but its code is not here yet.", 60, null);
    private static final HttpError AMBIGUOUS =
            HttpError.of(400, "BAD_PATH", "The path can be read as one of another module.");

    private static final Duration MAX_CONNECT = Duration.ofMinutes(1);
    private static final String SIGN_IN_PAGE = "/edge/sign-in";

    private final Vertx vertx;
    private final ContextInternal context;
    private final Duration grace;
    private final HttpClientAgent client;
    private final AccessGuard guard;
    private final StaticFiles staticFiles;
    private final ModuleTable.Makers makers;
    private final Handler<RoutingContext> front;
    private ModuleTable table;

    /**
     * Call on the event loop that will serve: the upstream connections stay on it.
     *
     * @param front answers {@code /} where no module does
     */
    public ModuleHandler(
            Vertx vertx,
            ModuleRegistry registry,
            ModuleStates states,
            Function<ModuleRegistry, Optional<String>> home,
            AccessGuard guard,
            SessionService sessions,
            Assertions assertions,
            SecurityHeaders securityHeaders,
            SessionCookies cookies,
            SiteConfig site,
            ProxyConfig config,
            Handler<RoutingContext> front) {
        this.front = front;
        this.vertx = vertx;
        this.context = (ContextInternal) vertx.getOrCreateContext();
        this.grace = config.changeGrace();
        this.guard = guard;
        this.staticFiles = new StaticFiles(vertx);
        this.client = vertx.createHttpClient(options());
        PassageClock clock = new PassageClock(vertx);
        StreamGuard streams = new StreamGuard(vertx, sessions, config.streamCheck());
        RequestHygiene hygiene = new RequestHygiene(site, cookies);
        this.makers = new ModuleTable.Makers(
                home,
                module -> new UpstreamProxy(
                        context, module, client, config, states.of(module), hygiene, securityHeaders, cookies, clock, streams,
                        assertions),
                module -> new ResponseHygiene(
                        securityHeaders, cookies, new OwnAddress(List.of()), module.access() == Access.PUBLIC, module.forwarding().headers()));
        this.table = new ModuleTable(registry, makers, null);
    }

    /** Ends every connection to a module; nothing is served after that. */
    public Future<Void> close() {
        return client.close();
    }

    /**
     * Serves other modules from the next request on; may be called from anywhere. Modules that are the same notice nothing.
     * When it fails, nothing has changed.
     */
    public Future<Void> use(ModuleRegistry registry) {
        return Future.future(used -> context.runOnContext(v -> {
            try {
                ModuleTable before = table;
                ModuleTable next = new ModuleTable(registry, makers, before);
                table = next;
                before.retiredBy(next).forEach(proxy -> proxy.retire(vertx, grace));
                used.complete();
            } catch (RuntimeException e) {
                used.fail(e);
            }
        }));
    }

    private static HttpClientOptions options() {
        return new HttpClientOptions()
                // The end of what nobody waits for any more; a request has its module's own limit.
                .setConnectTimeout((int) MAX_CONNECT.toMillis())
                .setHttp2ClearTextUpgrade(false)
                .setTcpNoDelay(true)
                .setMaxHeaderSize(ProxyConfig.MAX_HEADER_SIZE)
                .setDecompressionSupported(false);
    }

    /** Whether the request is for a module that takes what other sites make browsers send. */
    public boolean takesForeignRequests(RoutingContext ctx) {
        String path = ctx.normalizedPath();
        ModuleRegistry.Match match = ReservedPaths.cover(path) ? null : table.registry().find(path);
        return match != null && !match.module().forwarding().checksOrigin() && !table.registry().isAmbiguous(path, match);
    }

    @Override
    public void handle(RoutingContext ctx) {
        ModuleTable now = table;
        String path = ctx.normalizedPath();
        ModuleRegistry.Match match = now.registry().find(path);
        if (match == null) {
            answerWithoutModule(ctx, path, now);
            return;
        }
        if (now.registry().isAmbiguous(path, match)) {
            ctx.fail(AMBIGUOUS);
            return;
        }
        Module module = match.module();
        Exchange.of(ctx).setModule(module.id());
        if (isPrefixWithoutSlash(ctx.request(), path, match)) {
            redirect(ctx, 308, match.prefix() + "/", ctx.request().query());
            return;
        }
        guard.admit(ctx, module.access())
                .onSuccess(signedIn -> pass(ctx, now, match, path, signedIn.orElse(null)))
                .onFailure(failure -> {
                    if (failure == AccessGuard.SIGN_IN && Navigation.is(ctx.request())) {
                        redirect(ctx, 302, SIGN_IN_PAGE, "to=" + URLEncoder.encode(ctx.request().uri(), StandardCharsets.UTF_8));
                    } else {
                        ctx.fail(failure);
                    }
                });
    }

    /**
     * Whether the request is on its way to an upstream, which takes that everything is known already: who may enter, and what
     * the module is told of them. If not, nothing was done, and {@link #handle} finds out why.
     *
     * @param path as it was written, which is also how it is read
     * @param refused hears why the module cannot answer, if it cannot
     */
    public boolean forwards(HttpServerRequest request, Exchange exchange, String path, Consumer<HttpError> refused) {
        ModuleTable now = table;
        ModuleRegistry.Match match = now.registry().find(path);
        if (match == null || !(match.module().target() instanceof Target.Upstream)
                || now.registry().isAmbiguous(path, match) || isPrefixWithoutSlash(request, path, match)) {
            return false;
        }
        Module module = match.module();
        SignedIn signedIn = module.access() == Access.PUBLIC ? null : guard.known(request, module.access());
        return (signedIn != null || module.access() == Access.PUBLIC)
                && now.proxy(module).forwards(request, exchange, path, match.prefix(), signedIn, refused);
    }

    private static boolean isPrefixWithoutSlash(HttpServerRequest request, String path, ModuleRegistry.Match match) {
        return isRead(request) && path.equals(match.prefix()) && !path.equals("/");
    }

    private void pass(
            RoutingContext ctx, ModuleTable now, ModuleRegistry.Match match, String path, @Nullable SignedIn signedIn) {
        Module module = match.module();
        if (module.target() instanceof Target.Upstream) {
            now.proxy(module).forward(ctx, match.prefix(), signedIn);
        } else if (module.target() instanceof Target.Static folder) {
            ResponseHygiene answers = now.files(module);
            ctx.addHeadersEndHandler(v -> {
                if (!ctx.failed()) {
                    answers.turnIntoModule(ctx.response().headers(), StaticFiles.cachingOf(ctx));
                }
            });
            staticFiles.serve(ctx, folder.directory(), match.prefix().equals("/") ? path : path.substring(match.prefix().length()));
        } else {
            ctx.fail(NOT_FETCHED_YET);
        }
    }

    private void answerWithoutModule(RoutingContext ctx, String path, ModuleTable now) {
        if (path.equals("/") && isRead(ctx.request()) && now.home().isPresent()) {
            redirect(ctx, 302, now.home().get(), null);
        } else if (path.equals("/") && isRead(ctx.request())) {
            front.handle(ctx);
        } else {
            ctx.fail(404);
        }
    }

    private static boolean isRead(HttpServerRequest request) {
        return request.method() == HttpMethod.GET || request.method() == HttpMethod.HEAD;
    }

    private static void redirect(RoutingContext ctx, int status, String path, @Nullable String query) {
        ctx.response()
                .setStatusCode(status)
                .putHeader(HttpHeaders.LOCATION, path + (query == null ? "" : "?" + query))
                .end();
    }
}
