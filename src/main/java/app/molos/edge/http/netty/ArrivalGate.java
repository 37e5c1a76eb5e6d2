package app.molos.edge.http.netty;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.ScheduledFuture;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.impl.HttpServerConnection;
import io.vertx.core.transport.Transport;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Stands where a connection is accepted, before anything is made for it: who finds no place is hung up on, who has not
 * come as far as the edge's own clocks in time, too. Connections that agree on HTTP/2 get a {@link FrameGuard} and a
 * {@link LingeringClose}.
 *
 * <p>The invariant: each accepted connection is waited for once, and no longer once it was admitted or is gone.
 * Thread-safe; one for a process.
 */
@Sharable
public final class ArrivalGate extends ChannelInboundHandlerAdapter {
    /**
     * Those that have not arrived.
     *
     * @param admits whether one more from an address may wait; then it counts until it is gone
     */
    public record Waiting(Predicate<String> admits, Consumer<String> gone) {}

    private static final String NAME = "arrival";
    /** The name of Vert.x's TLS handler. */
    private static final String TLS = "ssl";

    private final Waiting waiting;
    private final Duration deadline;
    private final FrameGuard.Limits frames;
    private final LingeringClose.Limits closing;

    public ArrivalGate(Waiting waiting, Duration deadline, FrameGuard.Limits frames, LingeringClose.Limits closing) {
        this.waiting = waiting;
        this.deadline = deadline;
        this.frames = frames;
        this.closing = closing;
    }

    /** Returns a transport that puts this gate before each listener with TLS. */
    public Transport around(Transport transport) {
        return new GatedTransport(transport, this);
    }

    /** A connection has come as far as the edge's own clocks. */
    public static void admitted(HttpConnection connection) {
        if (connection instanceof HttpServerConnection ours
                && ours.channelHandlerContext().pipeline().get(NAME) instanceof Arrival arrival) {
            arrival.done();
            ours.channelHandlerContext().pipeline().remove(arrival);
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object accepted) {
        Channel child = (Channel) accepted;
        String address = child.remoteAddress() instanceof InetSocketAddress peer && peer.getAddress() != null
                ? peer.getAddress().getHostAddress()
                : "";
        if (!waiting.admits().test(address)) {
            child.unsafe().closeForcibly();
            return;
        }
        child.pipeline().addFirst(NAME, new Arrival(address));
        ctx.fireChannelRead(accepted);
    }

    /** One connection on its way in. Confined to its event loop. */
    private final class Arrival extends ChannelInboundHandlerAdapter {
        private final String address;
        private @Nullable ScheduledFuture<?> timer;
        private boolean isHooked;
        private boolean isDone;

        private Arrival(String address) {
            this.address = address;
        }

        @Override
        public void channelActive(ChannelHandlerContext ctx) {
            timer = ctx.executor()
                    .schedule(
                            () -> ctx.channel().unsafe().close(ctx.channel().newPromise()),
                            deadline.toMillis(),
                            TimeUnit.MILLISECONDS);
            ctx.fireChannelActive();
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object msg) {
            if (!isHooked && ctx.pipeline().get(TLS) instanceof SslHandler tls) {
                isHooked = true;
                // Before Vert.x hears of the handshake, and so before a byte behind it is read.
                tls.handshakeFuture().addListener(done -> {
                    if (done.isSuccess() && "h2".equals(tls.applicationProtocol())) {
                        ctx.pipeline().addAfter(TLS, "frameGuard", new FrameGuard(frames));
                        ctx.pipeline().addFirst("lingeringClose", new LingeringClose(closing));
                    }
                });
            }
            ctx.fireChannelRead(msg);
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            done();
            ctx.fireChannelInactive();
        }

        private void done() {
            if (!isDone) {
                isDone = true;
                waiting.gone().accept(address);
                if (timer != null) {
                    timer.cancel(false);
                }
            }
        }
    }
}
