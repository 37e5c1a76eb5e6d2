package app.molos.edge.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import app.molos.edge.health.HealthCheck.Kind;
import app.molos.edge.health.HealthCheck.Level;
import app.molos.edge.health.HealthCheck.Scope;
import app.molos.edge.health.HealthCheck.State;
import app.molos.edge.health.HealthConfig.Limits;
import app.molos.edge.health.HealthReport.Aspect;
import app.molos.edge.health.dialects.EdgeDialect;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.healthchecks.Status;
import io.vertx.junit5.VertxExtension;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The schedule, what it makes of results, and what those who ask are told. */
@ExtendWith(VertxExtension.class)
class HealthServiceTest {
    private static final Clock CLOCK = Clock.fixed(Instant.parse("2026-11-24T10:11:12.345678Z"), ZoneOffset.UTC);
    private static final Duration INTERVAL = Duration.ofMillis(40);
    private static final Duration DEADLINE = Duration.ofMillis(100);

    private final Node node = new Node(new HealthHistory(CLOCK));
    private HealthService service;

    private static HealthConfig config(Optional<Duration> patience, Duration interval) {
        return new HealthConfig(
                HealthConfig.timing(interval, DEADLINE, 2, 2),
                HealthConfig.timing(interval, DEADLINE, 2, 2),
                Duration.ofSeconds(10),
                Duration.ofMillis(300),
                Duration.ofMillis(100),
                new Limits(0, Duration.ZERO),
                patience,
                Set.of());
    }

    private static HealthCheck check(String id, Kind kind, Scope scope, Supplier<Future<State>> ask) {
        return new HealthCheck(id, kind, scope, HealthConfig.timing(INTERVAL, DEADLINE, 2, 2), ask);
    }

    private static HealthCheck critical(String id, Supplier<Future<State>> ask) {
        return check(id, Kind.CRITICAL, Scope.LOCAL, ask);
    }

    private static HealthCheck answering(String id, AtomicReference<State> state) {
        return critical(id, () -> Future.succeededFuture(state.get()));
    }

    private HealthService start(Vertx vertx, HealthCheck... checks) throws Exception {
        service = new HealthService(vertx, node, List.of(checks), config(Optional.empty(), INTERVAL), CLOCK);
        service.start().await(5, TimeUnit.SECONDS);
        node.started();
        return service;
    }

    @AfterEach
    void stop() {
        if (service != null) {
            service.stop();
        }
    }

    private String body() {
        return new EdgeDialect().render(service.report(), Aspect.OVERALL, false).toString();
    }

    private static void within(Duration limit, org.awaitility.core.ThrowingRunnable claim) {
        Awaitility.await().pollInterval(Duration.ofMillis(2)).atMost(limit).untilAsserted(claim);
    }

    @Test
    void allUp_isHealthy_inTheWholeShape(Vertx vertx) throws Exception {
        start(vertx, critical("database", () -> Future.succeededFuture(State.UP)));
        assertThat(service.report().isGood(Aspect.OVERALL)).isTrue();
        assertThat(body())
                .isEqualTo("{\"status\":\"healthy\",\"timestamp\":\"2026-11-24T10:11:12.345Z\","
                        + "\"checks\":{\"database\":{\"healthy\":true,\"state\":\"up\"}}}");
    }

