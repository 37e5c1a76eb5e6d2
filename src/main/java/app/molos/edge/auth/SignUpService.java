package app.molos.edge.auth;

import app.molos.edge.auth.VerificationStore.Kind;
import app.molos.edge.db.Database;
import app.molos.edge.db.Sql;
import app.molos.edge.db.UniqueViolation;
import app.molos.edge.passwords.PasswordHasher;
import app.molos.edge.passwords.PasswordPolicy;
import app.molos.edge.session.Client;
import app.molos.edge.session.SessionService;
import app.molos.edge.session.SignedIn;
import app.molos.edge.users.Ids;
import app.molos.edge.users.Timestamps;
import app.molos.edge.users.UserChange;
import app.molos.edge.users.UserRecord;
import app.molos.edge.users.UserStore;
import app.molos.edge.web.HttpError;
import io.vertx.core.Future;
import java.time.Clock;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Rules of signing up: who may, and who becomes the admin. */
public final class SignUpService {
    private static final HttpError TOKEN_REQUIRED = HttpError.of(
            403, "SETUP_TOKEN_REQUIRED", "The first user needs the setup token that the edge printed when it started");
    private static final HttpError TOKEN_INVALID = HttpError.of(
            403,
            "INVALID_SETUP_TOKEN",
            "The setup token is wrong or its time is over; `molos-edge user setup-token` prints a new one");
    private static final HttpError INVITATION_REQUIRED =
            HttpError.of(403, "INVITATION_REQUIRED", "Signing up needs an invitation");
    private static final HttpError INVALID_INVITATION = HttpError.of(
            403, "INVALID_INVITATION", "The invitation is for somebody else, was used, or its time is over");

    /** A request to sign up, already valid. The tokens are empty when none was shown. */
    public record NewUser(
            String name,
            String email,
            String password,
            @Nullable String image,
            boolean isRemembered,
            String setupToken,
            String inviteToken) {}

    /** Somebody who signed up; without a session when the address must be verified first. */
    public record SignedUp(UserRecord user, Optional<SignedIn> signedIn) {}

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
    private final SetupToken setupToken;
    private final AuthConfig config;
    private final Ids ids;
    private final Clock clock;

    public SignUpService(AccountParts parts, MailLinks links, SetupToken setupToken, AuthConfig config) {
        this.database = parts.database();
        this.users = parts.users();
        this.sessions = parts.sessions();
        this.verifications = parts.verifications();
        this.links = links;
        this.hasher = parts.hasher();
        this.setupToken = setupToken;
        this.config = config;
        this.ids = parts.ids();
        this.clock = parts.clock();
    }

    /** Whether nobody could sign in yet. An import without an admin leaves people without an owner. */
    public Future<Boolean> isEmpty(Door door) {
        return door == Door.SETUP || door == Door.SETUP_WITH_TOKEN
                ? users.hasAny().map(hasAny -> !hasAny)
                : Future.succeededFuture(false);
    }

    /** For the pages. */
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
     * Makes a user and a session. The first user of an installation becomes its admin in the same transaction: the one
     * who inserts the one owner row, never a count. When mail is sent, a link that proves the address goes out.
     *
     * @param callback where that link leads in the end, checked; empty for nowhere in particular
     */
    public Future<SignedUp> signUp(NewUser request, Client client, String callback) {
        return door().compose(door -> refuseUnlessOpen(door, request).map(door))
                .compose(door -> {
                    // Before anybody is looked up: who has no invitation learns nothing about who is here.
                    return door == Door.INVITE
                            ? verifications
                                    .peek(Kind.INVITE, request.inviteToken(), now())
                                    .map(invited -> invited.isPresent() && isMeant(invited.get(), request.email()))
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
                        ? Future.failedFuture(AuthErrors.TAKEN)
                        : hasher.hashChosen(request.password(), request.name(), request.email()))
                .compose(hash -> store(request, hash, client))
                .onSuccess(signedUp -> welcome(signedUp.user(), callback))
                .recover(e -> Future.failedFuture(e instanceof UniqueViolation ? AuthErrors.TAKEN : e));
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
        return database.inTransaction(sql -> insert(sql, request, hash))
                .compose(user -> !user.isEmailVerified()
                        ? Future.succeededFuture(new SignedUp(user, Optional.empty()))
                        : sessions.open(sql -> Future.succeededFuture(user), request.isRemembered(), client)
                                .map(signedIn -> new SignedUp(user, Optional.of(signedIn))));
    }

    private Future<UserRecord> insert(Sql sql, NewUser request, String hash) {
        Instant now = now();
        UserRecord user = new UserRecord(
                ids.next(),
                request.name(),
                request.email(),
                false,
                request.image(),
                UserRecord.USER,
                UserRecord.Ban.NONE,
                Timestamps.at(now));
        return verifications
                .isHeld(sql, user.email(), user.id(), now)
                .compose(isHeld -> isHeld ? Future.failedFuture(new UniqueViolation()) : users.insert(sql, user))
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
        return verifications
                .dropSetup(sql)
                .compose(v -> users.change(sql, user.id(), change, now))
                .map(Optional::orElseThrow);
    }

    /** Somebody else was first, perhaps only now: what the door let in as a first user stays out. */
    private Future<UserRecord> admitLater(Sql sql, UserRecord user, NewUser request, Instant now) {
        return switch (config.signUp()) {
            case OPEN -> Future.succeededFuture(user);
            case CLOSED, AUTO -> Future.failedFuture(AuthErrors.CLOSED);
            case INVITE ->
                verifications.take(sql, Kind.INVITE, request.inviteToken(), now).compose(invited -> {
                    return invited.isPresent() && isMeant(invited.get(), user.email())
                            ? Future.succeededFuture(user)
                            : Future.failedFuture(INVALID_INVITATION);
                });
        };
    }

    private static boolean isMeant(String invited, String email) {
        return invited.isEmpty() || invited.equals(email);
    }

    private Future<Void> refuseUnlessOpen(Door door, NewUser request) {
        return switch (door) {
            case SETUP, OPEN -> Future.succeededFuture();
            case SETUP_WITH_TOKEN ->
                request.setupToken().isEmpty()
                        ? Future.failedFuture(TOKEN_REQUIRED)
                        : setupToken
                                .isGood(request.setupToken())
                                .compose(isGood -> isGood
                                        ? Future.succeededFuture()
                                        // It may have been good until a moment ago: then somebody owns this now.
                                        : door().compose(now -> now == door
                                                ? Future.failedFuture(TOKEN_INVALID)
                                                : refuseUnlessOpen(now, request)));
            case INVITE ->
                request.inviteToken().isEmpty() ? Future.failedFuture(INVITATION_REQUIRED) : Future.succeededFuture();
            case CLOSED -> Future.failedFuture(AuthErrors.CLOSED);
        };
    }

    private Instant now() {
        return Instant.ofEpochMilli(clock.millis());
    }
}
