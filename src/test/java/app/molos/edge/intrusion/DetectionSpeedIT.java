package app.molos.edge.intrusion;

import static org.assertj.core.api.Assertions.assertThat;

import app.molos.edge.config.ConfigProblems;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * IDS-08: what looking at a request costs, with the scenarios of the program and requests that are never the same: of 500 one has a
 * query of two thousand characters, and one tries to leave its folder a hundred times.
 */
@Tag("long")
class DetectionSpeedIT {
    private static final int REQUESTS = 400_000;
    private static final String[] QUERIES = {
        "",
        "",
        "q=milk+and+honey&page=2",
        "q=%3Cb%3Ebold%3C%2Fb%3E+union+of+select+committees",
        "id=1%27%20or%20%271%27%3D%271"
    };
    private static final String LONG = "a".repeat(2000);
    private static final String ENCODED = "%2e%2e%2f".repeat(100);
    private static final int RARE = 500;
    private static final int[] STATUSES = {200, 200, 200, 304, 404, 403};

    private final SplittableRandom random = new SplittableRandom(7);

    private RequestFacts facts(int i) {
        String path = "/modules/notes/" + Integer.toHexString(random.nextInt()) + "/%7Ex/" + i % 97 + ".html";
        return new RequestFacts(
                i,
                RequestFacts.Who.anonymous("198.51." + i % 250 + '.' + (i / 250) % 250),
                new RequestFacts.Line(
                        "GET",
                        path,
                        path.replace("%7E", "~"),
                        i % RARE == 0 ? LONG : i % RARE == 1 ? ENCODED : QUERIES[i % QUERIES.length],
                        "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"),
                STATUSES[random.nextInt(STATUSES.length)],
                "",
                RequestFacts.Marks.NONE);
    }

    /** In a JVM of its own, as the edge runs: tests run without the compiler that makes code fast. */
    @Test
    void oneRequest_takesLessThan20Microseconds_atTheNinetyNinthPercentile() throws Exception {
        Process process = new ProcessBuilder(
                        System.getProperty("java.home") + "/bin/java",
                        "-Xmx256m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        DetectionSpeedIT.class.getName())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String nanos = new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).strip();
        assertThat(process.waitFor()).isZero();
        System.out.println("Detection: p99 " + nanos + " ns");
        assertThat(Long.parseLong(nanos)).isLessThan(20_000);
    }

    public static void main(String[] arguments) {
        System.out.println(new DetectionSpeedIT().p99());
    }

    private long p99() {
        Detector detector = new Detector(
                ScenarioFile.read(Optional.empty(), new ConfigProblems()), (scenario, facts, evidence) -> {});
        long[] nanos = new long[REQUESTS];
        for (int i = 0; i < 2 * REQUESTS; i++) {
            RequestFacts facts = facts(i);
            long begun = System.nanoTime();
            detector.see(facts);
            nanos[i % REQUESTS] = System.nanoTime() - begun;
        }
        Arrays.sort(nanos);
        return nanos[REQUESTS * 99 / 100];
    }
}
