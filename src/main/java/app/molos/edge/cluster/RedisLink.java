package app.molos.edge.cluster;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetClientOptions;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.RedisOptions;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way to Redis, for a question that is better not answered than late: one script. A question that has no answer within the
 * deadline, or an unusable one, makes Redis count as away: all that is asked then fails at once, until a try of our own,
 * with the script itself, was answered. One connection that all share, and one for each event loop that joined, on which
 * questions follow one another without waiting. One per process; thread-safe.
 */
public final class RedisLink {
    /** The script that is run here, and arguments that do no harm: with them a Redis shows that it can. */
    public record Question(RedisScript script, List<String> trial) {}

    private static final Logger LOG = LoggerFactory.getLogger(RedisLink.class);
    /** Questions on one connection that have no answer yet; one more counts as no answer. */
    private static final int MOST_WAITING = 4096;
    /** More than there are event loops. */
    private static final int MOST_CONNECTIONS = 1024;
    /** An answer may lie in the socket while a turn of the loop takes longer than the deadline: one turn more reads it. */
    private static final long TURN_MILLIS = 1;

    private static final IllegalStateException AWAY = new IllegalStateException("Redis is away");
    private static final IllegalStateException CLOSED = new IllegalStateException("it closed the connection");
    private static final IllegalStateException LATE = new IllegalStateException("no answer in time");

    /** A client and its connections, from a try that succeeded until the first question without an answer. */
    private static final class Life {
        private final Redis client;
        private final RedisConnection shared;
        private final Map<Thread, RedisConnection> own = new ConcurrentHashMap<>();

        private Life(Redis client, RedisConnection shared) {
            this.client = client;
            this.shared = shared;
        }

        private RedisConnection connection() {
            RedisConnection mine = own.get(Thread.currentThread());
            return mine == null ? shared : mine;
        }
    }

    private final Vertx vertx;
    private final RedisConfig config;
    private final RedisConfig.Server server;
    private final Question question;
    private final Map<Thread, Context> loops = new ConcurrentHashMap<>();
    private final AtomicBoolean isTrying = new AtomicBoolean();
    private volatile @Nullable Life life;
    private volatile boolean isClosed;

    public RedisLink(Vertx vertx, RedisConfig config, RedisConfig.Server server, Question question) {
        this.vertx = vertx;
        this.config = config;
        this.server = server;
        this.question = question;
    }

    /** Whether there is no use in asking now. */
    public boolean isAway() {
        return life == null;
    }

    /** Tries it once, and again after each pause while it is away, until Vert.x is closed. Never fails. */
    public Future<Void> start() {
        vertx.setPeriodic(config.pause().toMillis(), t -> {
            if (life == null) {
                attempt().onFailure(e -> LOG.debug("Redis is still away", e));
            }
        });
        return attempt()
                .onFailure(e -> LOG.warn(
                        "Redis at {} does not answer ({}): this node counts by itself until it does",
                        server.shown(),
                        e.getMessage()))
                .otherwiseEmpty();
    }

    /** Gives the event loop that this is called on a connection of its own, now and whenever Redis is back. */
    public void join() {
        Context loop = vertx.getOrCreateContext();
        loops.put(Thread.currentThread(), loop);
        Life current = life;
        if (current != null) {
            open(current, Thread.currentThread(), loop);
        }
    }

    /**
     * Runs the script; for event loops. Fails within the deadline, and at once while Redis is away.
     *
     * @param arguments how many keys, the keys, the rest
     */
    public Future<Response> run(List<String> arguments) {
        Life current = life;
        if (current == null) {
            return Future.failedFuture(AWAY);
        }
        RedisConnection connection = current.connection();
        return inTime(connection
                        .send(request(Command.EVALSHA, question.script().digest(), arguments))
                        // A Redis that was restarted has forgotten what it had seen.
                        .recover(failure -> isForgotten(failure)
                                ? connection.send(
                                        request(Command.EVAL, question.script().text(), arguments))
                                : Future.failedFuture(failure)))
                .onFailure(failure -> {
                    // On another loop's connection an answer may be late because of that loop.
                    if (current.own.containsValue(connection) || failure instanceof Response) {
                        lose(current, failure);
                    }
                });
    }

    /** Sends one command, on the connection of all; whatever comes of it, Redis is not away for that. */
    Future<Response> send(Request request) {
        Life current = life;
        return current == null ? Future.failedFuture(AWAY) : inTime(current.shared.send(request));
    }

    /** How long a question waits. */
    public Duration deadline() {
        return config.deadline();
    }

