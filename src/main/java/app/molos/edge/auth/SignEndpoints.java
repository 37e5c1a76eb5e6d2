package app.molos.edge.auth;

import app.molos.edge.session.SessionJson;
import app.molos.edge.session.SessionReader;
import app.molos.edge.session.SignedIn;
import app.molos.edge.users.EmailAddress;
import app.molos.edge.users.UserRecord;
import app.molos.edge.web.HttpError;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

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
        Future<Optional<SignedIn>> found =
                flag == null || flag.isEmpty() ? sessions.use(ctx.request()) : sessions.read(ctx.request());
        found.onSuccess(signedIn -> ctx.response()
                        .putHeader(HttpHeaders.CONTENT_TYPE, JSON)
                        .end(signedIn.map(SignedIn::render).orElse(NULL)))
                .onFailure(ctx::fail);
    }

    Future<?> signUp(AuthRequest call) {
        AuthRequestBody body = call.body();
        String name = body.string("name", UserRecord.MAX_NAME);
        String email = body.email("email");
        String password = body.nonEmptyString("password", Integer.MAX_VALUE);
        String image = body.optionalWebUrl("image");
        String callback = body.optionalString("callbackURL", MAX_URL);
        boolean isRemembered = body.flag("rememberMe", true);
        body.throwIfFaulty();
        refuseAdminFields(body, ADMIN_FIELDS);
        SignUpService.NewUser user = new SignUpService.NewUser(
                name, email, password, image, isRemembered, token(call, "X-Setup-Token", "setupToken"),
                token(call, "X-Invite-Token", "inviteToken"));
        return signUps.signUp(user, call.client(), callback == null ? "" : callback).map(signedUp -> {
            signedUp.signedIn().ifPresent(signedIn -> sessions.issueNew(call.ctx().request(), signedIn));
            return new JsonObject()
                    .put("token", signedUp.signedIn().map(SignedIn::token).orElse(null))
                    .put("user", SessionJson.user(signedUp.user()));
        });
    }

    Future<?> signIn(AuthRequest call) {
        AuthRequestBody body = call.body();
        String email = body.string("email", Integer.MAX_VALUE);
        String password = body.string("password", Integer.MAX_VALUE);
        String callback = body.optionalString("callbackURL", MAX_URL);
        boolean isRemembered = body.flag("rememberMe", true);
        body.throwIfFaulty();
        if (!EmailAddress.is(email)) {
            return Future.failedFuture(AuthErrors.INVALID_EMAIL);
        }
        String address = EmailAddress.normalized(email);
        String device = sessions.device(call.ctx().request(), address);
        SignInService.SignIn request = new SignInService.SignIn(address, password, isRemembered, device);
        return throttle.signIn(call.ctx(), device).compose(v -> signIns.signIn(request, call.client())).map(signedIn -> {
            sessions.issueNew(call.ctx().request(), signedIn);
            boolean isRedirected = callback != null && !callback.isEmpty();
            JsonObject answer = new JsonObject().put("redirect", isRedirected).put("token", signedIn.token());
            if (isRedirected) {
                answer.put("url", callback);
                call.ctx().response().putHeader(HttpHeaders.LOCATION, callback);
            }
            return answer.put("user", SessionJson.user(signedIn.user()));
        });
    }

    Future<?> signOut(AuthRequest call) {
        return sessions.end(call.ctx().request()).map(v -> new JsonObject().put("success", true));
    }

    static void refuseAdminFields(AuthRequestBody body, List<String> names) {
        for (String field : names) {
            if (body.isTruthy(field)) {
                throw HttpError.of(
                        400, field.toUpperCase(Locale.ROOT) + "_IS_NOT_ALLOWED_TO_BE_SET", field + " is not allowed to be set");
            }
        }
    }

    private static String token(AuthRequest call, String header, String field) {
        String shown = call.ctx().request().getHeader(header);
        return shown != null ? shown : call.body().fields().getValue(field) instanceof String text ? text : "";
    }
}
