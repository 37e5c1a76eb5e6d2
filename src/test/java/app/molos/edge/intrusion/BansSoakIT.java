package app.molos.edge.intrusion;

import static org.assertj.core.api.Assertions.assertThat;

import app.molos.edge.testing.JarProcess;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A person at work, scanners that come by, and a process that is killed at random moments: for {@code -Dsoak.minutes}, with
 * the seed {@code -Dsoak.seed}.
 */
@Tag("soak")
class BansSoakIT {
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final List<String> PROBES =
            List.of("/.env", "/.git/config", "/backup.sql", "/id_rsa", "/.htpasswd", "/wp-login.php");
    private static final String SIGN_UP =
            "{\"name\":\"Ada\",\"email\":\"ada@example.com\",\"password\":\"correct horse battery\"}";

    @TempDir
    Path directory;

    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(5))
            .build();
    private final Map<String, String> settings = new HashMap<>();

    private HttpRequest.Builder request(String address, String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + settings.get("PORT") + path))
                .timeout(Duration.ofSeconds(10))
                .header("X-Forwarded-For", address);
    }

    /** 0 when nobody is there. */
    private int status(HttpRequest request) throws InterruptedException {
        try {
            return client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
        } catch (IOException e) {
            return 0;
        }
    }

    private JarProcess start() {
        JarProcess process = JarProcess.start(directory, settings);
        Awaitility.await()
                .atMost(SOON)
                .until(() -> status(request("198.51.100.1", "/readyz").build()) == 200);
        return process;
    }

    private String signUp() throws IOException, InterruptedException {
        HttpResponse<String> answer = client.send(
                request("198.51.100.7", "/api/auth/sign-up/email")
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(SIGN_UP))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        assertThat(answer.statusCode()).isEqualTo(200);
        return answer.headers().firstValue("set-cookie").orElseThrow().split(";")[0];
    }

    @Test
    void IDS_08_bans_surviveAnyKill_andNobodyElseIsKeptOut() throws Exception {
        long seed = Long.getLong("soak.seed", System.nanoTime());
        System.out.println("soak.seed=" + seed);
        Random random = new Random(seed);
        settings.putAll(Map.of(
                "PORT", Integer.toString(JarProcess.freePort()),
                "MANAGEMENT_PORT", Integer.toString(JarProcess.freePort()),
                "TRUSTED_PROXIES", "127.0.0.1/32",
                "INTRUSION_MODE", "enforce",
                "DATA_DIR", directory.resolve("data").toString()));
        JarProcess process = start();
        AtomicBoolean isOver = new AtomicBoolean();
        AtomicInteger served = new AtomicInteger();
        AtomicReference<@Nullable String> refused = new AtomicReference<>();
        String cookie = signUp();
        Thread person = new Thread(() -> work(cookie, isOver, served, refused));
        person.start();
        List<String> banned = new ArrayList<>();
        int kills = 0;
        try {
            long end = System.nanoTime()
                    + Duration.ofMinutes(Long.getLong("soak.minutes", 10)).toNanos();
            while (System.nanoTime() < end) {
                String scanner = "203.0.113." + (1 + kills % 250);
                for (String probe : PROBES) {
                    status(request(scanner, probe).build());
                }
                assertThat(status(request(scanner, "/api/auth/ok").build())).isEqualTo(403);
                // A ban is written within a second or two; what is killed before that may be lost, and is no ban yet.
                boolean isWritten = random.nextInt(3) > 0;
                Thread.sleep(isWritten ? 3000 + random.nextInt(1000) : random.nextInt(2000));
                process.kill();
                process.exitCode(SOON);
                process = start();
                kills++;
                if (isWritten) {
                    banned.add(scanner);
                }
                for (String earlier : banned.subList(Math.max(0, banned.size() - 20), banned.size())) {
                    assertThat(status(request(earlier, "/api/auth/ok").build()))
                            .as("%s after %s kills", earlier, kills)
                            .isEqualTo(403);
                }
                assertThat(refused.get()).as("what the person was told").isNull();
            }
        } finally {
            isOver.set(true);
            person.join();
            process.kill();
            System.out.println(
                    kills + " kills, " + banned.size() + " bans, " + served + " requests of a person served");
        }
        assertThat(served.get()).isGreaterThan(100);
    }

    /** Asks, as a page does that is open, and tolerates nothing but a process that is not there. */
    private void work(
            String cookie, AtomicBoolean isOver, AtomicInteger served, AtomicReference<@Nullable String> refused) {
        try {
            while (!isOver.get()) {
                int status = status(request("198.51.100.7", "/api/auth/get-session")
                        .header("Cookie", cookie)
                        .build());
                if (status == 200) {
                    served.incrementAndGet();
                } else if (status != 0 && status != 503) {
                    refused.compareAndSet(null, "status " + status + " after " + served);
                }
                Thread.sleep(20);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
