package app.molos.edge.session;

import app.molos.edge.db.Database;
import app.molos.edge.db.Sql;
import app.molos.edge.users.Ids;
import app.molos.edge.users.Timestamps;
import app.molos.edge.users.UserRecord;
import app.molos.edge.web.HttpError;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Rules of sessions: making, finding, extending and ending them. One per process, as its {@link SessionCache} is. */
public final class SessionService {
    private static final Logger LOG = LoggerFactory.getLogger(SessionService.class);
    private static final int SWEEP_BATCH = 500;

    private record Opened(SignedIn signedIn, int ended) {}

    private final Database database;
    private final SessionStore store;
    private final SessionConfig config;
    private final Ids ids;
    private final Clock clock;
    private final SessionCache cache;

    public SessionService(Database database, SessionStore store, SessionConfig config, Ids ids, Clock clock) {
        this.database = database;
        this.store = store;
        this.config = config;
        this.ids = ids;
        this.clock = clock;
        this.cache = new SessionCache(config, this::ask);
    }

    /**
     * Runs the work in a transaction that ends by giving the user it returns a new session; of too many, the oldest
     * ends.
     *
     * @param work makes or finds the user; its failure is this future's and nothing is stored
     */
    public Future<SignedIn> open(Function<Sql, Future<UserRecord>> work, boolean isRemembered, Client client) {
        String token = ids.next();
        return database.inTransaction(sql -> work.apply(sql).compose(user -> {
                    SessionRecord session = fresh(user.id(), isRemembered, client);
                    return store.deleteOldest(sql, user.id(), config.maxPerUser() - 1)
                            .compose(ended ->
                                    store.insert(sql, session, hash(token)).map(ended))
                            .map(ended -> new Opened(new SignedIn(token, session, user), ended));
                }))
                .map(opened -> {
                    if (opened.ended() > 0) {
                        forgetUser(opened.signedIn().user().id());
                    }
                    return opened.signedIn();
                });
    }

    /**
     * Runs the work in a transaction that begins by asking whether who does it still may: with a live session, not
     * banned, and an administrator where that is needed. Takes the owner row's lock first for administrators (the
     * user's own row where there is no owner, and for everybody else), so that the answer holds until the work is done.
     *
     * <p>Every write on somebody's behalf goes through here. Fails with {@link Actor#ENDED}, or the actor's refusal.
     */
    public <T> Future<T> acting(Actor actor, Function<Sql, Future<T>> work) {
        return database.inTransaction(sql -> confirm(sql, actor).compose(v -> work.apply(sql)));
    }

    private Future<Void> confirm(Sql sql, Actor actor) {
        SignedIn signedIn = actor.signedIn();
        if (signedIn == null) {
            return Future.succeededFuture();
        }
        Future<Boolean> owned = actor.isOwnerLocked() ? store.lockOwner(sql) : Future.succeededFuture(false);
        return owned.compose(isLocked -> isLocked
                        ? Future.succeededFuture()
                        : store.lockUser(sql, signedIn.user().id()))
                .compose(v -> store.findById(sql, signedIn.session().id()))
                .compose(found -> {
                    Instant now = clock.instant();
                    boolean isLive = found.isPresent()
                            && found.get().session().isLiveAt(now)
                            && !found.get().user().isBannedAt(now);
                    HttpError noAdmin = actor.noAdmin();
                    if (isLive && (noAdmin == null || found.get().user().isAdmin())) {
                        return Future.<Void>succeededFuture();
                    }
                    // The snapshot that let the request in is not true any more.
                    forgetUser(signedIn.user().id());
                    return Future.failedFuture(isLive ? noAdmin : Actor.ENDED);
                });
    }

    /** Another session in place of this one, and of all others, for who changed their password. */
    public Future<SignedIn> renew(SignedIn signedIn, Client client) {
        String token = ids.next();
        SessionRecord session = fresh(signedIn.user().id(), signedIn.session().isRemembered(), client);
        return acting(
                        Actor.self(signedIn),
                        sql -> store.insert(sql, session, hash(token))
                                .compose(
                                        v -> store.deleteOf(sql, signedIn.user().id(), session.id())))
                .onComplete(done -> forgetUser(signedIn.user().id()))
                .map(ended -> new SignedIn(token, session, signedIn.user()));
    }

    /**
     * A session in which an admin is somebody else for a while: never remembered, never extended.
     *
     * @param target finds whom; its failure is this future's
     */
    public Future<SignedIn> impersonate(
            Actor actor, Function<Sql, Future<UserRecord>> target, String adminId, Client client) {
        String token = ids.next();
        Instant now = Instant.ofEpochMilli(clock.millis());
        Instant end = now.plus(config.lifetimes().impersonation());
        return acting(
                actor,
                sql -> target.apply(sql).compose(user -> {
                    SessionRecord session = new SessionRecord(
                            ids.next(), user.id(), false, end, end, client, adminId, Timestamps.at(now));
                    return store.insert(sql, session, hash(token)).map(v -> new SignedIn(token, session, user));
                }));
    }

    /** The live session of a token; at most {@code cacheAge} stale. Fails when the database does not answer. */
    public Future<Optional<SignedIn>> find(String token) {
        return cache.find(token).map(found -> live(token, found));
    }

    /**
     * Returns the cached session of a token if using it needs neither a query nor a write; null when unknown: callers
     * use {@link #find}.
     */
    @Nullable
    SignedIn known(String token) {
        SignedIn signedIn = cache.known(token);
        if (signedIn == null) {
            return null;
        }
        Instant now = clock.instant();
        return isAdmitted(signedIn, now) && !isExtensionDue(signedIn.session(), now) ? signedIn : null;
    }

