package app.molos.edge.proxy;

import app.molos.edge.modules.Module;
import app.molos.edge.proxy.upstream.Deadlines;
import app.molos.edge.proxy.upstream.UpstreamGroup;
import app.molos.edge.proxy.upstream.UpstreamPools;
import app.molos.edge.session.SignedIn;
import app.molos.edge.web.Access;
import app.molos.edge.web.HttpError;
import app.molos.edge.web.LimitedLog;
import app.molos.edge.web.RequestContext;
import io.vertx.core.Context;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClientAgent;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/** Forwards to one module's upstreams; each request is a {@link ProxyExchange}. Confined to one event loop. */
final class UpstreamProxy {
    /** The parts that the proxies of one event loop share. */
    record Loop(
            Context context,
            HttpClientAgent client,
            Deadlines deadlines,
            StreamRevoker revoker,
            OpenStreams streams,
            RequestHeaderFilter requestFilter,
            ProxyParts parts) {}

    private static final LimitedLog LIMITED = new LimitedLog(LoggerFactory.getLogger(UpstreamProxy.class));
    private static final CharSequence PREFIX = HttpHeaders.createOptimized("x-forwarded-prefix");
    private static final CharSequence ASSERTION = HttpHeaders.createOptimized("x-edge-assertion");
    private static final CharSequence SOCKET_KEY = HttpHeaders.createOptimized("sec-websocket-key");
    private static final HttpError UNKNOWN_CODING =
            HttpError.of(501, "NOT_IMPLEMENTED", "No other transfer coding than chunked is known.");

    private final Module module;
    private final Loop loop;
    private final UpstreamGroup group;
    private final UpstreamPools pools;
    private final List<String> addresses;
    private final ResponseHeaderFilter responseFilter;
    private final ProxyTimeouts timeouts;
    private final ModuleErrors errors;

    UpstreamProxy(Module module, Loop loop, UpstreamGroup group, ResponseHeaderFilter responseFilter) {
        ProxyConfig config = loop.parts().config();
        this.module = module;
        this.loop = loop;
        this.group = group;
        this.responseFilter = responseFilter;
        pools = new UpstreamPools(
                loop.context(),
                loop.client(),
                group.sockets(),
                config.requestPool(),
                config.webSocketPool(),
                this::warnOfSurplus);
        pools.start(loop.deadlines());
        addresses = group.sockets().stream().map(s -> s.host() + ":" + s.port()).toList();
        timeouts = config.timeouts().with(module.forwarding().timeouts());
        errors = new ModuleErrors(module, timeouts.connect(), group.pauseSeconds());
    }

    private void warnOfSurplus() {
        LIMITED.warn(
                "surplus " + module.id(),
                "Module {} sends more than its responses announce: the connection was closed, no client"
                        + " got the rest. Content-Length counts bytes, not characters",
                module.id());
    }

    /**
     * @param prefix under which the module was found
     * @param failed takes why the module cannot answer; the response is the caller's then
     */
    void forward(
            HttpServerRequest request,
            RequestContext context,
            String prefix,
            @Nullable SignedIn signedIn,
            Consumer<Throwable> failed) {
        if (!Framing.isCodingKnown(request.headers())) {
            failed.accept(UNKNOWN_CODING);
            return;
        }
        String known = signedIn == null ? "" : loop.parts().assertions().known(signedIn, module.id());
        if (known != null) {
            send(
                    request,
                    context,
                    UpstreamRequest.of(module, request, context.path(), prefix, signedIn, known),
                    failed);
            return;
        }
        request.pause();
        loop.parts()
                .assertions()
                .of(Objects.requireNonNull(signedIn), module.id())
                .onSuccess(token -> send(
                        request,
                        context.held(),
                        UpstreamRequest.of(module, request, context.path(), prefix, signedIn, token),
                        failed))
                .onFailure(failed::accept);
    }

    private void send(
            HttpServerRequest request, RequestContext context, UpstreamRequest upstream, Consumer<Throwable> failed) {
        if (context.isHeld()) {
            // It was paused while something was looked up; the exchange holds back what it is not ready for.
            request.resume();
        }
        new ProxyExchange(this, request, context, upstream, failed::accept).begin();
    }

    /** The headers that the module gets: with the client's Host, because it is the name that the browser asked for. */
    MultiMap headers(HttpServerRequest request, RequestContext context, boolean isUpgrade, UpstreamRequest upstream) {
        String host = String.valueOf(request.getHeader(HttpHeaders.HOST));
        if (!isUpgrade
                && request.headers().contains(SOCKET_KEY)
                && !request.headers().contains(HttpHeaders.UPGRADE)) {
            LIMITED.warn(
                    "upgrade",
                    "A WebSocket to module {} came without its Upgrade header: the reverse proxy in front takes it out."
                            + " For nginx: proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade;"
                            + " proxy_set_header Connection \"upgrade\";",
                    module.id());
        }
        MultiMap headers = loop.requestFilter()
                .headers(
                        request.headers(),
                        context,
                        host,
                        isUpgrade,
                        module.forwarding().forwardsCookie(),
                        upstream.signedIn());
        if (!upstream.strippedPrefix().isEmpty()) {
            headers.add(PREFIX, upstream.strippedPrefix());
        }
        if (!upstream.assertion().isEmpty()) {
            headers.add(ASSERTION, upstream.assertion());
        }
        return headers;
    }

    /** Serves no new request: what is under way may take until the drain timeout, what is idle is closed at once. */
    void retire(Vertx vertx, Duration drainTimeout) {
        pools.close();
        vertx.setTimer(Math.max(1, drainTimeout.toMillis()), t -> {
            loop.deadlines().endAll(this);
            pools.stop(loop.deadlines());
        });
    }

    boolean isFor(Module other) {
        return module.equals(other);
    }

    UpstreamGroup group() {
        return group;
    }

    UpstreamPools pools() {
        return pools;
    }

    ResponseHeaderFilter responseFilter() {
        return responseFilter;
    }

    ProxyTimeouts timeouts() {
        return timeouts;
    }

    ModuleErrors errors() {
        return errors;
    }

    Deadlines deadlines() {
        return loop.deadlines();
    }

    StreamRevoker revoker() {
        return loop.revoker();
    }

    OpenStreams streams() {
        return loop.streams();
    }

    Access access() {
        return module.access();
    }

    boolean compresses() {
        return module.forwarding().compresses();
    }

    /** Host and port of an upstream, by its place in the module's list. */
    String address(int upstream) {
        return addresses.get(upstream);
    }

    /** Logs once a minute what goes wrong with requests to this module; the access log has each of them. */
    void warn(String requestId, String reason) {
        LIMITED.warn(
                "module " + module.id() + " " + kind(reason),
                "Module {} did not answer request {}: {}",
                module.id(),
                requestId,
                reason);
    }

    /** Addresses and numbers differ from request to request; the kind of a failure does not. */
    private static String kind(String reason) {
        int end = reason.indexOf(':');
        return end < 0 ? reason : reason.substring(0, end);
    }
}
