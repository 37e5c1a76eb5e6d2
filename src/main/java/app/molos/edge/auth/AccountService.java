package app.molos.edge.auth;

import app.molos.edge.passwords.PasswordHasher;
import app.molos.edge.passwords.PasswordPolicy;
import app.molos.edge.session.Actor;
import app.molos.edge.session.Client;
import app.molos.edge.session.SessionService;
import app.molos.edge.session.SignedIn;
import app.molos.edge.users.AccountRecord;
import app.molos.edge.users.Ids;
import app.molos.edge.users.UserChange;
import app.molos.edge.users.UserRecord;
import app.molos.edge.users.UserStore;
import app.molos.edge.web.HttpError;
import io.vertx.core.Future;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Does what people may do to their own account. */
public final class AccountService {
    private static final HttpError NOT_FRESH = HttpError.of(
            400,
            "SESSION_EXPIRED_REAUTHENTICATE_TO_PERFORM_THIS_ACTION",
            "Session expired. Re-authenticate to perform this action.");

    private final UserStore users;
    private final SessionService sessions;
    private final VerificationStore verifications;
    private final PasswordHasher hasher;
    private final PasswordVerifier verifier;
    private final Ids ids;
    private final Clock clock;

    public AccountService(AccountParts parts, PasswordVerifier verifier) {
        this.users = parts.users();
        this.sessions = parts.sessions();
        this.verifications = parts.verifications();
        this.hasher = parts.hasher();
        this.verifier = verifier;
        this.ids = parts.ids();
        this.clock = parts.clock();
    }

    /** The user after the change, at once true in this process. */
    public Future<UserRecord> update(SignedIn signedIn, UserChange change) {
        String id = signedIn.user().id();
        return sessions.acting(Actor.self(signedIn), sql -> users.change(sql, id, change, now()))
                .onComplete(done -> sessions.forgetUser(id))
                .compose(user -> user.map(Future::succeededFuture)
                        .orElseGet(() -> Future.failedFuture(AuthErrors.UNAUTHORIZED)));
    }

    /** Ends every other session of the user in the same transaction. */
    public Future<Void> changePassword(SignedIn signedIn, String current, String chosen, Client client) {
        UserRecord user = signedIn.user();
        return Future.succeededFuture()
                .map(v -> {
                    PasswordPolicy.refuseLength(chosen);
                    return null;
                })
                .compose(v -> requirePassword(signedIn, current, client))
                .compose(v -> hasher.hashChosen(chosen, user.name(), user.email()))
                .compose(hash -> sessions.endingAll(
                        Actor.self(signedIn),
                        user.id(),
                        signedIn.session().id(),
                        sql -> users.setPassword(sql, ids.next(), user.id(), hash, now())
                                .compose(v -> verifications.dropAll(sql, user.id()))));
    }

    /** Replaces this session, when that was asked for with a password change. */
    public Future<SignedIn> renewSession(SignedIn signedIn, Client client) {
        return sessions.renew(signedIn, client);
    }

    /** Fails with 400 unless it is the user's password; guessing here is as slow as at the door. */
    public Future<Void> requirePassword(SignedIn signedIn, String password, Client client) {
        String email = signedIn.user().email();
        // A budget of its own: what strangers in the same network guess is not the fault of who is signed in.
        String device = "session " + signedIn.session().id();
        return verifier.admit(email, client, device)
                .compose(v -> users.findById(signedIn.user().id()))
                .compose(found -> {
                    String hash = found.map(UserStore.Credentials::passwordHash).orElse(null);
                    return hash == null
                            ? Future.failedFuture(AuthErrors.NO_CREDENTIAL)
                            : verifier.matches(email, client, device, password, hash);
                })
                .compose(isRight ->
                        isRight ? Future.succeededFuture() : Future.failedFuture(AuthErrors.INVALID_PASSWORD));
    }

    /**
     * Guards what a stolen session must not be enough for: fails with 400 without the password or a session opened a
     * short while ago.
     */
    private Future<Void> prove(SignedIn signedIn, @Nullable String password, Client client) {
        return password != null
                ? requirePassword(signedIn, password, client)
                : sessions.isFresh(signedIn.session()) ? Future.succeededFuture() : Future.failedFuture(NOT_FRESH);
    }

    /** Needs what {@link #delete} does, and that nobody is somebody else: an administrator sets an address as one. */
    public Future<Void> proveForNewAddress(SignedIn signedIn, @Nullable String password, Client client) {
        return signedIn.session().impersonatedBy() != null
                ? Future.failedFuture(AuthErrors.IMPERSONATING)
                : prove(signedIn, password, client);
    }

    /** Needs the password, or a session that was opened a short while ago; the last admin stays. */
    public Future<Void> delete(SignedIn signedIn, @Nullable String password, Client client) {
        return prove(signedIn, password, client)
                .compose(v -> sessions.acting(
                        Actor.leaving(signedIn),
                        sql -> LastAdmin.leave(
                                sql,
                                users,
                                signedIn.user().id(),
                                now(),
                                () -> sessions.endImpersonations(
                                                sql, signedIn.user().id())
                                        .compose(gone -> users.delete(
                                                sql, signedIn.user().id())))))
                .onComplete(done -> sessions.forgetUser(signedIn.user().id()))
                .mapEmpty();
    }

    public Future<List<AccountRecord>> accounts(SignedIn signedIn) {
        return users.accounts(signedIn.user().id());
    }

    /** As it is stored now. */
    public Future<Optional<UserRecord>> find(String userId) {
        return users.findById(userId).map(found -> found.map(UserStore.Credentials::user));
    }

    private Instant now() {
        return Instant.ofEpochMilli(clock.millis());
    }
}
