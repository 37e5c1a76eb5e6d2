package app.molos.edge.auth;

import app.molos.edge.session.Actor;
import app.molos.edge.web.HttpError;
import java.util.Locale;

/** The refusals of the wire that more than one endpoint gives, in its own codes and words. */
public final class AuthErrors {
    public static final HttpError UNAUTHORIZED = Actor.ENDED;
    static final HttpError TAKEN =
            HttpError.of(422, "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL", "User already exists. Use another email.");
    static final HttpError TAKEN_FOR_ADMIN =
            HttpError.of(400, "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL", "User already exists. Use another email.");
    static final HttpError CLOSED =
            HttpError.of(400, "EMAIL_AND_PASSWORD_SIGN_UP_IS_NOT_ENABLED", "Email and password sign up is not enabled");
    static final HttpError WRONG = HttpError.of(401, "INVALID_EMAIL_OR_PASSWORD", "Invalid email or password");
    public static final HttpError INVALID_EMAIL = HttpError.of(400, "INVALID_EMAIL", "Invalid email");
    static final HttpError INVALID_PASSWORD = HttpError.of(400, "INVALID_PASSWORD", "Invalid password");
    public static final HttpError INVALID_TOKEN = HttpError.of(400, "INVALID_TOKEN", "Invalid token");
    static final HttpError USER_NOT_FOUND = HttpError.of(404, "USER_NOT_FOUND", "User not found");
    static final HttpError NO_CREDENTIAL =
            HttpError.of(400, "CREDENTIAL_ACCOUNT_NOT_FOUND", "Credential account not found");
    static final HttpError LAST_ADMIN = HttpError.of(
            400, "LAST_ADMIN", "This is the last administrator. Make somebody else an administrator first.");
    static final HttpError IMPERSONATING =
            HttpError.of(403, "NOT_WHILE_IMPERSONATING", "Not while you are somebody else");
    public static final HttpError NO_VERIFICATION_MAIL =
            HttpError.of(400, "VERIFICATION_EMAIL_ISNT_ENABLED", "Verification email isn't enabled");

    private AuthErrors() {}

    /**
     * Refuses somebody who is no administrator, in the wire's words: "ban users" becomes
     * YOU_ARE_NOT_ALLOWED_TO_BAN_USERS.
     */
    public static HttpError notAllowedTo(String what) {
        return inWords(403, "You are not allowed to " + what);
    }

    /** Refuses an administrator who names themselves. */
    public static HttpError notYourself(String what) {
        return inWords(400, "You cannot " + what + " yourself");
    }

    private static HttpError inWords(int status, String text) {
        return HttpError.of(status, text.toUpperCase(Locale.ROOT).replace(' ', '_'), text);
    }
}
