package app.molos.edge.cluster;

import io.vertx.core.Future;
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
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way to Redis, for questions that are better not answered than late. One that has no answer within the deadline, or
 * an unusable one, makes Redis count as away: all that is asked then fails at once, until a try of our own, after a
 * pause, was answered. One connection an event loop, on which questions follow one another without waiting. One per
 * process; thread-safe.
 */
public final class RedisLink {
    private static final Logger LOG = LoggerFactory.getLogger(RedisLink.class);
    /** Questions on one connection that have no answer yet; one more counts as no answer. */
    private static final int MOST_WAITING = 4096;

    /** More than there are event loops. */
    private static final int MOST_CONNECTIONS = 1024;

    private static final IllegalStateException AWAY = new IllegalStateException("Redis is away");

    /** A client and its connections, from a try that succeeded until the first question without an answer. */
    private static final class Life {
        private final Redis client;
        private final ConcurrentHashMap<Thread, Future<RedisConnection>> connections = new ConcurrentHashMap<>();

        private Life(Redis client) {
            this.client = client;
        }

        private Future<RedisConnection> connection() {
            Thread loop = Thread.currentThread();
            Future<RedisConnection> mine = connections.get(loop);
            return mine != null ? mine : connections.computeIfAbsent(loop, l -> client.connect());
        }
    }

    private final Vertx vertx;
    private final RedisConfig config;
    private final RedisConfig.Server server;
    private final AtomicBoolean isTrying = new AtomicBoolean();
    private volatile @Nullable Life life;
    private volatile boolean isClosed;

    public RedisLink(Vertx vertx, RedisConfig config, RedisConfig.Server server) {
        this.vertx = vertx;
        this.config = config;
        this.server = server;
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

    /**
     * Runs a script; for event loops.
     *
     * @param arguments how many keys, the keys, the rest
     */
    public Future<Response> run(RedisScript script, List<String> arguments) {
        return send(request(Command.EVALSHA, script.digest(), arguments))
                // A Redis that was restarted has forgotten what it had seen.
                .recover(failure -> isForgotten(failure)
                        ? send(request(Command.EVAL, script.text(), arguments))
                        : Future.failedFuture(failure));
    }

    /** Sends one command; for event loops. */
    public Future<Response> send(Request request) {
        Life current = life;
        if (current == null) {
            return Future.failedFuture(AWAY);
        }
        Future<RedisConnection> connection = current.connection();
        Future<Response> answer = connection.succeeded()
                ? connection.result().send(request)
                : connection.compose(opened -> opened.send(request));
        return answer.timeout(config.deadline().toMillis(), TimeUnit.MILLISECONDS)
                .onFailure(failure -> {
                    if (!isForgotten(failure)) {
                        lose(current, failure);
                    }
                });
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

    private Future<Void> attempt() {
        if (isClosed || !isTrying.compareAndSet(false, true)) {
            return Future.succeededFuture();
        }
        Redis client = Redis.createClient(vertx, options());
        return client.connect()
                .compose(
                        connection -> connection.send(Request.cmd(Command.PING)).compose(v -> connection.close()))
                // It has time until the next try: a handshake is more than a question.
                .timeout(config.pause().toMillis(), TimeUnit.MILLISECONDS)
                .<Void>mapEmpty()
                .onSuccess(v -> begin(client))
                .onFailure(e -> end(client))
                .onComplete(v -> isTrying.set(false));
    }

    private synchronized void begin(Redis client) {
        if (isClosed) {
            end(client);
            return;
        }
        life = new Life(client);
        LOG.info("Redis at {} answers: limits are shared", server.shown());
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
        Duration connecting = config.pause();
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
                        .setConnectTimeout((int) connecting.toMillis())
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
