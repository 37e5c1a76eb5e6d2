package app.molos.edge.proxy;

import io.vertx.core.Future;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.NetSocket;
import java.time.Duration;

/**
 * Two connections that are no HTTP any more after an upgrade: bytes pass both ways, each as fast as the other side takes them.
 * They may be silent for ever; one whose side does not take what waits for it is given up, because the other side's end would
 * not be seen.
 */
final class Tunnel extends PassageClock.Timed {
    /** One way through. */
    private final class Way implements Relay.Progress {
        private long heldSinceNanos;
        private boolean isHeldBack;

        @Override
        public boolean isOver() {
            return isOver;
        }

        @Override
        public void moved(boolean isNowHeldBack) {
            isHeldBack = isNowHeldBack;
            heldSinceNanos = System.nanoTime();
        }

        private boolean isStuck(long now) {
            return isHeldBack && now - heldSinceNanos > patience.toNanos();
        }
    }

    private final HttpConnection client;
    private final HttpConnection module;
    private final PassageClock clock;
    private final Duration patience;
    private final Runnable closed;
    private final Way up = new Way();
    private final Way down = new Way();
    private boolean isOver;

    private Tunnel(HttpConnection client, HttpConnection module, PassageClock clock, Duration patience, Runnable closed) {
        this.client = client;
        this.module = module;
        this.clock = clock;
        this.patience = patience;
        this.closed = closed;
    }

    /**
     * Sends the 101 that was prepared on the request's response and joins the two.
     *
     * @param patience with a side that takes nothing
     * @param closed runs when it is over
     */
    static Future<NetSocket> join(
            HttpServerRequest request,
            HttpClientRequest upstream,
            HttpClientResponse answer,
            PassageClock clock,
            Duration patience,
            Runnable closed) {
        NetSocket theirs = answer.netSocket();
        theirs.pause();
        Tunnel tunnel = new Tunnel(request.connection(), upstream.connection(), clock, patience, closed);
        return request.toNetSocket()
                .onSuccess(ours -> tunnel.run(ours, theirs))
                .onFailure(failure -> upstream.connection().close());
    }

    private void run(NetSocket ours, NetSocket theirs) {
        clock.start(this);
        pass(ours, theirs, up, module);
        pass(theirs, ours, down, client);
        theirs.resume();
    }

    private void pass(NetSocket from, NetSocket to, Way way, HttpConnection receiver) {
        Relay.pump(from, to, way, part -> part);
        from.exceptionHandler(failure -> end());
        // What was sent before the end still arrives; the connections are closed, not the sockets: that would happen twice.
        from.endHandler(v -> to.end().onComplete(sent -> {
            receiver.close();
            end();
        }));
    }

    @Override
    void end() {
        if (isOver) {
            return;
        }
        isOver = true;
        clock.stop(this);
        client.close();
        module.close();
        closed.run();
    }

    @Override
    void check(long nowNanos) {
        if (up.isStuck(nowNanos) || down.isStuck(nowNanos)) {
            end();
        }
    }
}
