package app.molos.edge.health;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;

/** Puts the checks and the node's state among the metrics. Labels are the ids of the checks, a closed set. */
public final class HealthMetrics {
    private HealthMetrics() {}

    public static void bind(HealthService health, Node node, MeterRegistry meters) {
        health.whenAdded(runner -> bind(runner, meters));
        Gauge.builder("edge_node_state", node, n -> n.state().number())
                .description("0 starting, 1 ready, 2 not ready, 3 draining, 4 stopped")
                .register(meters);
    }

    private static void bind(CheckRunner runner, MeterRegistry meters) {
        String id = runner.status().check().id();
        Gauge.builder(
                        "edge_health_status",
                        runner,
                        r -> r.status().shown().level().severity())
                .description("0 up, 1 degraded, 2 unknown, 3 down")
                .tag("check", id)
                .register(meters);
        Gauge.builder(
                        "edge_health_age_seconds",
                        runner,
                        r -> (System.nanoTime() - r.status().observedNanos()) / 1e9)
                .description("Since the last result")
                .tag("check", id)
                .register(meters);
        Gauge.builder("edge_health_duration_seconds", runner, r -> r.status().durationMillis() / 1e3)
                .description("Of the last run")
                .tag("check", id)
                .register(meters);
        FunctionCounter.builder("edge_health_runs", runner, CheckRunner::runs)
                .description("Runs of the check; probes cause none")
                .tag("check", id)
                .register(meters);
        FunctionCounter.builder("edge_health_timeouts", runner, CheckRunner::timeouts)
                .description("Runs that were not done by their deadline")
                .tag("check", id)
                .register(meters);
        FunctionCounter.builder("edge_health_transitions", runner, CheckRunner::transitions)
                .description("Changes of level")
                .tag("check", id)
                .register(meters);
    }
}
