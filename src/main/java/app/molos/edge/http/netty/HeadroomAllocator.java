package app.molos.edge.http.netty;

import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelConfig;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.impl.Http1xServerConnection;

/**
 * Gives the buffer of an answer's head room for a short body as well. Netty puts both into one buffer where they fit,
 * and one buffer costs less than two: no second promise, no copy to where the system can read it, no list of them for
 * the system.
 */
public final class HeadroomAllocator extends AbstractByteBufAllocator {
    /** Heads of responses are larger, the length of a chunk is smaller. */
    private static final int HEAD = 256;

    private static final int ROOM = 4096;

    private final ByteBufAllocator whole;

    HeadroomAllocator(ByteBufAllocator whole) {
        super(true);
        this.whole = whole;
    }

    /** To what is written on this connection from now on. */
    public static void give(HttpConnection connection) {
        if (connection instanceof Http1xServerConnection ours) {
            ChannelConfig config = ours.channelHandlerContext().channel().config();
            config.setAllocator(new HeadroomAllocator(config.getAllocator()));
        }
    }

    @Override
    protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
        return whole.heapBuffer(initialCapacity, maxCapacity);
    }

    @Override
    protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
        return whole.directBuffer(initialCapacity, maxCapacity);
    }

    /**
     * So asks the encoder for a head; what is read, and the pieces of a stream, ask for the kind of buffer and get what
     * they need.
     */
    @Override
    public ByteBuf buffer(int initialCapacity) {
        return super.buffer(initialCapacity >= HEAD && initialCapacity < ROOM ? ROOM : initialCapacity);
    }

    @Override
    public boolean isDirectBufferPooled() {
        return whole.isDirectBufferPooled();
    }
}
