package app.molos.edge.auth;

import app.molos.edge.session.SessionJson;
import app.molos.edge.session.SessionReader;
import app.molos.edge.web.HttpError;
import app.molos.edge.web.SiteConfig;
import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What goes by mail: a forgotten password, an address to prove or to change. */
final class MailEndpoints {
    private static final int MAX_TOKEN = 4096;
    private static final Pattern ERROR_CODE = Pattern.compile("['A-Za-z0-9_-]{1,100}");
    private static final CharSequence JSON = HttpHeaders.createOptimized("application/json");
    private static final CharSequence HTML = HttpHeaders.createOptimized("text/html; charset=utf-8");
    private static final JsonObject DONE = new JsonObject().put("status", true);

    private final MailLinks links;
    private final AccountService account;
    private final CallbackUrls callbacks;
    private final SiteConfig site;
    private final SessionReader sessions;

    MailEndpoints(MailLinks links, AccountService account, CallbackUrls callbacks, SiteConfig site, SessionReader sessions) {
        this.links = links;
        this.account = account;
        this.callbacks = callbacks;
        this.site = site;
        this.sessions = sessions;
    }

    Future<?> requestReset(AuthRequest call) {
        String email = call.body().email("email");
        String redirect = call.body().optionalString("redirectTo", SignEndpoints.MAX_URL);
        call.body().throwIfFaulty();
        if (!links.isOn()) {
            throw HttpError.of(400, "RESET_PASSWORD_ISNT_ENABLED", "Reset password isn't enabled");
        }
        links.requestReset(email, redirect == null ? "" : redirect);
        return Future.succeededFuture(new JsonObject()
                .put("status", true)
                .put("message", "If this email exists in our system, check your email for the reset link"));
    }

    /** The link in the mail: leads on to the page that asks for the password, with the token if it is good. */
    Future<?> openReset(AuthRequest call) {
        String token = call.ctx().pathParam("token");
        if (call.ctx().request().getParam("callbackURL") == null) {
            throw HttpError.of(400, "VALIDATION_ERROR",
                    "[query.callbackURL] Invalid input: expected string, received undefined");
        }
        String callback = call.query("callbackURL");
        callbacks.checkCallback(callback);
        if (callback.isEmpty()) {
            return redirect(call.ctx(), site.origin() + "/api/auth/error?error=INVALID_TOKEN");
        }
        return links.isResetToken(token).compose(isGood -> redirect(
                call.ctx(), with(absolute(callback), isGood ? "token=" + token : "error=INVALID_TOKEN")));
    }

    Future<?> reset(AuthRequest call) {
        String password = call.body().string("newPassword", Integer.MAX_VALUE);
        String inBody = call.body().optionalString("token", MAX_TOKEN);
        call.body().throwIfFaulty();
        String token = inBody != null ? inBody : call.query("token");
        if (token.isEmpty()) {
            throw AuthErrors.INVALID_TOKEN;
        }
        return links.reset(token, password).map(v -> DONE);
    }

    /** Whoever is not signed in hears the same for every address. */
    Future<?> requestVerification(AuthRequest call) {
        String email = call.body().email("email");
        String callback = call.body().optionalString("callbackURL", SignEndpoints.MAX_URL);
        call.body().throwIfFaulty();
        if (!links.isOn()) {
            throw AuthErrors.NO_VERIFICATION_MAIL;
        }
        return sessions.use(call.ctx().request()).map(me -> {
            if (me.isPresent() && !me.get().user().email().equals(email)) {
                throw HttpError.of(400, "EMAIL_MISMATCH", "Email mismatch");
            }
            if (me.isPresent() && me.get().user().isEmailVerified()) {
                throw HttpError.of(400, "EMAIL_IS_ALREADY_VERIFIED", "Email is already verified");
            }
            links.requestVerification(email, callback == null ? "" : callback);
            return DONE;
        });
    }

    Future<?> verify(AuthRequest call) {
        if (call.query("token").isEmpty()) {
            throw HttpError.of(400, "VALIDATION_ERROR", "[query.token] Invalid input: expected string, received undefined");
        }
        String callback = call.query("callbackURL");
        callbacks.checkCallback(callback);
        return sessions.use(call.ctx().request()).compose(me -> links.follow(call.query("token"), me, callback)).compose(outcome -> {
            if (!outcome.fault().isEmpty()) {
                return callback.isEmpty()
                        ? Future.failedFuture(HttpError.of(
                                401, outcome.fault().toUpperCase(Locale.ROOT), outcome.fault()))
                        : redirect(call.ctx(), with(absolute(callback), "error=" + outcome.fault()));
            }
            if (!callback.isEmpty()) {
                return redirect(call.ctx(), absolute(callback));
            }
            return Future.succeededFuture(new JsonObject()
                    .put("status", true)
                    .put("user", outcome.isEmailChanged()
                            ? SessionJson.user(outcome.user().orElseThrow())
                            : null));
        });
    }

    Future<?> changeEmail(AuthRequest call) {
        String email = call.body().email("newEmail");
        String callback = call.body().optionalString("callbackURL", SignEndpoints.MAX_URL);
        String password = call.body().optionalString("password", Integer.MAX_VALUE);
        call.body().throwIfFaulty();
        return call.signedIn().compose(me -> {
            if (!links.isOn()) {
                throw HttpError.of(400, "CHANGE_EMAIL_IS_DISABLED", "Change email is disabled");
            }
            if (me.user().email().equals(email)) {
                throw HttpError.of(400, "EMAIL_IS_THE_SAME", "Email is the same");
            }
            return account.proveForNewAddress(me, password, call.client()).map(v -> {
                links.requestChange(me.user(), email, callback == null ? "" : callback);
                return DONE;
            });
        });
    }

    /** Where a link without a page to lead to ends. */
    Future<?> error(AuthRequest call) {
        String given = call.query("error");
        String code = ERROR_CODE.matcher(given).matches() ? given : "UNKNOWN";
        String text = call.query("error_description");
        if (site.mode().isProduction()) {
            return redirect(call.ctx(), "/?error=" + code
                    + (text.isEmpty() ? "" : "&error_description=" + URLEncoder.encode(text, StandardCharsets.UTF_8)));
        }
        call.ctx().response().putHeader(HttpHeaders.CONTENT_TYPE, HTML).end(
                "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Error</title></head>\n<body><h1>"
                        + escaped(code) + "</h1>\n<p>" + escaped(text) + "</p></body></html>\n");
        return Future.succeededFuture();
    }

    private String absolute(String callback) {
        return callback.startsWith("/") ? site.origin() + callback : callback;
    }

    private static String with(String url, String parameter) {
        int fragment = url.indexOf('#');
        String bare = fragment < 0 ? url : url.substring(0, fragment);
        return bare + (bare.indexOf('?') < 0 ? "?" : "&") + parameter;
    }

    private static Future<@Nullable Object> redirect(RoutingContext ctx, String location) {
        ctx.response()
                .setStatusCode(302)
                .putHeader(HttpHeaders.CONTENT_TYPE, JSON)
                .putHeader(HttpHeaders.LOCATION, location)
                .end();
        return Future.succeededFuture();
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\"", "&quot;");
    }
}
