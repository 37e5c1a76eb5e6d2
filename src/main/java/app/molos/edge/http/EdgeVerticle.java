package app.molos.edge.http;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Binds the public port on one event loop and drains it; what is served comes from boot. Confined to one event loop;
 * {@link #drain} may be called from any thread.
 */
public final class EdgeVerticle extends VerticleBase {
    /** The parts of one event loop. */
    record EdgeLoop(
            ConnectionTimeouts timeouts,
            ConnectionAdmission admission,
            RequestLifecycle lifecycle,
            RequestDispatcher dispatcher) {}

    private final HttpConfig config;
    private final Function<Vertx, EdgeLoop> wiring;
    private @Nullable EdgeLoop listener;
    private @Nullable HttpServer server;

    EdgeVerticle(HttpConfig config, Function<Vertx, EdgeLoop> wiring) {
        this.config = config;
        this.wiring = wiring;
    }

    @Override
    public Future<?> start() {
        EdgeLoop edge = wiring.apply(vertx);
        HttpServer bound = vertx.createHttpServer(serverOptions()
                .setUseProxyProtocol(!config.inbound().proxyProtocolPeers().isEmpty())
                .setProxyProtocolTimeout(config.timeouts().head().toMillis())
                .setProxyProtocolTimeoutUnit(TimeUnit.MILLISECONDS));
        context.exceptionHandler(RequestLifecycle::uncaught);
        bound.connectionHandler(edge.admission()::opened).requestHandler(edge.dispatcher()::handle);
        vertx.setPeriodic(edge.timeouts().sweepMillis(), t -> edge.timeouts().sweep());
        listener = edge;
        server = bound;
        return bound.listen(config.site().port(), config.site().host());
    }

    /**
     * No reusePort: a second process would bind in silence. No idleTimeout: {@link ConnectionTimeouts} has the clocks.
     */
    public static HttpServerOptions serverOptions() {
        return new HttpServerOptions()
                .setHttp2ClearTextEnabled(false)
                // A refused client is not asked to send its body: the reader of a body asks for it.
                .setHandle100ContinueAutomatically(false)
                .setTcpNoDelay(true)
                // WebSockets pass through: their extensions are agreed on by the browser and the module, not by us.
                .setPerMessageWebSocketCompressionSupported(false)
                .setPerFrameWebSocketCompressionSupported(false)
                .setAcceptBacklog(4096)
                .setMaxInitialLineLength(8192)
                .setMaxHeaderSize(16_384);
    }

    /** The port it listens on; what was configured, or what the system gave for 0. */
    int port() {
        return server == null ? config.site().port() : server.actualPort();
    }

    /** Closes upgraded connections, takes no new ones, and ends when those in flight are done or the time is over. */
    Future<Void> drain(long millis) {
        HttpServer open = server;
        EdgeLoop edge = listener;
        if (open == null || edge == null) {
            return Future.succeededFuture();
        }
        // The connections are known to their own event loop only; the signal comes on another thread.
        return Future.future(drained -> context.runOnContext(v -> {
            edge.timeouts().closeUpgraded();
            open.shutdown(millis, TimeUnit.MILLISECONDS).onComplete(drained);
        }));
    }

    @Override
    public Future<?> stop() {
        if (listener != null) {
            listener.lifecycle().flush();
        }
        return Future.succeededFuture();
    }
}
