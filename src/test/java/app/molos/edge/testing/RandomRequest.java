package app.molos.edge.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Tuple;

/**
 * A request as anybody may send it, to an edge that is {@code http://edge.test} and has the modules of
 * {@link #modules}.
 *
 * @param host the Host lines, none to two
 * @param origin what says where it comes from
 * @param more further header lines
 * @param who sends it; see {@link #NOBODY} and so on
 */
public record RandomRequest(
        String method, String target, String host, String origin, String more, int who, String body) {
    public static final int NOBODY = 0;
    public static final int MEMBER = 1;
    public static final int ADMIN = 2;
    public static final int FORGED = 3;
    public static final int MEMBER_AMONG_OTHERS = 4;
    public static final String OWN_HOST = "Host: edge.test\r\n";

    /** @param cookies of each who */
    public String text(List<String> cookies) {
        String cookie = cookies.get(who);
        String type = body.startsWith("{") ? "application/json" : "application/x-www-form-urlencoded";
        return method + " " + target + " HTTP/1.1\r\n" + host + origin + more
                + (body.isEmpty() ? "" : "Content-Type: " + type + "\r\nContent-Length: " + body.length() + "\r\n")
                + (cookie.isEmpty() ? "" : "Cookie: " + cookie + "\r\n") + "\r\n" + body;
    }

    public boolean isUnsafe() {
        return !List.of("GET", "HEAD", "OPTIONS").contains(method) || more.contains("Upgrade:");
    }

    public boolean isForeign() {
        return origin.contains("evil") || origin.contains("null") || origin.contains("cross-site");
    }

    /** One module for each access and kind. */
    public static void modules(Path directory, int upstream) throws IOException {
        Path files = Files.createDirectories(directory.resolve("files"));
        Files.writeString(Files.createDirectories(files.resolve("sub")).resolve("index.html"), "<p>sub");
        Files.writeString(files.resolve("index.html"), "<p>start");
        Files.writeString(files.resolve("app.js"), "let a = 1;");
        EdgeServer.modules(directory, """
                development:
                  modules:
                    - {id: site, paths: [/], access: public, external: true, upstream: '%1$s'}
                    - {id: notes, paths: [/notes], external: true, upstream: '%1$s'}
                    - {id: admin, paths: [/admin], access: admin, external: true, upstream: '%1$s', stripPath: true}
                    - {id: hook, paths: [/hook], access: public, external: true, upstream: '%1$s', csrf: false}
                    - {id: files, paths: [/files], static: files}
                    - {id: open, paths: [/open], access: public, static: files}
                """.formatted("http://127.0.0.1:" + upstream));
    }

    /** Answers with the request as it saw it: the first line, then the sorted header lines. */
    public static FakeModule upstream() throws Exception {
        return FakeModule.start(request -> {
            StringBuilder echo = new StringBuilder(request.method() + " " + request.uri() + "\n");
            request.headers().entries().stream()
                    .map(h -> h.getKey() + ": " + h.getValue() + "\n")
                    .sorted()
                    .forEach(echo::append);
            request.response()
                    .putHeader("x-answered", "by the module")
                    .putHeader("set-cookie", "own=1")
                    .end(echo.toString());
        });
    }

    public static Arbitrary<RandomRequest> arbitrary() {
        Arbitrary<String> bodies = Arbitraries.frequency(
                Tuple.of(6, ""), Tuple.of(1, "{}"), Tuple.of(1, "{\"email\":\"x\"}"), Tuple.of(1, "a=b"));
        return Combinators.combine(
                        methods(),
                        targets(),
                        hosts(),
                        origins(),
                        furtherHeaders(),
                        Arbitraries.integers().between(NOBODY, MEMBER_AMONG_OTHERS),
                        bodies)
                .as(RandomRequest::new);
    }

    private static Arbitrary<String> methods() {
        return Arbitraries.frequency(
                Tuple.of(8, "GET"),
                Tuple.of(3, "POST"),
                Tuple.of(2, "HEAD"),
                Tuple.of(1, "PUT"),
                Tuple.of(1, "DELETE"),
                Tuple.of(1, "OPTIONS"),
                Tuple.of(1, "PATCH"),
                Tuple.of(1, "TRACE"),
                Tuple.of(1, "BREW"));
    }

    private static Arbitrary<String> targets() {
        Arbitrary<String> known = Arbitraries.of(
                "/",
                "/notes",
                "/notes/",
                "/notes/a",
                "/admin",
                "/admin/a/b",
                "/hook",
                "/hook/x",
                "/files",
                "/files/",
                "/files/app.js",
                "/files/sub",
                "/files/nothing",
                "/open/",
                "/open/app.js",
                "/open/sub",
                "/open",
                "/anything",
                "/livez",
                "/readyz",
                "/api/health",
                "/api/auth/ok",
                "/api/auth/get-session",
                "/api/auth/nothing",
                "/api/auth",
                "/api/auth/",
                "/api/authx",
                "/api/auth/list-sessions",
                "/api/auth/admin/list-users",
                "/api/auth/admin/get-user",
                "/api/auth/sign-in/email",
                "/api/auth/reset-password/abcdefghijklmnop",
                "/api/auth/update-user",
                "/edge",
                "/edge/",
                "/edge/sign-in",
                "/edge/account",
                "/edge/nothing",
                "/edge/welcome",
                "/.well-known/jwks.json",
                "/.well-known/other",
                "/livez/x",
                "*",
                "http://edge.test/notes/a",
                "http://other.test/notes");
        Arbitrary<String> piece = Arbitraries.of(
                "/",
                "//",
                "/.",
                "/..",
                "/%2e",
                "/%2e%2e",
                "%2f",
                "%2F",
                ";x",
                "/;",
                "/.;",
                "%00",
                "%zz",
                "%41",
                "/%61dmin",
                "/admin",
                "/notes",
                "/api",
                "/auth",
                "/edge",
                "/livez",
                "/ok",
                "a",
                "\\",
                "|",
                "\u00fc",
                "%c3%bc",
                "?",
                "?a=b",
                "?to=%2Fnotes",
                "?a=%zz",
                "#",
                "/sub",
                "/app.js");
        Arbitrary<String> made = piece.list()
                .ofMinSize(1)
                .ofMaxSize(5)
                .map(l -> "/" + String.join("", l).replaceFirst("^/", ""));
        Arbitrary<String> grown =
                Combinators.combine(known, piece.list().ofMaxSize(2)).as((k, l) -> k + String.join("", l));
        return Arbitraries.frequencyOf(Tuple.of(5, known), Tuple.of(3, grown), Tuple.of(2, made));
    }

    private static Arbitrary<String> hosts() {
        return Arbitraries.frequency(
                Tuple.of(12, OWN_HOST),
                Tuple.of(1, "Host: other.test\r\n"),
                Tuple.of(1, ""),
                Tuple.of(1, "Host: localhost:80\r\n"),
                Tuple.of(1, OWN_HOST + "Host: other.test\r\n"));
    }

    private static Arbitrary<String> origins() {
        return Arbitraries.frequency(
                Tuple.of(4, ""),
                Tuple.of(4, "Origin: http://edge.test\r\n"),
                Tuple.of(1, "Origin: http://evil.test\r\n"),
                Tuple.of(1, "Origin: null\r\n"),
                Tuple.of(1, "Sec-Fetch-Site: cross-site\r\n"),
                Tuple.of(1, "Sec-Fetch-Site: same-origin\r\n"),
                Tuple.of(1, "Referer: http://evil.test/a\r\n"));
    }

    private static Arbitrary<String> furtherHeaders() {
        Arbitrary<String> accept = Arbitraries.of(
                "",
                "Accept: text/html\r\n",
                "Accept: application/json\r\n",
                "Accept: */*\r\n",
                "Accept: text/html\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\n",
                "Accept: text/html\r\nSec-Fetch-Mode: cors\r\n");
        Arbitrary<String> rest = Arbitraries.frequency(
                Tuple.of(10, ""),
                Tuple.of(1, "Accept-Encoding: gzip\r\n"),
                Tuple.of(1, "Range: bytes=0-1\r\n"),
                Tuple.of(1, "Range: bytes=99-\r\n"),
                Tuple.of(1, "If-None-Match: *\r\n"),
                Tuple.of(1, "X-Forwarded-For: 192.0.2.1\r\n"),
                Tuple.of(1, "Connection: close\r\n"),
                Tuple.of(1, "X-Edge-User: root\r\n"),
                Tuple.of(1, "X-Request-Id: mine\r\n"),
                Tuple.of(1, "Upgrade: h2c\r\nConnection: upgrade\r\n"),
                Tuple.of(
                        1,
                        "Upgrade: websocket\r\nConnection: upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"),
                Tuple.of(1, "Expect: 100-continue\r\n"));
        return Combinators.combine(accept, rest).as((a, b) -> a + b);
    }
}
