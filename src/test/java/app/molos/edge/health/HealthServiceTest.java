package app.molos.edge.health;

import static org.assertj.core.api.Assertions.assertThat;

import app.molos.edge.health.HealthCheck.State;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(VertxExtension.class)
class HealthServiceTest {
    private static final Clock CLOCK = Clock.fixed(Instant.parse("2026-11-24T10:11:12.345678Z"), ZoneOffset.UTC);

    private static HealthService service(Vertx vertx, HealthCheck... checks) {
        return new HealthService(
                vertx,
                List.of(checks),
                new HealthConfig(Duration.ofMillis(200), Duration.ofSeconds(1), Duration.ofSeconds(10)),
                CLOCK);
    }

    private static HealthCheck check(String name, Supplier<Future<State>> ask) {
        return new HealthCheck(name, ask);
    }

    private static HealthReport report(HealthService service) throws Exception {
        return service.report().await(5, TimeUnit.SECONDS);
    }

    @Test
    void allUp_isHealthy_inTheWholeShape(Vertx vertx) throws Exception {
        HealthReport report = report(service(vertx, check("database", () -> Future.succeededFuture(State.UP))));
        assertThat(report.isServing()).isTrue();
        assertThat(report.body())
                .hasToString("{\"status\":\"healthy\",\"timestamp\":\"2026-11-24T10:11:12.345Z\","
                        + "\"checks\":{\"database\":{\"healthy\":true,\"state\":\"up\"}}}");
    }

    @Test
    void anyDegraded_isDegraded_andStillServing(Vertx vertx) throws Exception {
        HealthReport report = report(service(
                vertx,
                check("a", () -> Future.succeededFuture(State.UP)),
                check("b", () -> Future.succeededFuture(State.degraded("module_down")))));
        assertThat(report.isServing()).isTrue();
        JsonObject body = new JsonObject(report.body());
        assertThat(body.getString("status")).isEqualTo("degraded");
        assertThat(body.getJsonObject("checks").getJsonObject("b").encode())
                .isEqualTo("{\"healthy\":true,\"state\":\"degraded\",\"code\":\"module_down\"}");
    }

    @Test
    void failureText_isNeverShown(Vertx vertx) throws Exception {
        HealthReport report = report(service(
                vertx, check("failed", () -> Future.failedFuture("user=m&password=s3cret")), check("threw", () -> {
                    throw new IllegalStateException("password=s3cret");
                })));
        assertThat(report.isServing()).isFalse();
        assertThat(report.body().toString())
                .doesNotContain("s3cret")
                .contains(
                        "\"status\":\"unhealthy\"",
                        "\"failed\":{\"healthy\":false,\"state\":\"down\",\"code\":\"unreachable\"}",
                        "\"threw\":{\"healthy\":false,\"state\":\"down\"");
        assertThat(report.detailed(System.nanoTime()).encode()).doesNotContain("s3cret");
    }

    @Test
    void checks_runAtTheSameTime_eachWithADeadline(Vertx vertx) throws Exception {
        HealthService service = service(
                vertx,
                check("stuck", () -> Promise.<State>promise().future()),
                check("slow", () -> vertx.timer(150, TimeUnit.MILLISECONDS).map(State.UP)),
                check("slow too", () -> vertx.timer(150, TimeUnit.MILLISECONDS).map(State.UP)));
        long start = System.nanoTime();
        JsonObject checks = new JsonObject(report(service).body()).getJsonObject("checks");
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofMillis(600));
        assertThat(checks.getJsonObject("stuck").getString("code")).isEqualTo("timeout");
        assertThat(checks.getJsonObject("slow too").getString("state")).isEqualTo("up");
    }

    @Test
    void hundredProbesAtOnce_costOneRun(Vertx vertx) throws Exception {
        AtomicInteger asked = new AtomicInteger();
        HealthService service = service(vertx, check("a", () -> {
            asked.incrementAndGet();
            return vertx.timer(50, TimeUnit.MILLISECONDS).map(State.UP);
        }));
        List<Future<HealthReport>> probes = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            probes.add(service.report());
        }
        Future.all(probes).await(5, TimeUnit.SECONDS);
        assertThat(asked).hasValue(1);
        assertThat(service.runs()).isEqualTo(1);
        report(service);
        assertThat(asked).hasValue(1);
    }

    @Test
    void oldResult_isRefreshed(Vertx vertx) throws Exception {
        AtomicInteger asked = new AtomicInteger();
        HealthService service = new HealthService(
                vertx,
                List.of(check("a", () -> {
                    asked.incrementAndGet();
                    return Future.succeededFuture(State.UP);
                })),
                new HealthConfig(Duration.ofMillis(200), Duration.ofMillis(20), Duration.ofSeconds(10)),
                CLOCK);
        report(service);
        vertx.timer(40, TimeUnit.MILLISECONDS).await(5, TimeUnit.SECONDS);
        report(service);
        assertThat(asked).hasValue(2);
    }
}
