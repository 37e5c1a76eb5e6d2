package app.molos.edge.http;

import static org.assertj.core.api.Assertions.assertThat;

import app.molos.edge.testing.FakeModule;
import app.molos.edge.testing.JarProcess;
import app.molos.edge.testing.RandomRequest;
import app.molos.edge.testing.RawConnection;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.regex.Pattern;
import net.jqwik.api.RandomGenerator;
import net.jqwik.api.sessions.JqwikSession;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * Compares two builds of the edge, request by request: {@code -Dreference.jar=OTHER.jar}, with
 * {@code -Dreference.requests=N} and {@code -Dreference.seed=N} to repeat a run. Each build has a database of its own
 * with the same people; both have the same modules, whose upstream answers with the request as it saw it. What differs
 * by nature (ids, dates, tokens, signatures) is masked, and header lines are sorted.
 */
@EnabledIfSystemProperty(named = "reference.jar", matches = ".+")
class PipelineDifferenceIT {
    private static final Pattern TOKEN = Pattern.compile("(?=[^\\s\"]*[0-9])[A-Za-z0-9_.%+-]{16,}={0,2}");
    private static final Pattern TIME = Pattern.compile(
            "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z|[0-9]{2}:[0-9]{2}|\"(x|kid)\":\"[^\"]+|\"(expires|created|updated)At\":[0-9]+");
    private static final Pattern ID = Pattern.compile(
            "(x-request-id: |\"requestId\":\"|\ndate: |Reference: )[^\r\n\"]*", Pattern.CASE_INSENSITIVE);
    private static final Pattern DATE = Pattern.compile("(?im)^(date|last-modified|etag): .*$");
    private static final String PASSWORD = "correct horse battery";

    /**
     * One build that runs, its connection, and the cookies of its people: nobody, a member, the administrator, a forged
     * one.
     */
    private record Side(JarProcess process, RawConnection connection, List<String> cookies) {}

    private static FakeModule upstream;
    private static Side reference;
    private static Side candidate;

    @BeforeAll
    static void start() throws Exception {
        upstream = RandomRequest.upstream();
        reference = side(Path.of(System.getProperty("reference.jar")));
        candidate = side(Path.of(System.getProperty("edge.jar")).toAbsolutePath());
    }

    @AfterAll
    static void stop() throws Exception {
        reference.process().close();
        candidate.process().close();
        upstream.close();
    }

    private static Side side(Path jar) throws Exception {
        Path directory = Files.createTempDirectory("pipeline");
        RandomRequest.modules(directory, upstream.port());
        int port = JarProcess.freePort();
        JarProcess process = JarProcess.start(
                jar,
                directory,
                Map.of(
                        "PORT",
                        "" + port,
                        "MANAGEMENT_PORT",
                        "" + JarProcess.freePort(),
                        "DATA_DIR",
                        directory.resolve("data").toString(),
                        "ORIGIN",
                        "http://edge.test",
                        "AUTH_THROTTLE",
                        "false",
                        "SERVER_EVENT_LOOPS",
                        "1",
                        "EDGE_CONFIG",
                        "",
                        "MODULES_CONFIG",
                        directory.resolve("modules.yaml").toString(),
                        "ACCESS_LOG",
                        "true"));
        RawConnection connection = new RawConnection(port);
        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .ignoreExceptions()
                .until(() -> connection
                        .exchange("GET /readyz HTTP/1.1\r\nHost: edge.test\r\n\r\n")
                        .startsWith("HTTP/1.1 200"));
        String admin = signUp(connection, "ada");
        String member = signUp(connection, "bob");
        return new Side(
                process,
                connection,
                List.of("", member, admin, "better-auth.session_token=abc.def", "theme=dark; " + member));
    }

    private static String signUp(RawConnection connection, String name) throws IOException {
        String body =
                "{\"name\":\"" + name + "\",\"email\":\"" + name + "@example.org\",\"password\":\"" + PASSWORD + "\"}";
        String answer = connection.exchange(
                "POST /api/auth/sign-up/email HTTP/1.1\r\nHost: edge.test\r\nOrigin: http://edge.test\r\n"
                        + "Content-Type: application/json\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
        assertThat(answer).startsWith("HTTP/1.1 200");
        return answer.lines()
                .filter(l -> l.toLowerCase().startsWith("set-cookie:"))
                .map(l -> l.substring(12, l.indexOf(';')))
                .filter(c -> c.contains("session_token"))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void everyRequest_isAnsweredAlike() {
        long seed = Long.getLong("reference.seed", System.nanoTime());
        Map<String, Integer> answers = new TreeMap<>();
        JqwikSession.run(() -> {
            RandomGenerator<RandomRequest> generator = RandomRequest.arbitrary().generator(1000);
            Random random = new Random(seed);
            for (int i = 0; i < Integer.getInteger("reference.requests", 20_000); i++) {
                RandomRequest asked = generator.next(random).value();
                String before = answer(reference, asked);
                String now = answer(candidate, asked);
                if (!withoutIds(before).equals(withoutIds(now))) {
                    assertThat(masked(asked, now))
                            .as("seed %s, request %s:%n%s", seed, i, asked.text(reference.cookies()))
                            .isEqualTo(masked(asked, before));
                }
                answers.merge(before.isEmpty() ? "none" : before.substring(9, 12), 1, Integer::sum);
            }
        });
        System.out.println("Answers: " + answers);
    }

    private static String answer(Side side, RandomRequest asked) {
        try {
            return side.connection().exchange(asked.text(side.cookies()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Enough for most, and cheap. */
    private static String withoutIds(String answer) {
        return ID.matcher(answer).replaceAll("$1*");
    }

    private static String masked(RandomRequest asked, String answer) {
        int end = answer.indexOf("\r\n\r\n");
        if (end < 0) {
            return answer;
        }
        String[] lines = answer.substring(0, end).split("\r\n");
        Arrays.sort(lines, 1, lines.length);
        String whole = String.join("\r\n", lines) + answer.substring(end);
        int report = whole.indexOf("{\"status\":");
        if (report >= 0) {
            // How each of them feels at the moment is another matter.
            whole = whole.substring(0, report).replaceFirst("content-length: [0-9]+", "content-length: *");
        }
        if (!asked.body().isEmpty()) {
            // Whether a body was whole when somebody refused it is a matter of luck.
            whole = whole.replaceFirst("\r\nconnection: close", "");
        }
        return TOKEN.matcher(
                        TIME.matcher(DATE.matcher(whole).replaceAll("$1: *")).replaceAll("TIME"))
                .replaceAll("*");
    }
}
