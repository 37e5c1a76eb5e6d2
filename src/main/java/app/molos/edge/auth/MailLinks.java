package app.molos.edge.auth;

import app.molos.edge.auth.EmailTokens.Claim;
import app.molos.edge.auth.EmailTokens.Purpose;
import app.molos.edge.auth.VerificationStore.Kind;
import app.molos.edge.db.Database;
import app.molos.edge.db.Sql;
import app.molos.edge.db.UniqueViolation;
import app.molos.edge.mail.Mail;
import app.molos.edge.mail.MailQueue;
import app.molos.edge.passwords.PasswordHasher;
import app.molos.edge.passwords.PasswordPolicy;
import app.molos.edge.session.Actor;
import app.molos.edge.session.SessionService;
import app.molos.edge.session.SignedIn;
import app.molos.edge.users.Ids;
import app.molos.edge.users.UserChange;
import app.molos.edge.users.UserRecord;
import app.molos.edge.users.UserStore;
import app.molos.edge.web.EdgePaths;
import app.molos.edge.web.Origin;
import io.vertx.core.Future;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Mails links and follows them: a forgotten password, an address to prove, a change of address. Links lead to
 * ORIGIN only and are good once. Asking for one is answered before anybody is looked up, so that neither the answer nor
 * its time tells whether an address is known.
 */
public final class MailLinks {
    private static final Logger LOG = LoggerFactory.getLogger(MailLinks.class);
    private static final String BASE = "/api/auth";
    private static final int RESET_TOKEN_LENGTH = 24;

    /** Where a followed link ends: an error word of the wire, or the user it was about. */
    public record Outcome(String fault, Optional<UserRecord> user, boolean isEmailChanged) {
        static Outcome fault(String word) {
            return new Outcome(word, Optional.empty(), false);
        }
    }

    private final Optional<MailQueue> mail;
    private final Database database;
    private final UserStore users;
    private final SessionService sessions;
    private final VerificationStore verifications;
    private final PasswordHasher hasher;
    private final EmailTokens tokens;
    private final MailTemplates templates;
    private final Origin origin;
    private final AuthConfig config;
    private final Ids ids;
    private final Clock clock;

    /**
     * Makes the service of mailed links.
     *
     * @param mail empty when none is configured: then every endpoint here says so
     */
    public MailLinks(
            AccountParts parts, Optional<MailQueue> mail, EmailTokens tokens, Origin origin, AuthConfig config) {
        this.mail = mail;
        this.database = parts.database();
        this.users = parts.users();
        this.sessions = parts.sessions();
        this.verifications = parts.verifications();
        this.hasher = parts.hasher();
        this.tokens = tokens;
        this.templates = new MailTemplates(origin, config.linkLife());
        this.origin = origin;
        this.config = config;
        this.ids = parts.ids();
        this.clock = parts.clock();
    }

    public boolean isOn() {
        return mail.isPresent();
    }

    /**
     * Mails a link to the user with that address; returns at once and never tells whether there is one.
     *
     * @param redirect where the link leads in the end, checked; empty for our own page
     */
    public void requestReset(String email, String redirect) {
        String target = redirect.isEmpty() ? EdgePaths.NEW_PASSWORD : redirect;
        inBackground(users.findByEmail(email).compose(found -> {
            if (found.isEmpty()) {
                return Future.succeededFuture();
            }
            String token = ids.next(RESET_TOKEN_LENGTH);
            String link = origin + BASE + "/reset-password/" + token + "?callbackURL=" + encoded(target);
            return verifications
                    .put(Kind.RESET_PASSWORD, token, found.get().user().id(), now().plus(config.linkLife()), now())
                    .onSuccess(v -> send(templates.resetPassword(email, link)));
        }));
    }

    /** Whether a token would be taken now. */
    public Future<Boolean> isResetToken(String token) {
        return verifications.isGood(Kind.RESET_PASSWORD, token, now());
    }

    /** Uses the token up, sets the password, and ends every session of the user. Fails with 400. */
    public Future<Void> reset(String token, String password) {
        return verifications
                .peek(Kind.RESET_PASSWORD, token, now())
                .compose(userId -> userId.isEmpty()
                        ? Future.succeededFuture(Optional.<UserStore.Credentials>empty())
                        : users.findById(userId.get()))
                .compose(found -> {
                    if (found.isEmpty()) {
                        throw AuthErrors.INVALID_TOKEN;
                    }
                    PasswordPolicy.refuseLength(password);
                    UserRecord user = found.get().user();
                    return hasher.hashChosen(password, user.name(), user.email())
                            .compose(hash -> sessions.endingAll(
                                    Actor.LINK, user.id(), null, sql -> replace(sql, token, user.id(), hash)));
                });
    }

