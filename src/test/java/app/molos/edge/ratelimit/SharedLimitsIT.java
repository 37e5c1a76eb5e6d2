package app.molos.edge.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;

import app.molos.edge.testing.EdgeServer;
import app.molos.edge.testing.FakeModule;
import app.molos.edge.testing.Postgres;
import app.molos.edge.testing.RedisServer;
import java.io.OutputStream;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two nodes with one PostgreSQL and one real Redis, which is killed, frozen and restarted under them. */
@Tag("redis")
class SharedLimitsIT {
    private static final String PATH = "/api/auth/ok";
    private static final int BURST = 500;
    private static final String ORIGIN = "http://localhost";
    private static final int RATE = 200;
    private static final int THREADS = 8;

    private final ExecutorService clients = Executors.newFixedThreadPool(THREADS);
    private final List<EdgeServer> nodes = new ArrayList<>();
    private RedisServer redis;
    private FakeModule module;

    @BeforeEach
    void start(@TempDir Path directory) throws Exception {
        redis = RedisServer.start(directory.resolve("redis"));
        module = FakeModule.start();
        String database = Postgres.newDatabase();
        for (int i = 0; i < 2; i++) {
            Map<String, String> settings = new HashMap<>(Map.of(
                    "DATABASE_URL", database,
                    "BETTER_AUTH_SECRET", "one secret of both nodes, and long enough",
                    "REDIS_URL", redis.url(),
                    "REDIS_HEARTBEAT", "200ms",
                    "REDIS_PAUSE", "300ms",
                    "TRUSTED_PROXIES", "127.0.0.1/32",
                    "LIMITS_ANONYMOUS_RATE", "1",
                    "LIMITS_ANONYMOUS_BURST", Integer.toString(BURST)));
            settings.put("HEALTH_INTERVAL", "200ms");
            settings.put("LIMITS_PERSON_RATE", Integer.toString(RATE));
            settings.put("LIMITS_PERSON_BURST", Integer.toString(RATE));
            Path node = Files.createDirectories(directory.resolve("node" + i));
            EdgeServer.modules(
                    node,
                    "development: {modules: [{id: echo, external: true, upstream: \"http://127.0.0.1:" + module.port()
                            + "\"}]}\n");
            nodes.add(EdgeServer.start(node, settings));
        }
        awaitNodes(2);
    }

    @AfterEach
    void stop() throws Exception {
        clients.shutdownNow();
        for (EdgeServer node : nodes) {
            node.close();
        }
        redis.close();
        module.close();
    }

    private void awaitNodes(int count) {
        Awaitility.await()
                .atMost(Duration.ofSeconds(10))
                .until(() -> nodes.stream()
                        .allMatch(node -> node.management("/metrics").body().contains("edge_nodes " + count + ".0")));
    }

    private int status(int node, String address) {
        return nodes.get(node).get(PATH, "X-Forwarded-For", address).statusCode();
    }

    /** How many of so many requests of one address passed, sent to both nodes from all sides. */
    private int passed(String address, int requests) throws Exception {
        AtomicInteger passed = new AtomicInteger();
        AtomicInteger next = new AtomicInteger();
        List<CompletableFuture<Void>> done = new ArrayList<>();
        for (int thread = 0; thread < THREADS; thread++) {
            done.add(CompletableFuture.runAsync(
                    () -> {
                        for (int i = next.getAndIncrement(); i < requests; i = next.getAndIncrement()) {
                            passed.addAndGet(status(i % 2, address) == 200 ? 1 : 0);
                        }
                    },
                    clients));
        }
        for (CompletableFuture<Void> each : done) {
            each.get(60, TimeUnit.SECONDS);
        }
        return passed.get();
    }

    private String healthOf(int node) {
        return nodes.get(node).management("/health").body();
    }

