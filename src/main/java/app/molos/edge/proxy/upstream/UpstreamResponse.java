package app.molos.edge.proxy.upstream;

import io.netty.channel.Channel;
import io.netty.channel.ChannelConfig;
import io.vertx.core.Handler;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.impl.HttpClientStream;
import io.vertx.core.http.impl.HttpResponseHead;
import io.vertx.core.streams.ReadStream;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The response of an upstream: a head, which has arrived, and a body, which is read. Bytes that arrived before the
 * connection was lost are handed on first, however slowly they are taken, and only then is the loss reported: a module
 * that closes after its last byte has lost nothing. Confined to the event loop of its connection.
 */
public final class UpstreamResponse implements ReadStream<Buffer> {
    /**
     * A queue that is resumed hands over what it has in the next turn; what its connection held back comes in the one
     * after.
     */
    private static final int TURNS = 3;

    private static final Buffer NOTHING = Buffer.buffer();

    private final HttpClientStream stream;
    private final HttpResponseHead head;
    private final ChannelConfig connection;
    private @Nullable Handler<Buffer> handler;
    private @Nullable Handler<Void> endHandler;
    private @Nullable MultiMap trailers;
    private @Nullable Handler<Throwable> exceptionHandler;
    private @Nullable Throwable loss;
    private boolean isPaused;
    private Buffer collected = NOTHING;

    /**
     * Call when the head arrives: nothing else listens to what follows.
     *
     * @param connection that it comes on
     */
    UpstreamResponse(HttpClientStream stream, HttpResponseHead head, Channel connection) {
        this.connection = connection.config();
        this.stream = stream;
        this.head = head;
        stream.chunkHandler(part -> {
            if (handler != null) {
                handler.handle(part);
            }
        });
        stream.endHandler(last -> {
            trailers = last;
            if (endHandler != null) {
                endHandler.handle(null);
            }
        });
        stream.exceptionHandler(failure -> {
            if (loss == null && trailers == null) {
                loss = failure;
                settle(TURNS);
            }
        });
    }

    private void settle(int turns) {
        if (isPaused || trailers != null) {
            return;
        }
        if (turns > 0) {
            stream.getContext().runOnContext(v -> settle(turns - 1));
        } else if (exceptionHandler != null) {
            exceptionHandler.handle(loss);
        }
    }

    public int status() {
        return head.statusCode;
    }

    /** The reason phrase; may be empty. */
    public String reason() {
        return head.statusMessage;
    }

    public HttpVersion version() {
        return head.version;
    }

    public MultiMap headers() {
        return head.headers;
    }

    /** Once it has ended; empty for nearly all. */
    public MultiMap trailers() {
        return trailers == null ? MultiMap.caseInsensitiveMultiMap() : trailers;
    }

    /** Reads the body whole; for those that are known to be short. */
    public void whole(Consumer<Buffer> taken) {
        handler = part -> {
            if (collected == NOTHING) {
                collected = part;
            } else {
                collected = Buffer.buffer().appendBuffer(collected).appendBuffer(part);
            }
        };
        endHandler = v -> taken.accept(collected);
    }

    /** Reports a loss of the connection before the response has ended. */
    @Override
    public UpstreamResponse exceptionHandler(@Nullable Handler<Throwable> failed) {
        exceptionHandler = failed;
        return this;
    }

    @Override
    public UpstreamResponse handler(@Nullable Handler<Buffer> part) {
        handler = part;
        return this;
    }

    @Override
    public UpstreamResponse endHandler(@Nullable Handler<Void> ended) {
        endHandler = ended;
        return this;
    }

    @Override
    public UpstreamResponse pause() {
        isPaused = true;
        stream.doPause();
        // Vert.x alone would go on reading until some 200 KB wait: for each client that reads nothing.
        connection.setAutoRead(false);
        return this;
    }

    @Override
    public UpstreamResponse resume() {
        return fetch(Long.MAX_VALUE);
    }

    @Override
    public UpstreamResponse fetch(long amount) {
        isPaused = false;
        connection.setAutoRead(true);
        stream.doFetch(amount);
        if (loss != null) {
            settle(TURNS);
        }
        return this;
    }
}
