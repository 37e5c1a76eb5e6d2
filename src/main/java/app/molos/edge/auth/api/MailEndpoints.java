package app.molos.edge.auth.api;

import app.molos.edge.auth.AccountService;
import app.molos.edge.auth.AuthErrors;
import app.molos.edge.auth.MailLinks;
import app.molos.edge.session.SessionJson;
import app.molos.edge.session.SessionReader;
import app.molos.edge.web.HttpError;
import app.molos.edge.web.Origin;
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

/** Endpoints whose answer goes by mail: a forgotten password, an address to prove or to change. */
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
    private final RequestThrottle throttle;

    MailEndpoints(
            MailLinks links,
            AccountService account,
            CallbackUrls callbacks,
            SiteConfig site,
            SessionReader sessions,
            RequestThrottle throttle) {
        this.links = links;
        this.account = account;
        this.callbacks = callbacks;
        this.site = site;
        this.sessions = sessions;
        this.throttle = throttle;
    }

    /** @param to where the link is to lead; empty: nowhere */
    record MailRequest(String email, String to) {
        private static MailRequest of(String email, @Nullable String to) {
            return new MailRequest(email, to == null ? "" : to);
        }

        static MailRequest readReset(AuthRequest request) {
            return of(
                    request.body().email("email"), request.body().optionalString("redirectTo", SignEndpoints.MAX_URL));
        }

        static MailRequest readVerification(AuthRequest request) {
            return of(
                    request.body().email("email"), request.body().optionalString("callbackURL", SignEndpoints.MAX_URL));
        }
    }

    Future<?> requestReset(AuthRequest request, MailRequest input) {
        if (!links.isOn()) {
            throw HttpError.of(400, "RESET_PASSWORD_ISNT_ENABLED", "Reset password isn't enabled");
        }
        return throttle.admitAddressed(request.ctx(), RequestThrottle.REQUEST_RESET, input.email())
                .map(v -> {
                    links.requestReset(input.email(), input.to());
                    return new JsonObject()
                            .put("status", true)
                            .put("message", "If this email exists in our system, check your email for the reset link");
                });
    }

    /** A parameter that must be there and may be empty. */
    static String callback(AuthRequest request) {
        if (request.ctx().request().getParam("callbackURL") == null) {
            throw HttpError.of(
                    400, "VALIDATION_ERROR", "[query.callbackURL] Invalid input: expected string, received undefined");
        }
        return request.query("callbackURL");
    }

    /** The link in the mail: leads on to the page that asks for the password, with the token if it is good. */
    Future<?> openReset(AuthRequest request, String callback) {
        String token = request.ctx().pathParam("token");
        callbacks.checkCallback(callback);
        if (callback.isEmpty()) {
            return redirect(request.ctx(), origin(request) + "/api/auth/error?error=INVALID_TOKEN");
        }
        return links.isResetToken(token)
                .compose(isGood -> redirect(
                        request.ctx(),
                        with(absolute(request, callback), isGood ? "token=" + token : "error=INVALID_TOKEN")));
    }

    /** @param token null: it is in the query */
    record Reset(String password, @Nullable String token) {
        static Reset read(AuthRequest request) {
            return new Reset(
                    request.body().string("newPassword", Integer.MAX_VALUE),
                    request.body().optionalString("token", MAX_TOKEN));
        }
    }

    Future<?> reset(AuthRequest request, Reset input) {
        String token = input.token() != null ? input.token() : request.query("token");
        if (token.isEmpty()) {
            throw AuthErrors.INVALID_TOKEN;
        }
        return links.reset(token, input.password()).map(v -> DONE);
    }

    /** Answers alike for every address while nobody is signed in. */
    Future<?> requestVerification(AuthRequest request, MailRequest input) {
        if (!links.isOn()) {
            throw AuthErrors.NO_VERIFICATION_MAIL;
        }
        return throttle.admitAddressed(request.ctx(), RequestThrottle.SEND_VERIFICATION, input.email())
                .compose(v -> sessions.use(request.ctx().request()))
                .map(me -> {
                    if (me.isPresent() && !me.get().user().email().equals(input.email())) {
                        throw HttpError.of(400, "EMAIL_MISMATCH", "Email mismatch");
                    }
                    if (me.isPresent() && me.get().user().isEmailVerified()) {
                        throw HttpError.of(400, "EMAIL_IS_ALREADY_VERIFIED", "Email is already verified");
                    }
                    links.requestVerification(input.email(), input.to());
                    return DONE;
                });
    }

    Future<?> verify(AuthRequest request, String token) {
        String callback = request.query("callbackURL");
        callbacks.checkCallback(callback);
        return sessions.use(request.ctx().request())
                .compose(me -> links.follow(token, me, callback))
                .compose(outcome -> {
                    if (!outcome.fault().isEmpty()) {
                        return callback.isEmpty()
                                ? Future.failedFuture(
                                        HttpError.of(401, outcome.fault().toUpperCase(Locale.ROOT), outcome.fault()))
                                : redirect(
                                        request.ctx(), with(absolute(request, callback), "error=" + outcome.fault()));
                    }
                    if (!callback.isEmpty()) {
                        return redirect(request.ctx(), absolute(request, callback));
                    }
                    return Future.succeededFuture(new JsonObject()
                            .put("status", true)
                            .put(
                                    "user",
                                    outcome.isEmailChanged()
                                            ? SessionJson.user(outcome.user().orElseThrow())
                                            : null));
                });
    }

    record ChangeEmail(
            String email,
            @Nullable String callback,
            @Nullable String password) {
        static ChangeEmail read(AuthRequest request) {
            AuthRequestBody body = request.body();
            return new ChangeEmail(
                    body.email("newEmail"),
                    body.optionalString("callbackURL", SignEndpoints.MAX_URL),
                    body.optionalString("password", Integer.MAX_VALUE));
        }
    }

    Future<?> changeEmail(AuthCall call, ChangeEmail input) {
        if (!links.isOn()) {
            throw HttpError.of(400, "CHANGE_EMAIL_IS_DISABLED", "Change email is disabled");
        }
        if (call.me().user().email().equals(input.email())) {
            throw HttpError.of(400, "EMAIL_IS_THE_SAME", "Email is the same");
        }
        return account.proveForNewAddress(call.me(), input.password(), call.client())
                .map(v -> {
                    links.requestChange(
                            call.me().user(), input.email(), input.callback() == null ? "" : input.callback());
                    return DONE;
                });
    }

    /** Where a link without a page to lead to ends. */
    Future<?> error(AuthRequest request, AuthRequest nothing) {
        String given = request.query("error");
        String code = ERROR_CODE.matcher(given).matches() ? given : "UNKNOWN";
        String text = request.query("error_description");
        if (site.mode().isProduction()) {
            return redirect(
                    request.ctx(),
                    "/?error=" + code
                            + (text.isEmpty()
                                    ? ""
                                    : "&error_description=" + URLEncoder.encode(text, StandardCharsets.UTF_8)));
        }
        request.ctx()
                .response()
                .putHeader(HttpHeaders.CONTENT_TYPE, HTML)
                .end(
                        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Error</title></head>\n<body><h1>"
                                + escaped(code) + "</h1>\n<p>" + escaped(text) + "</p></body></html>\n");
        return Future.succeededFuture();
    }

    /** The one that the link was opened at. */
    private Origin origin(AuthRequest request) {
        return site.origins().of(request.ctx().request());
    }

    private String absolute(AuthRequest request, String callback) {
        return callback.startsWith("/") ? origin(request) + callback : callback;
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
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }
}
