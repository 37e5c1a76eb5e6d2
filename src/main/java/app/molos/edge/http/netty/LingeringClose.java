package app.molos.edge.http.netty;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.DuplexChannel;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Closes an HTTP/2 connection in two steps: our side first, and the socket when the client has ended its own. The system
 * resets a socket that is closed while its client still sends (a WINDOW_UPDATE for what it has just read is enough), and
 * with it goes what was on its way to the client: the end of the last response, and the GOAWAY that says what was served.
 *
 * <p>The invariant: after our end no byte of the client is kept or read, and the socket is closed when the client has been
 * silent for {@link Limits#quietNanos}, at the latest after {@link Limits#mostNanos}. Nearest to the socket of all handlers,
 * so that TLS has ended before. Confined to one event loop.
 */
public final class LingeringClose extends ChannelDuplexHandler {
    /** How long the client may take to end its side. */
    public record Limits(long quietNanos, long mostNanos) {}

    private final Limits limits;
    private @Nullable ScheduledFuture<?> timer;
    private long endedNanos;
    private long heardNanos;

    LingeringClose(Limits limits) {
        this.limits = limits;
    }

    @Override
    public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
        if (timer != null) {
            ctx.channel().closeFuture().addListener(closed -> promise.trySuccess());
            return;
        }
        ChannelOutboundBuffer unwritten = ctx.channel().unsafe().outboundBuffer();
        if (!(ctx.channel() instanceof DuplexChannel socket)
                || !socket.isActive()
                || unwritten == null
                || !unwritten.isEmpty()) {
            // Nobody there, or somebody who takes nothing.
            var unused = ctx.close(promise);
            return;
        }
        endedNanos = System.nanoTime();
        heardNanos = endedNanos;
        wait(ctx, limits.quietNanos());
        socket.closeFuture().addListener(closed -> {
            cancel();
            promise.trySuccess();
        });
        socket.config().setAutoRead(true);
        socket.shutdownOutput().addListener(ended -> {
            if (!ended.isSuccess()) {
                abort(ctx);
            }
        });
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        if (timer == null) {
            ctx.fireChannelRead(msg);
        } else {
            ReferenceCountUtil.release(msg);
            heardNanos = System.nanoTime();
        }
    }

    private void wait(ChannelHandlerContext ctx, long nanos) {
        timer = ctx.executor().schedule(() -> look(ctx), nanos, TimeUnit.NANOSECONDS);
    }

    private void look(ChannelHandlerContext ctx) {
        long now = System.nanoTime();
        long left = Math.min(heardNanos + limits.quietNanos() - now, endedNanos + limits.mostNanos() - now);
        if (left <= 0) {
            abort(ctx);
        } else {
            wait(ctx, left);
        }
    }

    private void cancel() {
        ScheduledFuture<?> waiting = timer;
        if (waiting != null) {
            waiting.cancel(false);
        }
    }

    /** Past this handler, which would wait again. */
    private static void abort(ChannelHandlerContext ctx) {
        ctx.channel().unsafe().close(ctx.channel().newPromise());
    }
}
