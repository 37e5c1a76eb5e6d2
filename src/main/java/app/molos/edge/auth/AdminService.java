package app.molos.edge.auth;

import app.molos.edge.db.Sql;
import app.molos.edge.db.UniqueViolation;
import app.molos.edge.passwords.PasswordHasher;
import app.molos.edge.passwords.PasswordPolicy;
import app.molos.edge.session.Actor;
import app.molos.edge.session.Client;
import app.molos.edge.session.SessionRecord;
import app.molos.edge.session.SessionService;
import app.molos.edge.session.SignedIn;
import app.molos.edge.users.EmailAddress;
import app.molos.edge.users.Ids;
import app.molos.edge.users.Timestamps;
import app.molos.edge.users.UserChange;
import app.molos.edge.users.UserQuery;
import app.molos.edge.users.UserRecord;
import app.molos.edge.users.UserStore;
import app.molos.edge.web.HttpError;
import io.vertx.core.Future;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Does what an admin - or the operator at the command line - may do to others' accounts. Whether they still may is
 * asked inside each transaction ({@link SessionService#acting}); here it is made sure that an admin is left, and that
 * what is taken away is gone at once.
 */
public final class AdminService {
    /** A user to make, already valid; without a password they cannot sign in until they get one. */
    public record NewUser(
            String name, String email, @Nullable String password, String role, UserChange more) {
        public NewUser withNormalizedEmail() {
            return new NewUser(name, EmailAddress.normalized(email), password, role, more);
        }
    }

    private static final HttpError IMPERSONATES_ADMIN =
            HttpError.of(403, "YOU_CANNOT_IMPERSONATE_ADMINS", "You cannot impersonate admins");
    private static final HttpError IMPERSONATES_BANNED =
            HttpError.of(403, "YOU_CANNOT_IMPERSONATE_BANNED_USERS", "You cannot impersonate somebody who is banned");
    private static final String NO_REASON = "No reason";

    private final UserStore users;
    private final SessionService sessions;
    private final VerificationStore verifications;
    private final PasswordHasher hasher;
    private final Ids ids;
    private final Clock clock;

    public AdminService(AccountParts parts) {
        this.users = parts.users();
        this.sessions = parts.sessions();
        this.verifications = parts.verifications();
        this.hasher = parts.hasher();
        this.ids = parts.ids();
        this.clock = parts.clock();
    }

    public Future<UserStore.Page> list(UserQuery query) {
        return users.list(query);
    }

    /** Fails with 404. */
    public Future<UserRecord> get(String userId) {
        return users.findById(userId).compose(AdminService::present);
    }

    /** By e-mail address or id. Fails with 404. */
    public Future<UserRecord> find(String emailOrId) {
        return users.findByEmail(EmailAddress.normalized(emailOrId))
                .compose(found -> found.isPresent() ? Future.succeededFuture(found) : users.findById(emailOrId))
                .compose(AdminService::present);
    }

    /** Fails with 400 when the address is taken or the password will not do. */
    public Future<UserRecord> create(Actor actor, NewUser request) {
        Future<Optional<String>> hash = request.password() == null
                ? Future.succeededFuture(Optional.empty())
                : chosen(request.password(), request.name(), request.email()).map(Optional::of);
        Instant now = now();
        UserRecord user = new UserRecord(
                ids.next(),
                request.name(),
                request.email(),
                false,
                null,
                request.role(),
                UserRecord.Ban.NONE,
                Timestamps.at(now));
        return hash.compose(h -> sessions.acting(
                        actor,
                        sql -> users.insert(sql, user)
                                .compose(v -> h.isEmpty()
                                        ? Future.<Void>succeededFuture()
                                        : users.insertCredential(sql, ids.next(), user, h.get()))
                                // An admin who is made before anybody signed up owns the installation: nobody else
                                // shall.
                                .compose(v -> user.isAdmin()
                                        ? users.claimOwnership(sql, user.id(), now)
                                                .mapEmpty()
                                        : Future.succeededFuture())
                                .compose(v -> request.more().isEmpty()
                                        ? Future.succeededFuture(user)
                                        : users.change(sql, user.id(), request.more(), now)
                                                .map(Optional::orElseThrow))))
                .recover(AdminService::taken);
    }

    /** The user after the change. Fails with 404, LAST_ADMIN, or as {@link #create}. */
    public Future<UserRecord> update(Actor actor, String userId, UserChange change) {
        return sessions.acting(
                        actor,
                        sql -> (change.touchesRoleOrBan()
                                        ? keepingAnAdmin(sql, userId, change)
                                        : users.change(sql, userId, change, now()))
                                .compose(AdminService::presentUser)
                                .compose(user -> followRole(sql, user)))
                .recover(AdminService::taken)
                .onComplete(done -> sessions.forgetUser(userId));
    }

    /** An admin owns the installation if nobody does; who is none any more is nobody else any more either. */
    private Future<UserRecord> followRole(Sql sql, UserRecord user) {
        return user.isAdmin()
                ? users.claimOwnership(sql, user.id(), now()).map(user)
                : sessions.endImpersonations(sql, user.id()).map(user);
    }

    /** Bans and ends all sessions. */
    public Future<UserRecord> ban(Actor actor, String userId, @Nullable String reason, @Nullable Duration life) {
        UserChange change = new UserChange()
                .ban(reason == null || reason.isEmpty() ? NO_REASON : reason, life == null ? null : now().plus(life));
        return endingAll(actor, userId, change);
    }

    /** As {@link #update}, and all sessions of the user end with it. */
    public Future<UserRecord> endingAll(Actor actor, String userId, UserChange change) {
        return sessions.endingAll(
                        actor,
                        userId,
                        null,
                        sql -> keepingAnAdmin(sql, userId, change).compose(AdminService::presentUser))
                .recover(AdminService::taken);
    }

    /**
     * Ends the user's sessions too, but one, if that is named. Fails with 404, or 400 when the password will not do.
     */
    public Future<Void> setPassword(Actor actor, String userId, @Nullable String exceptId, String password) {
        return get(userId)
                .compose(user -> chosen(password, user.name(), user.email()))
                .compose(hash -> sessions.endingAll(
                        actor,
                        userId,
                        exceptId,
                        sql -> users.setPassword(sql, ids.next(), userId, hash, now())
                                .compose(v -> verifications.dropAll(sql, userId))));
    }

    /** Fails with 404 and LAST_ADMIN. */
    public Future<Void> remove(Actor actor, String userId) {
        return sessions.acting(
                        actor,
                        sql -> LastAdmin.leave(
                                sql,
                                users,
                                userId,
                                now(),
                                () -> sessions.endImpersonations(sql, userId).compose(v -> users.delete(sql, userId))))
                .onComplete(done -> sessions.forgetUser(userId))
                .compose(wasThere ->
                        wasThere ? Future.succeededFuture() : Future.failedFuture(AuthErrors.USER_NOT_FOUND));
    }

    public Future<List<SessionRecord>> sessions(String userId) {
        return sessions.list(userId);
    }

    /** By its handle; what there is not has ended already. */
    public Future<Void> endSession(Actor actor, String handle) {
        return sessions.endOne(actor, null, handle);
    }

    public Future<Void> endSessions(Actor actor, String userId) {
        return sessions.endAll(actor, userId, null);
    }

    /** Fails with 404; nobody becomes an admin this way. */
    public Future<SignedIn> impersonate(Actor actor, String adminId, String userId, Client client) {
        return sessions.impersonate(
                actor,
                sql -> users.findById(sql, userId)
                        .compose(AdminService::presentUser)
                        .map(target -> {
                            if (target.isAdmin()) {
                                throw IMPERSONATES_ADMIN;
                            }
                            if (target.isBannedAt(now())) {
                                throw IMPERSONATES_BANNED;
                            }
                            return target;
                        }),
                adminId,
                client);
    }

    /** The hash of a password that somebody chose for this user. */
    private Future<String> chosen(String password, String... owner) {
        try {
            PasswordPolicy.refuseLength(password);
        } catch (HttpError e) {
            return Future.failedFuture(e);
        }
        return hasher.hashChosen(password, owner);
    }

    /** Changes, and takes the change back if it left nobody who can administer. */
    private Future<Optional<UserRecord>> keepingAnAdmin(Sql sql, String userId, UserChange change) {
        return LastAdmin.changing(sql, users, userId, now(), () -> users.change(sql, userId, change, now()));
    }

    private static Future<UserRecord> present(Optional<UserStore.Credentials> found) {
        return presentUser(found.map(UserStore.Credentials::user));
    }

    private static Future<UserRecord> presentUser(Optional<UserRecord> found) {
        return found.map(Future::succeededFuture).orElseGet(() -> Future.failedFuture(AuthErrors.USER_NOT_FOUND));
    }

    private static <T> Future<T> taken(Throwable failure) {
        return Future.failedFuture(failure instanceof UniqueViolation ? AuthErrors.TAKEN_FOR_ADMIN : failure);
    }

    private Instant now() {
        return Instant.ofEpochMilli(clock.millis());
    }
}
