package app.molos.edge.session;

import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.auth.User;
import io.vertx.ext.auth.authentication.AuthenticationProvider;
import io.vertx.ext.auth.authentication.TokenCredentials;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.impl.UserContextInternal;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Finds out who sent a request, and keeps the browser's cookie in step with the stored session. */
public final class SessionReader {
    private final AuthenticationProvider authentication;
    private final SessionService sessions;
    private final SessionCookies cookies;

    public SessionReader(AuthenticationProvider authentication, SessionService sessions, SessionCookies cookies) {
        this.authentication = authentication;
        this.sessions = sessions;
        this.cookies = cookies;
    }

    /**
     * The person behind the request, put on it as its Vert.x user too. A validly signed cookie without a session is deleted
     * in the browser. The request is paused while this waits, so that no byte of its body is lost.
     */
    public Future<Optional<SignedIn>> read(RoutingContext ctx) {
        List<String> headers = ctx.request().headers().getAll(HttpHeaders.COOKIE);
        SessionCookies.Presented presented = cookies.find(headers);
        if (presented == null) {
            return Future.succeededFuture(Optional.empty());
        }
        Future<User> user = authentication.authenticate(new TokenCredentials(presented.token()));
        if (!user.isComplete()) {
            ctx.request().pause();
        }
        return user.map(u -> {
                    ((UserContextInternal) ctx.userContext()).setUser(u);
                    if (presented.isStale()) {
                        issue(ctx, SignedIn.of(u));
                        addCookies(ctx, cookies.legacyDeletions(headers));
                    }
                    return Optional.of(SignedIn.of(u));
                })
                .recover(failure -> {
                    if (failure != SessionAuthentication.NO_SESSION) {
                        return Future.failedFuture(failure);
                    }
                    forget(ctx);
                    return Future.succeededFuture(Optional.empty());
                });
    }

    /** As {@link #read}, counted as a use of the session: when its end moves, this answer carries the cookie. */
    public Future<Optional<SignedIn>> use(RoutingContext ctx) {
        return read(ctx).compose(found -> {
            if (found.isEmpty()) {
                return Future.succeededFuture(found);
            }
            Future<Optional<SignedIn>> used = sessions.extendIfDue(found.get());
            if (!used.isComplete()) {
                ctx.request().pause();
            }
            return used.map(now -> {
                if (now.isEmpty()) {
                    forget(ctx);
                } else if (now.get() != found.get()) {
                    issue(ctx, now.get());
                }
                return now;
            });
        });
    }

    /** Who sent a request, when nothing has to be asked, stored or answered for its use of the session; null says nothing. */
    @Nullable SignedIn known(HttpServerRequest request) {
        SessionCookies.Presented presented = cookies.find(request.headers().getAll(HttpHeaders.COOKIE));
        return presented == null || presented.isStale() ? null : sessions.known(presented.token());
    }

    /** Sends the cookies of a session with the answer. */
    public void issue(RoutingContext ctx, SignedIn signedIn) {
        addCookies(ctx, cookies.issue(signedIn.token(), sessions.maxAgeSeconds(signedIn.session())));
    }

    /** As {@link #issue} after a sign-in: the browser is known from now on as one that this user signed in from. */
    public void issueNew(RoutingContext ctx, SignedIn signedIn) {
        issue(ctx, signedIn);
        String email = signedIn.user().email();
        if (device(ctx, email) == null) {
            addCookies(ctx, List.of(cookies.rememberDevice(sessions.newDevice(), email)));
        }
    }

    /** The browser's word that this address was signed in from it before, or null. */
    public @Nullable String device(RoutingContext ctx, String email) {
        return cookies.device(cookieHeaders(ctx), email);
    }

    /** Whether the browser has such a word for some address, good or not. */
    public boolean saysToBeKnown(RoutingContext ctx) {
        return cookies.hasDevice(cookieHeaders(ctx));
    }

    /** What can be done to sessions that are not the request's own. */
    public SessionService service() {
        return sessions;
    }

    /** Ends the session of the request, if it has one, and makes the browser forget it. */
    public Future<Void> end(RoutingContext ctx) {
        SessionCookies.Presented presented = cookies.find(cookieHeaders(ctx));
        String admin = cookies.keptAdmin(cookieHeaders(ctx));
        Future<Void> ended = (presented == null ? Future.<Void>succeededFuture() : sessions.end(presented.token()))
                // Who signs out while they are somebody else leaves no session of their own behind.
                .compose(v -> admin == null ? Future.succeededFuture() : sessions.end(admin));
        return ended.onSuccess(v -> {
            forget(ctx);
            if (cookies.hasAdmin(cookieHeaders(ctx))) {
                addCookies(ctx, List.of(cookies.deleteAdmin()));
            }
        });
    }

    /** Makes the browser forget the session, whatever name its cookie had. */
    public void forget(RoutingContext ctx) {
        addCookies(ctx, cookies.deletions());
        addCookies(ctx, cookies.legacyDeletions(cookieHeaders(ctx)));
    }

    /** The browser's session becomes one in which the admin is somebody else; the admin's own is kept beside it. */
    public void issueImpersonation(RoutingContext ctx, SignedIn admin, SignedIn impersonated) {
        forget(ctx);
        addCookies(ctx, List.of(cookies.keepAdmin(admin.token(), admin.session().isRemembered())));
        issue(ctx, impersonated);
    }

    /** The admin's own session behind an impersonation; empty when it ended meanwhile or none is kept. */
    public Future<Optional<SignedIn>> keptAdmin(RoutingContext ctx) {
        String token = cookies.keptAdmin(cookieHeaders(ctx));
        return token == null ? Future.succeededFuture(Optional.empty()) : sessions.find(token);
    }

    /** The admin is themselves again. */
    public void issueAdmin(RoutingContext ctx, SignedIn admin) {
        issue(ctx, admin);
        addCookies(ctx, List.of(cookies.deleteAdmin()));
        if (admin.session().isRemembered()) {
            addCookies(ctx, List.of(cookies.deleteDontRemember()));
        }
    }

    private static List<String> cookieHeaders(RoutingContext ctx) {
        return ctx.request().headers().getAll(HttpHeaders.COOKIE);
    }

    private static void addCookies(RoutingContext ctx, List<String> lines) {
        lines.forEach(line -> ctx.response().headers().add(HttpHeaders.SET_COOKIE, line));
    }
}
