package app.molos.edge.auth.api;

import app.molos.edge.auth.AuthErrors;
import app.molos.edge.auth.SignInService;
import app.molos.edge.auth.SignUpService;
import app.molos.edge.session.SessionJson;
import app.molos.edge.session.SessionReader;
import app.molos.edge.session.SignedIn;
import app.molos.edge.users.EmailAddress;
import app.molos.edge.users.UserRecord;
import app.molos.edge.web.HttpError;
import app.molos.edge.web.RequestContext;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Signing up, in and out, and who is signed in. */
final class SignEndpoints {
    static final int MAX_URL = 2048;
    private static final CharSequence JSON = HttpHeaders.createOptimized("application/json");
    private static final Buffer NULL = Buffer.buffer("null");
    private static final List<String> ADMIN_FIELDS = List.of("role", "banReason", "banExpires");

    private final SignUpService signUps;
    private final SignInService signIns;
    private final SessionReader sessions;
    private final RequestThrottle throttle;

    SignEndpoints(SignUpService signUps, SignInService signIns, SessionReader sessions, RequestThrottle throttle) {
        this.throttle = throttle;
        this.signUps = signUps;
        this.signIns = signIns;
        this.sessions = sessions;
    }

    /** The one that every page calls: outside the table, because it needs nothing that the table does. */
    void getSession(RoutingContext ctx) {
        // Any value counts as true on this wire, "false" too.
        String flag = ctx.request().query() == null ? null : ctx.request().getParam("disableRefresh");
        if (RequestContext.of(ctx).recognized() instanceof SignedIn known) {
            // Known from memory: its use moves nothing.
            ctx.response().putHeader(HttpHeaders.CONTENT_TYPE, JSON).end(known.render());
            return;
        }
        Future<Optional<SignedIn>> found =
                flag == null || flag.isEmpty() ? sessions.use(ctx.request()) : sessions.read(ctx.request());
        found.onSuccess(signedIn -> ctx.response()
                        .putHeader(HttpHeaders.CONTENT_TYPE, JSON)
                        .end(signedIn.map(SignedIn::render).orElse(NULL)))
                .onFailure(ctx::fail);
    }

    record SignUp(
            String name,
            String email,
            String password,
            @Nullable String image,
            @Nullable String callback,
            boolean isRemembered) {
        static SignUp read(AuthRequest request) {
            AuthRequestBody body = request.body();
            return new SignUp(
                    body.string("name", UserRecord.MAX_NAME),
                    body.email("email"),
                    body.nonEmptyString("password", Integer.MAX_VALUE),
                    body.optionalWebUrl("image"),
                    body.optionalString("callbackURL", MAX_URL),
                    body.flag("rememberMe", true));
        }
    }

    Future<?> signUp(AuthRequest request, SignUp input) {
        refuseAdminFields(request.body(), ADMIN_FIELDS);
        SignUpService.NewUser user = new SignUpService.NewUser(
                input.name(),
                input.email(),
                input.password(),
                input.image(),
                input.isRemembered(),
                token(request, "X-Setup-Token", "setupToken"),
                token(request, "X-Invite-Token", "inviteToken"));
        String callback = input.callback() == null ? "" : input.callback();
        return signUps.signUp(user, request.client(), callback).map(signedUp -> {
            signedUp.signedIn()
                    .ifPresent(signedIn -> sessions.issueNew(request.ctx().request(), signedIn));
            return new JsonObject()
                    .put("token", signedUp.signedIn().map(SignedIn::token).orElse(null))
                    .put("user", SessionJson.user(signedUp.user()));
        });
    }

    record SignIn(String email, String password, @Nullable String callback, boolean isRemembered) {
        static SignIn read(AuthRequest request) {
            AuthRequestBody body = request.body();
            return new SignIn(
                    body.string("email", Integer.MAX_VALUE),
                    body.string("password", Integer.MAX_VALUE),
                    body.optionalString("callbackURL", MAX_URL),
                    body.flag("rememberMe", true));
        }
    }

    Future<?> signIn(AuthRequest request, SignIn input) {
        if (!EmailAddress.is(input.email())) {
            throw AuthErrors.INVALID_EMAIL;
        }
        String address = EmailAddress.normalized(input.email());
        RequestContext.of(request.ctx()).setAccount(address);
        String device = sessions.device(request.ctx().request(), address);
        SignInService.SignIn attempt =
                new SignInService.SignIn(address, input.password(), input.isRemembered(), device);
        return throttle.admitAddressed(request.ctx(), RequestThrottle.SIGN_IN, address)
                .compose(v -> signIns.signIn(attempt, request.client()))
                .map(signedIn -> {
                    sessions.issueNew(request.ctx().request(), signedIn);
                    String callback = input.callback();
                    boolean isRedirected = callback != null && !callback.isEmpty();
                    JsonObject answer =
                            new JsonObject().put("redirect", isRedirected).put("token", signedIn.token());
                    if (isRedirected) {
                        answer.put("url", callback);
                        request.ctx().response().putHeader(HttpHeaders.LOCATION, callback);
                    }
                    return answer.put("user", SessionJson.user(signedIn.user()));
                });
    }

    Future<?> signOut(AuthRequest request, AuthRequest nothing) {
        return sessions.end(request.ctx().request()).map(v -> new JsonObject().put("success", true));
    }

    static void refuseAdminFields(AuthRequestBody body, List<String> names) {
        for (String field : names) {
            if (body.isTruthy(field)) {
                throw HttpError.of(
                        400,
                        field.toUpperCase(Locale.ROOT) + "_IS_NOT_ALLOWED_TO_BE_SET",
                        field + " is not allowed to be set");
            }
        }
    }

    private static String token(AuthRequest request, String header, String field) {
        String shown = request.ctx().request().getHeader(header);
        return shown != null ? shown : request.body().fields().getValue(field) instanceof String text ? text : "";
    }
}
