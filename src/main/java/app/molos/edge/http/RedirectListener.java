package app.molos.edge.http;

import app.molos.edge.web.HttpError;
import app.molos.edge.web.InboundBudget;
import app.molos.edge.web.LastOfConnection;
import app.molos.edge.web.Origin;
import app.molos.edge.web.ReadMethod;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The port for plain HTTP beside a listener with TLS: it sends everybody to ORIGIN, whatever host they ask for, and
 * serves the challenges by which an authority sees that the name is ours (RFC 8555, 8.3). Confined to one event loop.
 */
public final class RedirectListener {
    private static final Pattern CHALLENGE =
            Pattern.compile("/\\.well-known/acme-challenge/([A-Za-z0-9_-]{1,128})(?:\\?.*)?");
    private static final int MAX_CHALLENGE = 8 * 1024;

    private final Vertx vertx;
    private final HttpConfig.Redirect redirect;
    private final Origin origin;
    private final ConnectionTimeouts timeouts;
    private final ConnectionAdmission admission;
    private volatile @Nullable HttpServer server;

    /** @param origin where people are sent */
    public RedirectListener(Vertx vertx, HttpConfig config, HttpConfig.Redirect redirect, Origin origin) {
        this.vertx = vertx;
        this.redirect = redirect;
        this.origin = origin;
        this.timeouts = new ConnectionTimeouts(config.timeouts());
        this.admission = new ConnectionAdmission(
                timeouts,
                new ConnectionLimit("redirected", Math.max(16, config.inbound().maxConnections() / 8), List.of()),
                new InboundBudget((long) Math.max(1, config.inbound().memory() / 8) << 20, List.of()),
                List.of(),
                // Whoever is redirected counts where they are redirected to.
                address -> true);
    }

    /** Opens the port; a taken one is a refusal with exit code 5. */
    public Future<Void> open() {
        Context loop = vertx.getOrCreateContext();
        return Future.<HttpServer>future(opened -> loop.runOnContext(v -> {
                    HttpServer bound = vertx.createHttpServer(EdgeVerticle.serverOptions())
                            .connectionHandler(admission::opened)
                            .requestHandler(this::handle);
                    server = bound;
                    vertx.setPeriodic(timeouts.sweepMillis(), t -> timeouts.sweep());
                    bound.listen(redirect.address().port(), redirect.address().host())
                            .onComplete(opened);
                }))
                .<Void>mapEmpty()
                .recover(failure -> Future.failedFuture(
                        failure instanceof IOException
                                ? Ports.taken(
                                        "server.redirectPort",
                                        "HTTP_REDIRECT_PORT",
                                        redirect.address().host(),
                                        redirect.address().port())
                                : failure));
    }

    /** The port it listens on; 0 before it is open. */
    public int port() {
        HttpServer open = server;
        return open == null ? 0 : open.actualPort();
    }

    public Future<Void> close() {
        HttpServer open = server;
        return open == null ? Future.succeededFuture() : open.shutdown(1, TimeUnit.SECONDS);
    }

    private void handle(HttpServerRequest request) {
        ConnectionClock clock = timeouts.of(request);
        clock.begins(request, () -> {});
        request.response().endHandler(v -> {
            clock.ended(request);
            request.resume();
        });
        boolean isMalformed = clock.failure() != null;
        HttpError violation = isMalformed ? null : RequestValidator.violation(request, any -> true);
        if (isMalformed || violation != null) {
            LastOfConnection.announce(request);
            request.response()
                    .setStatusCode(violation == null ? 400 : violation.status())
                    .end();
            clock.linger(request);
            return;
        }
        String target = target(request.uri());
        Matcher challenge = CHALLENGE.matcher(target);
        if (challenge.matches() && redirect.webroot().isPresent() && ReadMethod.is(request)) {
            serve(request, redirect.webroot().get(), challenge.group(1));
        } else {
            // Nothing of a body is wanted here.
            LastOfConnection.announce(request);
            request.response()
                    .setStatusCode(308)
                    .putHeader(HttpHeaders.LOCATION, origin + target)
                    .end();
        }
    }

    /** Returns path and query, also of a target that names a host. */
    private static String target(String uri) {
        if (uri.startsWith("/")) {
            return uri;
        }
        int path = uri.indexOf('/', uri.indexOf("://") + 3);
        return path < 0 ? "/" : uri.substring(path);
    }

    private void serve(HttpServerRequest request, Path webroot, String token) {
        Path file = webroot.resolve(".well-known").resolve("acme-challenge").resolve(token);
        vertx.executeBlocking(() -> Files.isRegularFile(file) && Files.size(file) <= MAX_CHALLENGE
                        ? Files.readAllBytes(file)
                        : new byte[0])
                .otherwise(new byte[0])
                .onSuccess(bytes -> answer(request.response(), bytes, ReadMethod.isHead(request)));
    }

    private static void answer(HttpServerResponse response, byte[] bytes, boolean isHead) {
        if (response.closed()) {
            return;
        }
        response.setStatusCode(bytes.length == 0 ? 404 : 200)
                .putHeader(HttpHeaders.CONTENT_TYPE, "text/plain")
                .putHeader("x-content-type-options", "nosniff")
                .putHeader(HttpHeaders.CONTENT_LENGTH, Integer.toString(bytes.length));
        if (isHead) {
            response.end();
        } else {
            response.end(Buffer.buffer(bytes));
        }
    }
}