    /** What is given in a burst and meanwhile at one a second, and at most 2 % more. */
    private void assertShared(String address) throws Exception {
        long began = System.nanoTime();
        int passed = passed(address, 3 * BURST);
        long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - began) + 1;
        assertThat(passed).isBetween(BURST, (int) (BURST * 1.02 + seconds));
    }

    @Test
    void twoNodes_shareOneLimit_within2Percent() throws Exception {
        assertShared("203.0.113.1");
        assertThat(status(0, "203.0.113.2")).isEqualTo(200);
        // By network, for IPv6, and the wider blocks with it: one script, all or nothing.
        assertShared("2001:db8::1");
        assertThat(redis.command("--scan")).doesNotContain("203.0.113").doesNotContain("2001:db8");
    }

    @Test
    void killedAndRestartedUnderLoad_failsNobody_andIsSharedAgain() throws Exception {
        AtomicInteger failed = new AtomicInteger();
        AtomicInteger served = new AtomicInteger();
        AtomicLong slowest = new AtomicLong();
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(6);
        List<CompletableFuture<Void>> load = new ArrayList<>();
        for (int thread = 0; thread < THREADS / 2; thread++) {
            int number = thread;
            load.add(CompletableFuture.runAsync(
                    () -> {
                        for (int i = 0; System.nanoTime() < until; i++) {
                            long began = System.nanoTime();
                            int status = status(i % 2, "198.51." + number + "." + (i / 50) % 200);
                            slowest.accumulateAndGet(System.nanoTime() - began, Math::max);
                            served.incrementAndGet();
                            failed.addAndGet(status == 200 ? 0 : 1);
                        }
                    },
                    clients));
        }
        Thread.sleep(1500);
        redis.kill();
        Awaitility.await().atMost(Duration.ofSeconds(5)).until(() -> healthOf(0).contains("redis_away"));
        // Each node goes on with its half.
        int passed = passed("203.0.113.3", 2 * BURST);
        assertThat(passed).isBetween(BURST - 2, BURST + 10);
        redis.restart();
        Awaitility.await()
                .atMost(Duration.ofSeconds(10))
                .until(() -> !healthOf(0).contains("redis_away") && !healthOf(1).contains("redis_away"));
        for (CompletableFuture<Void> each : load) {
            each.get(30, TimeUnit.SECONDS);
        }
        assertThat(failed).hasValue(0);
        assertThat(served.get()).isGreaterThan(1000);
        System.out.println("served " + served + ", slowest " + slowest.get() / 1_000_000 + " ms");
        awaitNodes(2);
        // It has forgotten the script: the first question brings it along.
        assertShared("203.0.113.4");
    }

    @Test
    void frozen_costsAFewOnceTheDeadline_andThenNobody() throws Exception {
        assertThat(status(0, "203.0.113.5")).isEqualTo(200);
        redis.freeze();
        long began = System.nanoTime();
        assertThat(status(0, "203.0.113.5")).isEqualTo(200);
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofMillis(500));
        began = System.nanoTime();
        for (int i = 0; i < 100; i++) {
            assertThat(status(0, "203.0.113.5")).isEqualTo(200);
        }
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(2));
        redis.thaw();
        Awaitility.await()
                .atMost(Duration.ofSeconds(10))
                .until(() -> !healthOf(0).contains("redis_away"));
        assertShared("203.0.113.6");
    }

    /** What the way to Redis takes must not be owed as well. */
    @Test
    void oneAfterTheOther_atManyASecond_isGivenWhole() throws Exception {
        String cookie = cookieOf("ada@example.org");
        String[] headers = {"X-Forwarded-For", "203.0.113.8", "Cookie", cookie};
        int passed = 0;
        long began = System.nanoTime();
        long nanos = TimeUnit.SECONDS.toNanos(4);
        for (int i = 0; System.nanoTime() - began < nanos; i++) {
            passed += nodes.get(i % 2).get("/api/auth/get-session", headers).statusCode() == 200 ? 1 : 0;
        }
        assertThat(passed).isBetween((int) (RATE * 5 * 0.96), (int) (RATE * 5 * 1.03));
    }

    private String cookieOf(String email) {
        HttpResponse<String> signedUp = nodes.get(0)
                .postJson(
                        "/api/auth/sign-up/email",
                        "{\"name\":\"Ada\",\"email\":\"" + email + "\",\"password\":\"correct horse\"}",
                        "X-Forwarded-For",
                        "203.0.113.9");
        assertThat(signedUp.statusCode()).as(signedUp.body()).isEqualTo(200);
        return EdgeServer.cookie(signedUp);
    }

    /** The guard asks Redis while the body comes: none of it may be lost. */
    @Test
    void body_thatComesWhileRedisIsAsked_isWhole() throws Exception {
        String cookie = cookieOf("ada@example.org");
        for (int node = 0; node < 2; node++) {
            for (int i = 0; i < 20; i++) {
                HttpResponse<String> read = nodes.get(node)
                        .postJson(
                                "/api/auth/update-user",
                                "{\"name\":\"" + "x".repeat(i) + "y\"}",
                                "Cookie",
                                cookie,
                                "X-Forwarded-For",
                                "203.0.113.8",
                                "Origin",
                                ORIGIN);
                assertThat(read.statusCode()).as(read.body()).isEqualTo(200);
            }
            String large = "x".repeat(3_000_000);
            for (int i = 0; i < 5; i++) {
                HttpResponse<String> uploaded = nodes.get(node)
                        .send(
                                "POST",
                                "/modules/echo/",
                                large,
                                "Cookie",
                                cookie,
                                "X-Forwarded-For",
                                "203.0.113.8",
                                "Origin",
                                ORIGIN);
                assertThat(uploaded.statusCode()).isEqualTo(200);
                assertThat(module.seen().bodyLength()).isEqualTo(large.length());
                // In pieces, as a browser streams it.
                assertThat(chunked(nodes.get(node).port(), cookie, 50)).startsWith("HTTP/1.1 200");
                assertThat(module.seen().bodyLength()).isEqualTo(50_000);
            }
        }
    }

    private static String chunked(int port, String cookie, int chunks) throws Exception {
        try (Socket socket = new Socket("127.0.0.1", port)) {
            socket.setSoTimeout(10_000);
            OutputStream out = socket.getOutputStream();
            String head = "POST /modules/echo/ HTTP/1.1\r\nHost: localhost:" + port + "\r\nCookie: " + cookie
                    + "\r\nX-Forwarded-For: 203.0.113.8\r\nOrigin: " + ORIGIN
                    + "\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n";
            String chunk = "3e8\r\n" + "x".repeat(1000) + "\r\n";
            out.write((head + chunk).getBytes(StandardCharsets.US_ASCII));
            for (int i = 1; i < chunks; i++) {
                out.write(chunk.getBytes(StandardCharsets.US_ASCII));
                out.flush();
            }
            out.write("0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        }
    }

    /** What a clock that went back leaves behind: debts due in the far future. */
    @Test
    void clockOfRedisWentBack_keepsNobodyOutForLongerThanABurst() throws Exception {
        assertThat(status(0, "203.0.113.7")).isEqualTo(200);
        String key = redis.command("--scan", "--pattern", "*limit:*").strip();
        assertThat(key).doesNotContain("\n");
        redis.command("SET", key, Long.toString((System.currentTimeMillis() + 3_600_000) * 1000));
        HttpResponse<String> refused = nodes.get(1).get(PATH, "X-Forwarded-For", "203.0.113.7");
        assertThat(refused.statusCode()).isEqualTo(429);
        assertThat(Integer.parseInt(refused.headers().firstValue("retry-after").orElseThrow()))
                .isEqualTo(1);
        Thread.sleep(2100);
        assertThat(status(1, "203.0.113.7")).isEqualTo(200);
    }

    @Test
    void anotherRedisThatDoesNotLetUsIn_isAway_andTheNodeServes(@TempDir Path directory) throws Exception {
        try (EdgeServer alone = EdgeServer.start(
                directory, Map.of("REDIS_URL", redis.urlWithoutPassword(), "HEALTH_INTERVAL", "200ms"))) {
            assertThat(alone.get(PATH).statusCode()).isEqualTo(200);
            Awaitility.await().until(() -> alone.management("/health").body().contains("redis_away"));
            assertThat(alone.get("/readyz").statusCode()).isEqualTo(200);
        }
    }
}
