import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Executors;

/**
 * A crowd that sends half of everything: bodies and heads that never end, and readers that do not read, each under an address of
 * its own by a PROXY header. Meanwhile one honest client asks for health. `java Crowd.java PORT UPSTREAM_PORT ORIGIN SECONDS`
 * serves endless answers on the upstream port, and prints how long the honest client waited.
 */
public final class Crowd {
    private static final int BODIES = 6000;
    private static final int HEADS = 6000;
    private static final int READERS = 1000;
    private static final int PART = 1 << 16;

    private static final List<SocketChannel> CROWD = new ArrayList<>();
    private static int port;
    private static int failed;

    private Crowd() {}

    public static void main(String[] arguments) throws Exception {
        port = Integer.parseInt(arguments[0]);
        HttpServer upstream = endless(Integer.parseInt(arguments[1]));
        String host = arguments[2].replaceFirst("https?://", "");
        System.out.println("upstream ready");
        System.in.read();

        String head = " HTTP/1.1\r\nHost: " + host + "\r\n";
        for (int i = 0; i < Math.max(BODIES, HEADS); i++) {
            if (i < BODIES) {
                join("10.1", i, "POST /api/auth/sign-in/email" + head + "Origin: " + arguments[2]
                        + "\r\nContent-Type: application/json\r\nContent-Length: 16000\r\n\r\n" + "x".repeat(15_000));
            }
            if (i < HEADS) {
                join("10.2", i, "GET /" + head + "X-Long: " + "x".repeat(15_000));
            }
            if (i < READERS) {
                join("10.3", i, "GET " + (i % 2 == 0 ? "/modules/up/endless" : "/modules/files/large.bin") + head + "\r\n");
            }
        }
        measure(Long.parseLong(arguments[3]) * 1_000_000_000L);
        upstream.stop(0);
        System.exit(0);
    }

    /** Answers without end, as fast as they are taken. */
    private static HttpServer endless(int upstreamPort) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), upstreamPort), READERS);
        server.setExecutor(Executors.newCachedThreadPool(task -> {
            Thread thread = new Thread(null, task, "upstream", 128 * 1024);
            thread.setDaemon(true);
            return thread;
        }));
        server.createContext("/", exchange -> {
            exchange.sendResponseHeaders(200, 1L << 40);
            byte[] part = new byte[PART];
            try (OutputStream out = exchange.getResponseBody()) {
                while (true) {
                    out.write(part);
                }
            } catch (IOException e) {
                // Nobody takes it any more.
            }
        });
        server.start();
        return server;
    }

    /** One more of them: says its part and is silent from then on. */
    private static void join(String network, int number, String text) {
        String client = network + "." + number / 250 + "." + (number % 250 + 1);
        try {
            SocketChannel channel = SocketChannel.open();
            channel.socket().setReceiveBufferSize(4096);
            channel.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            channel.configureBlocking(false);
            channel.write(ByteBuffer.wrap(("PROXY TCP4 " + client + " 10.0.0.1 1000 80\r\n" + text).getBytes(StandardCharsets.ISO_8859_1)));
            CROWD.add(channel);
        } catch (IOException e) {
            failed++;
        }
    }

    /** The honest client: a connection a request, as a probe has it. */
    private static void measure(long nanos) throws InterruptedException {
        List<Long> times = new ArrayList<>();
        int errors = 0;
        long end = System.nanoTime() + nanos;
        while (System.nanoTime() < end) {
            long start = System.nanoTime();
            if (!asks()) {
                errors++;
            }
            times.add(System.nanoTime() - start);
            Thread.sleep(5);
        }
        long[] sorted = times.stream().mapToLong(Long::longValue).sorted().toArray();
        System.out.printf(Locale.ROOT, "crowd=%d failed=%d asked=%d errors=%d p50ms=%.1f p99ms=%.1f maxms=%.1f%n",
                CROWD.size(), failed, sorted.length, errors, sorted[sorted.length / 2] / 1e6, sorted[sorted.length * 99 / 100] / 1e6,
                Arrays.stream(sorted).max().orElse(0) / 1e6);
    }

    private static boolean asks() {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write(("PROXY TCP4 192.0.2.1 10.0.0.1 1000 80\r\nGET /api/health HTTP/1.1\r\nHost: edge\r\n"
                    + "Connection: close\r\n\r\n").getBytes(StandardCharsets.ISO_8859_1));
            InputStream in = socket.getInputStream();
            return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1).startsWith("HTTP/1.1 200 ");
        } catch (IOException e) {
            return false;
        }
    }
}
