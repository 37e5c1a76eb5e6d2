package app.molos.edge.http;

import app.molos.edge.http.ConnectionTimeouts.Limits;
import app.molos.edge.http.netty.ClientChannel;
import app.molos.edge.http.netty.ClientStream;
import app.molos.edge.http.netty.RequestDecoder;
import app.molos.edge.web.InboundBudget;
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
        /** Gives back what the head cost. */
        private Runnable release = () -> {};

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

        /** Its end comes by the response's end handler, as every other does. */
        private void reset(long code) {
            if (stream != null) {
                stream.reset(code);
            }
        }

        private boolean isLate(long now) {
            if (stream != null && writes.isStuck(stream.unwritten(), now)) {
                return true;
            }
            return !isAnswered
                    && stream != null
                    && stream.isOpenFromClient()
                    && body.isLate(request, stream.isHeldBack(), now);
        }
    }

    private final HttpConnection connection;
    private final @Nullable ClientChannel channel;
    private final Limits limits;
    private final WriteClock writes;
    private final Map<HttpServerRequest, Stream> streams = new HashMap<>();
    private long idleDeadline;
    private int running;
    private boolean hasBegun;
    private boolean isLeaving;
    private boolean isGoing;

    Http2Clock(HttpConnection connection, Limits limits) {
        this.connection = connection;
        this.channel = ClientChannel.of(connection);
        this.limits = limits;
        this.writes = new WriteClock(limits.writeNanos());
        this.idleDeadline = System.nanoTime() + limits.headNanos();
    }

    @Override
    public void begins(HttpServerRequest request, Runnable gone) {
        streams.put(request, new Stream(request, limits));
        running++;
        hasBegun = true;
    }

    @Override
    public boolean admits(HttpServerRequest request, InboundBudget budget, String client) {
        Stream stream = streams.get(request);
        long cost = Http2Requests.cost(request);
        if (stream == null || cost <= RequestDecoder.SMALL_HEAD) {
            return true;
        }
        InboundBudget.Account payer = budget.of(client);
        if (!payer.reserve(cost)) {
            return false;
        }
        stream.release = () -> payer.release(cost);
        return true;
    }

    @Override
    public void ended(HttpServerRequest request) {
        Stream stream = streams.get(request);
        if (stream != null && !stream.isAnswered) {
            stream.isAnswered = true;
            stream.release.run();
            stream.lingerUntil = System.nanoTime() + limits.lingerNanos();
            running--;
            if (running == 0) {
                idleDeadline = System.nanoTime() + limits.keepAliveNanos();
            }
            if (isLeaving) {
                goAway();
            }
        }
        if (stream != null && stream.isGone()) {
            streams.remove(request);
        }
    }

    @Override
    public @Nullable Throwable failure() {
        return null;
    }

    @Override
    public void linger(HttpServerRequest request) {
        // The stream's own clock does.
    }

    @Override
    public void closed() {
        // Each stream's response ends by itself.
    }

    @Override
    public boolean isOver(long now) {
        if (channel != null && writes.isStuck(channel.unwritten(), now)) {
            return true;
        }
        List<Stream> late = new ArrayList<>(0);
        streams.values().removeIf(Stream::isGone);
        for (Stream stream : streams.values()) {
            if (stream.stream != null && stream.request.isEnded()) {
                stream.stream.creditBody();
            }
            boolean isRefusedRest = stream.isAnswered && !stream.request.isEnded() && now - stream.lingerUntil > 0;
            if (!stream.isReset && (isRefusedRest || stream.isLate(now))) {
                late.add(stream);
            }
        }
        for (Stream stream : late) {
            stream.isReset = true;
            stream.reset(stream.isAnswered && !stream.writes.isStuck() ? NO_ERROR : CANCEL);
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

    /** A connection that is new is served once: who gets GOAWAY before that opens the next one, without end. */
    @Override
    public void leave() {
        isLeaving = true;
        if (hasBegun) {
            goAway();
        }
    }

    /** GOAWAY; the streams that are there end as they would, and then the connection. */
    private void goAway() {
        if (!isGoing) {
            isGoing = true;
            connection.shutdown(1, TimeUnit.DAYS);
        }
    }

    @Override
    public void closeIdle(long now) {
        // After GOAWAY it closes by itself.
    }

    @Override
    public void stay() {
        // A connection that said GOAWAY ends; the client opens another.
        isLeaving = false;
    }

    @Override
    public int underWay() {
        return running;
    }
}
