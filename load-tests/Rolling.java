import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Base64;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Load for a rolling restart. `java Rolling.java upstream PORT` is the module; `java Rolling.java load URL ORIGIN COOKIE RATE SOCKETS`
 * sends a steady mix of GET and POST and keeps WebSockets open, until standard input ends, and prints what failed. A WebSocket may
 * be closed by 1001 only, and is opened again then.
 */
public final class Rolling {
    private static final Map<String, AtomicInteger> FAILED = new TreeMap<>();
    private static final AtomicInteger ASKED = new AtomicInteger();
    private static final AtomicInteger ANSWERED = new AtomicInteger();
    private static final AtomicInteger GONE_AWAY = new AtomicInteger();
    private static final AtomicBoolean IS_OVER = new AtomicBoolean();
    private static final HttpClient CLIENT = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(10))
            .build();

    private static String base;
    private static String origin;
    private static String cookie;

    private Rolling() {}

    public static void main(String[] arguments) throws Exception {
        if (arguments[0].equals("upstream")) {
            upstream(Integer.parseInt(arguments[1]));
            return;
        }
        base = arguments[1];
        origin = arguments[2];
        cookie = arguments[3];
        int rate = Integer.parseInt(arguments[4]);
        ScheduledExecutorService clock = Executors.newScheduledThreadPool(2);
        for (int i = 0; i < Integer.parseInt(arguments[5]); i++) {
            socket(clock);
        }
        clock.scheduleAtFixedRate(Rolling::ask, 0, 1_000_000L / rate, TimeUnit.MICROSECONDS);
        System.out.println("begun");
        while (System.in.read() >= 0) {
            // Until the script has seen enough.
        }
        IS_OVER.set(true);
        clock.shutdown();
        for (int i = 0; i < 200 && ANSWERED.get() < ASKED.get(); i++) {
            Thread.sleep(100);
        }
        int failures = FAILED.values().stream().mapToInt(AtomicInteger::get).sum();
        FAILED.forEach((what, count) -> System.out.println("failed " + count + " x " + what));
        System.out.printf(
                Locale.ROOT,
                "asked=%d answered=%d failed=%d websockets-told-to-come-back=%d%n",
                ASKED.get(),
                ANSWERED.get(),
                failures,
                GONE_AWAY.get());
        System.exit(failures == 0 && ANSWERED.get() == ASKED.get() ? 0 : 1);
    }

    private static void fail(String what) {
        synchronized (FAILED) {
            FAILED.computeIfAbsent(what, w -> new AtomicInteger()).incrementAndGet();
        }
    }

    private static void ask() {
        int number = ASKED.incrementAndGet();
        HttpRequest.Builder request = HttpRequest.newBuilder().timeout(Duration.ofSeconds(15));
        String wanted;
        if (number % 3 == 0) {
            request.uri(URI.create(base + "/modules/m/post"))
                    .header("Origin", origin)
                    .POST(HttpRequest.BodyPublishers.ofString("x".repeat(2000)));
            wanted = "2000";
        } else if (number % 3 == 1) {
            request.uri(URI.create(base + "/modules/m/get"));
            wanted = "0";
        } else {
            request.uri(URI.create(base + "/api/auth/get-session")).header("Cookie", cookie);
            wanted = "load@example.org";
        }
        HttpRequest made = request.build();
        CLIENT.sendAsync(made, HttpResponse.BodyHandlers.ofString()).whenComplete((response, failure) -> {
            String which = made.method() + " " + made.uri().getPath();
            if (failure != null) {
                fail(which + ": " + failure);
            } else if (response.statusCode() != 200 || !response.body().contains(wanted)) {
                fail(which + ": " + response.statusCode() + " " + response.body().lines().findFirst().orElse(""));
            }
            ANSWERED.incrementAndGet();
        });
    }

    private static void socket(ScheduledExecutorService clock) {
        if (IS_OVER.get()) {
            return;
        }
        CLIENT.newWebSocketBuilder()
                .header("Origin", origin)
                .connectTimeout(Duration.ofSeconds(10))
                .buildAsync(
                        URI.create(base.replaceFirst("^http", "ws") + "/modules/m/socket"), new WebSocket.Listener() {
                            @Override
                            public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
                                if (code == 1001) {
                                    GONE_AWAY.incrementAndGet();
                                } else if (!IS_OVER.get()) {
                                    fail("WebSocket closed by " + code);
                                }
                                clock.schedule(() -> socket(clock), 200, TimeUnit.MILLISECONDS);
                                return null;
                            }

                            @Override
                            public void onError(WebSocket socket, Throwable error) {
                                if (!IS_OVER.get()) {
                                    fail("WebSocket: " + error);
                                    clock.schedule(() -> socket(clock), 200, TimeUnit.MILLISECONDS);
                                }
                            }
                        })
                .whenComplete((socket, failure) -> {
                    if (failure != null && !IS_OVER.get()) {
                        fail("WebSocket not opened: " + failure);
                        clock.schedule(() -> socket(clock), 200, TimeUnit.MILLISECONDS);
                    }
                });
    }

    /** Answers with the length of each body; WebSockets are silent, and closed when their client closes. */
    private static void upstream(int port) throws IOException {
        try (ServerSocket server = new ServerSocket(port, 1000, InetAddress.getLoopbackAddress())) {
            System.out.println("upstream ready");
            while (true) {
                Socket socket = server.accept();
                Thread thread = new Thread(() -> serve(socket));
                thread.setDaemon(true);
                thread.start();
            }
        }
    }

    private static void serve(Socket socket) {
        try (socket) {
            InputStream in = socket.getInputStream();
            OutputStream out = socket.getOutputStream();
            socket.setTcpNoDelay(true);
            for (String head = head(in); !head.isEmpty(); head = head(in)) {
                String key = header(head, "sec-websocket-key");
                if (!key.isEmpty()) {
                    MessageDigest sha = MessageDigest.getInstance("SHA-1");
                    byte[] digest = sha.digest((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").getBytes(StandardCharsets.US_ASCII));
                    out.write(("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: "
                                    + Base64.getEncoder().encodeToString(digest) + "\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
                    in.readNBytes(1);
                    return;
                }
                String length = header(head, "content-length");
                int body = length.isEmpty() ? 0 : in.readNBytes(Integer.parseInt(length)).length;
                byte[] text = Integer.toString(body).getBytes(StandardCharsets.US_ASCII);
                out.write(("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: " + text.length + "\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII));
                out.write(text);
            }
        } catch (Exception e) {
            // The edge closed it.
        }
    }

    private static String head(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.length() < 4 || !head.substring(head.length() - 4).equals("\r\n\r\n")) {
            int octet = in.read();
            if (octet < 0) {
                return "";
            }
            head.append((char) octet);
        }
        return head.toString();
    }

    private static String header(String head, String name) {
        for (String line : head.split("\r\n")) {
            if (line.toLowerCase(Locale.ROOT).startsWith(name + ":")) {
                return line.substring(name.length() + 1).trim();
            }
        }
        return "";
    }
}
