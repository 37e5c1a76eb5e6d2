package app.molos.edge.session;

import app.molos.edge.web.Cookies;
import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
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
        String token = token(ctx);
        if (token == null) {
            return Future.succeededFuture(Optional.empty());
        }
        Future<User> user = authentication.authenticate(new TokenCredentials(token));
        if (!user.isComplete()) {
            ctx.request().pause();
        }
        return user.map(u -> {
                    ((UserContextInternal) ctx.userContext()).setUser(u);
                    return Optional.of(SignedIn.of(u));
                })
                .recover(failure -> {
                    if (failure != SessionAuthentication.NO_SESSION) {
                        return Future.failedFuture(failure);
                    }
                    addCookies(ctx, cookies.deletions());
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
                    addCookies(ctx, cookies.deletions());
                } else if (now.get() != found.get()) {
                    issue(ctx, now.get());
                }
                return now;
            });
        });
    }

    /** Sends the cookies of a session with the answer. */
    public void issue(RoutingContext ctx, SignedIn signedIn) {
        addCookies(ctx, cookies.issue(signedIn.token(), sessions.maxAgeSeconds(signedIn.session())));
    }

    /** Ends the session of the request, if it has one, and makes the browser forget it. */
    public Future<Void> end(RoutingContext ctx) {
        String token = token(ctx);
        Future<Void> ended = token == null ? Future.succeededFuture() : sessions.end(token);
        return ended.onSuccess(v -> addCookies(ctx, cookies.deletions()));
    }

    private @Nullable String token(RoutingContext ctx) {
        List<String> headers = ctx.request().headers().getAll(HttpHeaders.COOKIE);
        String value = headers.isEmpty() ? null : Cookies.first(headers, cookies.tokenName());
        return value == null ? null : cookies.verify(value);
    }

    private static void addCookies(RoutingContext ctx, List<String> lines) {
        lines.forEach(line -> ctx.response().headers().add(HttpHeaders.SET_COOKIE, line));
    }
}