    /** The users of those of the sessions, by their ids, that live; looked up, not remembered. */
    public Future<Map<String, UserRecord>> usersOf(Set<String> sessionIds) {
        List<String> ids = List.copyOf(sessionIds);
        List<Future<List<SessionStore.Found>>> parts = new ArrayList<>();
        for (int from = 0; from < ids.size(); from += SessionStore.MAX_ASKED) {
            parts.add(store.findAll(ids.subList(from, Math.min(ids.size(), from + SessionStore.MAX_ASKED))));
        }
        return Future.all(parts).map(all -> {
            Instant now = clock.instant();
            Map<String, UserRecord> users = new HashMap<>();
            parts.forEach(part -> part.result().stream()
                    .filter(found ->
                            found.session().isLiveAt(now) && !found.user().isBannedAt(now))
                    .forEach(found -> users.put(found.session().id(), found.user())));
            return users;
        });
    }

    /** The session after a use: with its sliding end moved (and stored) when that is due, else as it was. */
    public Future<Optional<SignedIn>> extendIfDue(SignedIn signedIn) {
        SessionRecord session = signedIn.session();
        Instant now = clock.instant();
        if (!isExtensionDue(session, now)) {
            return Future.succeededFuture(Optional.of(signedIn));
        }
        Instant idleEnd = now.plus(config.lifetimes().idle());
        SessionRecord extended = session.extended(idleEnd.isBefore(session.endsAt()) ? idleEnd : session.endsAt(), now);
        return store.extend(session.id(), extended.expiresAt(), now).map(isThere -> {
            cache.forget(signedIn.token());
            return isThere ? Optional.of(new SignedIn(signedIn.token(), extended, signedIn.user())) : Optional.empty();
        });
    }

    private boolean isExtensionDue(SessionRecord session, Instant now) {
        return session.isRemembered()
                && session.impersonatedBy() == null
                && !session.updatedAt().plus(config.lifetimes().refreshAfter()).isAfter(now);
    }

    /** Ends the session of a token, at once in this process. */
    public Future<Void> end(String token) {
        return store.delete(hash(token)).onComplete(done -> cache.forget(token));
    }

    /** Lists the sessions of a user that live. */
    public Future<List<SessionRecord>> list(String userId) {
        return store.list(userId, clock.instant());
    }

    /**
     * Ends one session by its handle (or its very token); another user's is left alone, unless {@code userId} is null.
     */
    public Future<Void> endOne(Actor actor, @Nullable String userId, String handle) {
        return acting(actor, sql -> store.deleteOne(sql, userId, handle, hash(handle)))
                .map(owner -> {
                    owner.ifPresent(this::forgetUser);
                    return null;
                });
    }

    /** Ends all sessions of a user but one, if that is named. */
    public Future<Void> endAll(Actor actor, String userId, @Nullable String exceptId) {
        return endingAll(actor, userId, exceptId, sql -> Future.succeededFuture());
    }

    /**
     * Runs the work and ends the user's sessions in one transaction: a password that was changed while the sessions it
     * had opened live on would be no change.
     */
    public <T> Future<T> endingAll(
            Actor actor, String userId, @Nullable String exceptId, Function<Sql, Future<T>> work) {
        return acting(
                        actor,
                        sql -> work.apply(sql)
                                .compose(result ->
                                        store.deleteOf(sql, userId, exceptId).map(result)))
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
        return session.createdAt().plus(config.lifetimes().fresh()).isAfter(clock.instant());
    }

    /** Makes this process look the user's sessions up again: their snapshots are not true any more. */
    public void forgetUser(String userId) {
        cache.forgetUser(userId);
    }

    /** Max-Age of the session's cookie; below 0 when it shall last as long as the browser. */
    public long maxAgeSeconds(SessionRecord session) {
        if (!session.isRemembered()) {
            return -1;
        }
        // Rounded up: a session made a moment ago still has its full life on the wire.
        return Math.max(
                0, (Duration.between(clock.instant(), session.expiresAt()).toMillis() + 999) / 1000);
    }

    private Future<Optional<SignedIn>> ask(String token) {
        return store.find(hash(token)).map(found -> found.map(f -> new SignedIn(token, f.session(), f.user())));
    }

    private Optional<SignedIn> live(String token, Optional<SignedIn> found) {
        if (found.isPresent() && !isAdmitted(found.get(), clock.instant())) {
            store.delete(hash(token)).onFailure(e -> LOG.warn("An expired session could not be deleted", e));
            cache.forget(token);
            return Optional.empty();
        }
        return found;
    }

    /** A ban that came while somebody was signing in holds as well: their session was not there to be ended. */
    private static boolean isAdmitted(SignedIn signedIn, Instant now) {
        return signedIn.session().isLiveAt(now) && !signedIn.user().isBannedAt(now);
    }

    private SessionRecord fresh(String userId, boolean isRemembered, Client client) {
        Instant now = Instant.ofEpochMilli(clock.millis());
        return new SessionRecord(
                ids.next(),
                userId,
                isRemembered,
                now.plus(min(
                        isRemembered
                                ? config.lifetimes().idle()
                                : config.lifetimes().unremembered(),
                        config.lifetimes().absolute())),
                now.plus(config.lifetimes().absolute()),
                client,
                null,
                Timestamps.at(now));
    }

    private static Duration min(Duration a, Duration b) {
        return a.compareTo(b) < 0 ? a : b;
    }

    /** Looks a token up in the database. */
    public static String hash(String token) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
