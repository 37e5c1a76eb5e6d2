package app.molos.edge.auth;

import app.molos.edge.db.Sql;
import app.molos.edge.passwords.PasswordHasher;
import app.molos.edge.session.Client;
import app.molos.edge.session.SessionService;
import app.molos.edge.session.SignedIn;
import app.molos.edge.users.UserChange;
import app.molos.edge.users.UserRecord;
import app.molos.edge.users.UserStore;
import app.molos.edge.users.UserStore.Credentials;
import app.molos.edge.web.HttpError;
import io.vertx.core.Future;
import java.time.Clock;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Rules of signing in. */
public final class SignInService {
    /** Somebody who says who they are; {@code device} is the browser's word that it knows the account, or null. */
    public record SignIn(
            String email,
            String password,
            boolean isRemembered,
            @Nullable String device) {}

    private static final Logger LOG = LoggerFactory.getLogger(SignInService.class);
    private static final HttpError BANNED = HttpError.of(
            403,
            "BANNED_USER",
            "You have been banned from this application. Please contact support if you believe this is an error.");

    private final UserStore users;
    private final SessionService sessions;
    private final PasswordHasher hasher;
    private final PasswordVerifier verifier;
    private final AuthConfig config;
    private final Clock clock;

    public SignInService(AccountParts parts, PasswordVerifier verifier, AuthConfig config) {
        this.users = parts.users();
        this.sessions = parts.sessions();
        this.hasher = parts.hasher();
        this.verifier = verifier;
        this.config = config;
        this.clock = parts.clock();
    }

    /**
     * Opens a session for a caller who knows the password. Unknown users and wrong passwords take the same time; who
     * guesses must wait (429 with Retry-After), and never makes the owner wait on a browser that the account was signed
     * in from before.
     */
    public Future<SignedIn> signIn(SignIn request, Client client) {
        return verifier.admit(request.email(), client, request.device())
                .compose(v -> users.findByEmail(request.email()))
                .compose(found -> verify(found, request, client))
                .compose(known -> sessions.open(sql -> stillKnown(sql, known), request.isRemembered(), client)
                        .onSuccess(signedIn ->
                                renew(known.user(), request.password(), String.valueOf(known.passwordHash()))));
    }

    /**
     * While the password was compared it may have been changed, and its owner banned: then it opens nothing any more.
     */
    private Future<UserRecord> stillKnown(Sql sql, Credentials known) {
        String id = known.user().id();
        Instant now = now();
        // The user before the account, as everybody locks them.
        return users.lock(sql, id).compose(found -> {
            if (found.isEmpty()) {
                return Future.failedFuture(AuthErrors.WRONG);
            }
            UserRecord user = found.get();
            if (user.isBannedAt(now)) {
                return Future.failedFuture(BANNED);
            }
            // The answer shows the lifted ban still, as the wire does; the next read does not.
            Future<?> lifted =
                    user.isBanned() ? users.change(sql, id, new UserChange().unban(), now) : Future.succeededFuture();
            return lifted.compose(v -> users.confirmPassword(sql, id, String.valueOf(known.passwordHash())))
                    .compose(isSame -> isSame ? Future.succeededFuture(user) : Future.failedFuture(AuthErrors.WRONG));
        });
    }

    private Future<Credentials> verify(Optional<Credentials> found, SignIn request, Client client) {
        String hash = found.map(Credentials::passwordHash).orElse(null);
        return verifier.matches(request.email(), client, request.device(), request.password(), hash)
                .compose(isRight -> {
                    if (!isRight || found.isEmpty() || hash == null) {
                        return Future.failedFuture(AuthErrors.WRONG);
                    }
                    UserRecord user = found.get().user();
                    Instant now = clock.instant();
                    if (user.isBannedAt(now)) {
                        return Future.failedFuture(BANNED);
                    }
                    if (config.requiresVerifiedEmail() && !user.isEmailVerified()) {
                        return Future.failedFuture(HttpError.of(403, "EMAIL_NOT_VERIFIED", "Email not verified"));
                    }
                    return Future.succeededFuture(found.get());
                });
    }

    /**
     * Replaces a hash that is weaker than configured while the password is at hand; nobody waits for it.
     */
    private void renew(UserRecord user, String password, String hash) {
        if (hasher.isWeak(hash)) {
            hasher.hash(password)
                    .compose(renewed -> users.renewHash(user.id(), hash, renewed))
                    .onFailure(e -> LOG.warn(
                            "A password hash was not renewed; the next sign-in tries again: {}", e.toString()));
        }
    }

    private Instant now() {
        return Instant.ofEpochMilli(clock.millis());
    }
}