    private Future<Void> replace(Sql sql, String token, String userId, String hash) {
        return verifications
                .take(sql, Kind.RESET_PASSWORD, token, now())
                .compose(taken -> taken.isEmpty()
                        ? Future.failedFuture(AuthErrors.INVALID_TOKEN)
                        : users.setPassword(sql, ids.next(), userId, hash, now())
                                .compose(v -> verifications.dropAll(sql, userId)));
    }

    /** Mails a link that proves an address; returns at once. */
    public void requestVerification(String email, String callback) {
        inBackground(users.findByEmail(email)
                .compose(found -> found.isEmpty() || found.get().user().isEmailVerified()
                        ? Future.succeededFuture()
                        : sendToken(email, email, Optional.empty(), Purpose.VERIFY, callback)));
    }

    /**
     * Begins a change of address: a verified one is asked first whether it may be replaced. Returns at once and never
     * says whether the new address is taken.
     */
    public void requestChange(UserRecord user, String newEmail, String callback) {
        Purpose first = user.isEmailVerified() ? Purpose.CONFIRM_CHANGE : Purpose.VERIFY_CHANGE;
        inBackground(users.findByEmail(newEmail)
                .compose(taken -> taken.isPresent()
                        ? Future.succeededFuture()
                        : sendToken(
                                user.isEmailVerified() ? user.email() : newEmail,
                                user.email(),
                                Optional.of(newEmail),
                                first,
                                callback)));
    }

    /** Follows a link of {@link #requestVerification} or {@link #requestChange}. */
    public Future<Outcome> follow(String token, Optional<SignedIn> signedIn, String callback) {
        return tokens.read(token).compose(reading -> {
            if (reading.claim().isEmpty()) {
                return Future.succeededFuture(Outcome.fault(reading.fault()));
            }
            Claim claim = reading.claim().get();
            return users.findByEmail(claim.email()).compose(found -> {
                if (found.isEmpty()) {
                    return Future.succeededFuture(
                            Outcome.fault(claim.purpose() == Purpose.VERIFY ? "user_not_found" : "invalid_token"));
                }
                UserRecord user = found.get().user();
                if (claim.purpose() != Purpose.VERIFY
                        && signedIn.isPresent()
                        && !signedIn.get().user().id().equals(user.id())) {
                    return Future.succeededFuture(Outcome.fault("unauthorized"));
                }
                return use(token, claim, user, callback);
            });
        });
    }

    private Future<Outcome> use(String token, Claim claim, UserRecord user, String callback) {
        if (claim.purpose() == Purpose.VERIFY && user.isEmailVerified()) {
            // A second click, or a mail scanner that was first: nothing is left to do, and nothing is wrong.
            return Future.succeededFuture(new Outcome("", Optional.of(user), false));
        }
        String undo = ids.next();
        return database.inTransaction(sql -> verifications
                        .take(sql, Kind.EMAIL, token, now())
                        .compose(taken -> taken.isEmpty()
                                ? Future.succeededFuture(Outcome.fault("invalid_token"))
                                : apply(sql, claim, user, undo)))
                .onSuccess(outcome -> {
                    if (outcome.isEmailChanged()) {
                        send(templates.changed(
                                user.email(),
                                claim.updateTo().orElseThrow(),
                                origin + EdgePaths.UNDO_ADDRESS + "?token=" + undo));
                    }
                })
                .compose(outcome -> claim.purpose() == Purpose.CONFIRM_CHANGE
                                && outcome.fault().isEmpty()
                        ? sendToken(
                                        claim.updateTo().orElseThrow(),
                                        user.email(),
                                        claim.updateTo(),
                                        Purpose.VERIFY_CHANGE,
                                        callback)
                                .map(outcome)
                        : Future.succeededFuture(outcome))
                .recover(e -> e instanceof UniqueViolation || e == AuthErrors.INVALID_TOKEN
                        ? Future.succeededFuture(Outcome.fault("invalid_token"))
                        : Future.failedFuture(e))
                .onComplete(done -> sessions.forgetUser(user.id()));
    }