    /** Never fails. */
    public synchronized Future<Void> close() {
        Life current = life;
        isClosed = true;
        life = null;
        return current == null
                ? Future.succeededFuture()
                : current.client.close().otherwiseEmpty();
    }

    private Future<Response> inTime(Future<Response> asked) {
        Promise<Response> answered = Promise.promise();
        long timer = vertx.setTimer(
                config.deadline().toMillis(), t -> vertx.setTimer(TURN_MILLIS, turn -> answered.tryFail(LATE)));
        asked.onSuccess(answered::tryComplete).onFailure(answered::tryFail).onComplete(v -> vertx.cancelTimer(timer));
        return answered.future();
    }

    private Future<Void> attempt() {
        if (isClosed || !isTrying.compareAndSet(false, true)) {
            return Future.succeededFuture();
        }
        Redis client;
        try {
            client = Redis.createClient(vertx, options());
        } catch (RuntimeException e) {
            isTrying.set(false);
            return Future.failedFuture(e);
        }
        return client.connect()
                .compose(connection -> connection
                        .send(request(Command.EVAL, question.script().text(), question.trial()))
                        .map(connection))
                // It has time until the next try: a handshake is more than a question.
                .timeout(config.pause().toMillis(), TimeUnit.MILLISECONDS)
                // And then it must be as quick as it will have to be.
                .compose(connection -> inTime(connection.send(
                                request(Command.EVALSHA, question.script().digest(), question.trial())))
                        .map(connection))
                .onSuccess(connection -> begin(client, connection))
                .onFailure(e -> end(client))
                .onComplete(v -> isTrying.set(false))
                .mapEmpty();
    }

    private synchronized void begin(Redis client, RedisConnection shared) {
        if (isClosed) {
            end(client);
            return;
        }
        Life begun = new Life(client, shared);
        shared.endHandler(v -> lose(begun, CLOSED));
        life = begun;
        loops.forEach((thread, loop) -> open(begun, thread, loop));
        LOG.info("Redis at {} answers: limits are shared", server.shown());
    }

    /** What is asked on that loop goes by the connection of all until then. */
    private void open(Life of, Thread thread, Context loop) {
        loop.runOnContext(v -> {
            if (life != of || of.own.containsKey(thread)) {
                return;
            }
            of.client
                    .connect()
                    .onSuccess(connection -> {
                        connection.endHandler(ended -> {
                            of.own.remove(thread, connection);
                            openLater(of, thread, loop);
                        });
                        of.own.put(thread, connection);
                    })
                    .onFailure(e -> {
                        LOG.debug("An event loop has no connection of its own to Redis", e);
                        openLater(of, thread, loop);
                    });
        });
    }

    private void openLater(Life of, Thread thread, Context loop) {
        if (life == of) {
            vertx.setTimer(config.pause().toMillis(), t -> open(of, thread, loop));
        }
    }

    private static void end(Redis client) {
        client.close().onFailure(e -> LOG.debug("The connections to Redis did not close", e));
    }

    private void lose(Life lost, Throwable why) {
        synchronized (this) {
            if (life != lost) {
                return;
            }
            life = null;
        }
        LOG.warn(
                "Redis at {} did not answer ({}; REDIS_DEADLINE is {} ms): this node counts by itself until it does",
                server.shown(),
                why.getMessage(),
                config.deadline().toMillis());
        // All that waits for an answer fails now, and does not wait for its own deadline.
        end(lost.client);
    }

    private RedisOptions options() {
        RedisOptions options = new RedisOptions()
                .setConnectionString(server.url().reveal())
                .setMaxPoolSize(MOST_CONNECTIONS)
                .setMaxWaitingHandlers(MOST_WAITING)
                // A connection is held for as long as it is good.
                .setPoolRecycleTimeout(-1)
                .setPoolCleanerInterval(-1)
                .setNetClientOptions(new NetClientOptions()
                        .setTcpNoDelay(true)
                        .setTcpKeepAlive(true)
                        .setConnectTimeout((int) config.pause().toMillis())
                        .setHostnameVerificationAlgorithm("HTTPS"));
        if (server.password().length() > 0) {
            options.setPassword(server.password().reveal());
        }
        return options;
    }

    private static boolean isForgotten(Throwable failure) {
        String message = failure.getMessage();
        return message != null && message.startsWith("NOSCRIPT");
    }

    private static Request request(Command command, String script, List<String> arguments) {
        Request request = Request.cmd(command).arg(script);
        arguments.forEach(request::arg);
        return request;
    }
}
