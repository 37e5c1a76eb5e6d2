package app.molos.edge.auth;

import app.molos.edge.passwords.PasswordHasher;
import app.molos.edge.passwords.PasswordPolicy;
import app.molos.edge.ratelimit.GuessDelay;
import app.molos.edge.ratelimit.SignInThrottle;
import app.molos.edge.session.Client;
import app.molos.edge.web.HttpError;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The one place where a password is compared, so that every place where one can be guessed costs the same: signing in,
 * changing it, deleting the account. One per process. Thread-safe.
 */
public final class PasswordVerifier {
    /** Attempts that are held back for a moment at the same time; more are told to come back. */
    private static final int MAX_HELD = 1000;

    private static final int HELD_RETRY_SECONDS = 30;

    private final Vertx vertx;
    private final SignInThrottle throttle;
    private final PasswordHasher hasher;
    private final AtomicInteger held = new AtomicInteger();

    public PasswordVerifier(Vertx vertx, SignInThrottle throttle, PasswordHasher hasher) {
        this.vertx = vertx;
        this.throttle = throttle;
        this.hasher = hasher;
    }

    /** Asked first: fails with 429 when this account and network must wait, and takes its time when strangers must. */
    Future<Void> admit(String email, Client client, @Nullable String device) {
        GuessDelay.Decision decision = throttle.check(email, client.address(), device);
        if (decision.isRefused()) {
            return Future.failedFuture(HttpError.tooMany(decision.refusedSeconds()));
        }
        if (decision.delayMillis() == 0) {
            return Future.succeededFuture();
        }
        if (held.incrementAndGet() > MAX_HELD) {
            held.decrementAndGet();
            return Future.failedFuture(HttpError.tooMany(HELD_RETRY_SECONDS));
        }
        Promise<Void> waited = Promise.promise();
        vertx.setTimer(decision.delayMillis(), t -> {
            held.decrementAndGet();
            waited.complete();
        });
        return waited.future();
    }

    /**
     * Whether the password is right; counts the outcome. Without a hash (no such user, no password of their own) it
     * says no after the time that a comparison takes.
     */
    Future<Boolean> matches(
            String email, Client client, @Nullable String device, String password, @Nullable String hash) {
        boolean isTooLong = password.length() > PasswordPolicy.MAX_LENGTH;
        Future<Boolean> compared = hash == null || isTooLong
                ? hasher.verifyNobody(isTooLong ? "" : password)
                : hasher.verify(password, hash);
        return compared.onSuccess(isRight -> {
            if (isRight) {
                throttle.succeeded(email, client.address(), device);
            } else {
                throttle.failed(email, client.address(), device);
            }
        });
    }
}
