package app.molos.edge.pages;

import app.molos.edge.auth.api.RequestThrottle;
import app.molos.edge.session.SessionReader;
import app.molos.edge.session.SignedIn;
import app.molos.edge.users.EmailAddress;
import app.molos.edge.web.EdgePaths;
import app.molos.edge.web.HttpError;
import app.molos.edge.web.RequestContext;
import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.RoutingContext;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Does what the pages share: showing, redirecting, asking who it is, and naming what went wrong in the form itself. */
record PageContext(
        PageRenderer renderer,
        SessionReader sessions,
        FormTokens tokens,
        RequestThrottle throttle,
        CookieTrouble trouble,
        Supplier<String> home) {

    /** After a form: another page, by GET. */
    static void redirect(RoutingContext ctx, String path) {
        ctx.response().setStatusCode(303).putHeader(HttpHeaders.LOCATION, path).end();
    }

    static String query(RoutingContext ctx, String name) {
        String value = ctx.request().query() == null ? null : ctx.request().getParam(name);
        return value == null ? "" : value;
    }

    /** Counts this form as a request to the wire's endpoint that does the same, under the name of its network. */
    Future<Void> admit(RoutingContext ctx, String wirePath) {
        return throttle.admit(ctx, wirePath, null);
    }

    /** The same under the name of a browser that an address was signed in from before, if it is one. */
    Future<Void> admitAddressed(RoutingContext ctx, String wirePath, String email) {
        return throttle.admitKnown(ctx, wirePath, EmailAddress.normalized(email));
    }

    /** The same for somebody who is signed in. */
    Future<Void> admit(RoutingContext ctx, String wirePath, SignedIn me) {
        return throttle.admit(ctx, wirePath, RequestThrottle.session(me));
    }

    /**
     * Runs what a form asks for. A refusal that is meant for people goes back into the form, with its status; the rest
     * becomes an error page.
     */
    <T> void run(
            RoutingContext ctx, Supplier<Future<T>> work, Consumer<T> done, BiConsumer<HttpError, String> refused) {
        Future.succeededFuture()
                .compose(v -> work.get())
                .onSuccess(result -> {
                    // What was made may still fail to be shown; then the page of an error is.
                    try {
                        done.accept(result);
                    } catch (RuntimeException e) {
                        ctx.fail(e);
                    }
                })
                .onFailure(failure -> {
                    if (failure instanceof HttpError error && error.getCause() == null && error.status() != 500) {
                        if (error.retryAfterSeconds() > 0) {
                            ctx.response().putHeader("retry-after", Integer.toString(error.retryAfterSeconds()));
                        }
                        RequestContext.of(ctx).refusedWith(error.code(), error.limit());
                        refused.accept(error, words(error));
                    } else {
                        ctx.fail(failure);
                    }
                });
    }

    /** Shows a page of people who are signed in; others are redirected to the sign-in page and back. */
    void whenSignedIn(RoutingContext ctx, String page, Consumer<SignedIn> show) {
        sessions.use(ctx.request())
                .onSuccess(found -> found.ifPresentOrElse(
                        show, () -> redirect(ctx, ReturnTarget.leadingTo(EdgePaths.SIGN_IN, page))))
                .onFailure(ctx::fail);
    }

    /** As {@link #whenSignedIn}, and the form must be one that we made for this very session and action. */
    void withValidFormToken(RoutingContext ctx, String page, Consumer<SignedIn> act) {
        whenSignedIn(ctx, page, me -> {
            if (tokens.isGood(me, ctx.normalizedPath(), new Form(ctx).text("token"))) {
                act.accept(me);
            } else {
                ctx.fail(HttpError.of(
                        403,
                        "FORM_TOO_OLD",
                        "This form is from another session. Go back, reload the page, and send it again."));
            }
        });
    }

    /** The page with what went wrong, at the field that it is about. */
    static Page faulty(Page page, HttpError error, String text) {
        return page.withProblem(
                text,
                switch (error.code()) {
                    case "NAME" -> "name";
                    case "EMAIL", "INVALID_EMAIL", "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL" -> "email";
                    case "AGAIN" -> "again";
                    case "PASSWORD_TOO_SHORT", "PASSWORD_TOO_LONG", "PASSWORD_TOO_WEAK", "INVALID_EMAIL_OR_PASSWORD" ->
                        "password";
                    case "INVALID_PASSWORD" -> "current";
                    case "SETUP_TOKEN_REQUIRED", "INVALID_SETUP_TOKEN" -> "setupToken";
                    default -> "";
                });
    }

    /** The wire's words are for programs; these are for people. */
    private static String words(HttpError error) {
        return switch (error.code()) {
            case "INVALID_EMAIL_OR_PASSWORD" -> "The address or the password is not right.";
            case "INVALID_PASSWORD" -> "That is not your password.";
            case "PASSWORD_TOO_SHORT" -> "The password is too short: it needs at least 8 characters.";
            case "PASSWORD_TOO_LONG" -> "The password is too long: it may have at most 128 characters.";
            case "TOO_MANY_REQUESTS" ->
                "That was too often in a row. Try again in " + error.retryAfterSeconds() + " s.";
            case "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL" -> "Somebody has signed up with that address already.";
            case "EMAIL_NOT_VERIFIED" -> "Open the link that was mailed to you first.";
            case "BANNED_USER" -> "This account is banned. Ask the operator of this site.";
            case "EMAIL_AND_PASSWORD_SIGN_UP_IS_NOT_ENABLED" -> "Signing up is closed. Ask the operator of this site.";
            case "INVALID_TOKEN" -> "This link was used already, or its time is over.";
            default -> error.text();
        };
    }
}
