package app.molos.edge.session;

import app.molos.edge.db.Database;
import app.molos.edge.db.Sql;
import app.molos.edge.users.Ids;
import app.molos.edge.users.UserRecord;
import com.github.benmanes.caffeine.cache.AsyncCache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Rules of sessions: making, finding, extending and ending them. One per process: its cache is what lets an authenticated
 * request go without a query.
 */
public final class SessionService {
    private static final Logger LOG = LoggerFactory.getLogger(SessionService.class);
    private static final int MAX_USER_AGENT = 512;

    /**
     * What a lookup said and when it was begun: an answer is as old as its question. A failure is an answer too, so that the
     * cache does not log each; it is not kept.
     */
    private record Answer(Optional<SignedIn> signedIn, long askedAtNanos, @Nullable Throwable failure) {}

    private final Database database;
    private final SessionStore store;
    private final SessionConfig config;
    private final Ids ids;
    private final Clock clock;
    private final AsyncCache<String, Answer> cache;

    public SessionService(Database database, SessionStore store, SessionConfig config, Ids ids, Clock clock) {
        this.database = database;
        this.store = store;
        this.config = config;
        this.ids = ids;
        this.clock = clock;
        this.cache = Caffeine.newBuilder()
                .maximumSize(config.cacheSize())
                .expireAfterWrite(config.cacheAge())
                .executor(Runnable::run)
                .buildAsync();
    }

    /**
     * Runs the work in a transaction that ends by giving the user it returns a new session.
     *
     * @param work makes or finds the user; its failure is this future's and nothing is stored
     */
    public Future<SignedIn> open(Function<Sql, Future<UserRecord>> work, boolean isRemembered, String ip, String userAgent) {
        String token = ids.next();
        return database.inTransaction(sql -> work.apply(sql).compose(user -> {
            SessionRecord session = fresh(user, isRemembered, ip, userAgent);
            return store.insert(sql, session, hash(token)).map(v -> new SignedIn(token, session, user));
        }));
    }

    /** The live session of a token; at most {@code cacheAge} stale. Fails when the database does not answer. */
    public Future<Optional<SignedIn>> find(String token) {
        return find(token, true);
    }

    /** Joining a slow lookup may give an answer that is already too old; then it is asked once more, by us. */
    private Future<Optional<SignedIn>> find(String token, boolean mayAskAgain) {
        CompletableFuture<Answer> present = cache.getIfPresent(token);
        if (present != null && present.isDone()) {
            Answer answer = present.join();
            if (answer.failure() == null && isYoung(answer)) {
                return Future.succeededFuture(live(token, answer));
            }
            cache.asMap().remove(token, present);
        }
        CompletableFuture<Answer> asked = cache.get(token, (key, executor) -> ask(key));
        Future<Answer> answer = Vertx.currentContext() == null
                ? Future.fromCompletionStage(asked)
                : Future.fromCompletionStage(asked, Vertx.currentContext());
        return answer.compose(a -> {
            if (a.failure() != null) {
                cache.asMap().remove(token, asked);
                return Future.failedFuture(a.failure());
            }
            if (asked == present && mayAskAgain && !isYoung(a)) {
                cache.asMap().remove(token, asked);
                return find(token, false);
            }
            return Future.succeededFuture(live(token, a));
        });
    }

    /** The session after a use: with its sliding end moved (and stored) when that is due, else as it was. */
    public Future<Optional<SignedIn>> extendIfDue(SignedIn signedIn) {
        SessionRecord session = signedIn.session();
        Instant now = clock.instant();
        if (!session.isRemembered()
                || session.impersonatedBy() != null
                || session.updatedAt().plus(config.refreshAfter()).isAfter(now)) {
            return Future.succeededFuture(Optional.of(signedIn));
        }
        Instant idleEnd = now.plus(config.idle());
        SessionRecord extended = session.extended(idleEnd.isBefore(session.endsAt()) ? idleEnd : session.endsAt(), now);
        return store.extend(session.id(), extended.expiresAt(), now).map(isThere -> {
            forget(signedIn.token());
            return isThere ? Optional.of(new SignedIn(signedIn.token(), extended, signedIn.user())) : Optional.empty();
        });
    }

    /** Ends the session of a token, at once in this process. */
    public Future<Void> end(String token) {
        return store.delete(hash(token)).onComplete(done -> forget(token));
    }

    /** Max-Age of the session's cookie; below 0 when it shall last as long as the browser. */
    public long maxAgeSeconds(SessionRecord session) {
        if (!session.isRemembered()) {
            return -1;
        }
        // Rounded up: a session made a moment ago still has its full life on the wire.
        return Math.max(0, (Duration.between(clock.instant(), session.expiresAt()).toMillis() + 999) / 1000);
    }

    private boolean isYoung(Answer answer) {
        return System.nanoTime() - answer.askedAtNanos() <= config.cacheAge().toNanos();
    }

    private CompletableFuture<Answer> ask(String token) {
        long askedAt = System.nanoTime();
        return store.find(hash(token))
                .map(found -> new Answer(found.map(f -> new SignedIn(token, f.session(), f.user())), askedAt, null))
                .otherwise(failure -> new Answer(Optional.empty(), askedAt, failure))
                .toCompletionStage()
                .toCompletableFuture();
    }

    private Optional<SignedIn> live(String token, Answer answer) {
        if (answer.signedIn().isPresent() && !answer.signedIn().get().session().isLiveAt(clock.instant())) {
            store.delete(hash(token)).onFailure(e -> LOG.warn("An expired session could not be deleted", e));
            forget(token);
            return Optional.empty();
        }
        return answer.signedIn();
    }

    /** Removing the entry also makes a lookup that is still under way end without being kept. */
    private void forget(String token) {
        cache.asMap().remove(token);
    }

    private SessionRecord fresh(UserRecord user, boolean isRemembered, String ip, String userAgent) {
        Instant now = Instant.ofEpochMilli(clock.millis());
        String agent = userAgent.length() > MAX_USER_AGENT ? userAgent.substring(0, MAX_USER_AGENT) : userAgent;
        return new SessionRecord(
                ids.next(),
                user.id(),
                isRemembered,
                now.plus(min(isRemembered ? config.idle() : config.unremembered(), config.absolute())),
                now.plus(config.absolute()),
                ip,
                agent,
                null,
                now,
                now);
    }

    private static Duration min(Duration a, Duration b) {
        return a.compareTo(b) < 0 ? a : b;
    }

    private static String hash(String token) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
