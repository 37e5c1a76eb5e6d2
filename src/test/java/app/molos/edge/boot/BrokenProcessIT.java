package app.molos.edge.boot;

import static org.assertj.core.api.Assertions.assertThat;

import app.molos.edge.testing.EdgeServer;
import app.molos.edge.testing.JarProcess;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process in trouble: nobody reads what it says, or its memory is gone. */
@Tag("long")
class BrokenProcessIT {
    private static final int PIPE_BYTES = 64 * 1024;

    @TempDir
    Path directory;

    private final int port = JarProcess.freePort();
    private final int managementPort = JarProcess.freePort();

    private Map<String, String> settings(Map<String, String> more) {
        Map<String, String> settings = new HashMap<>(Map.of(
                "PORT",
                Integer.toString(port),
                "MANAGEMENT_PORT",
                Integer.toString(managementPort),
                "DATA_DIR",
                directory.resolve("data").toString()));
        settings.putAll(more);
        return settings;
    }

    @Test
    void streamsThatNobodyReads_stopNothing_andWhatIsMissingIsSaidToTheNextReader() throws Exception {
        Path out = fullPipe("out");
        Path err = fullPipe("err");
        try (RandomAccessFile outKept = new RandomAccessFile(out.toFile(), "rw");
                RandomAccessFile errKept = new RandomAccessFile(err.toFile(), "rw")) {
            fill(outKept);
            fill(errKept);
            try (JarProcess edge = JarProcess.start(directory, settings(Map.of()), List.of(), out, err)) {
                Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> status(managementPort, "/readyz") == 200);
                // Five megabytes of log: more than is kept for a reader that may come back.
                for (int i = 0; i < 16_000; i += 500) {
                    pipeline(500);
                }
                assertThat(status(managementPort, "/readyz")).isEqualTo(200);
                assertThat(status(port, "/readyz")).isEqualTo(200);

                assertThat(read(out, "droppedLines"))
                        .containsPattern("\\{\"time\":\"[^\"]+\",\"droppedLines\":[0-9]+}\n");

                // Standard error is still full.
                long start = System.nanoTime();
                edge.terminate();
                assertThat(edge.exitCode(Duration.ofSeconds(15))).isZero();
                assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(6));
            }
        }
    }

    @Test
    void outOfMemory_endsTheProcess_withItsCodeAndReason() throws Exception {
        Path err = directory.resolve("err");
        List<Socket> sockets = new ArrayList<>();
        // A bound that is no bound, as a mistake or a leak would be.
        Map<String, String> unbounded =
                settings(Map.of("SERVER_INBOUND_MEMORY", "4000", "SERVER_MAX_CONNECTIONS", "10000"));
        try (JarProcess edge =
                JarProcess.start(directory, unbounded, List.of("-Xmx85m"), directory.resolve("out"), err)) {
            Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> status(managementPort, "/readyz") == 200);
            byte[] half = ("POST /api/auth/sign-out HTTP/1.1\r\nHost: localhost:" + port
                            + "\r\nOrigin: http://localhost:" + port
                            + "\r\nContent-Type: application/json\r\nContent-Length: 16000\r\n\r\n"
                            + "x".repeat(15_900))
                    .getBytes(StandardCharsets.ISO_8859_1);
            for (int i = 0; i < 7000 && edge.isAlive(); i++) {
                try {
                    Socket socket = new Socket("127.0.0.1", port);
                    sockets.add(socket);
                    socket.getOutputStream().write(half);
                } catch (IOException e) {
                    // It is on its way down, or too busy to take one more.
                }
            }

            assertThat(edge.exitCode(Duration.ofSeconds(60))).as(edge.err()).isEqualTo(70);
            assertThat(edge.err()).contains("This process ends itself: it ran out of memory.");
        } finally {
            for (Socket socket : sockets) {
                socket.close();
            }
        }
    }

    @Test
    void heapThatHoldsNoPassword_isRefused_andTheOneThatIsAskedForDoes() throws Exception {
        Path err = directory.resolve("err");
        try (JarProcess edge =
                JarProcess.start(directory, settings(Map.of()), List.of("-Xmx64m"), directory.resolve("out"), err)) {
            assertThat(edge.exitCode(Duration.ofSeconds(30))).isEqualTo(2);
            assertThat(edge.err()).contains("need it to have 79", "java -Xmx85m", "--memory=176m");
        }
        Map<String, String> more = settings(Map.of("AUTH_SIGN_UP", "open", "AUTH_HASH_THREADS", "2"));
        try (JarProcess edge = JarProcess.start(directory, more, List.of("-Xmx85m"), directory.resolve("out"), err)) {
            assertThat(edge.exitCode(Duration.ofSeconds(30))).isEqualTo(2);
            assertThat(edge.err()).contains("AUTH_HASH_THREADS: the heap", "write: AUTH_HASH_THREADS=1");
        }
        Map<String, String> open = settings(Map.of("AUTH_SIGN_UP", "open", "AUTH_THROTTLE", "false"));
        for (String heap : List.of("-Xmx85m", "-Xmx132m")) {
            try (JarProcess edge = JarProcess.start(directory, open, List.of(heap), directory.resolve("out"), err)) {
                Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> status(managementPort, "/readyz") == 200);
                List<CompletableFuture<Integer>> signedUp = new ArrayList<>();
                for (int i = 0; i < 8; i++) {
                    String person = "{\"name\":\"Ada\",\"password\":\"correct horse battery\",\"email\":\"ada" + heap
                            + i + "@example.org\"}";
                    signedUp.add(CompletableFuture.supplyAsync(() -> EdgeServer.send(
                                    port,
                                    "POST",
                                    "/api/auth/sign-up/email",
                                    person,
                                    "Content-Type",
                                    "application/json",
                                    "Origin",
                                    "http://localhost:" + port)
                            .statusCode()));
                }
                for (CompletableFuture<Integer> each : signedUp) {
                    assertThat(each.get(30, TimeUnit.SECONDS)).isEqualTo(200);
                }
            }
        }
    }

    private Path fullPipe(String name) throws Exception {
        Path pipe = directory.resolve(name);
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor())
                .isZero();
        return pipe;
    }

    private static void fill(RandomAccessFile pipe) throws IOException {
        pipe.write("x".repeat(PIPE_BYTES).getBytes(StandardCharsets.ISO_8859_1));
    }

    /** What is in a pipe up to a text, or for ten seconds. */
    private static String read(Path pipe, String until) throws Exception {
        StringBuilder text = new StringBuilder();
        try (FileInputStream in = new FileInputStream(pipe.toFile())) {
            long end = System.nanoTime() + Duration.ofSeconds(10).toNanos();
            byte[] buffer = new byte[PIPE_BYTES];
            while (text.indexOf(until) < 0 && System.nanoTime() < end) {
                if (in.available() > 0) {
                    text.append(new String(buffer, 0, in.read(buffer), StandardCharsets.ISO_8859_1));
                } else {
                    Thread.sleep(10);
                }
            }
        }
        return text.toString();
    }

    private void pipeline(int count) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", port)) {
            String agent = "a".repeat(250);
            socket.getOutputStream()
                    .write(("GET /nothing HTTP/1.1\r\nHost: localhost:" + port + "\r\nUser-Agent: " + agent
                                    + "\r\n\r\n")
                            .repeat(count - 1)
                            .getBytes(StandardCharsets.ISO_8859_1));
            socket.getOutputStream()
                    .write(("GET /nothing HTTP/1.1\r\nHost: localhost:" + port + "\r\nConnection: close\r\n\r\n")
                            .getBytes(StandardCharsets.ISO_8859_1));
            socket.getInputStream().readAllBytes();
        }
    }

    private static int status(int port, String path) {
        try {
            return EdgeServer.send(port, "GET", path, null).statusCode();
        } catch (UncheckedIOException e) {
            return 0;
        }
    }
}
