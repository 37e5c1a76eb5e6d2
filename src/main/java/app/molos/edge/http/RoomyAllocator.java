package app.molos.edge.http;

import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelConfig;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.impl.HttpServerConnection;

/**
 * Gives the buffer of an answer's head room for a short body as well. Netty puts both into one buffer where they fit, and one
 * buffer costs half of two: it needs no second promise, no copy to where the system can read it, and no list for the system.
 */
final class RoomyAllocator extends AbstractByteBufAllocator {
    /** No head is smaller; what is, is a piece of a stream, of which a slow client may have thousands waiting. */
    private static final int HEAD = 256;

    private static final int ROOM = 4096;

    private final ByteBufAllocator whole;

    private RoomyAllocator(ByteBufAllocator whole) {
        super(true);
        this.whole = whole;
    }

    /** To what is written on this connection from now on. */
    static void give(HttpConnection connection) {
        if (connection instanceof HttpServerConnection ours) {
            ChannelConfig config = ours.channelHandlerContext().channel().config();
            config.setAllocator(new RoomyAllocator(config.getAllocator()));
        }
    }

    @Override
    protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
        return whole.heapBuffer(initialCapacity, maxCapacity);
    }

    @Override
    protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
        boolean isHead = initialCapacity >= HEAD && initialCapacity < ROOM && maxCapacity >= ROOM;
        return whole.directBuffer(isHead ? ROOM : initialCapacity, maxCapacity);
    }

    @Override
    public boolean isDirectBufferPooled() {
        return whole.isDirectBufferPooled();
    }
}
