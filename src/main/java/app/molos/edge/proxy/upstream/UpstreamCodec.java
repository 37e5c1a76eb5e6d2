package app.molos.edge.proxy.upstream;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.CombinedChannelDuplexHandler;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpRequestEncoder;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseDecoder;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.util.List;

/**
 * HTTP/1.1 on one connection to an upstream, one request at a time. Takes the place of Netty's client codec, whose
 * decoder keeps what comes behind a response and makes it the beginning of the next one, which is somebody else's.
 *
 * <p>The invariant: a byte is decoded only between the head of a request and the end of its response. Any other byte ends the
 * connection, whether it comes in one packet with the response, later, or as half a line. Confined to one event loop.
 */
final class UpstreamCodec extends CombinedChannelDuplexHandler<UpstreamCodec.Decoder, UpstreamCodec.Encoder> {
    /** The name that Vert.x removes it by after a 101. */
    private static final String NAME = "codec";

    private static final int EARLY_HINTS = 103;
    private static final int SWITCHING_PROTOCOLS = 101;

    private final Runnable surplus;
    private boolean isAwaiting;
    private boolean isSurplus;
    private boolean isHead;

    private UpstreamCodec(HttpDecoderConfig config, Runnable surplus) {
        this.surplus = surplus;
        init(new Decoder(config), new Encoder());
    }

    /**
     * Puts it in the place of the connection's codec, before its first request.
     *
     * @param surplus runs when the upstream sent what nobody asked for; must close the connection
     */
    static UpstreamCodec install(ChannelPipeline pipeline, int maxHeaderSize, Runnable surplus) {
        UpstreamCodec codec = new UpstreamCodec(new HttpDecoderConfig().setMaxHeaderSize(maxHeaderSize), surplus);
        pipeline.replace(NAME, NAME, codec);
        return codec;
    }

    /** Whether the next request would get what it asks for, and nothing that was there before. */
    boolean isClean() {
        return !isSurplus && !isAwaiting;
    }

    final class Encoder extends HttpRequestEncoder {
        @Override
        protected void encode(ChannelHandlerContext ctx, Object msg, List<Object> out) throws Exception {
            if (msg instanceof HttpRequest request) {
                isHead = request.method().equals(HttpMethod.HEAD);
                isAwaiting = true;
            }
            super.encode(ctx, msg, out);
        }
    }

    final class Decoder extends HttpResponseDecoder {
        private boolean isInformational;

        Decoder(HttpDecoderConfig config) {
            super(config);
        }

        @Override
        protected void decode(ChannelHandlerContext ctx, ByteBuf buffer, List<Object> out) throws Exception {
            if (!isAwaiting) {
                // Netty hands on the end of a response before it asks for what follows it, so that this is never part
                // of one.
                buffer.skipBytes(buffer.readableBytes());
                if (!isSurplus) {
                    isSurplus = true;
                    surplus.run();
                }
                return;
            }
            int before = out.size();
            super.decode(ctx, buffer, out);
            settle(out, before);
        }

        @Override
        protected void decodeLast(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) throws Exception {
            int before = out.size();
            super.decodeLast(ctx, in, out);
            settle(out, before);
        }

        @Override
        protected boolean isContentAlwaysEmpty(HttpMessage msg) {
            int status = ((HttpResponse) msg).status().code();
            isInformational = status < 200 && status != SWITCHING_PROTOCOLS;
            return (isHead && !isInformational) || super.isContentAlwaysEmpty(msg);
        }

        /** Takes out the informational responses that nobody waits for: Vert.x knows 100 and 103 only. */
        private void settle(List<Object> out, int from) {
            for (int i = from; i < out.size(); i++) {
                Object decoded = out.get(i);
                if (decoded instanceof HttpResponse response
                        && isInformational
                        && response.decoderResult().isSuccess()
                        && response.status().code() != EARLY_HINTS) {
                    ReferenceCountUtil.release(out.remove(i--));
                } else if (decoded instanceof LastHttpContent && isInformational) {
                    out.remove(i--);
                } else if (decoded instanceof LastHttpContent) {
                    isAwaiting = false;
                }
            }
        }
    }
}
