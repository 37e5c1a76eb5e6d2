package app.molos.edge.http.management;

import app.molos.edge.health.HealthReport;
import app.molos.edge.health.LoopLag;
import app.molos.edge.health.Node;
import app.molos.edge.health.dialects.AgentDialect;
import app.molos.edge.http.HttpConfig.Address;
import app.molos.edge.http.Ports;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetServerOptions;
import java.io.IOException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The port that HAProxy's agent-check asks: who connects gets one line and is hung up on. Nothing is read. Thread-safe.
 */
public final class AgentListener {
    private final Vertx vertx;
    private final Address address;
    private final Node node;
    private final LoopLag lag;
    private volatile Supplier<HealthReport> reports;
    private volatile @Nullable NetServer server;

    public AgentListener(Vertx vertx, Address address, Node node, LoopLag lag) {
        this.vertx = vertx;
        this.address = address;
        this.node = node;
        this.lag = lag;
        this.reports = () -> HealthReport.starting(node);
    }

    public void use(Supplier<HealthReport> wired) {
        reports = wired;
    }

    /** Opens the port; a taken one is a refusal with exit code 5. */
    public Future<Void> open() {
        NetServer bound = vertx.createNetServer(new NetServerOptions().setTcpNoDelay(true));
        server = bound;
        return bound.connectHandler(socket -> {
                    node.probed();
                    socket.exceptionHandler(gone -> {});
                    socket.end(io.vertx.core.buffer.Buffer.buffer(
                                    AgentDialect.line(reports.get(), lag.millis(), node.isEmpty())))
                            .onComplete(told -> socket.close());
                })
                .listen(address.port(), address.host())
                .<Void>mapEmpty()
                .recover(failure -> Future.failedFuture(
                        failure instanceof IOException
                                ? Ports.taken("management.agentPort", "AGENT_PORT", address.host(), address.port())
                                : failure));
    }

    /** The port it listens on; 0 before it is open. */
    public int port() {
        NetServer open = server;
        return open == null ? 0 : open.actualPort();
    }

    public Future<Void> close() {
        NetServer open = server;
        return open == null ? Future.succeededFuture() : open.close();
    }
}
