package app.molos.edge.proxy;

import app.molos.edge.modules.Module;
import app.molos.edge.session.Assertions;
import app.molos.edge.session.SessionCookies;
import app.molos.edge.session.SignedIn;
import app.molos.edge.web.Access;
import app.molos.edge.web.RequestContext;
import app.molos.edge.web.HttpError;
import app.molos.edge.web.LimitedLog;
import app.molos.edge.web.SecurityHeaders;
import io.netty.channel.ConnectTimeoutException;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.http.ConnectionPoolTooBusyException;
import io.vertx.core.http.HttpClientAgent;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.impl.HttpRequestHead;
import io.vertx.core.internal.ContextInternal;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/** Forwards to one module's upstreams. One per module and event loop; each request is a {@link ProxyExchange}. */
final class UpstreamProxy {
    static final int RETRY_AFTER_SECONDS = 2;
    private static final LimitedLog LIMITED = new LimitedLog(LoggerFactory.getLogger(UpstreamProxy.class));
    private static final CharSequence PREFIX = HttpHeaders.createOptimized("x-forwarded-prefix");
    private static final CharSequence ASSERTION = HttpHeaders.createOptimized("x-edge-assertion");
    private static final CharSequence SOCKET_KEY = HttpHeaders.createOptimized("sec-websocket-key");
    private static final HttpError UNKNOWN_CODING =
            HttpError.of(501, "NOT_IMPLEMENTED", "No other transfer coding than chunked is known.");

    private final Module module;
    private final List<ConnectionPool> connections;
    private final List<ConnectionPool> sockets;
    private final UpstreamGroup state;
    private final List<String> addresses;
    private final RequestHeaderFilter hygiene;
    private final ResponseHeaderFilter answers;
    private final ProxyTimeouts timers;
    private final Deadlines clock;
    private final StreamRevoker streams;
    private final Assertions assertions;

    UpstreamProxy(
            ContextInternal context,
            Module module,
            HttpClientAgent client,
            ProxyConfig config,
            UpstreamGroup state,
            RequestHeaderFilter hygiene,
            SecurityHeaders securityHeaders,
            SessionCookies cookies,
            Deadlines clock,
            StreamRevoker streams,
            Assertions assertions) {
        this.module = module;
        // What may become a WebSocket has places of its own: it stays for hours and must not take those of requests.
        this.connections = state.sockets().stream()
                .map(s -> new ConnectionPool(context, client, s, config.connections(), this::warnOfSurplus)).toList();
        this.sockets = state.sockets().stream()
                .map(s -> new ConnectionPool(context, client, s, config.webSockets(), this::warnOfSurplus)).toList();
        connections.forEach(clock::start);
        sockets.forEach(clock::start);
        this.addresses = state.sockets().stream().map(s -> s.host() + ":" + s.port()).toList();
        this.state = state;
        this.hygiene = hygiene;
        this.answers = new ResponseHeaderFilter(
                securityHeaders, cookies, new OwnAddress(((Module.Target.Upstream) module.target()).addresses()),
                module.access() == Access.PUBLIC, module.forwarding().headers());
        this.timers = config.timers().with(module.forwarding().timeouts());
        this.clock = clock;
        this.streams = streams;
        this.assertions = assertions;
    }

    private void warnOfSurplus() {
        LIMITED.warn("surplus " + module.id(), "Module {} sends more than its answers announce: its connection was closed, nobody got the rest."
                + " Content-Length counts bytes, not characters", module.id());
    }

    /**
     * @param prefix under which the module was found
     * @param failed takes why the module cannot answer; the response is its own then
     */
    void forward(HttpServerRequest request, RequestContext context, String prefix, @Nullable SignedIn signedIn, Consumer<Throwable> failed) {
        if (!Framing.isCodingKnown(request.headers())) {
            failed.accept(UNKNOWN_CODING);
            return;
        }
        String known = signedIn == null ? "" : assertions.known(signedIn, module.id());
        if (known != null) {
            send(request, context, order(request, context.path(), prefix, signedIn, known), failed);
            return;
        }
        request.pause();
        assertions.of(Objects.requireNonNull(signedIn), module.id())
                .onSuccess(token -> send(request, context.held(), order(request, context.path(), prefix, signedIn, token), failed))
                .onFailure(failed::accept);
    }

    private UpstreamRequest order(HttpServerRequest request, String path, String prefix, @Nullable SignedIn signedIn, String assertion) {
        String stripped = module.forwarding().stripsPath() && !prefix.equals("/") ? prefix : "";
        String target = path.substring(stripped.length());
        String query = request.query();
        // What was decided on is what is sent: the path as it was read, not as it was written.
        String uri = (target.isEmpty() ? "/" : target) + (query == null ? "" : "?" + octets(query));
        return new UpstreamRequest(uri, stripped, signedIn, assertion);
    }

