package app.molos.edge.http.netty;

import app.molos.edge.web.InboundBudget;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.util.AsciiString;
import io.netty.util.ReferenceCountUtil;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.impl.Http1xServerConnection;
import io.vertx.core.http.impl.VertxHttpRequestDecoder;
import io.vertx.core.http.impl.headers.HeadersMultiMap;
import io.vertx.core.internal.net.NetSocketInternal;
import io.vertx.core.net.NetSocket;
import io.vertx.core.net.impl.ShutdownEvent;
import java.util.List;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads the requests of one client connection. Vert.x's decoder turns all it is given into requests at once, however
 * long they will have to wait: a megabyte of pipelined requests becomes thirty of objects, and a head that never ends
 * stays for free.
 *
 * <p>The invariant: of what a client sends, one request is decoded at a time; the next one stays bytes, of which hardly more
 * than one read is taken, until the response to the first is out. What is kept when a read ends - lines of a head,
 * trailers, half a chunk's length, the next request - is paid for from the {@link InboundBudget}. Confined to one event
 * loop.
 */
public final class RequestDecoder extends VertxHttpRequestDecoder {
    /** The name that Vert.x removes it by after an upgrade. */
    private static final String NAME = "httpDecoder";

    /**
     * Twice what a browser behind three proxies sends; each costs some {@value #HEADER_COST} bytes however short it is.
     */
    public static final int MAX_HEADERS = 256;

    public static final int HEADER_COST = 150;
    /**
     * A head above this counts for as long as its request is answered; smaller ones are in the price of a connection.
     */
    public static final int SMALL_HEAD = 4096;
    /** Pipelined bytes that are kept without asking the client to stop. */
    private static final int MAX_HELD = 16 * 1024;
    /** A burst of sixteen reads of 64 KB, which is Netty's habit, is kept whole if nobody takes it. */
    private static final int MAX_READ = 16 * 1024;

    private static final int READS = 4;
    private static final Pattern VERSION = Pattern.compile("HTTP/[0-9]\\.[0-9]");

    private final KeptBytes kept;
    private @Nullable ChannelHandlerContext context;
    private boolean isInRequest;
    private boolean isAnswering;
    /** Why nothing more is read here. */
    private @Nullable Throwable failure;

    private boolean isUnsupported;
    private boolean isHolding;
    private boolean isReading;
    /** Was answered in the middle of a read; see {@link #drain}. */
    private @Nullable HttpServerRequest undrained;

    private int headers;
    private int lengths;
    /** Bytes of lines that were read and belong to nothing whole yet: a head, the trailers of a body. */
    private int lineBytes;
    /** A request in another version than HTTP/1.0 and HTTP/1.1. */
    public static final class UnsupportedVersion extends RuntimeException {
        private UnsupportedVersion() {
            super("another version than HTTP/1.0 and HTTP/1.1", null, false, false);
        }
    }

    private RequestDecoder(HttpServerOptions options, InboundBudget.Account account) {
        super(options);
        kept = new KeptBytes(account);
    }

    /**
     * Puts it in the place of the connection's decoder, before its first request; null for what is no such connection.
     */
    public static @Nullable RequestDecoder install(
            HttpConnection connection, HttpServerOptions options, InboundBudget.Account account) {
        if (!(connection instanceof Http1xServerConnection ours)) {
            return null;
        }
        Channel channel = ours.channelHandlerContext().channel();
        channel.config()
                .setRecvByteBufAllocator(
                        new AdaptiveRecvByteBufAllocator(512, 2048, MAX_READ).maxMessagesPerRead(READS));
        RequestDecoder decoder = new RequestDecoder(options, account);
        channel.pipeline().replace(NAME, NAME, decoder);
        return decoder;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) throws Exception {
        context = ctx;
        super.handlerAdded(ctx);
    }

    @Override
    protected void handlerRemoved0(ChannelHandlerContext ctx) throws Exception {
        context = null;
        kept.charge(0);
        kept.releaseHead();
        if (isHolding) {
            // After an upgrade: the next reader does not know that reading was switched off.
            isHolding = false;
            ctx.channel().config().setAutoRead(true);
        }
        super.handlerRemoved0(ctx);
    }

