package app.molos.edge.session;

import app.molos.edge.users.UserRecord;
import app.molos.edge.web.Caller;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.auth.User;
import org.jspecify.annotations.Nullable;

/**
 * A session with the snapshot of its user: what a request knows of the person behind it. Immutable but for the answer
 * of get-session, which is rendered once per snapshot. Thread-safe.
 */
public final class SignedIn implements Caller {
    private static final String ATTRIBUTE = "edge.signedIn";

    private final String token;
    private final SessionRecord session;
    private final UserRecord user;
    private final User asUser;
    private volatile @Nullable Buffer rendered;

    public SignedIn(String token, SessionRecord session, UserRecord user) {
        this.token = token;
        this.session = session;
        this.user = user;
        this.asUser = User.create(new JsonObject()
                .put("sub", user.id())
                .put("email", user.email())
                .put("role", user.role()));
        asUser.attributes().put(ATTRIBUTE, this);
    }

    /** The snapshot inside a Vert.x user that {@link SessionAuthentication} made. */
    public static SignedIn of(User user) {
        return (SignedIn) user.attributes().getValue(ATTRIBUTE);
    }

    public String token() {
        return token;
    }

    public SessionRecord session() {
        return session;
    }

    public UserRecord user() {
        return user;
    }

    public User asUser() {
        return asUser;
    }

    /** {@code {"session":…,"user":…}} as the wire has it. */
    public Buffer render() {
        Buffer done = rendered;
        if (done == null) {
            done = new JsonObject()
                    .put("session", SessionJson.session(session, token))
                    .put("user", SessionJson.user(user))
                    .toBuffer();
            rendered = done;
        }
        return done;
    }
}
