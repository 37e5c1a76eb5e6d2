package app.molos.edge.proxy;

import app.molos.edge.modules.Module.Target;
import app.molos.edge.modules.Module;
import app.molos.edge.session.SessionCookies;
import app.molos.edge.session.SignedIn;
import app.molos.edge.web.Access;
import app.molos.edge.web.Exchange;
import app.molos.edge.web.HttpError;
import app.molos.edge.web.SecurityHeaders;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.HostAndPort;
import io.vertx.core.net.NetSocket;
import io.vertx.core.net.SocketAddress;
import io.vertx.ext.web.RoutingContext;
import io.vertx.httpproxy.Body;
import io.vertx.httpproxy.HttpProxy;
import io.vertx.httpproxy.ProxyContext;
import io.vertx.httpproxy.ProxyInterceptor;
import io.vertx.httpproxy.ProxyOptions;
import io.vertx.httpproxy.ProxyResponse;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Forwards to one upstream through vertx-http-proxy, WebSockets included. One per module and event loop; what belongs to a
 * request comes in with {@link #forward}.
 */
final class UpstreamProxy {
    private static final Logger LOG = LoggerFactory.getLogger(UpstreamProxy.class);
    private static final CharSequence REQUEST_ID = HttpHeaders.createOptimized("x-request-id");
    private static final String FAILURE = "failure";
    private static final int RETRY_AFTER_SECONDS = 2;

    private final Module module;
    private final HttpClient client;
    private final SocketAddress address;
    private final RequestHygiene hygiene;
    private final ResponseHygiene answers;
    private final long connectTimeoutMillis;

    UpstreamProxy(
            Module module,
            Target.Upstream upstream,
            HttpClient client,
            RequestHygiene hygiene,
            SecurityHeaders securityHeaders,
            SessionCookies cookies,
            Duration connectTimeout) {
        this.module = module;
        this.client = client;
        this.address = SocketAddress.inetSocketAddress(upstream.port(), upstream.host());
        this.hygiene = hygiene;
        this.answers = new ResponseHygiene(securityHeaders, cookies, module.access() == Access.PUBLIC);
        this.connectTimeoutMillis = connectTimeout.toMillis();
    }

    void forward(RoutingContext ctx, @Nullable SignedIn signedIn) {
        if (!isCodingKnown(ctx.request().headers())) {
            ctx.fail(HttpError.of(501, "NOT_IMPLEMENTED", "No other transfer coding than chunked is known."));
            return;
        }
        HttpProxy.reverseProxy(new ProxyOptions().setSupportWebSocket(true), client)
                .origin(this::connect)
                .addInterceptor(new Passage(ctx, signedIn), true)
                .handle(ctx.request());
    }

    /** The upstream's address with the client's Host: the module sees the name that the browser asked for. */
    private Future<HttpClientRequest> connect(ProxyContext context) {
        HostAndPort authority = context.request().proxiedRequest().authority();
        return client.request(new RequestOptions()
                        .setServer(address)
                        // The wait for a free connection counts too: a paused request must not stand in that queue for ever.
                        .setConnectTimeout(connectTimeoutMillis)
                        .setHost(authority.host().toLowerCase(Locale.ROOT))
                        .setPort(authority.port() < 0 ? 80 : authority.port()))
                // The answer's future tells what matters; what ends later (a closed WebSocket) is no event for the log.
                .onSuccess(upstream -> {
                    upstream.exceptionHandler(
                            e -> LOG.debug("The connection to module {} ended: {}", module.id(), e.toString()));
                    upstream.response().onSuccess(response -> prepare(context, upstream, response));
                });
    }

    /** What must be seen to before vertx-http-proxy reads the answer's head. */
    private static void prepare(ProxyContext context, HttpClientRequest upstream, HttpClientResponse response) {
        ResponseHygiene.hideCaching(context, response.headers());
        boolean isUpgrade = response.statusCode() == 101;
        if (!isCodingKnown(response.headers()) || (isUpgrade && !context.isWebSocket())) {
            // Left alone, the library would answer without a word of ours and keep the connection for ever.
            context.set(FAILURE, new IllegalStateException("an answer of a kind that cannot be passed on"));
            response.headers().remove(HttpHeaders.TRANSFER_ENCODING);
            response.exceptionHandler(e -> LOG.debug("An answer of a module was given up: {}", e.toString()));
            upstream.reset();
        } else if (context.isWebSocket() && !isUpgrade) {
            // A refusal's body is read when the refusal is passed on.
            response.pause();
        }
    }

    /** Whether the coding is none or chunked; its spelling is made the one that vertx-http-proxy compares with. */
    private static boolean isCodingKnown(MultiMap headers) {
        List<String> codings = headers.getAll(HttpHeaders.TRANSFER_ENCODING);
        if (codings.isEmpty()) {
            return true;
        }
        if (codings.size() > 1 || !codings.get(0).trim().equalsIgnoreCase("chunked")) {
            return false;
        }
        headers.set(HttpHeaders.TRANSFER_ENCODING, HttpHeaders.CHUNKED);
        return true;
    }

    /** One request's way to the module and back. */
    private final class Passage implements ProxyInterceptor {
        private final RoutingContext ctx;
        private final @Nullable SignedIn signedIn;

        Passage(RoutingContext ctx, @Nullable SignedIn signedIn) {
            this.ctx = ctx;
            this.signedIn = signedIn;
        }

        @Override
        public Future<ProxyResponse> handleProxyRequest(ProxyContext context) {
            String host = String.valueOf(ctx.request().getHeader(HttpHeaders.HOST));
            context.request().setURI(originForm(ctx.request()));
            hygiene.apply(context.request().headers(), Exchange.of(ctx), host, context.isWebSocket(), signedIn);
            return context.sendRequest().onFailure(failure -> context.set(FAILURE, failure));
        }

        @Override
        public Future<Void> handleProxyResponse(ProxyContext context) {
            Throwable failure = context.get(FAILURE, Throwable.class);
            if (failure != null) {
                return refuse(failure);
            }
            HttpServerResponse response = ctx.response();
            List<String> ourCookies = response.headers().getAll(HttpHeaders.SET_COOKIE);
            boolean isUpgraded = context.isWebSocket() && context.response().getStatusCode() == 101;
            answers.apply(context, isUpgraded);
            MultiMap headers = context.response().headers();
            ourCookies.forEach(line -> headers.add(HttpHeaders.SET_COOKIE, line));
            headers.set(REQUEST_ID, Exchange.of(ctx).id());
            // What was put on the answer in case the edge would make it gives way to the module's own.
            response.headers().clear();
            if (!context.isWebSocket()) {
                return isOpenEndedForHttp10(context) ? streamToTheEnd(context) : context.sendResponse();
            }
            // vertx-http-proxy would copy between the sockets without back-pressure, and answer a refusal without headers.
            response.headers().addAll(headers);
            return isUpgraded ? join(context.response().proxiedResponse()) : relayRefusal(context.response());
        }

        /** HTTP/1.0 knows no chunks: vertx-http-proxy would collect the whole body first, however long it is. */
        private boolean isOpenEndedForHttp10(ProxyContext context) {
            Body body = context.response().getBody();
            return ctx.request().version() == HttpVersion.HTTP_1_0 && body != null && body.length() < 0;
        }

        /** The end of the connection is the end of the body. */
        private Future<Void> streamToTheEnd(ProxyContext context) {
            HttpServerResponse response = ctx.response().setStatusCode(context.response().getStatusCode());
            response.headers().addAll(context.response().headers());
            response.putHeader(HttpHeaders.CONNECTION, "close");
            return context.response().getBody().stream().pipeTo(response)
                    .eventually(() -> ctx.request().connection().close());
        }

        /** Two plain connections from here on, each as fast as the other can take it. */
        private Future<Void> join(HttpClientResponse upstream) {
            NetSocket theirs = upstream.netSocket();
            theirs.pause();
            return ctx.request().toNetSocket().map(ours -> {
                Exchange.of(ctx).upgraded(ours);
                ours.pipeTo(theirs).onComplete(done -> theirs.close());
                theirs.pipeTo(ours).onComplete(done -> ours.close());
                return null;
            });
        }

        private Future<Void> relayRefusal(ProxyResponse refusal) {
            ctx.request().resume();
            HttpServerResponse response = ctx.response().setStatusCode(refusal.getStatusCode());
            if (!response.headers().contains(HttpHeaders.CONTENT_LENGTH)) {
                response.setChunked(true);
            }
            return refusal.proxiedResponse().pipeTo(response);
        }

        private Future<Void> refuse(Throwable failure) {
            LOG.warn("Module {} did not answer request {}: {}", module.id(), Exchange.of(ctx).id(), failure.toString());
            if (failure instanceof io.vertx.core.http.ConnectionPoolTooBusyException) {
                ctx.fail(HttpError.unavailable(
                        "MODULE_BUSY", "The module " + module.id() + " has too many requests waiting.", RETRY_AFTER_SECONDS, null));
            } else {
                ctx.fail(HttpError.of(502, "MODULE_DOWN", "The module " + module.id() + " does not answer."));
            }
            return Future.succeededFuture();
        }
    }

    /** The target without scheme and host, should the client have sent it with them. */
    static String originForm(HttpServerRequest request) {
        String uri = request.uri();
        if (uri.startsWith("/")) {
            return uri;
        }
        int path = uri.indexOf('/', uri.indexOf("://") + 3);
        return path < 0 ? "/" : uri.substring(path);
    }
}
