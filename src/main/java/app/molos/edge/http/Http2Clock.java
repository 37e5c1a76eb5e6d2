package app.molos.edge.http;

import app.molos.edge.http.ConnectionTimeouts.Limits;
import app.molos.edge.http.netty.ClientChannel;
import app.molos.edge.http.netty.ClientStream;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP/2 connection. Each stream has its own clocks, and what is late ends alone; the connection is idle when none is
 * left. Confined to its event loop.
 */
final class Http2Clock implements ConnectionClock {
    private static final long NO_ERROR = 0x0;
    private static final long CANCEL = 0x8;

    /** One request. */
    private static final class Stream {
        private final HttpServerRequest request;
        private final @Nullable ClientStream stream;
        private final BodyClock body;
        private final WriteClock writes;
        private boolean isAnswered;
        private boolean isReset;
        /** When the rest of an answered request is given up. */
        private long lingerUntil;

        private Stream(HttpServerRequest request, Limits limits) {
            this.request = request;
            this.stream = ClientStream.of(request);
            this.body = new BodyClock(limits.bodyNanos());
            this.writes = new WriteClock(limits.writeNanos());
        }

        /** Whether nothing of it is left on either side. */
        private boolean isGone() {
            return isAnswered && (isReset || stream == null || stream.isClosed());
        }

        private boolean isLate(long now) {
            if (stream != null && writes.isStuck(stream.unwritten(), now)) {
                return true;
            }
            return !isAnswered && body.isLate(request, stream != null && stream.isHeldBack(), now);
        }
    }

    private final HttpConnection connection;
    private final @Nullable ClientChannel channel;
    private final Limits limits;
    private final WriteClock writes;
    private final Map<HttpServerRequest, Stream> streams = new HashMap<>();
    private long idleDeadline;
    private int running;

    Http2Clock(HttpConnection connection, Limits limits) {
        this.connection = connection;
        this.channel = ClientChannel.of(connection);
        this.limits = limits;
        this.writes = new WriteClock(limits.writeNanos());
        this.idleDeadline = System.nanoTime() + limits.headNanos();
    }

    @Override
    public void begins(HttpServerRequest request) {
        streams.put(request, new Stream(request, limits));
        running++;
    }

    @Override
    public void ended(HttpServerRequest request) {
        Stream stream = streams.get(request);
        if (stream != null && !stream.isAnswered) {
            stream.isAnswered = true;
            stream.lingerUntil = System.nanoTime() + limits.lingerNanos();
            running--;
            if (running == 0) {
                idleDeadline = System.nanoTime() + limits.keepAliveNanos();
            }
        }
        if (stream != null && stream.isGone()) {
            streams.remove(request);
        }
    }

    @Override
    public void linger(HttpServerRequest request) {
        // The stream's own clock does.
    }

    @Override
    public boolean isOver(long now) {
        if (channel != null && writes.isStuck(channel.unwritten(), now)) {
            return true;
        }
        List<Stream> late = new ArrayList<>(0);
        streams.values().removeIf(Stream::isGone);
        for (Stream stream : streams.values()) {
            boolean isRefusedRest = stream.isAnswered && !stream.request.isEnded() && now - stream.lingerUntil > 0;
            if (!stream.isReset && (isRefusedRest || stream.isLate(now))) {
                late.add(stream);
            }
        }
        for (Stream stream : late) {
            stream.isReset = true;
            // Its end comes by the response's end handler, as every other does.
            stream.request.response().reset(stream.isAnswered && !stream.writes.isStuck() ? NO_ERROR : CANCEL);
        }
        return streams.isEmpty() && now - idleDeadline > 0;
    }

    @Override
    public void close() {
        if (channel != null && writes.isStuck()) {
            channel.abort();
        } else {
            connection.close();
        }
    }

    /** GOAWAY; the streams that are there end as they would, and then the connection. */
    @Override
    public void leave() {
        connection.shutdown(1, TimeUnit.DAYS);
    }

    @Override
    public void closeIdle(long now) {
        // After GOAWAY it closes by itself.
    }

    @Override
    public void stay() {
        // A connection that said GOAWAY ends; the client opens another.
    }

    @Override
    public boolean isBusy() {
        return running > 0;
    }
}
