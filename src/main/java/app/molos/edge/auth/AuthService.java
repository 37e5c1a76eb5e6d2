package app.molos.edge.auth;

import app.molos.edge.auth.VerificationStore.Kind;
import app.molos.edge.db.Database;
import app.molos.edge.db.Sql;
import app.molos.edge.db.UniqueViolation;
import app.molos.edge.session.Client;
import app.molos.edge.session.SessionService;
import app.molos.edge.session.SignedIn;
import app.molos.edge.users.Ids;
import app.molos.edge.users.UserChange;
import app.molos.edge.users.UserRecord;
import app.molos.edge.users.UserStore.Credentials;
import app.molos.edge.users.UserStore;
import app.molos.edge.web.HttpError;
import io.vertx.core.Future;
import java.time.Clock;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Rules of signing up and signing in. */
public final class AuthService {
    private static final Logger LOG = LoggerFactory.getLogger(AuthService.class);

    private static final HttpError INVALID_INVITATION = HttpError.of(
            403, "INVALID_INVITATION", "The invitation is for somebody else, was used, or its time is over");

    /** A request to sign up, already valid. The tokens are empty when none was shown. */
    public record NewUser(
            String name, String email, String password, @Nullable String image, boolean isRemembered, String setupToken,
            String inviteToken) {}

    /** Somebody who signed up; without a session when the address must be verified first. */
    public record SignedUp(UserRecord user, Optional<SignedIn> signedIn) {}

    /** Somebody who says who they are; {@code device} is the browser's word that it knows the account, or null. */
    public record SignIn(String email, String password, boolean isRemembered, @Nullable String device) {}

    /** Whether somebody could sign up now, and with what. */
    public enum Door {
        /** The first user, with the setup token. */
        SETUP_WITH_TOKEN,
        /** The first user. */
        SETUP,
        OPEN,
        INVITE,
        CLOSED
    }

    private final Database database;
    private final UserStore users;
    private final SessionService sessions;
    private final VerificationStore verifications;
    private final MailLinks links;
    private final PasswordHasher hasher;
    private final PasswordGate gate;
    private final SetupToken setupToken;
    private final AuthConfig config;
    private final Ids ids;
    private final Clock clock;

    public AuthService(
            Database database,
            UserStore users,
            SessionService sessions,
            VerificationStore verifications,
            MailLinks links,
            PasswordHasher hasher,
            PasswordGate gate,
            SetupToken setupToken,
            AuthConfig config,
            Ids ids,
            Clock clock) {
        this.database = database;
        this.users = users;
        this.sessions = sessions;
        this.verifications = verifications;
        this.links = links;
        this.hasher = hasher;
        this.gate = gate;
        this.setupToken = setupToken;
        this.config = config;
        this.ids = ids;
        this.clock = clock;
    }

    /** Whether anybody could sign in. */
    public Future<Boolean> hasUsers() {
        return users.hasAny();
    }

    /** What the pages show. */
    public Future<Door> door() {
        return users.hasOwner().map(hasOwner -> {
            if (!hasOwner) {
                return config.isSetupTokenNeeded() ? Door.SETUP_WITH_TOKEN : Door.SETUP;
            }
            return switch (config.signUp()) {
                case OPEN -> Door.OPEN;
                case INVITE -> Door.INVITE;
                case CLOSED, AUTO -> Door.CLOSED;
            };
        });
    }

    /**
     * Makes a user and a session. The first user of an installation becomes its admin in the same transaction: whoever
     * inserts the one owner row, never a count. When mail is sent, a link that proves the address goes out.
     *
     * @param callback where that link leads in the end, checked; empty for nowhere in particular
     */
    public Future<SignedUp> signUp(NewUser request, Client client, String callback) {
        return door()
                .compose(door -> {
                    refuseUnlessOpen(door, request);
                    // Before anybody is looked up: who has no invitation learns nothing about who is here.
                    return door == Door.INVITE
                            ? verifications.isGood(Kind.INVITE, request.inviteToken(), now())
                            : Future.succeededFuture(true);
                })
                .compose(isInvited -> {
                    if (!isInvited) {
                        throw INVALID_INVITATION;
                    }
                    PasswordPolicy.refuseLength(request.password());
                    return users.findByEmail(request.email());
                })
                .compose(taken -> taken.isPresent()
                        ? Future.failedFuture(WireErrors.TAKEN)
                        : hasher.hashChosen(request.password(), request.name(), request.email()))
                .compose(hash -> store(request, hash, client))
                .onSuccess(signedUp -> welcome(signedUp.user(), callback))
                .recover(e -> Future.failedFuture(e instanceof UniqueViolation ? WireErrors.TAKEN : e));
    }

    /**
     * Opens a session for whoever knows the password. Unknown users and wrong passwords take the same time; who guesses must
     * wait (429 with Retry-After), and never makes the owner wait on a browser that the account was signed in from before.
     */
    public Future<SignedIn> signIn(SignIn request, Client client) {
        return gate.admit(request.email(), client, request.device())
                .compose(v -> users.findByEmail(request.email()))
                .compose(found -> verify(found, request, client))
                .compose(known -> sessions.open(sql -> stillKnown(sql, known), request.isRemembered(), client).onSuccess(
                        signedIn -> renew(known.user(), request.password(), String.valueOf(known.passwordHash()))));
    }

