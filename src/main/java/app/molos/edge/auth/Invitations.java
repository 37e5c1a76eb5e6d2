package app.molos.edge.auth;

import app.molos.edge.auth.VerificationStore.Kind;
import app.molos.edge.users.Ids;
import app.molos.edge.web.EdgePaths;
import app.molos.edge.web.Origin;
import io.vertx.core.Future;
import java.time.Clock;
import java.time.Instant;

/** Links that let somebody sign up while {@code auth.signUp} is {@code invite}. */
public final class Invitations {
    private final VerificationStore verifications;
    private final Origin origin;
    private final AuthConfig config;
    private final Ids ids;
    private final Clock clock;

    public Invitations(VerificationStore verifications, Origin origin, AuthConfig config, Ids ids, Clock clock) {
        this.verifications = verifications;
        this.origin = origin;
        this.config = config;
        this.ids = ids;
        this.clock = clock;
    }

    /**
     * A link that is good once.
     *
     * @param email who may use it, in lower case; empty for anybody
     */
    public Future<String> make(String email) {
        String token = ids.next();
        Instant now = Instant.ofEpochMilli(clock.millis());
        return verifications
                .put(Kind.INVITE, token, email, now.plus(config.inviteLife()), now)
                .map(v -> origin + EdgePaths.SIGN_UP + "?invite=" + token);
    }
}
