import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;

/**
 * One client that asks for two things in turn, ten times a second, every fifth time on a new connection, until standard input
 * ends: `java Honest.java URL URL`. Prints how long it waited.
 */
public final class Honest {
    private Honest() {}

    public static void main(String[] arguments) throws Exception {
        HttpClient client = client();
        long[] waited = new long[100_000];
        int count = 0;
        int errors = 0;
        System.out.println("begun");
        while (System.in.available() == 0 && count < waited.length) {
            if (count % 5 == 0) {
                client = client();
            }
            long begun = System.nanoTime();
            try {
                HttpRequest request = HttpRequest.newBuilder(URI.create(arguments[count % 2]))
                        .timeout(Duration.ofSeconds(10))
                        .build();
                if (client.send(request, HttpResponse.BodyHandlers.ofString()).statusCode() != 200) {
                    errors++;
                }
            } catch (java.io.IOException e) {
                errors++;
            }
            waited[count++] = System.nanoTime() - begun;
            Thread.sleep(100);
        }
        Arrays.sort(waited, 0, count);
        System.out.printf(
                Locale.ROOT,
                "asked=%d errors=%d p50ms=%.1f p99ms=%.1f maxms=%.1f%n",
                count,
                errors,
                waited[count / 2] / 1e6,
                waited[Math.max(0, count * 99 / 100 - 1)] / 1e6,
                waited[Math.max(0, count - 1)] / 1e6);
        System.exit(0);
    }

    private static HttpClient client() {
        return HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(Duration.ofSeconds(10))
                .build();
    }
}
