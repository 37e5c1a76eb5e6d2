package app.molos.edge.proxy;

import app.molos.edge.session.SessionService;
import app.molos.edge.session.SignedIn;
import app.molos.edge.users.UserRecord;
import app.molos.edge.web.Access;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends WebSockets and event streams with the session that opened them: one who signs out, is banned or loses a role
 * must not go on listening. All sessions with an open stream are looked up together, so that many streams cost one
 * query. Confined to one event loop.
 */
final class StreamRevoker {
    /** An open stream; must be told when it ends by itself. */
    final class Guarded {
        private final String sessionId;
        private final Access access;
        private final Runnable close;

        private Guarded(String sessionId, Access access, Runnable close) {
            this.sessionId = sessionId;
            this.access = access;
            this.close = close;
        }

        void ended() {
            Set<Guarded> others = bySession.get(sessionId);
            if (others != null && others.remove(this) && others.isEmpty()) {
                bySession.remove(sessionId);
            }
        }
    }

    private static final Logger LOG = LoggerFactory.getLogger(StreamRevoker.class);

    private final SessionService sessions;
    private final Map<String, Set<Guarded>> bySession = new HashMap<>();
    private boolean isAsking;

    /** @param interval between two looks at the sessions; one that ended is noticed within it */
    StreamRevoker(Vertx vertx, SessionService sessions, Duration interval) {
        this.sessions = sessions;
        vertx.setPeriodic(interval.toMillis(), t -> look());
    }

    /** @param close runs when the session may not have the stream any more; at most once */
    Guarded add(SignedIn signedIn, Access access, Runnable close) {
        Guarded guarded = new Guarded(signedIn.session().id(), access, close);
        bySession.computeIfAbsent(guarded.sessionId, id -> new HashSet<>()).add(guarded);
        return guarded;
    }

    private void look() {
        if (bySession.isEmpty() || isAsking) {
            return;
        }
        isAsking = true;
        Set<String> asked = Set.copyOf(bySession.keySet());
        sessions.usersOf(asked)
                .onComplete(done -> isAsking = false)
                .onSuccess(users -> asked.forEach(id -> end(id, users.get(id))))
                // A database that is down does not tell who may listen.
                .onFailure(e -> LOG.warn("Whether open streams may stay open is not known: {}", e.toString()));
    }

    private void end(String sessionId, @Nullable UserRecord user) {
        List<Guarded> over = bySession.getOrDefault(sessionId, Set.of()).stream()
                .filter(g -> user == null || (g.access == Access.ADMIN && !user.isAdmin()))
                .toList();
        over.forEach(guarded -> {
            guarded.ended();
            guarded.close.run();
        });
    }
}
