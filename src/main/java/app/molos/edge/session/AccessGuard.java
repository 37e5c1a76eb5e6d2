package app.molos.edge.session;

import app.molos.edge.web.Access;
import app.molos.edge.web.Decision;
import app.molos.edge.web.HttpError;
import app.molos.edge.web.RequestContext;
import app.molos.edge.web.RequestGuard;
import io.vertx.core.http.HttpServerRequest;

/**
 * Allows or refuses a request by who sent it, and leaves who that is in the context. Nobody is asked on public ground.
 */
public final class AccessGuard implements RequestGuard {
    /** Nobody is signed in; a browser may be redirected to the page where they can. */
    public static final HttpError SIGN_IN =
            HttpError.of(401, "UNAUTHORIZED", "Sign in to see this.").withLimit("access");

    private static final Decision SIGN_IN_FIRST = Decision.refuse(SIGN_IN);
    private static final Decision ADMINS_ONLY = Decision.refuse(
            HttpError.of(403, "FORBIDDEN", "This is for administrators.").withLimit("access"));

    private final SessionReader reader;

    public AccessGuard(SessionReader reader) {
        this.reader = reader;
    }

    @Override
    public Decision decide(HttpServerRequest request, RequestContext context) {
        Access access = context.target().access();
        if (access == Access.PUBLIC) {
            return Decision.ALLOW;
        }
        SignedIn known = context.recognized() instanceof SignedIn recognized ? recognized : reader.known(request);
        return known != null
                ? judge(known, access, context)
                : Decision.when(reader.use(request)
                        .map(found ->
                                found.map(me -> judge(me, access, context)).orElse(SIGN_IN_FIRST)));
    }

    private static Decision judge(SignedIn signedIn, Access access, RequestContext context) {
        if (access == Access.ADMIN && !signedIn.user().isAdmin()) {
            return ADMINS_ONLY;
        }
        context.setCaller(signedIn);
        return Decision.ALLOW;
    }
}
