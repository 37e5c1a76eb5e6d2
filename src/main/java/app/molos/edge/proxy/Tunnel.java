package app.molos.edge.proxy;

import app.molos.edge.proxy.upstream.Deadlines;
import app.molos.edge.proxy.upstream.UpstreamResponse;
import app.molos.edge.web.RequestContext;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.NetSocket;
import io.vertx.core.streams.ReadStream;
import io.vertx.core.streams.WriteStream;
import java.time.Duration;
import java.util.function.UnaryOperator;

/**
 * Joins two connections that are no HTTP any more after an upgrade: bytes pass both ways, each as fast as the other
 * side takes them, and what a side sent before it ended still arrives. They may be silent without end; one side that
 * does not take what waits for it ends both, because the other side's end would not be seen. Confined to one event
 * loop.
 */
final class Tunnel extends Deadlines.Deadline implements OpenStreams.Stream {
    private static final long GOODBYE_NANOS = Duration.ofSeconds(1).toNanos();

    /** One direction. */
    private final class Direction implements Relay.Progress {
        private final ReadStream<Buffer> from;
        private final WriteStream<Buffer> to;
        private long waitingSinceNanos;
        private boolean isHeldBack;
        private boolean isEnding;

        private Direction(ReadStream<Buffer> from, WriteStream<Buffer> to) {
            this.from = from;
            this.to = to;
        }

        private void open(UnaryOperator<Buffer> passing) {
            Relay.pump(from, to, this, passing);
            from.exceptionHandler(failure -> ending());
            from.endHandler(v -> ending());
        }

        /** Nothing more comes; what did is on its way. */
        private void ending() {
            if (!isEnding) {
                isEnding = true;
                waitingSinceNanos = System.nanoTime();
                to.end().onComplete(sent -> end());
            }
        }

        @Override
        public boolean isOver() {
            return isOver;
        }

        @Override
        public void moved(boolean isNowHeldBack) {
            isHeldBack = isNowHeldBack;
            waitingSinceNanos = System.nanoTime();
        }

        private boolean isStuck(long now) {
            return (isHeldBack || isEnding) && now - waitingSinceNanos > patience.toNanos();
        }
    }

    private final HttpConnection client;
    private final Deadlines deadlines;
    private final Duration patience;
    private final Runnable closed;
    private final Direction up;
    private final Direction down;
    private final WebSocketFrames frames = new WebSocketFrames();
    /** When the client must have answered the close frame; 0: none was sent. */
    private long goneBy;

    private boolean isOver;

    private Tunnel(
            HttpConnection client,
            NetSocket socket,
            UpstreamResponse response,
            WriteStream<Buffer> upstream,
            Deadlines deadlines,
            Duration patience,
            Runnable closed) {
        this.client = client;
        this.up = new Direction(socket, upstream);
        this.down = new Direction(response, socket);
        this.deadlines = deadlines;
        this.patience = patience;
        this.closed = closed;
    }

    /**
     * Sends the 101 that was prepared on the request's response and joins the two.
     *
     * @param patience with a side that takes nothing
     * @param closed runs when it is over, and ends the connection to the module
     */
    static Future<Tunnel> join(
            HttpServerRequest request,
            RequestContext context,
            UpstreamResponse response,
            WriteStream<Buffer> upstream,
            Deadlines deadlines,
            Duration patience,
            Runnable closed) {
        response.pause();
        return context.upgrade().map(socket -> {
            Tunnel tunnel = new Tunnel(request.connection(), socket, response, upstream, deadlines, patience, closed);
            tunnel.open();
            return tunnel;
        });
    }

    private void open() {
        deadlines.start(this);
        up.open(part -> part);
        down.open(frames::pass);
        up.from.resume();
        down.from.resume();
    }

    @Override
    protected void end() {
        if (isOver) {
            return;
        }
        isOver = true;
        deadlines.stop(this);
        client.close();
        closed.run();
    }

    /** Tells the client to come back elsewhere (1001); the module hears of it by the client's own close frame. */
    @Override
    public void goAway() {
        if (isOver || goneBy != 0) {
            return;
        }
        goneBy = System.nanoTime() + GOODBYE_NANOS;
        Buffer close = frames.close();
        if (close.length() > 0) {
            // Its failure shows as the end of the connection.
            down.to.write(close).onFailure(gone -> {});
        }
    }

    @Override
    protected void check(long nowNanos) {
        if ((goneBy != 0 && frames.isClosed() && nowNanos - goneBy > 0)
                || up.isStuck(nowNanos)
                || down.isStuck(nowNanos)) {
            end();
        }
    }
}
