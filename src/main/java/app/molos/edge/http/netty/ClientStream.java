package app.molos.edge.http.netty;

import app.molos.edge.web.ConnectionFailure;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2LocalFlowController;
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
    private final ChannelHandlerContext context;
    private final Http2ConnectionHandler handler;
    private final Http2Stream stream;

    private ClientStream(ChannelHandlerContext context, Http2ConnectionHandler handler, Http2Stream stream) {
        this.context = context;
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
        return stream == null ? null : new ClientStream(context, handler, stream);
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

    /** Whether it is us who do not read: this stream's body, or so much of others' that the connection may send nothing. */
    public boolean isHeldBack() {
        Http2LocalFlowController flow = handler.connection().local().flowController();
        return !isClosed()
                && (flow.unconsumedBytes(stream) > 0
                        || flow.windowSize(handler.connection().connectionStream()) <= 0);
    }

    /**
     * Gives the connection back what the whole body of this stream took of its window: Vert.x does not for what it hands
     * on after the last frame, until the stream is closed.
     */
    public void creditBody() {
        Http2LocalFlowController flow = handler.connection().local().flowController();
        int unconsumed = isClosed() ? 0 : flow.unconsumedBytes(stream);
        try {
            if (unconsumed > 0 && flow.consumeBytes(stream, unconsumed)) {
                context.flush();
            }
        } catch (Http2Exception e) {
            ConnectionFailure.log(e);
        }
    }

    /** Ends it by RST_STREAM, whatever waits for it: Vert.x would not any more once the response is handed on. */
    public void reset(long code) {
        if (!isClosed()) {
            // Nothing is left to do for a stream that cannot be ended.
            var unused = handler.resetStream(context, stream.id(), code, context.newPromise());
            context.flush();
        }
    }
}
