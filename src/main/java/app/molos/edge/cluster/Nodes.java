package app.molos.edge.cluster;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How many nodes share the limits: each says in Redis that it lives, by Redis' clock. While Redis is away, as many count
 * as were there last. One per process; thread-safe.
 */
public final class Nodes {
    private static final Logger LOG = LoggerFactory.getLogger(Nodes.class);
    /** Signs of life that may be missed. */
    private static final int MISSED = 5;

    private static final long SECOND = 1_000_000L;

    private final Vertx vertx;
    private final RedisLink link;
    private final String key;
    private final String self;
    private final Duration heartbeat;
    private final AtomicBoolean isSaying = new AtomicBoolean();
    private volatile int count = 1;
    private volatile int fewerInARow;

    /**
     * Makes one node of those that share.
     *
     * @param keyspace what all keys of this installation begin with
     * @param self no other node's name
     */
    public Nodes(Vertx vertx, RedisLink link, String keyspace, String self, Duration heartbeat) {
        this.vertx = vertx;
        this.link = link;
        this.key = keyspace + "nodes";
        this.self = self;
        this.heartbeat = heartbeat;
    }

    /** Returns how many there are, or were last; at least 1. */
    public int count() {
        return count;
    }

    /** Says that this node lives, and again until Vert.x is closed. Never fails. */
    public Future<Void> start() {
        vertx.setPeriodic(heartbeat.toMillis(), t -> say());
        return say();
    }

    /** Has the others know at once that this node is gone. Never fails. */
    public Future<Void> close() {
        return link.send(Request.cmd(Command.ZREM).arg(key).arg(self))
                .<Void>mapEmpty()
                .otherwiseEmpty();
    }

    private Future<Void> say() {
        if (link.isAway() || !isSaying.compareAndSet(false, true)) {
            return Future.succeededFuture();
        }
        return link.send(Request.cmd(Command.TIME))
                .compose(time -> say(time.get(0).toLong() * SECOND + time.get(1).toLong()))
                .onFailure(e -> LOG.debug("Redis does not know that this node lives", e))
                .onComplete(v -> isSaying.set(false))
                .otherwiseEmpty();
    }

    private Future<Void> say(long nowMicros) {
        long memory = heartbeat.toNanos() / 1000 * MISSED;
        // One after the other on one connection: the count is without those who are silent, or whom a clock that went
        // back would keep alive.
        link.send(Request.cmd(Command.ZADD).arg(key).arg(nowMicros).arg(self));
        link.send(Request.cmd(Command.ZREMRANGEBYSCORE).arg(key).arg("-inf").arg(nowMicros - memory));
        link.send(Request.cmd(Command.ZREMRANGEBYSCORE)
                .arg(key)
                .arg(nowMicros + memory)
                .arg("+inf"));
        link.send(Request.cmd(Command.PEXPIRE).arg(key).arg(heartbeat.toMillis() * MISSED));
        return link.send(Request.cmd(Command.ZCARD).arg(key)).map(members -> {
            know(members.toInteger());
            return null;
        });
    }

    /** A Redis that has just lost everything knows only who came back first: fewer must be fewer for a while. */
    private void know(int members) {
        fewerInARow = members < count ? fewerInARow + 1 : 0;
        if (members > count || fewerInARow >= MISSED) {
            count = Math.max(1, members);
            fewerInARow = 0;
        }
    }
}
