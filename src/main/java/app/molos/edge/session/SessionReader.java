package app.molos.edge.session;

import app.molos.edge.web.HeldBody;
import app.molos.edge.web.RequestContext;
import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.auth.User;
import io.vertx.ext.auth.authentication.AuthenticationProvider;
import io.vertx.ext.auth.authentication.TokenCredentials;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Finds out who sent a request, and keeps the browser's cookie in step with the stored session. */
public final class SessionReader {
    private final AuthenticationProvider authentication;
    private final SessionService sessions;
    private final Function<HttpServerRequest, SessionCookies> cookies;

    /** @param cookies those of the origin that a request came by */
    public SessionReader(
            AuthenticationProvider authentication,
            SessionService sessions,
            Function<HttpServerRequest, SessionCookies> cookies) {
        this.authentication = authentication;
        this.sessions = sessions;
        this.cookies = cookies;
    }

    /**
     * The person behind the request. A validly signed cookie without a session is deleted
     * in the browser. The request is paused while this waits, so that no byte of its body is lost.
     */
    public Future<Optional<SignedIn>> read(HttpServerRequest request) {
        List<String> headers = request.headers().getAll(HttpHeaders.COOKIE);
        SessionCookies.Presented presented = cookies.apply(request).find(headers);
        if (presented == null) {
            return Future.succeededFuture(Optional.empty());
        }
        Future<User> user = authentication.authenticate(new TokenCredentials(presented.token()));
        if (!user.isComplete()) {
            HeldBody.hold(request);
        }
        return user.map(u -> {
                    if (presented.isStale()) {
                        issue(request, SignedIn.of(u));
                        addCookies(request, cookies.apply(request).legacyDeletions(headers));
                    }
                    return Optional.of(SignedIn.of(u));
                })
                .recover(failure -> {
                    if (failure != SessionAuthentication.NO_SESSION) {
                        return Future.failedFuture(failure);
                    }
                    forget(request);
                    return Future.succeededFuture(Optional.empty());
                });
    }

    /** As {@link #read}, counted as a use of the session: when its end moves, this answer carries the cookie. */
    public Future<Optional<SignedIn>> use(HttpServerRequest request) {
        return read(request).compose(found -> {
            if (found.isEmpty()) {
                return Future.succeededFuture(found);
            }
            Future<Optional<SignedIn>> used = sessions.extendIfDue(found.get());
            if (!used.isComplete()) {
                HeldBody.hold(request);
            }
            return used.map(now -> {
                if (now.isEmpty()) {
                    forget(request);
                } else if (now.get() != found.get()) {
                    issue(request, now.get());
                }
                return now;
            });
        });
    }

    /** Leaves in the context what the request's cookie says: its token, and who that is if {@link #known} knows it. */
    public void recognize(HttpServerRequest request, RequestContext context) {
        SessionCookies.Presented presented = presented(request);
        if (presented != null) {
            context.present(presented.token());
            SignedIn found = presented.isStale() ? null : sessions.known(presented.token());
            if (found != null) {
                context.recognize(found);
            }
        }
    }

    /**
     * Who sent a request, when nothing has to be asked, stored or answered for its use of the session; null says
     * nothing.
     */
    public @Nullable SignedIn known(HttpServerRequest request) {
        SessionCookies.Presented presented = presented(request);
        return presented == null || presented.isStale() ? null : sessions.known(presented.token());
    }

    /** As {@link #read}, and leaves the browser's cookies as they are. */
    public Future<Optional<SignedIn>> peek(HttpServerRequest request) {
        SessionCookies.Presented presented = presented(request);
        if (presented == null) {
            return Future.succeededFuture(Optional.empty());
        }
        Future<Optional<SignedIn>> found = sessions.find(presented.token());
        if (!found.isComplete()) {
            HeldBody.hold(request);
        }
        return found;
    }

    /** Whether a request has a session's cookie that no secret of the edge has signed. */
    public boolean isForged(HttpServerRequest request) {
        return cookies.apply(request).isForged(cookieHeaders(request));
    }

