import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * Asks so many times a second, each at its time, whatever became of the one before: {@code java Steady.java PORT PATH COOKIE RATE
 * ROUNDS SECONDS DIRECTORY}. While the directory has a scratch database a backup is being made. Prints the median of the 99th
 * percentiles of the rounds alone and beside one, in milliseconds, and how many rounds there were: {@code 0.29 36 0.53 39}.
 */
public final class Steady {
    private static final int CONNECTIONS = 4;
    private static final int WARMUP_SECONDS = 20;

    private final int port;
    private final byte[] request;
    private final long pause;

    private Steady(int port, String path, String cookie, int rate) {
        this.port = port;
        this.request = ("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nCookie: " + cookie + "\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII);
        this.pause = CONNECTIONS * 1_000_000_000L / rate;
    }

    public static void main(String[] arguments) throws Exception {
        Steady steady = new Steady(
                Integer.parseInt(arguments[0]), arguments[1], arguments[2], Integer.parseInt(arguments[3]));
        int rounds = Integer.parseInt(arguments[4]);
        int seconds = Integer.parseInt(arguments[5]);
        Path directory = Path.of(arguments[6]);
        steady.round(WARMUP_SECONDS);
        List<Double> alone = new ArrayList<>();
        List<Double> beside = new ArrayList<>();
        for (int i = 0; i < rounds; i++) {
            boolean isMadeBefore = isMade(directory);
            double p99 = steady.round(seconds);
            boolean isMadeAfter = isMade(directory);
            // One that began or ended in between counts for neither.
            if (isMadeBefore == isMadeAfter) {
                (isMadeBefore ? beside : alone).add(p99);
            }
        }
        System.out.printf(
                Locale.ROOT,
                "%.3f %d %.3f %d%n",
                median(alone),
                alone.size(),
                median(beside),
                beside.size());
    }

    private static boolean isMade(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.anyMatch(file -> file.getFileName().toString().startsWith("scratch-"));
        }
    }

    private static double median(List<Double> values) {
        return values.stream().sorted().skip(values.size() / 2).findFirst().orElse(0.0);
    }

    private double round(int seconds) throws InterruptedException {
        long end = System.nanoTime() + seconds * 1_000_000_000L;
        List<List<Long>> waited = new ArrayList<>();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < CONNECTIONS; i++) {
            List<Long> mine = new ArrayList<>();
            waited.add(mine);
            threads.add(new Thread(() -> ask(end, mine)));
        }
        threads.forEach(Thread::start);
        for (Thread thread : threads) {
            thread.join();
        }
        long[] all = waited.stream()
                .flatMap(List::stream)
                .mapToLong(Long::longValue)
                .sorted()
                .toArray();
        return all[all.length * 99 / 100] / 1e6;
    }

    private void ask(long end, List<Long> waited) {
        byte[] buffer = new byte[16_384];
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setTcpNoDelay(true);
            OutputStream out = socket.getOutputStream();
            // Not all at the same moment.
            for (long due = System.nanoTime() + (long) (Math.random() * pause); due < end; due += pause) {
                boolean isLate = System.nanoTime() > due;
                LockSupport.parkNanos(due - System.nanoTime());
                // What has to wait for the one before it waits from when it was due; that this thread overslept is no wait.
                long begun = isLate ? due : System.nanoTime();
                out.write(request);
                int read = socket.getInputStream().read(buffer);
                waited.add(System.nanoTime() - begun);
                if (read < 12 || !new String(buffer, 9, 3, StandardCharsets.US_ASCII).equals("200")) {
                    throw new IOException("other than 200: "
                            + new String(buffer, 0, Math.max(0, read), StandardCharsets.US_ASCII));
                }
            }
        } catch (IOException e) {
            // A round that goes on without it would look better than it was.
            System.err.println("load-tests: " + e.getMessage());
            System.exit(1);
        }
    }
}
