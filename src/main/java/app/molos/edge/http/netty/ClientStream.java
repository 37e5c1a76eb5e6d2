package app.molos.edge.http.netty;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Stream;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.impl.Http2ServerConnection;
import org.jspecify.annotations.Nullable;

/**
 * Shows what Vert.x hides of one stream of an HTTP/2 connection: whether a body follows its head, how much of its
 * response waits for the client, and whether it is us who do not read. Confined to one event loop.
 */
public final class ClientStream {
    private final Http2ConnectionHandler handler;
    private final Http2Stream stream;

    private ClientStream(Http2ConnectionHandler handler, Http2Stream stream) {
        this.handler = handler;
        this.stream = stream;
    }

    /** Whether a connection has streams: it speaks HTTP/2. */
    public static boolean areOn(HttpConnection connection) {
        return connection instanceof Http2ServerConnection;
    }

    /** Returns the stream of a request; null for HTTP/1, and for a stream that is gone. */
    public static @Nullable ClientStream of(HttpServerRequest request) {
        if (!(request.connection() instanceof Http2ServerConnection connection)) {
            return null;
        }
        ChannelHandlerContext context = connection.channelHandlerContext();
        Http2ConnectionHandler handler = (Http2ConnectionHandler) context.handler();
        Http2Stream stream = handler.connection().stream(request.streamId());
        return stream == null ? null : new ClientStream(handler, stream);
    }

    /** Whether the client has more to send: with its head alone, a body. */
    public boolean isOpenFromClient() {
        return stream.state().remoteSideOpen();
    }

    public boolean isClosed() {
        return stream.state() == Http2Stream.State.CLOSED;
    }

    /** Returns a number that changes whenever the client takes something; 0 when nothing waits for it. */
    public long unwritten() {
        if (isClosed() || !handler.encoder().flowController().hasFlowControlled(stream)) {
            return 0;
        }
        // What it may still be sent goes down with each byte, and up when it asks for more.
        return (1L << 40) + handler.encoder().flowController().windowSize(stream);
    }

    /** Whether it is us who do not read, because a module takes the body slowly. */
    public boolean isHeldBack() {
        return !isClosed() && handler.connection().local().flowController().unconsumedBytes(stream) > 0;
    }
}
