package app.molos.edge.session;

import com.github.benmanes.caffeine.cache.AsyncCache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Caches look-ups of sessions for a moment: it lets an authenticated request go without a query, and many requests at
 * once with one. An answer is as old as its question. Thread-safe.
 */
final class SessionCache {
    /** A failure is an answer too, so that the cache does not log each; it is not kept. */
    private record Answer(
            Optional<SignedIn> signedIn,
            long askedAtNanos,
            @Nullable Throwable failure) {}

    private final long ageNanos;
    private final Function<String, Future<Optional<SignedIn>>> lookup;
    private final AsyncCache<String, Answer> answers;

    /** @param lookup the stored session of a token */
    SessionCache(SessionConfig config, Function<String, Future<Optional<SignedIn>>> lookup) {
        this.ageNanos = config.cache().age().toNanos();
        this.lookup = lookup;
        this.answers = Caffeine.newBuilder()
                .maximumSize(config.cache().size())
                .expireAfterWrite(config.cache().age())
                .executor(Runnable::run)
                .buildAsync();
    }

    /** Returns the cached session of a token; null when unknown: callers fall back to {@link #find}. */
    @Nullable
    SignedIn known(String token) {
        CompletableFuture<Answer> present = answers.getIfPresent(token);
        Answer answer = present == null || !present.isDone() ? null : present.join();
        return answer != null && answer.failure() == null && isYoung(answer)
                ? answer.signedIn().orElse(null)
                : null;
    }

    /** Returns the session of a token as it was stored at most {@code cacheAge} ago. Fails as the look-up does. */
    Future<Optional<SignedIn>> find(String token) {
        return find(token, true);
    }

    /** Joining a slow lookup may give an answer that is already too old; then it is asked once more, by us. */
    private Future<Optional<SignedIn>> find(String token, boolean mayAskAgain) {
        CompletableFuture<Answer> present = answers.getIfPresent(token);
        if (present != null && present.isDone()) {
            Answer answer = present.join();
            if (answer.failure() == null && isYoung(answer)) {
                return Future.succeededFuture(answer.signedIn());
            }
            answers.asMap().remove(token, present);
        }
        CompletableFuture<Answer> asked = answers.get(token, (key, executor) -> ask(key));
        Future<Answer> answer = Vertx.currentContext() == null
                ? Future.fromCompletionStage(asked)
                : Future.fromCompletionStage(asked, Vertx.currentContext());
        return answer.compose(a -> {
            if (a.failure() != null) {
                answers.asMap().remove(token, asked);
                return Future.failedFuture(a.failure());
            }
            if (asked == present && mayAskAgain && !isYoung(a)) {
                answers.asMap().remove(token, asked);
                return find(token, false);
            }
            return Future.succeededFuture(a.signedIn());
        });
    }

    /** Makes the next request look again. A lookup that is still under way is not kept either. */
    void forget(String token) {
        answers.asMap().remove(token);
    }

    /** The same for all sessions of a user, and those in which they are somebody else. */
    void forgetUser(String userId) {
        // A lookup under way may have read before the change; it is not kept either.
        answers.asMap()
                .values()
                .removeIf(answer -> !answer.isDone()
                        || answer.join()
                                .signedIn()
                                .filter(s -> s.user().id().equals(userId)
                                        || userId.equals(s.session().impersonatedBy()))
                                .isPresent());
    }

    private boolean isYoung(Answer answer) {
        return System.nanoTime() - answer.askedAtNanos() <= ageNanos;
    }

    private CompletableFuture<Answer> ask(String token) {
        long askedAt = System.nanoTime();
        return lookup.apply(token)
                .map(found -> new Answer(found, askedAt, null))
                .otherwise(failure -> new Answer(Optional.empty(), askedAt, failure))
                .toCompletionStage()
                .toCompletableFuture();
    }
}