    private SessionCookies.@Nullable Presented presented(HttpServerRequest request) {
        return cookies.apply(request).find(cookieHeaders(request));
    }

    /** Sends the cookies of a session with the answer. */
    public void issue(HttpServerRequest request, SignedIn signedIn) {
        addCookies(request, cookies.apply(request).issue(signedIn.token(), sessions.maxAgeSeconds(signedIn.session())));
    }

    /** As {@link #issue} after a sign-in: the browser is known from now on as one that this user signed in from. */
    public void issueNew(HttpServerRequest request, SignedIn signedIn) {
        issue(request, signedIn);
        String email = signedIn.user().email();
        if (device(request, email) == null) {
            addCookies(request, List.of(cookies.apply(request).rememberDevice(sessions.newDevice(), email)));
        }
    }

    /** The browser's word that this address was signed in from it before, or null. */
    public @Nullable String device(HttpServerRequest request, String email) {
        return cookies.apply(request).device(cookieHeaders(request), email);
    }

    /** Whether a request has a cookie by which somebody could be known, good or not. */
    public boolean mayBeKnown(HttpServerRequest request) {
        return request.headers().contains(HttpHeaders.COOKIE)
                && cookies.apply(request).mayBeOurs(cookieHeaders(request));
    }

    /** Whether the browser has such a word for some address, good or not. */
    public boolean saysToBeKnown(HttpServerRequest request) {
        return cookies.apply(request).hasDevice(cookieHeaders(request));
    }

    /** Returns the service for sessions that are not the request's own. */
    public SessionService service() {
        return sessions;
    }

    /** Ends the session of the request, if it has one, and makes the browser forget it. */
    public Future<Void> end(HttpServerRequest request) {
        SessionCookies.Presented presented = presented(request);
        String admin = cookies.apply(request).keptAdmin(cookieHeaders(request));
        Future<Void> ended = (presented == null ? Future.<Void>succeededFuture() : sessions.end(presented.token()))
                // Who signs out while they are somebody else leaves no session of their own behind.
                .compose(v -> admin == null ? Future.succeededFuture() : sessions.end(admin));
        return ended.onSuccess(v -> {
            forget(request);
            if (cookies.apply(request).hasAdmin(cookieHeaders(request))) {
                addCookies(request, List.of(cookies.apply(request).deleteAdmin()));
            }
        });
    }

    /** Makes the browser forget the session, whatever name its cookie had. */
    public void forget(HttpServerRequest request) {
        addCookies(request, cookies.apply(request).deletions());
        addCookies(request, cookies.apply(request).legacyDeletions(cookieHeaders(request)));
    }

    /** The browser's session becomes one in which the admin is somebody else; the admin's own is kept beside it. */
    public void issueImpersonation(HttpServerRequest request, SignedIn admin, SignedIn impersonated) {
        forget(request);
        addCookies(
                request,
                List.of(cookies.apply(request)
                        .keepAdmin(admin.token(), admin.session().isRemembered())));
        issue(request, impersonated);
    }

    /** The admin's own session behind an impersonation; empty when it ended meanwhile or none is kept. */
    public Future<Optional<SignedIn>> keptAdmin(HttpServerRequest request) {
        String token = cookies.apply(request).keptAdmin(cookieHeaders(request));
        return token == null ? Future.succeededFuture(Optional.empty()) : sessions.find(token);
    }

    /** The admin is themselves again. */
    public void issueAdmin(HttpServerRequest request, SignedIn admin) {
        issue(request, admin);
        addCookies(request, List.of(cookies.apply(request).deleteAdmin()));
        if (admin.session().isRemembered()) {
            addCookies(request, List.of(cookies.apply(request).deleteDontRemember()));
        }
    }

    private static List<String> cookieHeaders(HttpServerRequest request) {
        return request.headers().getAll(HttpHeaders.COOKIE);
    }

    private static void addCookies(HttpServerRequest request, List<String> lines) {
        lines.forEach(line -> request.response().headers().add(HttpHeaders.SET_COOKIE, line));
    }
}