    /**
     * Keeps a stop of the server from closing this connection: Vert.x would close one that is idle at once, and with it
     * the request that is on its way here.
     */
    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) throws Exception {
        if (!(event instanceof ShutdownEvent)) {
            super.userEventTriggered(ctx, event);
        }
    }

    /** Whether the body of a request has begun and not ended. */
    public boolean isInRequest() {
        return isInRequest;
    }

    /** Returns what is wrong with the request that was handed on last; null when nothing is. */
    public @Nullable Throwable failure() {
        return failure;
    }

    /** The response is out: the next request may be read. */
    public void answered() {
        isAnswering = false;
        kept.releaseHead();
        ChannelHandlerContext ctx = context;
        if (ctx != null && (isHolding || kept.isCharged() || actualReadableBytes() > 0)) {
            // In a turn of its own: a thousand pipelined requests would otherwise be answered within each other.
            ctx.executor().execute(this::goOn);
        }
    }

    /**
     * Has the request that was handed on last count for its client for as long as it is answered, if its head is a
     * large one. Whether there is room for it; if not, it must be refused.
     */
    public boolean admits(InboundBudget budget, String client) {
        return kept.admits(budget, client);
    }

    /**
     * Has what is left of an answered request be read, by nobody. What came with its head is on its way to it, so that is
     * waited for first: most requests are whole by then, and to resume one has Vert.x make a queue for it.
     */
    public void drain(HttpServerRequest answered) {
        if (isReading) {
            resumeAnswered();
            undrained = answered;
        } else if (!answered.isEnded()) {
            answered.resume();
        }
    }

    private void resumeAnswered() {
        HttpServerRequest answered = undrained;
        undrained = null;
        if (answered != null && !answered.isEnded()) {
            answered.resume();
        }
    }

    private void goOn() {
        ChannelHandlerContext ctx = context;
        if (ctx == null || isAnswering) {
            return;
        }
        if (isHolding) {
            isHolding = false;
            ctx.channel().config().setAutoRead(true);
        }
        try {
            channelRead(ctx, Unpooled.EMPTY_BUFFER);
            channelReadComplete(ctx);
        } catch (Exception e) {
            ctx.fireExceptionCaught(e);
        }
    }

    /**
     * Takes what came behind the request that is being answered, which after an upgrade is no request any more. Returns
     * what hands it to the upgraded connection.
     */
    public Consumer<NetSocket> takeRest() {
        ByteBuf held = internalBuffer();
        if (!held.isReadable()) {
            return socket -> {};
        }
        ByteBuf rest = Unpooled.copiedBuffer(held);
        held.skipBytes(held.readableBytes());
        return socket -> ((NetSocketInternal) socket)
                .channelHandlerContext()
                .pipeline()
                .fireChannelRead(rest)
                .fireChannelReadComplete();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object input) throws Exception {
        isReading = true;
        try {
            super.channelRead(ctx, input);
        } finally {
            isReading = false;
            resumeAnswered();
        }
        if (context == null) {
            return;
        }
        int unread = actualReadableBytes();
        if (isAnswering && !isInRequest && unread > MAX_HELD) {
            // Each time: Vert.x switches it on again when a body that it held back is taken.
            isHolding = true;
            ctx.channel().config().setAutoRead(false);
        }
        long cost = failure != null ? 0 : unread + lineBytes + (long) headers * HEADER_COST;
        if (!kept.charge(cost)) {
            // Nothing is left to do for a connection that cannot be closed.
            var unused = ctx.close();
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) throws Exception {
        if (isHolding) {
            // The super class would ask for another read, because nothing came of this one.
            ctx.fireChannelReadComplete();
        } else {
            super.channelReadComplete(ctx);
        }
    }

    @Override
    protected void decode(ChannelHandlerContext ctx, ByteBuf buffer, List<Object> out) throws Exception {
        if (failure != null) {
            buffer.skipBytes(buffer.readableBytes());
            return;
        }
        if (isAnswering && !isInRequest) {
            return;
        }
        int before = out.size();
        int unread = buffer.readableBytes();
        super.decode(ctx, buffer, out);
        lineBytes += unread - buffer.readableBytes();
        for (int i = before; i < out.size(); i++) {
            note(out.get(i));
        }
        if (failure != null) {
            replaceMalformed(out, before);
        }
        if (out.size() > before) {
            lineBytes = 0;
        }
    }

    private void note(Object decoded) {
        if (decoded instanceof HttpRequest request) {
            isAnswering = true;
            failure = isUnsupported
                    ? new UnsupportedVersion()
                    : request.decoderResult().cause();
            isInRequest = failure == null;
            kept.head(lineBytes + (long) headers * HEADER_COST);
            headers = 0;
        }
        if (decoded instanceof LastHttpContent) {
            isInRequest = false;
            headers = 0;
        }
    }

    /**
     * Vert.x would cut the connection of a malformed request as soon as its refusal is written, and the reset for what
     * is still on its way would overtake it. So it gets a request that is none, and the listener asks for the failure.
     */
    private static void replaceMalformed(List<Object> out, int from) {
        List<Object> decoded = out.subList(from, out.size());
        decoded.forEach(ReferenceCountUtil::release);
        decoded.clear();
        out.add(new DefaultHttpRequest(
                HttpVersion.HTTP_1_1, HttpMethod.GET, "/bad-request", HeadersMultiMap.httpHeaders()));
        out.add(LastHttpContent.EMPTY_LAST_CONTENT);
    }

    /** Answers other versions than 1.0 and 1.1 in 1.1: an echo would be a version that the edge does not speak. */
    @Override
    protected HttpMessage createMessage(String[] initialLine) {
        headers = 0;
        lengths = 0;
        String version = initialLine[2];
        if (version.equals("HTTP/1.1") || version.equals("HTTP/1.0")) {
            isUnsupported = false;
            return super.createMessage(initialLine);
        }
        if (!VERSION.matcher(version).matches()) {
            throw new IllegalArgumentException("no version of HTTP");
        }
        isUnsupported = true;
        return super.createMessage(new String[] {initialLine[0], initialLine[1], "HTTP/1.1"});
    }

    /** Called once for each header; what is thrown here becomes a refusal of the request. */
    @Override
    protected AsciiString splitHeaderName(byte[] line, int start, int length) {
        if (length == 0) {
            throw new IllegalArgumentException("a header without a name");
        }
        if (++headers > MAX_HEADERS) {
            throw new TooLongHttpHeaderException("more than " + MAX_HEADERS + " headers");
        }
        AsciiString name = super.splitHeaderName(line, start, length);
        // Netty takes two of them in HTTP/1.0 and believes the first.
        if (length == HttpHeaderNames.CONTENT_LENGTH.length()
                && name.contentEqualsIgnoreCase(HttpHeaderNames.CONTENT_LENGTH)
                && ++lengths > 1) {
            throw new IllegalArgumentException("two lengths");
        }
        return name;
    }
}
