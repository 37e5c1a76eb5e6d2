package app.molos.edge.health.dialects;

import static org.assertj.core.api.Assertions.assertThat;

import app.molos.edge.health.HealthCheck;
import app.molos.edge.health.HealthCheck.Kind;
import app.molos.edge.health.HealthCheck.Scope;
import app.molos.edge.health.HealthCheck.State;
import app.molos.edge.health.HealthCheck.Timing;
import app.molos.edge.health.HealthConfig;
import app.molos.edge.health.HealthConfig.Limits;
import app.molos.edge.health.HealthHistory;
import app.molos.edge.health.HealthReport;
import app.molos.edge.health.HealthReport.Aspect;
import app.molos.edge.health.HealthService;
import app.molos.edge.health.Node;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** One report in every dialect, word for word. */
@ExtendWith(VertxExtension.class)
class DialectsTest {
    private static final Timing TIMING =
            new Timing(Duration.ofSeconds(20), Duration.ofSeconds(1), 1, 1, Duration.ofSeconds(60));
    private final Node node = new Node(new HealthHistory(Clock.systemUTC()));

    private HealthReport report(Vertx vertx, State database, State modules) throws Exception {
        HealthConfig config = new HealthConfig(
                TIMING,
                TIMING,
                Duration.ofSeconds(10),
                Duration.ofMinutes(1),
                Duration.ofMillis(100),
                new Limits(0, Duration.ZERO),
                Optional.empty(),
                Set.of());
        HealthService service = new HealthService(
                vertx,
                node,
                List.of(
                        new HealthCheck(
                                "database",
                                Kind.CRITICAL,
                                Scope.SHARED,
                                TIMING,
                                () -> Future.succeededFuture(database)),
                        new HealthCheck(
                                "modules", Kind.DEGRADING, Scope.LOCAL, TIMING, () -> Future.succeededFuture(modules))),
                config,
                Clock.systemUTC());
        service.start().await(5, TimeUnit.SECONDS);
        node.started();
        service.stop();
        return service.report();
    }

    private static final State DOWN = State.down("unreachable", "10.0.0.7 refused");

    @Test
    void healthJson_passesWarnsAndFails(Vertx vertx) throws Exception {
        HealthDialect dialect = new HealthJsonDialect();
        assertThat(dialect.contentType()).hasToString("application/health+json");
        assertThat(dialect.render(report(vertx, State.UP, State.UP), Aspect.OVERALL, false))
                .hasToString(
                        "{\"status\":\"pass\",\"checks\":{\"database\":[{\"status\":\"pass\"}],\"modules\":[{\"status\":\"pass\"}]}}");
        assertThat(dialect.render(report(vertx, State.UP, State.degraded("module_down")), Aspect.OVERALL, false))
                .hasToString("{\"status\":\"warn\",\"checks\":{\"database\":[{\"status\":\"pass\"}],"
                        + "\"modules\":[{\"status\":\"warn\",\"output\":\"module_down\"}]}}");
        assertThat(dialect.render(report(vertx, DOWN, State.UP), Aspect.OVERALL, false))
                .hasToString(
                        "{\"status\":\"fail\",\"checks\":{\"database\":[{\"status\":\"fail\",\"output\":\"unreachable\"}],"
                                + "\"modules\":[{\"status\":\"pass\"}]}}");
    }

    @Test
    void microProfile_saysUpAndDown_forEachQuestion(Vertx vertx) throws Exception {
        HealthDialect dialect = new MicroProfileDialect();
        HealthReport broken = report(vertx, DOWN, State.degraded("module_down"));
        assertThat(dialect.render(broken, Aspect.OVERALL, false))
                .hasToString("{\"status\":\"DOWN\",\"checks\":["
                        + "{\"name\":\"database\",\"status\":\"DOWN\",\"data\":{\"code\":\"unreachable\"}},"
                        + "{\"name\":\"modules\",\"status\":\"UP\",\"data\":{\"code\":\"module_down\"}}]}");
        assertThat(dialect.render(broken, Aspect.LIVE, false))
                .hasToString("{\"status\":\"UP\",\"checks\":[{\"name\":\"node\",\"status\":\"UP\"}]}");
        assertThat(dialect.render(broken, Aspect.READY, false))
                .hasToString("{\"status\":\"DOWN\",\"checks\":["
                        + "{\"name\":\"database\",\"status\":\"DOWN\",\"data\":{\"code\":\"unreachable\"}},"
                        + "{\"name\":\"node\",\"status\":\"DOWN\"}]}");
        assertThat(dialect.render(broken, Aspect.STARTED, false))
                .hasToString("{\"status\":\"UP\",\"checks\":[{\"name\":\"node\",\"status\":\"UP\"}]}");
    }

    @Test
    void actuator_showsComponentsToOperatorsOnly(Vertx vertx) throws Exception {
        HealthDialect dialect = new ActuatorDialect();
        HealthReport fine = report(vertx, State.UP, State.degraded("module_down"));
        assertThat(dialect.render(fine, Aspect.OVERALL, false))
                .hasToString("{\"status\":\"UP\",\"groups\":[\"liveness\",\"readiness\"]}");
        assertThat(dialect.render(fine, Aspect.OVERALL, true))
                .hasToString("{\"status\":\"UP\",\"groups\":[\"liveness\",\"readiness\"],\"components\":{"
                        + "\"database\":{\"status\":\"UP\"},"
                        + "\"modules\":{\"status\":\"UP\",\"details\":{\"code\":\"module_down\"}}}}");
        assertThat(dialect.render(fine, Aspect.READY, false)).hasToString("{\"status\":\"UP\"}");
        assertThat(dialect.render(report(vertx, DOWN, State.UP), Aspect.READY, false))
                .hasToString("{\"status\":\"DOWN\"}");
        node.drain();
        assertThat(dialect.render(HealthReport.starting(node), Aspect.READY, false))
                .hasToString("{\"status\":\"OUT_OF_SERVICE\"}");
    }

    @Test
    void word_isOne(Vertx vertx) throws Exception {
        assertThat(new WordDialect().render(report(vertx, State.UP, State.UP), Aspect.OVERALL, false))
                .hasToString("healthy\n");
        assertThat(new WordDialect().render(report(vertx, DOWN, State.UP), Aspect.OVERALL, false))
                .hasToString("unhealthy\n");
    }

    @Test
    void agent_weighsByLag_andNamesTheDrain(Vertx vertx) throws Exception {
        HealthReport fine = report(vertx, State.UP, State.UP);
        assertThat(AgentDialect.line(fine, 0, false)).isEqualTo("ready up 100%\n");
        assertThat(AgentDialect.line(fine, 550, false)).isEqualTo("ready up 50%\n");
        assertThat(AgentDialect.line(fine, 60_000, false)).isEqualTo("ready up 10%\n");
        assertThat(AgentDialect.line(report(vertx, DOWN, State.UP), 0, false)).isEqualTo("ready down\n");
        assertThat(AgentDialect.line(HealthReport.starting(new Node(new HealthHistory(Clock.systemUTC()))), 0, false))
                .isEqualTo("ready down\n");
        node.drain();
        assertThat(AgentDialect.line(HealthReport.starting(node), 0, false)).isEqualTo("drain\n");
        assertThat(AgentDialect.line(HealthReport.starting(node), 0, true)).isEqualTo("maint\n");
    }
}
