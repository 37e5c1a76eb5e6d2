package app.molos.edge.proxy;

import static app.molos.edge.testing.RawModule.head;
import static app.molos.edge.testing.RawModule.say;
import static org.assertj.core.api.Assertions.assertThat;

import app.molos.edge.testing.EdgeServer;
import app.molos.edge.testing.RawModule;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A minute of a module that answers early, too much, too little, resets and hangs up, and of clients that do the same.
 * Every request has an id, every answer is made of the id of its request: whatever id a client sees must be one that it
 * sent on that connection.
 */
@Tag("long")
class RandomUpstreamIT {
    private static final Duration LENGTH = Duration.ofMinutes(1);
    private static final int CLIENTS = 24;
    private static final int PATIENCE_MILLIS = 15_000;
    private static final Pattern ID = Pattern.compile("id[0-9]{9}");
    private static final String ORIGIN = "http://localhost:4173";

    @TempDir
    Path directory;

    private final AtomicLong ids = new AtomicLong(100_000_000);
    private final ConcurrentLinkedQueue<String> faults = new ConcurrentLinkedQueue<>();
    private final AtomicLong whole = new AtomicLong();

    @Test
    void noByteReachesAnotherRequest_andNothingStaysBehind() throws Exception {
        long seed = System.nanoTime();
        try (RawModule module = RawModule.start(socket -> converse(socket, new Random(seed + socket.getPort())))) {
            EdgeServer.modules(directory, """
                    development:
                      modules:
                        - {id: m, repository: r, tag: v1, upstream: "http://127.0.0.1:%d", access: public}
                    """.formatted(module.port()));
            // The breaker would answer most of it by itself.
            try (EdgeServer edge = EdgeServer.start(
                    directory,
                    Map.of(
                            "ORIGIN",
                            ORIGIN,
                            "PROXY_BREAKER_FAILURES",
                            "10000",
                            "PROXY_BREAKER_WINDOW",
                            "100ms",
                            "ACCESS_LOG",
                            "false",
                            "PROXY_FIRST_BYTE_TIMEOUT",
                            "2s",
                            "PROXY_RESPONSE_IDLE_TIMEOUT",
                            "2s",
                            "PROXY_BODY_IDLE_TIMEOUT",
                            "2s",
                            "SERVER_KEEP_ALIVE_TIMEOUT",
                            "2s",
                            "PROXY_KEEP_ALIVE",
                            "2s"))) {
                for (int i = 0; i < 20; i++) {
                    visit(edge.port(), new Random(i));
                }
                Thread.sleep(3000);
                int before = descriptors();
                long end = System.nanoTime() + LENGTH.toNanos();
                List<Thread> clients = new ArrayList<>();
                for (int i = 0; i < CLIENTS; i++) {
                    Random random = new Random(seed + i);
                    Thread client = new Thread(() -> {
                        while (System.nanoTime() < end && faults.size() < 10) {
                            visit(edge.port(), random);
                        }
                    });
                    clients.add(client);
                    client.start();
                }
                for (Thread client : clients) {
                    client.join();
                }
                assertThat(faults).describedAs("seed %d", seed).isEmpty();
                assertThat(whole.get()).isGreaterThan(1000);
                // The module's own sockets count too: it closes each when the edge does.
                Awaitility.await()
                        .atMost(Duration.ofSeconds(20))
                        .untilAsserted(() -> assertThat(descriptors()).isLessThanOrEqualTo(before));
                assertThat(edge.get("/api/health", "Host", "localhost:4173").statusCode())
                        .isEqualTo(200);
            }
        }
    }