    /** Does what the token asks for; {@code undo} takes a change of address back. */
    private Future<Outcome> apply(Sql sql, Claim claim, UserRecord user, String undo) {
        if (claim.purpose() == Purpose.CONFIRM_CHANGE) {
            return Future.succeededFuture(new Outcome("", Optional.of(user), false));
        }
        UserChange change = new UserChange().isEmailVerified(true);
        claim.updateTo().ifPresent(change::email);
        return mayChange(sql, claim, user)
                .compose(v -> users.change(sql, user.id(), change, now()))
                .map(now -> new Outcome("", now, claim.updateTo().isPresent()))
                .compose(outcome -> claim.updateTo().isEmpty()
                        ? Future.succeededFuture(outcome)
                        : verifications
                                .putUndo(sql, undo, user.id(), user.email(), now().plus(config.linkLife()), now())
                                .map(outcome));
    }

    /**
     * Refuses a link of somebody who is banned by now, or to an address that its last owner may still take back: it is
     * dead.
     */
    private Future<Void> mayChange(Sql sql, Claim claim, UserRecord user) {
        return users.lock(sql, user.id())
                .compose(found -> found.isEmpty() || found.get().isBannedAt(now())
                        ? Future.succeededFuture(true)
                        : claim.updateTo().isEmpty()
                                ? Future.succeededFuture(false)
                                : verifications.isHeld(sql, claim.updateTo().get(), user.id(), now()))
                .compose(isRefused ->
                        isRefused ? Future.failedFuture(AuthErrors.INVALID_TOKEN) : Future.succeededFuture());
    }

    /** Whether a change of address can be taken back with this token. */
    public Future<Boolean> isUndoToken(String token) {
        return verifications.isGood(Kind.UNDO_EMAIL, token, now());
    }

    /**
     * Gives an account its former address back, however often it was changed since, and ends all its sessions: the one
     * who changed it had one. Fails with 400.
     */
    public Future<Void> undoChange(String token) {
        return verifications.peek(Kind.UNDO_EMAIL, token, now()).compose(value -> {
            if (value.isEmpty()) {
                throw AuthErrors.INVALID_TOKEN;
            }
            String userId = value.get().substring(0, value.get().indexOf(' '));
            String email = value.get().substring(value.get().indexOf(' ') + 1);
            return sessions.endingAll(
                            Actor.LINK,
                            userId,
                            null,
                            sql -> verifications
                                    .dropUndoAfter(sql, token, userId)
                                    .compose(v -> verifications.take(sql, Kind.UNDO_EMAIL, token, now()))
                                    .compose(taken -> taken.isEmpty()
                                            ? Future.failedFuture(AuthErrors.INVALID_TOKEN)
                                            : verifications
                                                    .dropAll(sql, userId)
                                                    .compose(v -> users.change(
                                                            sql,
                                                            userId,
                                                            new UserChange()
                                                                    .email(email)
                                                                    .isEmailVerified(true),
                                                            now())))
                                    // Once for what was mailed under the later address, once for what was mailed under
                                    // this one.
                                    .compose(user -> user.isEmpty()
                                            ? Future.failedFuture(AuthErrors.INVALID_TOKEN)
                                            : verifications.dropAll(sql, userId)))
                    .recover(e -> Future.failedFuture(e instanceof UniqueViolation ? AuthErrors.INVALID_TOKEN : e));
        });
    }

    private Future<Void> sendToken(
            String to, String email, Optional<String> updateTo, Purpose purpose, String callback) {
        String token = tokens.make(email, updateTo, purpose);
        String link = origin + BASE + "/verify-email?token=" + token + "&callbackURL="
                + encoded(callback.isEmpty() ? "/" : callback);
        return verifications
                .put(Kind.EMAIL, token, email, now().plus(config.linkLife()), now())
                .onSuccess(v -> send(
                        purpose == Purpose.CONFIRM_CHANGE
                                ? templates.confirmChange(to, updateTo.orElse(""), link)
                                : templates.verifyEmail(to, link)));
    }

    private void send(Mail letter) {
        mail.ifPresent(queue -> queue.send(letter));
    }

    private static void inBackground(Future<Void> work) {
        work.onFailure(e -> LOG.warn("A mail was not prepared: {}", e.toString()));
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private Instant now() {
        return Instant.ofEpochMilli(clock.millis());
    }
}
