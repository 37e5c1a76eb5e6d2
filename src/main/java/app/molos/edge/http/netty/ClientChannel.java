package app.molos.edge.http.netty;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.impl.HttpServerConnection;
import org.jspecify.annotations.Nullable;

/**
 * Shows what Vert.x hides of a client's connection: how much of it is unwritten, and a way to close it at once.
 * Confined to one event loop.
 */
public final class ClientChannel {
    private final Channel channel;

    private ClientChannel(Channel channel) {
        this.channel = channel;
    }

    /** Returns null for a connection that is not Vert.x's own. */
    public static @Nullable ClientChannel of(HttpConnection connection) {
        ChannelHandlerContext context =
                connection instanceof HttpServerConnection known ? known.channelHandlerContext() : null;
        return context == null ? null : new ClientChannel(context.channel());
    }

    /** Returns a number that changes whenever the client takes something; 0 when nothing waits for it. */
    public long unwritten() {
        ChannelOutboundBuffer waiting = channel.unsafe().outboundBuffer();
        long pending = waiting == null ? 0 : waiting.totalPendingWriteBytes();
        // A part of a file counts for nothing there, and one full buffer after the other for the same: how far the
        // first of them has come tells them apart.
        return waiting == null || pending == 0 ? 0 : 31 * pending + waiting.currentProgress();
    }

    /** Whether it is us who do not read, because a module takes the body slowly. */
    public boolean isHeldBack() {
        return !channel.config().isAutoRead();
    }

    /** Has each response from now on say that it is the connection's last; HTTP/1 only. */
    public void announceClose() {
        if (channel.pipeline().get(LastResponse.NAME) == null
                && channel.pipeline().get(LastResponse.BEHIND) != null) {
            channel.pipeline().addBefore(LastResponse.BEHIND, LastResponse.NAME, new LastResponse());
        }
    }

    /** Takes {@link #announceClose} back. */
    public void keepOpen() {
        if (channel.pipeline().get(LastResponse.NAME) != null) {
            channel.pipeline().remove(LastResponse.NAME);
        }
    }

    /** Closes it without waiting for what is unwritten, as every other way does. */
    public void abort() {
        channel.unsafe().close(channel.newPromise());
    }
}
