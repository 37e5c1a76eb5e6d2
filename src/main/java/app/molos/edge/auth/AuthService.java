package app.molos.edge.auth;

import app.molos.edge.db.Sql;
import app.molos.edge.db.UniqueViolation;
import app.molos.edge.session.SessionService;
import app.molos.edge.session.SignedIn;
import app.molos.edge.users.Ids;
import app.molos.edge.users.UserRecord;
import app.molos.edge.users.UserStore.Credentials;
import app.molos.edge.users.UserStore;
import app.molos.edge.web.HttpError;
import io.vertx.core.Future;
import java.time.Clock;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Rules of signing up and signing in. */
public final class AuthService {
    /** A request to sign up, already valid. {@code setupToken} is empty when none was shown. */
    public record SignUp(String name, String email, String password, @Nullable String image, boolean isRemembered,
            String setupToken) {}

    /** Where a request came from, as it is stored with the session. */
    public record Client(String address, String userAgent) {}

    private static final int MIN_PASSWORD = 8;
    private static final int MAX_PASSWORD = 128;

    private final UserStore users;
    private final SessionService sessions;
    private final PasswordHasher hasher;
    private final SetupToken setupToken;
    private final AuthConfig config;
    private final Ids ids;
    private final Clock clock;

    public AuthService(
            UserStore users,
            SessionService sessions,
            PasswordHasher hasher,
            SetupToken setupToken,
            AuthConfig config,
            Ids ids,
            Clock clock) {
        this.users = users;
        this.sessions = sessions;
        this.hasher = hasher;
        this.setupToken = setupToken;
        this.config = config;
        this.ids = ids;
        this.clock = clock;
    }

    /**
     * Makes a user and a session. The first user of an installation becomes its admin in the same transaction: whoever
     * inserts the one owner row, never a count.
     */
    public Future<SignedIn> signUp(SignUp request, Client client) {
        return users.hasOwner()
                .compose(hasOwner -> {
                    refuseUnlessOpen(hasOwner, request.setupToken());
                    refuseLength(request.password());
                    return users.findByEmail(request.email());
                })
                .compose(taken -> taken.isPresent() ? Future.failedFuture(taken()) : hasher.hash(request.password()))
                .compose(hash -> sessions.open(
                        sql -> insert(sql, request, hash), request.isRemembered(), client.address(), client.userAgent()))
                .recover(e -> Future.failedFuture(e instanceof UniqueViolation ? taken() : e));
    }

    /** Opens a session for whoever knows the password. Unknown users and wrong passwords take the same time. */
    public Future<SignedIn> signIn(String email, String password, boolean isRemembered, Client client) {
        return users.findByEmail(email)
                .compose(found -> verify(found, password))
                .compose(user -> sessions.open(
                        sql -> Future.succeededFuture(user), isRemembered, client.address(), client.userAgent()));
    }

    private Future<UserRecord> insert(Sql sql, SignUp request, String hash) {
        Instant now = Instant.ofEpochMilli(clock.millis());
        UserRecord user = new UserRecord(
                ids.next(), request.name(), request.email(), false, request.image(), UserRecord.USER, false, null, null,
                now, now);
        return users.insert(sql, user)
                .compose(v -> users.insertCredential(sql, ids.next(), user, hash))
                .compose(v -> users.claimOwnership(sql, user.id(), now))
                .compose(isOwner -> {
                    if (!isOwner) {
                        // Somebody else was first meanwhile: what the door let in as a first user stays out.
                        return config.isSignUpOpen() ? Future.succeededFuture(user) : Future.failedFuture(closed());
                    }
                    return users.setRole(sql, user.id(), UserRecord.ADMIN).map(v -> user.withRole(UserRecord.ADMIN));
                });
    }

    private Future<UserRecord> verify(Optional<Credentials> found, String password) {
        String hash = found.map(Credentials::passwordHash).orElse(null);
        Future<Boolean> matches = hash == null || password.length() > MAX_PASSWORD
                ? hasher.verifyNobody(password.length() > MAX_PASSWORD ? "" : password)
                : hasher.verify(password, hash);
        return matches.compose(isRight -> {
            if (!isRight || found.isEmpty()) {
                return Future.failedFuture(
                        HttpError.of(401, "INVALID_EMAIL_OR_PASSWORD", "Invalid email or password"));
            }
            UserRecord user = found.get().user();
            Instant now = clock.instant();
            if (user.isBannedAt(now)) {
                return Future.failedFuture(HttpError.of(403, "BANNED_USER", "You have been banned from this application."
                        + " Please contact support if you believe this is an error."));
            }
            return user.isBanned() ? users.liftBan(user.id(), now).map(v -> user) : Future.succeededFuture(user);
        });
    }

    private void refuseUnlessOpen(boolean hasOwner, String shownToken) {
        if (hasOwner) {
            if (!config.isSignUpOpen()) {
                throw closed();
            }
        } else if (config.isSetupTokenNeeded() && !setupToken.isGood(shownToken)) {
            throw shownToken.isEmpty()
                    ? HttpError.of(403, "SETUP_TOKEN_REQUIRED", "The first user needs the setup token that the edge"
                            + " printed when it started")
                    : HttpError.of(403, "INVALID_SETUP_TOKEN", "The setup token is wrong or its time is over; a restart"
                            + " prints a new one");
        }
    }

    private static void refuseLength(String password) {
        if (password.length() < MIN_PASSWORD) {
            throw HttpError.of(400, "PASSWORD_TOO_SHORT", "Password too short");
        }
        if (password.length() > MAX_PASSWORD) {
            throw HttpError.of(400, "PASSWORD_TOO_LONG", "Password too long");
        }
    }

    private static HttpError taken() {
        return HttpError.of(
                422, "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL", "User already exists. Use another email.");
    }

    private static HttpError closed() {
        return HttpError.of(
                400, "EMAIL_AND_PASSWORD_SIGN_UP_IS_NOT_ENABLED", "Email and password sign up is not enabled");
    }
}
