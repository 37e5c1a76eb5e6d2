package app.molos.edge.http.netty;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2FrameTypes;
import io.netty.util.ReferenceCountUtil;

/**
 * Counts the frames of an HTTP/2 connection that cost their sender nothing and the edge something: PING, SETTINGS,
 * RST_STREAM, PRIORITY, tiny DATA, and CONTINUATION within one head. Vert.x has a limit for resets only, Netty keeps
 * its own out of reach.
 *
 * <p>The invariant: no byte is kept or changed. Only frame heads are read (nine bytes, RFC 9113, 4.1); what is between them
 * is skipped by their lengths. Confined to one event loop.
 */
public final class FrameGuard extends ChannelInboundHandlerAdapter {
    /**
     * The most of each within the window.
     *
     * @param small WINDOW_UPDATE and PRIORITY together: a busy download needs many
     * @param tiny DATA of a few bytes, and frames that nobody knows: each is kept as an object of its own
     */
    public record Limits(
            long windowNanos, int resets, int pings, int settings, int continuations, int small, int tiny) {}

    private static final int TINY = 32;
    private static final int HEAD = 9;
    private static final int PREFACE = Http2CodecUtil.connectionPrefaceBuf().readableBytes();

    private final Limits limits;
    private final byte[] head = new byte[HEAD];
    private int headSeen;
    /** Bytes to pass before the next frame's head; at first those of the preface. */
    private long skip;

    private long windowEnds;
    private int resets;
    private int pings;
    private int settings;
    private int small;
    private int tiny;
    private int continuations;

    /** Must be there before the connection's first byte is read. */
    FrameGuard(Limits limits) {
        this.limits = limits;
        this.windowEnds = System.nanoTime() + limits.windowNanos();
        this.skip = PREFACE;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        if (msg instanceof ByteBuf bytes && !isFine(bytes)) {
            ReferenceCountUtil.release(msg);
            Http2ConnectionHandler handler = ctx.pipeline().get(Http2ConnectionHandler.class);
            if (handler != null) {
                // In so many words, for the honest among those that go too far; nothing waits for it to be read.
                var unused = handler.goAway(
                        ctx.pipeline().context(handler),
                        handler.connection().remote().lastStreamCreated(),
                        Http2Error.ENHANCE_YOUR_CALM.code(),
                        ctx.alloc().buffer(0),
                        ctx.newPromise());
                ctx.flush();
            }
            ctx.channel().unsafe().close(ctx.channel().newPromise());
            return;
        }
        ctx.fireChannelRead(msg);
    }

    private boolean isFine(ByteBuf bytes) {
        int at = bytes.readerIndex();
        int end = bytes.writerIndex();
        while (at < end) {
            if (skip > 0) {
                int passed = (int) Math.min(skip, end - at);
                skip -= passed;
                at += passed;
            } else {
                head[headSeen++] = bytes.getByte(at++);
                if (headSeen == HEAD && !isFine()) {
                    return false;
                }
            }
        }
        return true;
    }

    private boolean isFine() {
        headSeen = 0;
        skip = ((head[0] & 0xffL) << 16) | ((head[1] & 0xffL) << 8) | (head[2] & 0xffL);
        long now = System.nanoTime();
        if (now - windowEnds > 0) {
            windowEnds = now + limits.windowNanos();
            resets = 0;
            pings = 0;
            settings = 0;
            small = 0;
            tiny = 0;
        }
        return switch (head[3]) {
            case Http2FrameTypes.PING -> ++pings <= limits.pings();
            case Http2FrameTypes.SETTINGS -> ++settings <= limits.settings();
            case Http2FrameTypes.RST_STREAM -> ++resets <= limits.resets();
            case Http2FrameTypes.HEADERS -> {
                continuations = 0;
                yield true;
            }
            case Http2FrameTypes.CONTINUATION -> ++continuations <= limits.continuations();
            case Http2FrameTypes.DATA -> skip > TINY || ++tiny <= limits.tiny();
            case Http2FrameTypes.PRIORITY, Http2FrameTypes.WINDOW_UPDATE -> ++small <= limits.small();
            default -> ++tiny <= limits.tiny();
        };
    }
}
