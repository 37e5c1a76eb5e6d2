import app.molos.edge.passwords.PasswordConfig;
import app.molos.edge.passwords.PasswordHasher;
import io.vertx.core.Vertx;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.security.SecureRandom;
import java.sql.DriverManager;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What signing in costs. Each visitor comes from an address of their own, told by a trusted proxy.
 *
 * <pre>
 *   pool SECONDS                  hashes a second of the edge's own pool, alone in this process
 *   flood URL PEOPLE              that many at once, five times: how they ended
 *   health URL SECONDS            how /api/health answers meanwhile
 *   sessions FILE COUNT           puts that many sessions of one user into a SQLite database of the edge
 * </pre>
 */
public class SignIns {
    private static final AtomicInteger ADDRESS = new AtomicInteger(new SecureRandom().nextInt(1 << 23));
    private static final HttpClient CLIENT = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1).connectTimeout(Duration.ofSeconds(10)).build();

    public static void main(String[] args) throws Exception {
        switch (args[0]) {
            case "pool" -> pool(Integer.parseInt(args[1]));
            case "flood" -> flood(args[1], Integer.parseInt(args[2]));
            case "health" -> health(args[1], Integer.parseInt(args[2]));
            case "sessions" -> sessions(args[1], Integer.parseInt(args[2]));
            default -> throw new IllegalArgumentException(args[0]);
        }
        System.exit(0);
    }

    private static void pool(int seconds) throws Exception {
        PasswordHasher hasher = new PasswordHasher(Vertx.vertx(), new SecureRandom(), new PasswordConfig(16_384, 2, 32));
        String hash = hasher.hash("correct horse battery").toCompletionStage().toCompletableFuture().get();
        AtomicInteger done = new AtomicInteger();
        for (int i = 0; i < 4; i++) {
            again(hasher, hash, done);
        }
        Thread.sleep(5000);
        done.set(0);
        long start = System.nanoTime();
        Thread.sleep(seconds * 1000L);
        System.out.printf("%.2f%n", done.get() * 1e9 / (System.nanoTime() - start));
    }

    private static void again(PasswordHasher hasher, String hash, AtomicInteger done) {
        hasher.verify("correct horse battery", hash).onSuccess(v -> {
            done.incrementAndGet();
            again(hasher, hash, done);
        });
    }

    private static void flood(String url, int people) throws Exception {
        Map<Integer, Integer> outcomes = new TreeMap<>();
        for (int wave = 0; wave < 5; wave++) {
            List<CompletableFuture<Integer>> answers = new ArrayList<>();
            for (int i = 0; i < people; i++) {
                answers.add(CLIENT.sendAsync(signIn(url), HttpResponse.BodyHandlers.discarding()).thenApply(HttpResponse::statusCode));
            }
            for (CompletableFuture<Integer> answer : answers) {
                outcomes.merge(answer.get(60, TimeUnit.SECONDS), 1, Integer::sum);
            }
        }
        System.out.println("answers " + outcomes);
    }

    /** Asks from a process of its own: the flood's is busy with opening connections, and that is nobody's answer time. */
    private static void health(String url, int seconds) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(url + "/api/health")).build();
        List<Long> times = new ArrayList<>();
        long warm = System.nanoTime() + 2_000_000_000L;
        for (long end = warm + seconds * 1_000_000_000L; System.nanoTime() < end; Thread.sleep(3)) {
            long start = System.nanoTime();
            int status = CLIENT.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
            if (start > warm) {
                times.add(status == 200 ? System.nanoTime() - start : Long.MAX_VALUE);
            }
        }
        long[] sorted = times.stream().mapToLong(Long::longValue).sorted().toArray();
        long p99 = sorted[(int) (sorted.length * 0.99)];
        System.out.printf("/api/health asked %d times: p50 %.1f ms, p99 %.1f ms, most %.1f ms%n", sorted.length,
                sorted[sorted.length / 2] / 1e6, p99 / 1e6, sorted[sorted.length - 1] / 1e6);
        System.exit(p99 > 50_000_000L ? 1 : 0);
    }

    private static HttpRequest signIn(String url) {
        int address = ADDRESS.incrementAndGet();
        return HttpRequest.newBuilder(URI.create(url + "/api/auth/sign-in/email"))
                .timeout(Duration.ofSeconds(60))
                .header("Content-Type", "application/json")
                .header("X-Forwarded-For", "10." + (address >> 16 & 255) + "." + (address >> 8 & 255) + "." + (address & 255))
                .POST(HttpRequest.BodyPublishers.ofString("{\"email\":\"load@example.org\",\"password\":\"correct horse battery\"}"))
                .build();
    }

    private static void sessions(String file, int count) throws Exception {
        SecureRandom random = new SecureRandom();
        byte[] hash = new byte[32];
        long now = System.currentTimeMillis();
        try (var connection = DriverManager.getConnection("jdbc:sqlite:" + file)) {
            connection.setAutoCommit(false);
            String user;
            try (var rows = connection.createStatement().executeQuery("SELECT id FROM users LIMIT 1")) {
                user = rows.getString(1);
            }
            try (var insert = connection.prepareStatement("INSERT INTO sessions (id, token_hash, user_id, remembered, expires_at,"
                    + " ends_at, ip_address, user_agent, created_at, updated_at) VALUES (?, ?, ?, 1, ?, ?, '192.0.2.1', 'load', ?, ?)")) {
                for (int i = 0; i < count; i++) {
                    random.nextBytes(hash);
                    String text = HexFormat.of().formatHex(hash);
                    insert.setString(1, text.substring(0, 32));
                    insert.setString(2, text);
                    insert.setString(3, user);
                    insert.setLong(4, now + 600_000_000L);
                    insert.setLong(5, now + 2_000_000_000L);
                    insert.setLong(6, now);
                    insert.setLong(7, now);
                    insert.addBatch();
                    if (i % 10_000 == 0) {
                        insert.executeBatch();
                    }
                }
                insert.executeBatch();
            }
            connection.commit();
        }
    }
}
