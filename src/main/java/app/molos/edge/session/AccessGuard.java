package app.molos.edge.session;

import app.molos.edge.web.Access;
import app.molos.edge.web.HttpError;
import io.vertx.core.Future;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Lets a request pass or refuses it by who sent it. */
public final class AccessGuard {
    /** Nobody is signed in; whoever asked for a page may be led to the one where they can. */
    public static final HttpError SIGN_IN = HttpError.of(401, "UNAUTHORIZED", "Sign in to see this.");
    private static final HttpError ADMINS_ONLY = HttpError.of(403, "FORBIDDEN", "This is for administrators.");

    private final SessionReader reader;

    public AccessGuard(SessionReader reader) {
        this.reader = reader;
    }

    /** The person, empty on public ground (nobody is asked there); fails with 401, 403, or as the database does. */
    public Future<Optional<SignedIn>> admit(RoutingContext ctx, Access access) {
        if (access == Access.PUBLIC) {
            return Future.succeededFuture(Optional.empty());
        }
        return reader.use(ctx).compose(found -> {
            if (found.isEmpty()) {
                return Future.failedFuture(SIGN_IN);
            }
            return isEnough(found.get(), access) ? Future.succeededFuture(found) : Future.failedFuture(ADMINS_ONLY);
        });
    }

    /** The person, when it is known at once that they may enter; null says nothing. Not for public ground. */
    public @Nullable SignedIn known(HttpServerRequest request, Access access) {
        SignedIn known = reader.known(request);
        return known != null && isEnough(known, access) ? known : null;
    }

    private static boolean isEnough(SignedIn signedIn, Access access) {
        return access != Access.ADMIN || signedIn.user().isAdmin();
    }
}
