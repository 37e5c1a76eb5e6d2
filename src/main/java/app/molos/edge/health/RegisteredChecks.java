package app.molos.edge.health;

import app.molos.edge.health.HealthCheck.Kind;
import app.molos.edge.health.HealthCheck.Scope;
import app.molos.edge.health.HealthCheck.State;
import app.molos.edge.health.HealthCheck.Timing;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.ext.healthchecks.Status;

/**
 * Takes checks in the form of vertx-health-check, so that embedders register what they have for it. What Vert.x's own
 * {@code HealthChecks} would run at each request runs on the schedule here.
 */
public final class RegisteredChecks {
    private final HealthService health;
    private final Timing timing;

    public RegisteredChecks(HealthService health, HealthConfig config) {
        this.health = health;
        this.timing = config.fast();
    }

    /**
     * Adds a check, or takes the place of the one of that name.
     *
     * @param procedure as for {@code io.vertx.ext.healthchecks.HealthChecks#register}; its data is for operators only
     */
    public void register(String name, Kind kind, Handler<Promise<Status>> procedure) {
        health.register(new HealthCheck(name, kind, Scope.LOCAL, timing, () -> {
            Promise<Status> promise = Promise.promise();
            procedure.handle(promise);
            return promise.future().map(RegisteredChecks::state);
        }));
    }

    private static State state(Status status) {
        String data = status.getData() == null ? "" : status.getData().encode();
        return status.isOk() ? State.UP : State.down("failed", data);
    }
}
