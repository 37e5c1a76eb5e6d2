import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * How long people wait while the edge makes a backup: {@code java BesideBackup.java PORT PATH COOKIE DIRECTORY SECONDS}. A few
 * hundred requests a second go on all the time; those that end while a scratch database lies in that directory count as
 * beside one. It prints the 50th and the 99th percentile of both, and the ratio of the latter.
 */
public final class BesideBackup {
    private static final int THREADS = 4;
    private static final int A_SECOND = 100;
    /** Until the compiler has seen enough. */
    private static final long WARM_NANOS = 20_000_000_000L;

    private final List<Long> alone = new ArrayList<>();
    private final List<Long> beside = new ArrayList<>();
    private volatile boolean isBackup;
    private int backups;

    private BesideBackup() {}

    public static void main(String[] arguments) throws Exception {
        new BesideBackup().run(arguments);
    }

    private void run(String[] arguments) throws Exception {
        byte[] request = ("GET " + arguments[1] + " HTTP/1.1\r\nHost: localhost\r\nCookie: " + arguments[2] + "\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII);
        long begin = System.nanoTime();
        long end = begin + Long.parseLong(arguments[4]) * 1_000_000_000L;
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            threads.add(new Thread(() -> ask(Integer.parseInt(arguments[0]), request, begin + WARM_NANOS, end)));
        }
        threads.forEach(Thread::start);
        while (System.nanoTime() < end) {
            boolean now = isMaking(Path.of(arguments[3]));
            backups += now && !isBackup ? 1 : 0;
            isBackup = now;
            LockSupport.parkNanos(5_000_000);
        }
        for (Thread thread : threads) {
            thread.join();
        }
        System.out.printf(
                Locale.ROOT,
                "    %d backups; alone p50 %.2f p99 %.2f ms (%d), beside one p50 %.2f p99 %.2f ms (%d)%n",
                backups,
                at(alone, 50),
                at(alone, 99),
                alone.size(),
                at(beside, 50),
                at(beside, 99),
                beside.size());
        System.out.printf(Locale.ROOT, "ratio %.2f%n", at(beside, 99) / at(alone, 99));
    }

    private static boolean isMaking(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            return false;
        }
        try (Stream<Path> files = Files.list(directory)) {
            return files.anyMatch(file -> file.getFileName().toString().startsWith("scratch-"));
        }
    }

    private void ask(int port, byte[] request, long begin, long end) {
        byte[] buffer = new byte[16_384];
        long pause = 1_000_000_000L / A_SECOND;
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setTcpNoDelay(true);
            InputStream in = socket.getInputStream();
            OutputStream out = socket.getOutputStream();
            for (long due = System.nanoTime() + (long) (Math.random() * pause); due < end; due += pause) {
                boolean isLate = System.nanoTime() > due;
                LockSupport.parkNanos(due - System.nanoTime());
                // What has to wait for the one before it waits from when it was due; that this thread overslept is no wait.
                long asked = isLate ? due : System.nanoTime();
                out.write(request);
                int read = in.read(buffer);
                if (read < 12 || !new String(buffer, 9, 3, StandardCharsets.US_ASCII).equals("200")) {
                    throw new IOException("other than 200");
                }
                long waited = System.nanoTime() - asked;
                if (asked > begin) {
                    List<Long> all = isBackup ? beside : alone;
                    synchronized (all) {
                        all.add(waited);
                    }
                }
            }
        } catch (IOException e) {
            System.err.println(e);
            System.exit(1);
        }
    }

    private static double at(List<Long> waited, int percent) {
        long[] all = waited.stream().mapToLong(Long::longValue).toArray();
        Arrays.sort(all);
        return all.length == 0 ? Double.NaN : all[all.length * percent / 100] / 1e6;
    }
}
