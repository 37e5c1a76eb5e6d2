package app.molos.edge.boot;

import app.molos.edge.auth.VerificationStore;
import app.molos.edge.session.SessionService;
import app.molos.edge.users.UserStore;
import io.vertx.core.Vertx;
import java.time.Clock;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes sessions, links, wrong passwords and bans whose time is over, every now and then (they are dead anyway; this keeps the tables
 * small), and folds names.
 */
final class Sweeper {
    private static final Logger LOG = LoggerFactory.getLogger(Sweeper.class);

    private final Vertx vertx;
    private final Duration interval;
    private final SessionService sessions;
    private final VerificationStore verifications;
    private final UserStore users;
    private final Components.Defence defence;
    private final Clock clock;

    Sweeper(
            Vertx vertx,
            Duration interval,
            SessionService sessions,
            VerificationStore verifications,
            UserStore users,
            Components.Defence defence,
            Clock clock) {
        this.vertx = vertx;
        this.interval = interval;
        this.sessions = sessions;
        this.verifications = verifications;
        this.users = users;
        this.defence = defence;
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
                        .compose(v -> defence.sweep())
                        .onFailure(e -> LOG.warn(
                                "Ended sessions were not removed; the next sweep tries again: {}", e.toString())));
    }

    private void foldNames() {
        users.foldNames()
                .onFailure(e -> LOG.warn(
                        "Names were not made ready to be searched; the next sweep tries again: {}", e.toString()));
    }
}
