package app.molos.edge.http;

import static org.assertj.core.api.Assertions.assertThat;

import app.molos.edge.testing.FakeModule;
import app.molos.edge.testing.JarProcess;
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
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.RandomGenerator;
import net.jqwik.api.Tuple;
import net.jqwik.api.sessions.JqwikSession;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * Compares two builds of the edge, request by request: {@code -Dreference.jar=OTHER.jar}, with {@code -Dreference.requests=N}
 * and {@code -Dreference.seed=N} to repeat a run. Each build has a database of its own with the same people; both have the same modules, whose upstream answers with
 * the request as it saw it. What differs by nature (ids, dates, tokens, signatures) is masked, and header lines are sorted.
 */
@EnabledIfSystemProperty(named = "reference.jar", matches = ".+")
class PipelineDifferenceIT {
    private static final Pattern TOKEN = Pattern.compile("(?=[^\\s\"]*[0-9])[A-Za-z0-9_.%+-]{16,}={0,2}");
    private static final Pattern TIME = Pattern.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z|[0-9]{2}:[0-9]{2}|\"(expires|created|updated)At\":[0-9]+");
    private static final Pattern DATE = Pattern.compile("(?im)^(date|last-modified|etag): .*$");
    private static final String PASSWORD = "correct horse battery";

    /** One build that runs, its connection, and the cookies of its people: nobody, a member, the administrator, a forged one. */
    private record Side(JarProcess process, RawConnection connection, List<String> cookies) {}

    private static FakeModule upstream;
    private static Side reference;
    private static Side candidate;

    @BeforeAll
    static void start() throws Exception {
        upstream = FakeModule.start(request -> {
            StringBuilder echo = new StringBuilder(request.method() + " " + request.uri() + "\n");
            request.headers().entries().stream().map(h -> h.getKey() + ": " + h.getValue() + "\n").sorted().forEach(echo::append);
            request.response().putHeader("x-answered", "by the module").putHeader("set-cookie", "own=1").end(echo.toString());
        });
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
        Path files = Files.createDirectories(directory.resolve("files/sub"));
        Files.writeString(files.resolve("index.html"), "<p>sub");
        Files.writeString(files.getParent().resolve("index.html"), "<p>start");
        Files.writeString(files.getParent().resolve("app.js"), "let a = 1;");
        String to = "http://127.0.0.1:" + upstream.port();
        Files.writeString(directory.resolve("modules.yaml"), """
                development:
                  modules:
                    - {id: site, paths: [/], access: public, external: true, upstream: '%1$s'}
                    - {id: notes, paths: [/notes], external: true, upstream: '%1$s'}
                    - {id: admin, paths: [/admin], access: admin, external: true, upstream: '%1$s', stripPath: true}
                    - {id: hook, paths: [/hook], access: public, external: true, upstream: '%1$s', csrf: false}
                    - {id: files, paths: [/files], static: files}
                    - {id: open, paths: [/open], access: public, static: files}
                """.formatted(to));
        int port = JarProcess.freePort();
        JarProcess process = JarProcess.start(jar, directory, Map.of(
                "PORT", "" + port, "MANAGEMENT_PORT", "" + JarProcess.freePort(), "DATA_DIR", directory.resolve("data").toString(),
                "ORIGIN", "http://edge.test", "AUTH_THROTTLE", "false", "SERVER_EVENT_LOOPS", "1", "EDGE_CONFIG", "",
                "MODULES_CONFIG", directory.resolve("modules.yaml").toString(), "ACCESS_LOG", "true"));
        RawConnection connection = new RawConnection(port);
        Awaitility.await().atMost(Duration.ofSeconds(30)).ignoreExceptions().until(
                () -> connection.exchange("GET /readyz HTTP/1.1\r\nHost: edge.test\r\n\r\n").startsWith("HTTP/1.1 200"));
        String admin = signUp(connection, "ada");
        String member = signUp(connection, "bob");
        return new Side(process, connection, List.of("", member, admin, "better-auth.session_token=abc.def", "theme=dark; " + member));
    }

    private static String signUp(RawConnection connection, String name) throws IOException {
        String body = "{\"name\":\"" + name + "\",\"email\":\"" + name + "@example.org\",\"password\":\"" + PASSWORD + "\"}";
        String answer = connection.exchange("POST /api/auth/sign-up/email HTTP/1.1\r\nHost: edge.test\r\nOrigin: http://edge.test\r\n"
                + "Content-Type: application/json\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
        assertThat(answer).startsWith("HTTP/1.1 200");
        return answer.lines().filter(l -> l.toLowerCase().startsWith("set-cookie:")).map(l -> l.substring(12, l.indexOf(';')))
                .filter(c -> c.contains("session_token")).findFirst().orElseThrow();
    }

    /** A request with a place for the cookie of who sends it. */
    private record Asked(String head, int who, String body) {
        String text(Side side) {
            String cookie = side.cookies().get(who);
            return head + (cookie.isEmpty() ? "" : "Cookie: " + cookie + "\r\n") + "\r\n" + body;
        }
    }

    @Test
    void everyRequest_isAnsweredAlike() {
        long seed = Long.getLong("reference.seed", System.nanoTime());
        Map<String, Integer> answers = new TreeMap<>();
        JqwikSession.run(() -> {
            RandomGenerator<Asked> generator = requests().generator(1000);
            Random random = new Random(seed);
            for (int i = 0; i < Integer.getInteger("reference.requests", 20_000); i++) {
                Asked asked = generator.next(random).value();
                String before = answer(reference, asked);
                assertThat(answer(candidate, asked)).as("seed %s, request %s:%n%s", seed, i, asked.text(reference)).isEqualTo(before);
                answers.merge(before.isEmpty() ? "none" : before.substring(9, 12), 1, Integer::sum);
            }
        });
        System.out.println("Answers: " + answers);
    }

    private static String answer(Side side, Asked asked) {
        try {
            return masked(asked, side.connection().exchange(asked.text(side)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String masked(Asked asked, String answer) {
        int end = answer.indexOf("\r\n\r\n");
        if (end < 0) {
            return answer;
        }
        String[] lines = answer.substring(0, end).split("\r\n");
        Arrays.sort(lines, 1, lines.length);
        String whole = String.join("\r\n", lines) + answer.substring(end);
        if (!asked.body().isEmpty()) {
            // Whether a body was whole when somebody refused it is a matter of luck.
            whole = whole.replaceFirst("\r\nconnection: close", "");
        }
        return TOKEN.matcher(TIME.matcher(DATE.matcher(whole).replaceAll("$1: *")).replaceAll("TIME")).replaceAll("*");
    }

    private static Arbitrary<Asked> requests() {
        Arbitrary<String> heads = Combinators.combine(methods(), targets(), headers()).as((method, target, headers) ->
                method + " " + target + " HTTP/1.1\r\n" + headers);
        Arbitrary<String> bodies = Arbitraries.frequency(Tuple.of(6, ""), Tuple.of(1, "{}"), Tuple.of(1, "{\"email\":\"x\"}"), Tuple.of(1, "a=b"));
        return Combinators.combine(heads, Arbitraries.integers().between(0, 4), bodies).as((head, who, body) ->
                new Asked(head + (body.isEmpty() ? "" : "Content-Type: " + (body.startsWith("{") ? "application/json" : "application/x-www-form-urlencoded")
                        + "\r\nContent-Length: " + body.length() + "\r\n"), who, body));
    }

    private static Arbitrary<String> methods() {
        return Arbitraries.frequency(Tuple.of(8, "GET"), Tuple.of(3, "POST"), Tuple.of(2, "HEAD"), Tuple.of(1, "PUT"), Tuple.of(1, "DELETE"),
                Tuple.of(1, "OPTIONS"), Tuple.of(1, "PATCH"), Tuple.of(1, "TRACE"), Tuple.of(1, "BREW"));
    }

    private static Arbitrary<String> targets() {
        Arbitrary<String> known = Arbitraries.of(
                "/", "/notes", "/notes/", "/notes/a", "/admin", "/admin/a/b", "/hook", "/hook/x", "/files", "/files/", "/files/app.js", "/files/sub",
                "/files/nothing", "/open/", "/open/app.js", "/open/sub", "/open", "/anything", "/livez", "/readyz", "/api/health", "/api/auth/ok",
                "/api/auth/get-session", "/api/auth/nothing", "/api/auth", "/api/auth/", "/api/authx", "/api/auth/list-sessions",
                "/api/auth/admin/list-users", "/api/auth/admin/get-user", "/api/auth/sign-in/email", "/api/auth/reset-password/abcdefghijklmnop",
                "/api/auth/update-user", "/edge", "/edge/", "/edge/sign-in", "/edge/account", "/edge/nothing", "/edge/welcome",
                "/.well-known/jwks.json", "/.well-known/other", "/livez/x", "*", "http://edge.test/notes/a", "http://other.test/notes");
        Arbitrary<String> piece = Arbitraries.of(
                "/", "//", "/.", "/..", "/%2e", "/%2e%2e", "%2f", "%2F", ";x", "/;", "/.;", "%00", "%zz", "%41", "/%61dmin", "/admin", "/notes",
                "/api", "/auth", "/edge", "/livez", "/ok", "a", "\\", "|", "\u00fc", "%c3%bc", "?", "?a=b", "?to=%2Fnotes", "?a=%zz", "#", "/sub", "/app.js");
        Arbitrary<String> made = piece.list().ofMinSize(1).ofMaxSize(5).map(l -> "/" + String.join("", l).replaceFirst("^/", ""));
        Arbitrary<String> grown = Combinators.combine(known, piece.list().ofMaxSize(2)).as((k, l) -> k + String.join("", l));
        return Arbitraries.frequencyOf(Tuple.of(5, known), Tuple.of(3, grown), Tuple.of(2, made));
    }

    private static Arbitrary<String> headers() {
        Arbitrary<String> host = Arbitraries.frequency(Tuple.of(12, "Host: edge.test\r\n"), Tuple.of(1, "Host: other.test\r\n"), Tuple.of(1, ""),
                Tuple.of(1, "Host: localhost:80\r\n"), Tuple.of(1, "Host: edge.test\r\nHost: other.test\r\n"));
        Arbitrary<String> origin = Arbitraries.frequency(Tuple.of(4, ""), Tuple.of(4, "Origin: http://edge.test\r\n"), Tuple.of(1, "Origin: http://evil.test\r\n"),
                Tuple.of(1, "Origin: null\r\n"), Tuple.of(1, "Sec-Fetch-Site: cross-site\r\n"), Tuple.of(1, "Sec-Fetch-Site: same-origin\r\n"),
                Tuple.of(1, "Referer: http://evil.test/a\r\n"));
        Arbitrary<String> accept = Arbitraries.of("", "Accept: text/html\r\n", "Accept: application/json\r\n", "Accept: */*\r\n",
                "Accept: text/html\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\n", "Accept: text/html\r\nSec-Fetch-Mode: cors\r\n");
        Arbitrary<String> more = Arbitraries.frequency(Tuple.of(10, ""), Tuple.of(1, "Accept-Encoding: gzip\r\n"), Tuple.of(1, "Range: bytes=0-1\r\n"),
                Tuple.of(1, "Range: bytes=99-\r\n"), Tuple.of(1, "If-None-Match: *\r\n"), Tuple.of(1, "X-Forwarded-For: 192.0.2.1\r\n"), Tuple.of(1, "Connection: close\r\n"),
                Tuple.of(1, "X-Edge-User: root\r\n"), Tuple.of(1, "X-Request-Id: mine\r\n"), Tuple.of(1, "Upgrade: h2c\r\nConnection: upgrade\r\n"),
                Tuple.of(1, "Upgrade: websocket\r\nConnection: upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"),
                Tuple.of(1, "Expect: 100-continue\r\n"));
        return Combinators.combine(host, origin, accept, more).as((a, b, c, d) -> a + b + c + d);
    }
}
