package app.molos.edge.http.netty;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponse;

/**
 * Puts {@code Connection: close} on every response of a connection while the server leaves: those of modules, of the
 * edge, and those under way when it began. On the wire, because each of them is made in another place.
 */
final class LastResponse extends ChannelOutboundHandlerAdapter {
    static final String NAME = "lastResponse";
    /** Vert.x's own handler, which writes them. */
    static final String BEHIND = "handler";

    private static final int FIRST_FINAL = 200;

    @Override
    public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
        // A 101 keeps its Upgrade; what follows it is no HTTP.
        if (msg instanceof HttpResponse response && response.status().code() >= FIRST_FINAL) {
            response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        }
        // The promise is the caller's to watch.
        var unused = ctx.write(msg, promise);
    }
}