    /** A query as it was sent: octets above ASCII came as one character each, and written as such they would become two. */
    private static String octets(String query) {
        int i = 0;
        while (i < query.length() && query.charAt(i) < 128) {
            i++;
        }
        if (i == query.length()) {
            return query;
        }
        StringBuilder escaped = new StringBuilder(query.length() + 16).append(query, 0, i);
        for (; i < query.length(); i++) {
            char c = query.charAt(i);
            if (c < 128) {
                escaped.append(c);
            } else {
                escaped.append('%').append(HexFormat.of().withUpperCase().toHexDigits((byte) c));
            }
        }
        return escaped.toString();
    }

    private void send(HttpServerRequest request, RequestContext context, UpstreamRequest order, Consumer<Throwable> failed) {
        if (context.isHeld()) {
            // Whoever waited for something paused it; the exchange holds back what it is not ready for.
            request.resume();
        }
        new ProxyExchange(this, request, context, order, failed::accept).begin();
    }

    /** Where the connections to an upstream are, by its place in the module's list. */
    ConnectionPool connections(int upstream, boolean isUpgrade) {
        return (isUpgrade ? sockets : connections).get(upstream);
    }

    /** The head that the module gets: with the client's Host, because it is the name that the browser asked for. */
    HttpRequestHead head(HttpServerRequest request, RequestContext context, boolean isUpgrade, UpstreamRequest order) {
        String host = String.valueOf(request.getHeader(HttpHeaders.HOST));
        if (!isUpgrade && request.headers().contains(SOCKET_KEY) && !request.headers().contains(HttpHeaders.UPGRADE)) {
            LIMITED.warn("upgrade", "A WebSocket to module {} came without its Upgrade header: the reverse proxy in front takes it out. For nginx:"
                    + " proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection \"upgrade\";", module.id());
        }
        MultiMap headers = hygiene.headers(
                request.headers(), context, host, isUpgrade, module.forwarding().forwardsCookie(), order.signedIn());
        if (!order.strippedPrefix().isEmpty()) {
            headers.add(PREFIX, order.strippedPrefix());
        }
        if (!order.assertion().isEmpty()) {
            headers.add(ASSERTION, order.assertion());
        }
        return new HttpRequestHead(request.method(), order.uri(), headers, null, "", null);
    }

    /** Its module is gone or another one now: what is under way may end in time, what is idle ends at once. */
    void retire(Vertx vertx, Duration grace) {
        connections.forEach(ConnectionPool::close);
        sockets.forEach(ConnectionPool::close);
        vertx.setTimer(Math.max(1, grace.toMillis()), t -> {
            clock.endAll(this);
            connections.forEach(clock::stop);
            sockets.forEach(clock::stop);
        });
    }

    boolean isFor(Module other) {
        return module.equals(other);
    }

    String id() {
        return module.id();
    }

    UpstreamGroup state() {
        return state;
    }

    ResponseHeaderFilter answers() {
        return answers;
    }

    ProxyTimeouts timers() {
        return timers;
    }

    Deadlines clock() {
        return clock;
    }

    StreamRevoker streams() {
        return streams;
    }

    Access access() {
        return module.access();
    }

    boolean compresses() {
        return module.forwarding().compresses();
    }

    boolean hasOthers() {
        return state.size() > 1;
    }

    /** One of its limits was passed. */
    HttpError late(String timeout, Duration limit) {
        long millis = limit.toMillis();
        return HttpError.of(504, "MODULE_TIMEOUT", "The module " + module.id() + " did not answer in time (" + timeout + ": "
                + (millis % 1000 == 0 ? millis / 1000 + " s" : millis + " ms") + ").").withLimit("timeouts." + timeout);
    }

    /** All its places are taken. */
    HttpError full() {
        return errorFor(new ConnectionPoolTooBusyException("")).withLimit("proxy.maxActive");
    }

    /** Where an upstream is, by its place in the module's list. */
    String address(int upstream) {
        return addresses.get(upstream);
    }

    /** Says once a minute what goes wrong with requests to this module; the access log has each of them. */
    void warn(String requestId, String reason) {
        LIMITED.warn("module " + module.id() + " " + kind(reason), "Module {} did not answer request {}: {}", module.id(), requestId, reason);
    }

    /** Addresses and numbers differ from request to request; what kind of failure it is does not. */
    private static String kind(String reason) {
        int end = reason.indexOf(':');
        return end < 0 ? reason : reason.substring(0, end);
    }

    /** While its breaker is open. */
    HttpError circuitOpen() {
        return HttpError.unavailable("MODULE_CIRCUIT_OPEN", "The module " + module.id() + " failed too often and is left alone for a moment.",
                state.pauseSeconds(), null).withLimit("proxy.breakerFailures");
    }

    /** What the client is told; never what went wrong in words of the network. */
    HttpError errorFor(Throwable failure) {
        String id = module.id();
        if (failure instanceof ConnectionPoolTooBusyException) {
            return HttpError.unavailable("MODULE_BUSY", "The module " + id + " has too many requests waiting.", RETRY_AFTER_SECONDS, null)
                    .withLimit("proxy.poolSize");
        }
        boolean isLate = failure instanceof ConnectTimeoutException || failure instanceof TimeoutException;
        return isLate
                ? late("connect", timers.connect())
                : HttpError.of(502, "MODULE_DOWN", "The module " + id + " does not answer.");
    }
}
