package app.molos.edge.boot;

import app.molos.edge.health.Node;
import app.molos.edge.health.NodeState;
import app.molos.edge.http.PublicServer;
import io.micrometer.core.instrument.Counter;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Leaves a balancer without losing a request: not ready at once, still serving until that was noticed, then each response
 * the last of its connection and each stream told to come back elsewhere, and only then the door. By a signal it ends
 * with the process, by a command it can be taken back. Thread-safe.
 */
final class Drain {
    private static final Logger LOG = LoggerFactory.getLogger(Drain.class);
    /** A balancer that has not asked for so long is none. */
    private static final Duration BALANCER_MEMORY = Duration.ofMinutes(1);

    private static final long LOOK_MILLIS = 25;

    private final Vertx vertx;
    private final Node node;
    private final PublicServer listener;
    private final ShutdownConfig config;
    private final Counter cut;
    private long begunNanos;
    private long timer = -1;
    /** A stop is not taken back. */
    private boolean isStopping;

    /** @param cut counts requests and streams that a stop cut */
    Drain(Vertx vertx, Node node, PublicServer listener, ShutdownConfig config, Counter cut) {
        this.vertx = vertx;
        this.node = node;
        this.listener = listener;
        this.config = config;
        this.cut = cut;
    }

    /** Drains by command, until that is cancelled or the process stops; whether it was not drained already. */
    synchronized boolean begin() {
        boolean isServing = node.state() == NodeState.READY || node.state() == NodeState.NOT_READY;
        if (isStopping || !isServing) {
            return false;
        }
        node.drain();
        begunNanos = System.nanoTime();
        LOG.info("Draining by command: not ready from now on, and what is asked is still served");
        timer = vertx.setTimer(Math.max(1, delay().toMillis()), t -> leaveByCommand());
        return true;
    }

    private synchronized void leaveByCommand() {
        if (node.state() == NodeState.DRAINING) {
            listener.leave(config.spread());
            timer = vertx.setPeriodic(LOOK_MILLIS * 4, t -> {
                if (listener.busy() == 0) {
                    node.emptied();
                }
            });
        }
    }

    /** Takes a drain by command back; whether there was one. */
    synchronized boolean cancel() {
        boolean wasDraining = !isStopping && node.cancelDrain();
        if (wasDraining) {
            vertx.cancelTimer(timer);
            listener.stay();
            LOG.info("The drain was taken back: ready again");
        }
        return wasDraining;
    }

    /** Drains because the process ends, and closes the door; how many requests and streams were cut. Never fails. */
    Future<Integer> stop() {
        long end = System.nanoTime()
                + config.deadline().minus(ShutdownConfig.CLOSING).toNanos();
        Duration delay = least(remainingDelay(), until(end));
        synchronized (this) {
            isStopping = true;
            vertx.cancelTimer(timer);
            node.drain();
        }
        LOG.info(
                "Stopping: not ready; requests are taken for {} ms more, those in flight then have up to {} ms",
                delay.toMillis(),
                least(config.grace(), until(end)).toMillis());
        return pause(delay)
                .compose(v -> {
                    Duration spread = least(config.spread(), until(end));
                    listener.leave(spread);
                    return gone(spread);
                })
                .compose(v -> listener.close(least(config.grace(), until(end))))
                .onSuccess(cut::increment);
    }

    /** No balancer, no delay: nobody would be told anything. */
    private Duration delay() {
        return node.wasProbedWithin(BALANCER_MEMORY) ? config.delay() : Duration.ZERO;
    }

    /** A drain by command has told the balancer already. */
    private synchronized Duration remainingDelay() {
        if (node.state() != NodeState.DRAINING) {
            return delay();
        }
        Duration told = Duration.ofNanos(System.nanoTime() - begunNanos);
        return told.compareTo(delay()) >= 0 ? Duration.ZERO : delay().minus(told);
    }

    private Future<Void> pause(Duration duration) {
        return duration.isZero()
                ? Future.succeededFuture()
                : vertx.timer(duration.toMillis()).mapEmpty();
    }

    /** Completes when no client is connected any more, or the time is over. */
    private Future<Void> gone(Duration limit) {
        long end = System.nanoTime() + limit.toNanos();
        Promise<Void> gone = Promise.promise();
        if (limit.isZero()) {
            return Future.succeededFuture();
        }
        vertx.setPeriodic(LOOK_MILLIS, t -> {
            if (listener.isEmpty() || System.nanoTime() - end >= 0) {
                vertx.cancelTimer(t);
                gone.tryComplete();
            }
        });
        return gone.future();
    }

    private static Duration until(long endNanos) {
        return Duration.ofNanos(Math.max(0, endNanos - System.nanoTime()));
    }

    private static Duration least(Duration a, Duration b) {
        return a.compareTo(b) <= 0 ? a : b;
    }
}