    @Test
    void noCheck_isAnError(Vertx vertx) {
        assertThatThrownBy(() -> new HealthService(vertx, node, List.of(), config(Optional.empty(), INTERVAL), CLOCK))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void coldRead_answersStarting_andRunsNothing(Vertx vertx) {
        AtomicInteger asked = new AtomicInteger();
        service = new HealthService(
                vertx,
                node,
                List.of(critical("a", () -> {
                    asked.incrementAndGet();
                    return Future.succeededFuture(State.UP);
                })),
                config(Optional.empty(), INTERVAL),
                CLOCK);
        assertThat(body()).contains("\"status\":\"starting\"", "\"state\":\"unknown\"");
        assertThat(service.report().isGood(Aspect.OVERALL)).isFalse();
        assertThat(service.report().isGood(Aspect.LIVE)).isTrue();
        assertThat(node.state()).isEqualTo(NodeState.STARTING);
        assertThat(asked).hasValue(0);
    }

    @Test
    void degradingCheckThatIsDown_degrades_andTheNodeStaysReady(Vertx vertx) throws Exception {
        start(
                vertx,
                critical("a", () -> Future.succeededFuture(State.UP)),
                check("b", Kind.DEGRADING, Scope.LOCAL, () -> Future.succeededFuture(State.down("gone"))),
                check("c", Kind.INFO, Scope.LOCAL, () -> Future.succeededFuture(State.down("whatever"))));
        assertThat(service.report().status()).isEqualTo("degraded");
        assertThat(service.report().isGood(Aspect.OVERALL)).isTrue();
        assertThat(service.report().isGood(Aspect.READY)).isTrue();
        assertThat(new JsonObject(body())
                        .getJsonObject("checks")
                        .getJsonObject("b")
                        .encode())
                .isEqualTo("{\"healthy\":false,\"state\":\"down\",\"code\":\"gone\"}");
    }

    @Test
    void failureText_isNeverShown(Vertx vertx) throws Exception {
        start(vertx, critical("failed", () -> Future.failedFuture("user=m&password=s3cret")), critical("threw", () -> {
            throw new IllegalStateException("password=s3cret");
        }));
        assertThat(service.report().isGood(Aspect.OVERALL)).isFalse();
        String full =
                new EdgeDialect().render(service.report(), Aspect.OVERALL, true).toString();
        assertThat(body() + full)
                .doesNotContain("s3cret")
                .contains("\"failed\":{\"healthy\":false,\"state\":\"down\",\"code\":\"unreachable\"");
    }

    @Test
    void tenThousandReads_costNoRun(Vertx vertx) throws Exception {
        AtomicInteger asked = new AtomicInteger();
        start(vertx, check("a", Kind.CRITICAL, Scope.LOCAL, () -> {
            asked.incrementAndGet();
            return Future.succeededFuture(State.UP);
        }));
        int before = asked.get();
        long begun = System.nanoTime();
        for (int i = 0; i < 10_000; i++) {
            service.report();
        }
        long intervals = (System.nanoTime() - begun) / INTERVAL.toNanos() + 2;
        assertThat(asked.get() - before).isLessThanOrEqualTo((int) (intervals * 2));
        assertThat(service.runs("a")).isEqualTo(asked.get());
    }

    @Test
    void checkThatIsStuck_isNotStartedAgain_countsAsDown_andItsLateResultIsTaken(Vertx vertx) throws Exception {
        AtomicInteger asked = new AtomicInteger();
        Promise<State> stuck = Promise.promise();
        start(
                vertx,
                critical(
                        "a",
                        () -> asked.incrementAndGet() == 1
                                ? Future.succeededFuture(State.UP)
                                : asked.get() == 2 ? stuck.future() : Future.succeededFuture(State.UP)));
        within(Duration.ofSeconds(3), () -> assertThat(body()).contains("\"state\":\"down\",\"code\":\"timeout\""));
        vertx.timer(200, TimeUnit.MILLISECONDS).await(5, TimeUnit.SECONDS);
        assertThat(asked).hasValue(2);
        stuck.complete(State.UP);
        within(Duration.ofSeconds(3), () -> assertThat(body()).contains("\"status\":\"healthy\""));
    }

    /** One bad answer proves nothing; the second comes five times sooner than the schedule. */
    @Test
    void fallAndRise_takeTwoInARow(Vertx vertx) throws Exception {
        AtomicReference<State> state = new AtomicReference<>(State.UP);
        AtomicInteger badRuns = new AtomicInteger();
        start(vertx, critical("a", () -> {
            if (state.get().isDown() && badRuns.incrementAndGet() == 2) {
                assertThat(service.report().status()).isEqualTo("healthy");
            }
            return Future.succeededFuture(state.get());
        }));
        state.set(State.down("gone"));
        within(
                Duration.ofSeconds(3),
                () -> assertThat(service.report().status()).isEqualTo("unhealthy"));
        assertThat(badRuns.get()).isGreaterThanOrEqualTo(2);
        assertThat(node.state()).isEqualTo(NodeState.NOT_READY);
        state.set(State.UP);
        within(Duration.ofSeconds(3), () -> assertThat(node.state()).isEqualTo(NodeState.READY));
    }

    @Test
    void suspicion_lowers_andOnlyAProbeRaises(Vertx vertx) throws Exception {
        AtomicInteger asked = new AtomicInteger();
        service = new HealthService(
                vertx,
                node,
                List.of(new HealthCheck(
                        "a",
                        Kind.CRITICAL,
                        Scope.LOCAL,
                        HealthConfig.timing(Duration.ofSeconds(30), DEADLINE, 2, 1),
                        () -> asked.incrementAndGet() == 1
                                ? Future.succeededFuture(State.UP)
                                : Promise.<State>promise().future())),
                config(Optional.empty(), INTERVAL),
                CLOCK);
        service.start().await(5, TimeUnit.SECONDS);
        node.started();
        service.suspect("a", "unreachable");
        within(Duration.ofSeconds(1), () -> assertThat(asked).hasValue(2));
        assertThat(service.report().status()).isEqualTo("healthy");
        vertx.timer(110, TimeUnit.MILLISECONDS).await(5, TimeUnit.SECONDS);
        service.suspect("a", "unreachable");
        within(
                Duration.ofSeconds(1),
                () -> assertThat(service.report().status()).isEqualTo("unhealthy"));
        assertThat(asked).hasValue(2);
        service.suspect("nobody knows it", "x");
    }

    /** An event loop that stands still checks nothing, and what was true before it stood still counts for nothing. */
    @Test
    void resultWithoutSuccessor_isStale_andDown(Vertx vertx) throws Exception {
        AtomicInteger asked = new AtomicInteger();
        start(vertx, critical("a", () -> {
            if (asked.incrementAndGet() == 2) {
                Awaitility.await().pollDelay(Duration.ofMillis(900)).until(() -> true);
            }
            return Future.succeededFuture(State.UP);
        }));
        within(
                Duration.ofSeconds(3),
                () -> assertThat(body()).contains("\"state\":\"down\",\"code\":\"stale\"", "\"unhealthy\""));
        assertThat(service.report().isGood(Aspect.READY)).isFalse();
        within(Duration.ofSeconds(3), () -> assertThat(body()).contains("\"status\":\"healthy\""));
    }

    @Test
    void sharedCheckThatStaysDown_isForgiven_unlessToldNotTo(Vertx vertx) throws Exception {
        AtomicReference<State> state = new AtomicReference<>(State.UP);
        HealthCheck shared = check("a", Kind.CRITICAL, Scope.SHARED, () -> Future.succeededFuture(state.get()));
        service = new HealthService(
                vertx, node, List.of(shared), config(Optional.of(Duration.ofMillis(400)), INTERVAL), CLOCK);
        HealthService strict = new HealthService(
                vertx, new Node(new HealthHistory(CLOCK)), List.of(shared), config(Optional.empty(), INTERVAL), CLOCK);
        Future.all(service.start(), strict.start()).await(5, TimeUnit.SECONDS);
        node.started();
        state.set(State.down("gone"));
        within(
                Duration.ofSeconds(3),
                () -> assertThat((node.state() == NodeState.READY)).isFalse());
        within(
                Duration.ofSeconds(3),
                () -> assertThat((node.state() == NodeState.READY)).isTrue());
        assertThat(service.report().status()).isEqualTo("unhealthy");
        assertThat(service.report().isGood(Aspect.READY)).isTrue();
        assertThat(strict.report().isSound()).isFalse();
        strict.stop();
    }

    @Test
    void checkThatFlaps_isCalledSo_andHoldsNoReadiness(Vertx vertx) throws Exception {
        AtomicReference<State> state = new AtomicReference<>(State.UP);
        start(vertx, answering("a", state));
        for (int i = 0; i < 3; i++) {
            state.set(State.down("gone"));
            within(
                    Duration.ofSeconds(3),
                    () -> assertThat((node.state() == NodeState.READY)).isFalse());
            state.set(State.UP);
            within(
                    Duration.ofSeconds(3),
                    () -> assertThat((node.state() == NodeState.READY)).isTrue());
        }
        assertThat(body()).contains("\"status\":\"degraded\"", "\"code\":\"flapping\"");
        within(Duration.ofSeconds(3), () -> assertThat(body()).contains("\"status\":\"healthy\""));
    }

    @Test
    void history_saysWhatBrokeFirst(Vertx vertx) throws Exception {
        AtomicReference<State> database = new AtomicReference<>(State.UP);
        AtomicReference<State> modules = new AtomicReference<>(State.UP);
        start(vertx, answering("database", database), answering("modules", modules));
        database.set(State.down("unreachable"));
        within(Duration.ofSeconds(3), () -> assertThat(node.history().first()).isEqualTo("database"));
        modules.set(State.degraded("module_down"));
        within(
                Duration.ofSeconds(3),
                () -> assertThat(node.history().all())
                        .anySatisfy(t -> {
                            assertThat(t.id()).isEqualTo("modules");
                            assertThat(t.first()).isEqualTo("database");
                            assertThat(t.code()).isEqualTo("module_down");
                        })
                        .anySatisfy(t -> {
                            assertThat(t.id()).isEqualTo("node");
                            assertThat(t.to()).isEqualTo("not ready");
                        }));
        database.set(State.UP);
        modules.set(State.UP);
        within(Duration.ofSeconds(3), () -> assertThat(node.history().first()).isEmpty());
    }

    @Test
    void history_keepsTheLastHundred() {
        HealthHistory history = new HealthHistory(CLOCK);
        for (int i = 0; i < 250; i++) {
            history.check("c" + i, State.UP, State.down("x"));
        }
        assertThat(history.all()).hasSize(100);
        assertThat(history.all().get(99).id()).isEqualTo("c249");
    }

    @Test
    void checkOfAnEmbedder_runsOnTheSchedule(Vertx vertx) throws Exception {
        start(vertx, critical("a", () -> Future.succeededFuture(State.UP)));
        new RegisteredChecks(service, config(Optional.empty(), INTERVAL))
                .register("theirs", Kind.DEGRADING, promise -> promise.complete(Status.KO()));
        within(
                Duration.ofSeconds(3),
                () -> assertThat(service.status("theirs"))
                        .isNotNull()
                        .satisfies(shown -> assertThat(shown.state().level()).isEqualTo(Level.DOWN)));
        assertThat(service.report().status()).isEqualTo("degraded");
    }

    @Test
    void draining_isNotReady_andMayBeTakenBack(Vertx vertx) throws Exception {
        start(vertx, critical("a", () -> Future.succeededFuture(State.UP)));
        assertThat(service.report().isGood(Aspect.READY)).isTrue();
        node.drain();
        assertThat(service.report().isGood(Aspect.READY)).isFalse();
        assertThat(service.report().isGood(Aspect.OVERALL)).isFalse();
        assertThat(body()).contains("\"status\":\"draining\"");
        assertThat(node.cancelDrain()).isTrue();
        assertThat(service.report().isGood(Aspect.READY)).isTrue();
        assertThat(node.cancelDrain()).isFalse();
    }
}
