package app.molos.edge.auth;

import app.molos.edge.web.HttpError;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.text.Normalizer;
import java.util.HexFormat;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.bouncycastle.crypto.generators.SCrypt;

/**
 * scrypt as the wire stores it: {@code <32 hex salt>:<128 hex key>}. Each hash takes 32 MiB and a core for about a tenth of
 * a second, so a few threads of their own do it and only so many may wait; the rest is told to come back.
 */
public final class PasswordHasher implements AutoCloseable {
    private static final int COST = 16_384;
    private static final int BLOCK_SIZE = 16;
    private static final int PARALLELISM = 1;
    private static final int KEY_BYTES = 64;
    private static final int SALT_BYTES = 16;
    private static final int RETRY_AFTER_SECONDS = 2;

    private final Vertx vertx;
    private final SecureRandom random;
    private final ThreadPoolExecutor pool;
    private final String dummy;

    public PasswordHasher(Vertx vertx, SecureRandom random, int threads, int queue) {
        this.vertx = vertx;
        this.random = random;
        AtomicInteger number = new AtomicInteger();
        this.pool = new ThreadPoolExecutor(
                threads, threads, 0, TimeUnit.SECONDS, new ArrayBlockingQueue<>(queue), task -> {
                    Thread thread = new Thread(task, "edge-hash-" + number.incrementAndGet());
                    thread.setDaemon(true);
                    return thread;
                });
        this.dummy = "0".repeat(SALT_BYTES * 2) + ":" + "0".repeat(KEY_BYTES * 2);
    }

    /** The hash to store; fails with 503 when too many wait. */
    public Future<String> hash(String password) {
        byte[] salt = new byte[SALT_BYTES];
        random.nextBytes(salt);
        String saltHex = HexFormat.of().formatHex(salt);
        return run(() -> saltHex + ":" + HexFormat.of().formatHex(derive(password, saltHex)));
    }

    /** Whether the password belongs to a stored hash; a hash of another form matches nothing. */
    public Future<Boolean> verify(String password, String stored) {
        return run(() -> matches(password, stored));
    }

    /** Takes as long as {@link #verify} and says no: an unknown user must not be told by the clock. */
    public Future<Boolean> verifyNobody(String password) {
        return verify(password, dummy).map(false);
    }

    /** Whether another hash would be refused now. */
    public boolean isFull() {
        return pool.getQueue().remainingCapacity() == 0;
    }

    static boolean matches(String password, String stored) {
        int colon = stored.indexOf(':');
        if (colon < 0) {
            return false;
        }
        try {
            byte[] key = HexFormat.of().parseHex(stored.substring(colon + 1));
            return MessageDigest.isEqual(key, derive(password, stored.substring(0, colon)));
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /** The salt goes in as its hex text, not as the bytes it stands for: that is how the wire's hashes were made. */
    private static byte[] derive(String password, String saltHex) {
        return SCrypt.generate(
                Normalizer.normalize(password, Normalizer.Form.NFKC).getBytes(StandardCharsets.UTF_8),
                saltHex.getBytes(StandardCharsets.US_ASCII),
                COST,
                BLOCK_SIZE,
                PARALLELISM,
                KEY_BYTES);
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
                    "TOO_BUSY", "Too many people are signing in right now. Try again in a moment.", RETRY_AFTER_SECONDS, null));
        }
        return promise.future();
    }

    @Override
    public void close() {
        pool.shutdownNow();
    }
}
