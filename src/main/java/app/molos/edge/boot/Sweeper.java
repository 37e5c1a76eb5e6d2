package app.molos.edge.boot;

import app.molos.edge.auth.VerificationStore;
import app.molos.edge.ratelimit.GuessJournal;
import app.molos.edge.session.SessionService;
import app.molos.edge.users.UserStore;
import io.vertx.core.Vertx;
import java.time.Clock;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes sessions, links and wrong passwords whose time is over, every now and then (they are dead anyway; this keeps the tables
 * small), and folds names.
 */
final class Sweeper {
    private static final Logger LOG = LoggerFactory.getLogger(Sweeper.class);

    private final Vertx vertx;
    private final Duration interval;
    private final SessionService sessions;
    private final VerificationStore verifications;
    private final UserStore users;
    private final GuessJournal guesses;
    private final Clock clock;

    Sweeper(
            Vertx vertx,
            Duration interval,
            SessionService sessions,
            VerificationStore verifications,
            UserStore users,
            GuessJournal guesses,
            Clock clock) {
        this.vertx = vertx;
        this.interval = interval;
        this.sessions = sessions;
        this.verifications = verifications;
        this.users = users;
        this.guesses = guesses;
        this.clock = clock;
    }

    /** Until Vert.x is closed. */
    void start() {
        foldNames();
        vertx.setPeriodic(interval.toMillis(), t -> foldNames());
        vertx.setPeriodic(
                interval.toMillis(),
                t -> sessions.sweep()
                        .compose(v -> verifications.sweep(clock.instant()))
                        .compose(v -> guesses.sweep())
                        .onFailure(e -> LOG.warn(
                                "Ended sessions were not removed; the next sweep tries again: {}", e.toString())));
    }

    private void foldNames() {
        users.foldNames()
                .onFailure(e -> LOG.warn(
                        "Names were not made ready to be searched; the next sweep tries again: {}", e.toString()));
    }
}
