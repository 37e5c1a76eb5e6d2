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
import java.util.List;
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
    private static final int SWEEP_BATCH = 500;

    private record Opened(SignedIn signedIn, int ended) {}

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
     * Runs the work in a transaction that ends by giving the user it returns a new session; of too many, the oldest ends.
     *
     * @param work makes or finds the user; its failure is this future's and nothing is stored
     */
    public Future<SignedIn> open(Function<Sql, Future<UserRecord>> work, boolean isRemembered, Client client) {
        String token = ids.next();
        return database.inTransaction(sql -> work.apply(sql).compose(user -> {
                    SessionRecord session = fresh(user.id(), isRemembered, client);
                    return store.deleteOldest(sql, user.id(), config.maxPerUser() - 1)
                            .compose(ended -> store.insert(sql, session, hash(token)).map(ended))
                            .map(ended -> new Opened(new SignedIn(token, session, user), ended));
                }))
                .map(opened -> {
                    if (opened.ended() > 0) {
                        forgetUser(opened.signedIn().user().id());
                    }
                    return opened.signedIn();
                });
    }

    /** A session in which an admin is somebody else for a while: never remembered, never extended. */
    public Future<SignedIn> impersonate(UserRecord target, String adminId, Client client) {
        String token = ids.next();
        Instant now = Instant.ofEpochMilli(clock.millis());
        Instant end = now.plus(config.impersonation());
        SessionRecord session = new SessionRecord(
                ids.next(), target.id(), false, end, end, client.address(), client.agent(), adminId, now, now);
        return database.inTransaction(sql -> store.insert(sql, session, hash(token)))
                .map(v -> new SignedIn(token, session, target));
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

    /** What a user sees of their sessions: those that live. */
    public Future<List<SessionRecord>> list(String userId) {
        return store.list(userId, clock.instant());
    }

    /** Ends one session by its handle (or its very token); another user's is left alone, unless {@code userId} is null. */
    public Future<Void> endOne(@Nullable String userId, String handle) {
        return store.deleteOne(userId, handle, hash(handle)).map(owner -> {
            owner.ifPresent(this::forgetUser);
            return null;
        });
    }

    /** Ends all sessions of a user but one, if that is named. */
    public Future<Void> endAll(String userId, @Nullable String exceptId) {
        return endingAll(userId, exceptId, sql -> Future.succeededFuture());
    }

    /**
     * Runs the work and ends the user's sessions in one transaction: a password that was changed while the sessions it had
     * opened live on would be no change.
     */
    public <T> Future<T> endingAll(String userId, @Nullable String exceptId, Function<Sql, Future<T>> work) {
        return database.inTransaction(sql -> work.apply(sql)
                        .compose(result -> store.deleteOf(sql, userId, exceptId).map(result)))
                .onComplete(done -> forgetUser(userId));
    }

    String newDevice() {
        return ids.next();
    }

    /** Ends every session in which this user, who is no admin any more, is somebody else; see {@link #forgetUser}. */
    public Future<Void> endImpersonations(Sql sql, String adminId) {
        return store.deleteImpersonations(sql, adminId);
    }

    /** Removes what ended; a bounded batch at a time, so that nobody waits behind it. */
    public Future<Void> sweep() {
        return store.sweep(clock.instant(), SWEEP_BATCH)
                .compose(count -> count < SWEEP_BATCH ? Future.succeededFuture() : sweep());
    }

    /** Whether the session was opened so short a while ago that its owner need not show the password again. */
    public boolean isFresh(SessionRecord session) {
        return session.createdAt().plus(config.fresh()).isAfter(clock.instant());
    }

    /** Makes this process look the user's sessions up again: their snapshots are not true any more. */
    public void forgetUser(String userId) {
        // A lookup under way may have read before the change; it is not kept either.
        cache.asMap().values().removeIf(answer -> !answer.isDone()
                || answer.join().signedIn()
                        .filter(s -> s.user().id().equals(userId) || userId.equals(s.session().impersonatedBy()))
                        .isPresent());
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
        if (answer.signedIn().isPresent() && !isAdmitted(answer.signedIn().get(), clock.instant())) {
            store.delete(hash(token)).onFailure(e -> LOG.warn("An expired session could not be deleted", e));
            forget(token);
            return Optional.empty();
        }
        return answer.signedIn();
    }

    /** A ban that came while somebody was signing in holds as well: their session was not there to be ended. */
    private static boolean isAdmitted(SignedIn signedIn, Instant now) {
        return signedIn.session().isLiveAt(now) && !signedIn.user().isBannedAt(now);
    }

    /** Removing the entry also makes a lookup that is still under way end without being kept. */
    private void forget(String token) {
        cache.asMap().remove(token);
    }

    private SessionRecord fresh(String userId, boolean isRemembered, Client client) {
        Instant now = Instant.ofEpochMilli(clock.millis());
        return new SessionRecord(
                ids.next(),
                userId,
                isRemembered,
                now.plus(min(isRemembered ? config.idle() : config.unremembered(), config.absolute())),
                now.plus(config.absolute()),
                client.address(),
                client.agent(),
                null,
                now,
                now);
    }

    private static Duration min(Duration a, Duration b) {
        return a.compareTo(b) < 0 ? a : b;
    }

    /** What is stored of a token. */
    public static String hash(String token) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
