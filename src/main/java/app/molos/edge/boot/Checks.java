package app.molos.edge.boot;

import app.molos.edge.db.Heartbeat;
import app.molos.edge.health.HealthCheck;
import app.molos.edge.health.HealthCheck.State;
import app.molos.edge.mail.MailQueue;
import app.molos.edge.modules.Module;
import app.molos.edge.modules.ModuleProber;
import app.molos.edge.modules.reload.LiveModules;
import app.molos.edge.passwords.PasswordHasher;
import app.molos.edge.users.UserStore;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The health checks: lower parts say how they are in their own words, and here these become states. */
final class Checks {
    private Checks() {}

    static List<HealthCheck> of(
            Heartbeat heartbeat,
            LiveModules live,
            ModuleProber prober,
            UserStore users,
            PasswordHasher hasher,
            Optional<MailQueue> mail) {
        List<HealthCheck> checks = new ArrayList<>(List.of(
                new HealthCheck("database", () -> heartbeat.check().map(Checks::writing)),
                new HealthCheck("modules", () -> Future.succeededFuture(modules(live, prober))),
                new HealthCheck(
                        "auth",
                        () -> hasher.isFull()
                                ? Future.succeededFuture(State.degraded("hash_queue_full"))
                                : users.probe().map(State.UP)),
                // Boot has decided it: nothing is served, and so nothing asks, before the migrations have succeeded.
                new HealthCheck("migrations", () -> Future.succeededFuture(State.UP))));
        mail.ifPresent(queue -> checks.add(new HealthCheck(
                "mail", () -> Future.succeededFuture(queue.isFailing() ? State.degraded("mail_not_sent") : State.UP))));
        return checks;
    }

    /** A database that can be read still serves: no reason to take the edge out of a balancer. */
    private static State writing(Heartbeat.Writing writing) {
        return switch (writing) {
            case FINE -> State.UP;
            case DISK_FULL -> State.degraded("disk_full", "the disk of the database is full");
            case REFUSED -> State.degraded("not_writable", "the database answers and takes no writes");
        };
    }

    /**
     * A module that is down is its own trouble: it degrades the report and never makes a balancer take the edge out.
     */
    private static State modules(LiveModules live, ModuleProber prober) {
        if (!prober.down().isEmpty()) {
            return State.degraded("module_down", String.join("; ", prober.down()));
        }
        if (!prober.otherVersions().isEmpty()) {
            return State.degraded("module_version", String.join("; ", prober.otherVersions()));
        }
        return live.modules().stream().allMatch(Module::isFetched) ? State.UP : State.degraded("module_not_fetched");
    }
}
