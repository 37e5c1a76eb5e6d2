package app.molos.edge.http;

import app.molos.edge.health.LoopLag;
import app.molos.edge.http.netty.ListeningSocket;
import app.molos.edge.proxy.ModuleHandler;
import app.molos.edge.ratelimit.LoadShedder;
import app.molos.edge.tls.Certificates;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Binds the public port on one event loop and drains it; what is served comes from boot. Confined to one event loop; its own
 * methods may be called from any thread.
 */
public final class EdgeVerticle extends VerticleBase {
    /** The parts of one event loop. */
    record EdgeLoop(
            ConnectionTimeouts timeouts,
            ConnectionAdmission admission,
            RequestLifecycle lifecycle,
            RequestDispatcher dispatcher,
            ModuleHandler modules,
            LoadShedder shedder) {}

    /** Between two looks at connections that have become idle, once the door is closed. */
    private static final long QUICK_MILLIS = 20;
    /** What Vert.x gets on top of the grace, so that what is cut is counted first. */
    private static final long CUTTING_MILLIS = 50;

    /** Counting looks at each connection; a stop waits for no more than this because of it. */
    private static final long COUNT_MILLIS = 250;

    private final HttpConfig config;
    private final LoopLag lag;
    private final Optional<Certificates> certificates;
    private final Function<Vertx, EdgeLoop> wiring;
    private @Nullable EdgeLoop listener;
    private @Nullable HttpServer server;
    private volatile int busy;
    private volatile int open;

    /** @param certificates what it speaks TLS with; empty: it does not */
    EdgeVerticle(
            HttpConfig config, LoopLag lag, Optional<Certificates> certificates, Function<Vertx, EdgeLoop> wiring) {
        this.config = config;
        this.certificates = certificates;
        this.lag = lag;
        this.wiring = wiring;
    }

    @Override
    public Future<?> start() {
        EdgeLoop edge = wiring.apply(vertx);
        HttpServer bound = vertx.createHttpServer(options()
                .setUseProxyProtocol(!config.inbound().proxyProtocolPeers().isEmpty())
                .setProxyProtocolTimeout(config.timeouts().head().toMillis())
                .setProxyProtocolTimeoutUnit(TimeUnit.MILLISECONDS));
        context.exceptionHandler(RequestLifecycle::uncaught);
        bound.connectionHandler(edge.admission()::opened).requestHandler(edge.dispatcher()::handle);
        vertx.setPeriodic(edge.timeouts().sweepMillis(), t -> edge.timeouts().sweep());
        vertx.setPeriodic(COUNT_MILLIS, t -> count(edge));
        lag.watch(vertx, edge.shedder()::sample);
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
                .setMaxInitialLineLength(Http2Requests.MAX_TARGET)
                .setMaxHeaderSize(16_384);
    }

    private HttpServerOptions options() {
        return certificates
                .map(known -> SecureOptions.of(serverOptions(), config, known))
                .orElseGet(EdgeVerticle::serverOptions);
    }

    /** Has new handshakes get other certificates, on every event loop of this port. */
    Future<?> use(Certificates renewed) {
        HttpServer bound = server;
        return bound == null
                ? Future.succeededFuture()
                : bound.updateSSLOptions(
                        SecureOptions.of(serverOptions(), config, renewed).getSslOptions());
    }

    /** The port it listens on; what was configured, or what the system gave for 0. */
    int port() {
        return server == null ? config.site().port() : server.actualPort();
    }

    /** Has every response be its connection's last, and sends WebSockets and event streams away. */
    void leave(Duration spread) {
        onLoop(edge -> {
            edge.timeouts().leave();
            edge.modules().leave(spread);
        });
    }

    /** Takes {@link #leave} back. */
    void stay() {
        onLoop(edge -> {
            edge.timeouts().stay();
            edge.modules().stay();
        });
    }

    /** Requests and upgraded connections that are under way; counted on the event loop, with every sweep. */
    int busy() {
        return busy;
    }

    /** Connections that are open, upgraded ones included. */
    int open() {
        return open;
    }

    /** Accepts no new connection; what was accepted is still served. */
    Future<Void> shut() {
        Promise<Void> shut = Promise.promise();
        onLoop(edge -> {
            ListeningSocket door = edge.admission().door();
            (door == null ? Future.<Void>succeededFuture() : door.close()).onComplete(shut);
        });
        return listener == null ? Future.succeededFuture() : shut.future();
    }

    /**
     * Takes no new connections, lets what is under way finish, and cuts the rest; returns how much that was. Call after
     * {@link #leave}.
     */
    Future<Integer> close(Duration grace) {
        HttpServer bound = server;
        if (bound == null || listener == null) {
            return Future.succeededFuture(0);
        }
        Promise<Integer> closed = Promise.promise();
        onLoop(edge -> {
            int[] cut = {0};
            Future<Void> shut = bound.shutdown(grace.toMillis() + CUTTING_MILLIS, TimeUnit.MILLISECONDS);
            edge.timeouts().closeIdle();
            long quick = vertx.setPeriodic(QUICK_MILLIS, t -> edge.timeouts().closeIdle());
            long cutting = vertx.setTimer(Math.max(1, grace.toMillis()), t -> {
                cut[0] = edge.timeouts().busy();
                edge.timeouts().closeUpgraded();
            });
            shut.onComplete(done -> {
                vertx.cancelTimer(quick);
                vertx.cancelTimer(cutting);
                closed.complete(cut[0]);
            });
        });
        return closed.future();
    }

    /** Connections are known to their own event loop only. */
    private void onLoop(Consumer<EdgeLoop> work) {
        EdgeLoop edge = listener;
        if (edge != null) {
            context.runOnContext(v -> work.accept(edge));
        }
    }

    private void count(EdgeLoop edge) {
        busy = edge.timeouts().busy();
        open = edge.timeouts().open();
    }

    @Override
    public Future<?> stop() {
        if (listener != null) {
            listener.lifecycle().flush();
        }
        return Future.succeededFuture();
    }
}