    /** The password may have been changed while it was compared: then it opens nothing any more. */
    private Future<UserRecord> stillKnown(Sql sql, Credentials known) {
        return users.confirmPassword(sql, known.user().id(), String.valueOf(known.passwordHash()))
                .compose(isSame -> isSame ? Future.succeededFuture(known.user()) : Future.failedFuture(WireErrors.WRONG));
    }

    private void welcome(UserRecord user, String callback) {
        if (links.isOn() && !user.isEmailVerified()) {
            links.requestVerification(user.email(), callback);
        }
    }

    private Future<SignedUp> store(NewUser request, String hash, Client client) {
        if (!config.requiresVerifiedEmail()) {
            return sessions.open(sql -> insert(sql, request, hash), request.isRemembered(), client)
                    .map(signedIn -> new SignedUp(signedIn.user(), Optional.of(signedIn)));
        }
        return database.inTransaction(sql -> insert(sql, request, hash)).compose(user -> !user.isEmailVerified()
                ? Future.succeededFuture(new SignedUp(user, Optional.empty()))
                : sessions.open(sql -> Future.succeededFuture(user), request.isRemembered(), client)
                        .map(signedIn -> new SignedUp(user, Optional.of(signedIn))));
    }

    private Future<UserRecord> insert(Sql sql, NewUser request, String hash) {
        Instant now = now();
        UserRecord user = new UserRecord(
                ids.next(), request.name(), request.email(), false, request.image(), UserRecord.USER, false, null, null,
                now, now);
        return users.insert(sql, user)
                .compose(v -> users.insertCredential(sql, ids.next(), user, hash))
                .compose(v -> users.claimOwnership(sql, user.id(), now))
                .compose(isOwner -> isOwner ? promote(sql, user, now) : admitLater(sql, user, request, now));
    }

    /** The setup token proved who this is: an owner who waits for a mail that cannot be sent would be locked out. */
    private Future<UserRecord> promote(Sql sql, UserRecord user, Instant now) {
        UserChange change = new UserChange().role(UserRecord.ADMIN);
        if (config.requiresVerifiedEmail()) {
            change.isEmailVerified(true);
        }
        return users.change(sql, user.id(), change, now).map(Optional::orElseThrow);
    }

    /** Somebody else was first, perhaps only now: what the door let in as a first user stays out. */
    private Future<UserRecord> admitLater(Sql sql, UserRecord user, NewUser request, Instant now) {
        return switch (config.signUp()) {
            case OPEN -> Future.succeededFuture(user);
            case CLOSED, AUTO -> Future.failedFuture(WireErrors.CLOSED);
            case INVITE -> verifications.take(sql, Kind.INVITE, request.inviteToken(), now).compose(invited -> {
                boolean isMeant = invited.isPresent() && (invited.get().isEmpty() || invited.get().equals(user.email()));
                return isMeant ? Future.succeededFuture(user) : Future.failedFuture(INVALID_INVITATION);
            });
        };
    }

    private Future<Credentials> verify(Optional<Credentials> found, SignIn request, Client client) {
        String hash = found.map(Credentials::passwordHash).orElse(null);
        return gate.matches(request.email(), client, request.device(), request.password(), hash).compose(isRight -> {
            if (!isRight || found.isEmpty() || hash == null) {
                return Future.failedFuture(WireErrors.WRONG);
            }
            UserRecord user = found.get().user();
            Instant now = clock.instant();
            if (user.isBannedAt(now)) {
                return Future.failedFuture(HttpError.of(403, "BANNED_USER", "You have been banned from this application."
                        + " Please contact support if you believe this is an error."));
            }
            if (config.requiresVerifiedEmail() && !user.isEmailVerified()) {
                return Future.failedFuture(HttpError.of(403, "EMAIL_NOT_VERIFIED", "Email not verified"));
            }
            // The answer shows the lifted ban still, as the wire does; the next read does not.
            return user.isBanned()
                    ? database.inTransaction(sql -> users.change(sql, user.id(), new UserChange().unban(), now())).map(v -> found.get())
                    : Future.succeededFuture(found.get());
        });
    }

    /** A hash that is weaker than what is configured is made anew while the password is at hand; nobody waits for it. */
    private void renew(UserRecord user, String password, String hash) {
        if (hasher.isWeak(hash)) {
            hasher.hash(password)
                    .compose(renewed -> users.renewHash(user.id(), hash, renewed))
                    .onFailure(e -> LOG.warn("A password hash was not renewed; the next sign-in tries again: {}", e.toString()));
        }
    }

    private void refuseUnlessOpen(Door door, NewUser request) {
        switch (door) {
            case SETUP, OPEN -> { }
            case SETUP_WITH_TOKEN -> {
                if (!setupToken.isGood(request.setupToken())) {
                    throw request.setupToken().isEmpty()
                            ? HttpError.of(403, "SETUP_TOKEN_REQUIRED", "The first user needs the setup token that the edge"
                                    + " printed when it started")
                            : HttpError.of(403, "INVALID_SETUP_TOKEN", "The setup token is wrong or its time is over; a"
                                    + " restart prints a new one");
                }
            }
            case INVITE -> {
                if (request.inviteToken().isEmpty()) {
                    throw HttpError.of(403, "INVITATION_REQUIRED", "Signing up needs an invitation");
                }
            }
            case CLOSED -> throw WireErrors.CLOSED;
        }
    }

    private Instant now() {
        return Instant.ofEpochMilli(clock.millis());
    }
}
