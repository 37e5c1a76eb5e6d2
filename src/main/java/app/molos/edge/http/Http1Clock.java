package app.molos.edge.http;

import app.molos.edge.http.ConnectionTimeouts.Limits;
import app.molos.edge.http.netty.ClientChannel;
import app.molos.edge.http.netty.RequestDecoder;
import app.molos.edge.web.InboundBudget;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import org.jspecify.annotations.Nullable;

/** One HTTP/1 connection, with one request at a time. Confined to its event loop. */
final class Http1Clock implements ConnectionClock {
    private final HttpConnection connection;
    private final @Nullable RequestDecoder decoder;
    private final @Nullable ClientChannel channel;
    private final Limits limits;
    private final BodyClock body;
    private final WriteClock writes;
    /** When to close while no request is under way; 0: never. */
    private long deadline;

    private @Nullable HttpServerRequest request;
    /** Ends the request that is under way when its connection is gone. */
    private @Nullable Runnable gone;

    private boolean hasServed;

    /** @param decoder reads its requests; null when Vert.x's own does */
    Http1Clock(HttpConnection connection, @Nullable RequestDecoder decoder, Limits limits) {
        this.connection = connection;
        this.decoder = decoder;
        this.limits = limits;
        this.channel = ClientChannel.of(connection);
        this.body = new BodyClock(limits.bodyNanos());
        this.writes = new WriteClock(limits.writeNanos());
        this.deadline = System.nanoTime() + limits.headNanos();
    }

    @Nullable
    RequestDecoder decoder() {
        return decoder;
    }

    @Override
    public void begins(HttpServerRequest begun, Runnable whenGone) {
        request = begun;
        gone = whenGone;
        body.begin();
        deadline = 0;
    }

    @Override
    public boolean admits(HttpServerRequest asked, InboundBudget budget, String client) {
        return decoder == null || decoder.admits(budget, client);
    }

    @Override
    public @Nullable Throwable failure() {
        return decoder == null ? null : decoder.failure();
    }

    @Override
    public void ended(HttpServerRequest answered) {
        gone = null;
        if (request == answered) {
            request = null;
            hasServed = true;
            boolean isLast = (decoder != null && decoder.isInRequest()) || isLast(answered);
            deadline = System.nanoTime() + (isLast ? limits.lingerNanos() : limits.keepAliveNanos());
        }
        if (decoder != null) {
            decoder.answered();
        }
    }

    @Override
    public void drain(HttpServerRequest answered) {
        if (decoder == null) {
            ConnectionClock.super.drain(answered);
        } else {
            decoder.drain(answered);
        }
    }

    /** Whether the answer said that the connection ends: Vert.x closes it only where the client asked for that. */
    private static boolean isLast(HttpServerRequest request) {
        String said = request.response().headers().get(HttpHeaders.CONNECTION);
        return said != null && said.equalsIgnoreCase("close");
    }

    @Override
    public void linger(HttpServerRequest refused) {
        request = null;
        deadline = System.nanoTime() + limits.lingerNanos();
    }

    /** After an upgrade it may be silent without end. */
    void upgraded() {
        request = null;
        gone = null;
        deadline = 0;
    }

    /** Vert.x tells nobody of the end of a file that is cut in the middle. */
    @Override
    public void closed() {
        Runnable ending = gone;
        gone = null;
        if (ending != null) {
            ending.run();
        }
    }

    @Override
    public boolean isOver(long now) {
        if (channel != null && writes.isStuck(channel.unwritten(), now)) {
            return true;
        }
        HttpServerRequest current = request;
        return current == null
                ? deadline != 0 && now - deadline > 0
                : body.isLate(current, channel != null && channel.isHeldBack(), now);
    }

    @Override
    public void close() {
        if (channel != null && writes.isStuck()) {
            channel.abort();
        } else {
            connection.close();
        }
    }

    /** Idle ones stay: a balancer may be about to use one, and learns from the response that it was the last. */
    @Override
    public void leave() {
        if (channel != null) {
            channel.announceClose();
        }
    }

    /** One that is new has mostly sent its request already: closing it now would lose that. */
    @Override
    public void closeIdle(long now) {
        if (request == null && deadline != 0) {
            long last = hasServed ? now : now + limits.lingerNanos();
            deadline = deadline - last < 0 ? deadline : last;
        }
    }

    @Override
    public void stay() {
        if (channel != null) {
            channel.keepOpen();
        }
    }

    @Override
    public int underWay() {
        return request == null ? 0 : 1;
    }
}