    private static int descriptors() throws IOException {
        try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
            return (int) open.count();
        }
    }

    private static void converse(Socket socket, Random random) throws Exception {
        try (socket) {
            socket.setSoTimeout(20_000);
            for (String head = head(socket.getInputStream()); head != null; head = head(socket.getInputStream())) {
                Matcher id = ID.matcher(head);
                if (!id.find() || !answer(socket, head, id.group(), random)) {
                    return;
                }
            }
        }
    }

    /** Whether the connection goes on. */
    private static boolean answer(Socket socket, String head, String id, Random random) throws Exception {
        boolean isHead = head.startsWith("HEAD");
        Matcher length = Pattern.compile("(?i)\r\ncontent-length: ([0-9]+)").matcher(head);
        int sent = length.find() ? Integer.parseInt(length.group(1)) : 0;
        if (sent > 0 && random.nextInt(3) > 0) {
            socket.getInputStream().readNBytes(sent);
        } else if (sent > 0) {
            // Early: none of the body is read, so nothing after it can be understood.
            say(socket, "HTTP/1.1 413 Early\r\nX-Id: " + id + "\r\nContent-Length: 12\r\n\r\n" + id + "\n");
            return false;
        }
        String body = (id + ";").repeat(random.nextInt(4) == 0 ? 20_000 : 1 + random.nextInt(50));
        String named = "X-Id: " + id + "\r\n";
        String fixed =
                "HTTP/1.1 200 OK\r\n" + named + "Content-Length: " + body.length() + "\r\n\r\n" + (isHead ? "" : body);
        String chunked = "HTTP/1.1 200 OK\r\n" + named + "Transfer-Encoding: chunked\r\n\r\n"
                + (isHead ? "" : Integer.toHexString(body.length()) + "\r\n" + body + "\r\n0\r\n\r\n");
        String foreign = "HTTP/1.1 200 OK\r\nX-Id: " + id + "\r\nContent-Length: 12\r\nX-Surplus: " + id;
        switch (random.nextInt(14)) {
            case 0 -> say(socket, fixed + foreign);
            case 1 -> say(socket, fixed + foreign + "\r\n\r\n" + id + "\n");
            case 2 -> say(socket, chunked + foreign.substring(0, 1 + random.nextInt(foreign.length() - 1)));
            case 3 -> say(socket, "HTTP/1.1 204 No Content\r\n" + named + "\r\n" + body);
            case 4 -> say(socket, "HTTP/1.1 103 Early Hints\r\nLink: <" + id + ">\r\n\r\n" + fixed);
            case 5 -> {
                say(socket, fixed.substring(0, random.nextInt(fixed.length())));
                return false;
            }
            case 6 -> {
                say(socket, chunked.substring(0, random.nextInt(chunked.length())));
                socket.setSoLinger(true, 0);
                return false;
            }
            case 7 -> {
                say(socket, "HTTP/1.0 200 OK\r\n" + named + "\r\n" + body);
                return false;
            }
            case 8 -> {
                return false;
            }
            case 9 -> {
                say(socket, fixed.substring(0, 20));
                Thread.sleep(random.nextInt(60));
                say(socket, fixed.substring(20));
            }
            case 10 -> say(socket, chunked);
            default -> say(socket, fixed);
        }
        return true;
    }

    private void visit(int port, Random random) {
        Set<String> mine = new HashSet<>();
        ByteArrayOutputStream seen = new ByteArrayOutputStream();
        try (Socket socket = new Socket("127.0.0.1", port)) {
            socket.setSoTimeout(PATIENCE_MILLIS);
            int requests = 1 + random.nextInt(4);
            StringBuilder all = new StringBuilder();
            boolean isCutOff = random.nextInt(6) == 0;
            for (int i = 0; i < requests; i++) {
                String id = "id" + ids.incrementAndGet();
                mine.add(id);
                String method = List.of("GET", "GET", "HEAD", "POST").get(random.nextInt(4));
                String body = method.equals("POST") ? "x".repeat(1 + random.nextInt(5000)) : "";
                all.append(method)
                        .append(" /modules/m/")
                        .append(id)
                        .append(" HTTP/1.1\r\nHost: localhost:4173\r\nOrigin: ")
                        .append(ORIGIN)
                        .append(i == requests - 1 ? "\r\nConnection: close" : "")
                        .append(method.equals("POST") ? "\r\nContent-Length: " + body.length() : "")
                        .append("\r\n\r\n")
                        .append(body);
            }
            say(socket, isCutOff ? all.substring(0, random.nextInt(all.length())) : all.toString());
            if (isCutOff && random.nextBoolean()) {
                socket.setSoLinger(true, 0);
                return;
            } else if (isCutOff) {
                socket.shutdownOutput();
            }
            InputStream in = socket.getInputStream();
            byte[] buffer = new byte[16_384];
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                seen.write(buffer, 0, n);
            }
            whole.incrementAndGet();
        } catch (SocketTimeoutException e) {
            faults.add("nothing came for " + PATIENCE_MILLIS + " ms: " + mine);
        } catch (IOException e) {
            // Reset: it was cut off, and what came before counts all the same.
        }
        Matcher found = ID.matcher(seen.toString(StandardCharsets.ISO_8859_1));
        while (found.find()) {
            if (!mine.contains(found.group())) {
                faults.add(found.group() + " came to " + mine);
            }
        }
    }
}
