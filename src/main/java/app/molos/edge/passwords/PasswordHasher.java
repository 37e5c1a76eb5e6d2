package app.molos.edge.passwords;

import app.molos.edge.web.HttpError;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.security.SecureRandom;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Hashes and judges passwords. Each hash takes 32 MiB and a core for about a tenth of a second, so a few threads of
 * their own do it and only so many may wait; the rest is told to come back.
 */
public final class PasswordHasher implements AutoCloseable {
    private static final int RETRY_AFTER_SECONDS = 2;

    private final Vertx vertx;
    private final SecureRandom random;
    private final int cost;
    private final ThreadPoolExecutor pool;
    private final PasswordPolicy policy = new PasswordPolicy();

    public PasswordHasher(Vertx vertx, SecureRandom random, PasswordConfig config) {
        this.vertx = vertx;
        this.random = random;
        this.cost = config.cost();
        AtomicInteger number = new AtomicInteger();
        this.pool = new ThreadPoolExecutor(
                config.threads(),
                config.threads(),
                0,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(config.queue()),
                task -> {
                    Thread thread = new Thread(task, "edge-hash-" + number.incrementAndGet());
                    thread.setDaemon(true);
                    return thread;
                });
    }

    /**
     * The hash to store of a password that its owner chose.
     *
     * @param owner what others may guess from: name and e-mail address
     * @return fails with 400 when the password is too easy to guess, with 503 when too many wait
     */
    public Future<String> hashChosen(String password, String... owner) {
        return run(() -> {
            policy.refuseWeak(password, owner);
            return hashNow(password);
        });
    }

    /** The hash to store; fails with 503 when too many wait. */
    public Future<String> hash(String password) {
        return run(() -> hashNow(password));
    }

    /** Whether the password belongs to a stored hash; a hash of another form matches nothing. */
    public Future<Boolean> verify(String password, String stored) {
        return run(() -> {
            boolean isRight = Scrypt.matches(password, stored);
            if (!isRight) {
                // A hash from before the cost was raised is compared faster than nobody's: the rest of the time is
                // spent too.
                Scrypt.spendDifference(password, stored, cost);
            }
            return isRight;
        });
    }

    /** Takes as long as {@link #verify} and says no: an unknown user must not be told by the clock. */
    public Future<Boolean> verifyNobody(String password) {
        return verify(password, Scrypt.nobody(cost)).map(false);
    }

    /** Whether a stored hash should be replaced by a stronger one, now that its password is at hand. */
    public boolean isWeak(String stored) {
        return Scrypt.isWeaker(stored, cost);
    }

    /** Whether a text is a stored hash that can be verified here. */
    public static boolean isHash(String text) {
        return Scrypt.isUsable(text);
    }

    /** Whether another hash would be refused now. */
    public boolean isFull() {
        return pool.getQueue().remainingCapacity() == 0;
    }

    private String hashNow(String password) {
        byte[] salt = new byte[Scrypt.SALT_BYTES];
        random.nextBytes(salt);
        return Scrypt.hash(password, salt, cost);
    }

    private <T> Future<T> run(Callable<T> work) {
        Context context = vertx.getOrCreateContext();
        Promise<T> promise = Promise.promise();
        try {
            pool.execute(() -> {
                try {
                    T result = work.call();
                    context.runOnContext(v -> promise.complete(result));
                } catch (Exception | OutOfMemoryError e) {
                    context.runOnContext(v -> promise.fail(e));
                }
            });
        } catch (RejectedExecutionException e) {
            return Future.failedFuture(HttpError.unavailable(
                    "TOO_BUSY",
                    "Too many people are signing in right now. Try again in a moment.",
                    RETRY_AFTER_SECONDS,
                    null));
        }
        return promise.future();
    }

    @Override
    public void close() {
        pool.shutdownNow();
    }
}
