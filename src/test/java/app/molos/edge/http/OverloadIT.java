package app.molos.edge.http;

import static org.assertj.core.api.Assertions.assertThat;

import app.molos.edge.testing.EdgeServer;
import app.molos.edge.testing.FakeModule;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An event loop that has more to do than it can: who is still answered. */
@Tag("long")
class OverloadIT {
    private static final String OK = "/api/auth/ok";

    /** Keeps the one event loop busy, a while each time, until the count is back to 0. */
    private static void burn(EdgeServer edge, AtomicLong millis) {
        edge.boot().vertx().setPeriodic(10, timer -> {
            long until = System.nanoTime() + Duration.ofMillis(millis.get()).toNanos();
            while (System.nanoTime() < until) {
                Thread.onSpinWait();
            }
            if (millis.get() == 0) {
                edge.boot().vertx().cancelTimer(timer);
            }
        });
    }

    private static int refused(EdgeServer edge, String path, int requests, String... headers) {
        int refused = 0;
        for (int i = 0; i < requests; i++) {
            refused += edge.get(path, headers).statusCode() == 503 ? 1 : 0;
        }
        return refused;
    }

    @Test
    void lateLoop_refusesStrangersFirst_answersProbesAndSignOutAndAdministrators_andRecovers(@TempDir Path directory)
            throws Exception {
        try (FakeModule module = FakeModule.start()) {
            EdgeServer.modules(directory, """
                    development:
                      modules:
                        - {id: low, upstream: "http://127.0.0.1:%1$d", external: true, priority: low}
                        - {id: high, upstream: "http://127.0.0.1:%1$d", external: true, priority: high}
                    """.formatted(module.port()));
            try (EdgeServer edge = EdgeServer.start(
                    directory,
                    Map.of(
                            "SERVER_EVENT_LOOPS", "1",
                            "HEALTH_LOOP_INTERVAL", "50ms",
                            "LIMITS_OVERLOAD_LAG", "40ms"))) {
                String admin = edge.signUp("ada@example.org");
                String person = edge.signUp("bob@example.org");
                assertThat(edge.get("/modules/low/x", "Cookie", person).statusCode())
                        .isEqualTo(200);
                assertThat(edge.get("/modules/high/x", "Cookie", admin).statusCode())
                        .isEqualTo(200);
                AtomicLong millis = new AtomicLong(100);
                burn(edge, millis);
                Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> refused(edge, OK, 4) == 4);
                HttpResponse<String> refusal = edge.get(OK);
                assertThat(refusal.headers().firstValue("retry-after")).hasValue("5");
                assertThat(refusal.body()).contains("OVERLOADED");
                Awaitility.await()
                        .atMost(Duration.ofSeconds(20))
                        .until(() -> refused(edge, "/modules/low/x", 4, "Cookie", person) == 4);
                // The loop is late for ever here, so in the end nothing is left but what is never given up.
                Awaitility.await()
                        .atMost(Duration.ofSeconds(20))
                        .until(() -> refused(edge, "/modules/high/x", 2, "Cookie", person) == 2);
                assertThat(edge.get("/livez").statusCode()).isEqualTo(200);
                assertThat(edge.get("/modules/high/x", "Cookie", admin).statusCode())
                        .isEqualTo(200);
                assertThat(edge.get("/edge/sign-out", "Cookie", person).statusCode())
                        .isNotEqualTo(503);
                assertThat(edge.management("/metrics").body()).containsPattern("edge_requests_shed [1-9]");
                millis.set(0);
                Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> refused(edge, OK, 20) == 0);
            }
        }
    }
}
