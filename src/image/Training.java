import java.io.IOException;
import java.io.InputStream;
import java.net.CookieManager;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Runs the edge where the image has it, asks what people ask, and has the JVM write what it learnt into the AOT cache
 * named by the only argument. A training in which an answer is not as it should be makes no cache: one of an edge that
 * refused to start would look like any other.
 */
public final class Training {
    private static final String SITE = "http://localhost:4173";
    private static final int ROUNDS = 20;

    private final HttpClient client =
            HttpClient.newBuilder().cookieHandler(new CookieManager()).build();

    public static void main(String[] arguments) throws Exception {
        Path cache = Path.of(arguments[0]);
        Path home = Files.createTempDirectory("training");
        try (ServerSocket upstream = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            Thread answering = new Thread(() -> answer(upstream));
            answering.setDaemon(true);
            answering.start();
            copy(Path.of("/app/conf/hello"), home.resolve("hello"));
            Files.writeString(home.resolve("modules.yaml"), """
                    development:
                      modules:
                        - {id: hello, static: hello, access: public}
                        - {id: notes, repository: "https://git.example.org/notes.git", tag: v1.0.0, access: user,
                           upstream: "http://127.0.0.1:%d"}
                    """.formatted(upstream.getLocalPort()));
            Process edge = edge(cache, home);
            try {
                new Training().ask(edge);
            } catch (Exception | AssertionError e) {
                edge.destroyForcibly();
                System.err.print(Files.readString(home.resolve("err")));
                throw e;
            }
            edge.destroy();
            if (!edge.waitFor(2, TimeUnit.MINUTES) || edge.exitValue() != 0 || Files.size(cache) == 0) {
                System.err.print(Files.readString(home.resolve("err")));
                throw new IllegalStateException("the trained edge did not end as it should, or left no cache");
            }
            System.out.printf("%s: %d MB%n", cache, Files.size(cache) >> 20);
        }
    }

    /** A folder of a development's list lies beside that list. */
    private static void copy(Path from, Path to) throws IOException {
        Files.createDirectory(to);
        try (Stream<Path> files = Files.list(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(file.getFileName()));
            }
        }
    }

    /** The command line of entrypoint.sh, with the file written instead of read. */
    private static Process edge(Path cache, Path home) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                "java",
                "-XX:AOTCacheOutput=" + cache,
                "@/app/jvm.options",
                "-Dorg.sqlite.lib.path=/app/native",
                "-Dorg.sqlite.lib.name=libsqlitejdbc.so",
                "-Djava.library.path=/app/native",
                "-jar",
                "/app/molos-edge.jar"));
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectOutput(home.resolve("out").toFile())
                .redirectError(home.resolve("err").toFile());
        builder.environment().put("EDGE_ENV", "development");
        builder.environment().put("HOST", "127.0.0.1");
        builder.environment().put("DATA_DIR", home.resolve("data").toString());
        builder.environment().put("MODULES_CONFIG", home.resolve("modules.yaml").toString());
        return builder.start();
    }

    private void ask(Process edge) throws Exception {
        long end = System.nanoTime() + Duration.ofMinutes(2).toNanos();
        while (!isUp()) {
            if (!edge.isAlive() || System.nanoTime() > end) {
                throw new IllegalStateException("the edge did not start");
            }
            Thread.sleep(50);
        }
        String account = "{\"name\":\"Ada\",\"email\":\"ada@example.org\",\"password\":\"correct horse battery\"}";
        expect("the account", post("/api/auth/sign-up/email", account));
        for (int i = 0; i < ROUNDS; i++) {
            expect("\"healthy\"", get("/api/health"));
            expect("\"ready\"", get("/readyz"));
            expect("ada@example.org", get("/api/auth/get-session"));
            expect("theirs", get("/modules/notes/x"));
            expect("<html", get("/modules/hello/"));
            expect("<html", get("/edge/account"));
        }
        expect("the end", post("/api/auth/sign-out", "{}"));
        expect("<html", get("/edge/sign-in"));
        expect("ada@example.org", post("/api/auth/sign-in/email", account));
        expect(
                "edge_node_state",
                client.send(request("http://127.0.0.1:4174/metrics").build(), BodyHandlers.ofString()));
    }

    private boolean isUp() throws InterruptedException {
        try {
            return get("/readyz").statusCode() == 200;
        } catch (IOException e) {
            return false;
        }
    }

    private HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return client.send(request(SITE + path).build(), BodyHandlers.ofString());
    }

    private HttpResponse<String> post(String path, String json) throws IOException, InterruptedException {
        return client.send(
                request(SITE + path)
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofString(json))
                        .build(),
                BodyHandlers.ofString());
    }

    private static HttpRequest.Builder request(String uri) {
        return HttpRequest.newBuilder(URI.create(uri)).header("Origin", SITE).timeout(Duration.ofSeconds(20));
    }

    private static void expect(String what, HttpResponse<String> answer) {
        boolean isText = what.startsWith("the ");
        if (answer.statusCode() != 200 || (!isText && !answer.body().contains(what))) {
            throw new IllegalStateException(
                    answer.uri() + " said " + answer.statusCode() + " and not " + what + ": " + answer.body());
        }
    }

    /** A module, as far as the edge can tell. */
    private static void answer(ServerSocket upstream) {
        while (!upstream.isClosed()) {
            try (Socket socket = upstream.accept()) {
                InputStream in = socket.getInputStream();
                for (int end = 0; end < 4; ) {
                    int octet = in.read();
                    end = octet < 0 ? 4 : octet == "\r\n\r\n".charAt(end) ? end + 1 : octet == '\r' ? 1 : 0;
                }
                socket.getOutputStream()
                        .write("HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\ntheirs"
                                .getBytes(StandardCharsets.US_ASCII));
            } catch (IOException e) {
                // The edge closed its connection first; it opens another one.
            }
        }
    }
}
