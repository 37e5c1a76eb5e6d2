import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.locks.LockSupport;

/**
 * How long everybody else waits beside one client that is banned and asks 5,000 times a second: {@code java Beside.java PORT PATH
 * BANNED OTHERS COOKIE ROUNDS SECONDS ELSEWHERE}. Rounds in which that client asks the server and rounds in which it asks another
 * one, at the port ELSEWHERE, take turns: what it costs the machine is in both, and the difference is what the server makes of it.
 * It prints the 99th percentile of each, that of a round without it, and the median of the changes. That client is a process of
 * its own, of those that get only what others leave of a processor: the two share one.
 */
public final class Beside {
    private static final int HONEST = 4;
    private static final int HONEST_A_SECOND = 400;
    private static final int FLOOD_A_SECOND = 5000;
    /** At once, on one connection. */
    private static final int BATCH = 5;

    private final int port;
    private final String path;

    private Beside(int port, String path) {
        this.port = port;
        this.path = path;
    }

    public static void main(String[] arguments) throws Exception {
        Beside beside = new Beside(Integer.parseInt(arguments[0]), arguments[1]);
        if (arguments.length == 4) {
            beside.flood(arguments[2], Integer.parseInt(arguments[3]));
            return;
        }
        int rounds = Integer.parseInt(arguments[5]);
        int seconds = Integer.parseInt(arguments[6]);
        int elsewhere = Integer.parseInt(arguments[7]);
        beside.round(arguments, beside.port, 2 * seconds);
        beside.round(arguments, elsewhere, seconds);
        double[] changes = new double[rounds];
        for (int i = 0; i < rounds; i++) {
            double here = beside.round(arguments, beside.port, seconds);
            double there = beside.round(arguments, elsewhere, seconds);
            double nowhere = beside.round(arguments, 0, seconds);
            changes[i] = here / there - 1;
            System.out.printf(
                    Locale.ROOT,
                    "    p99 with it here %.3f ms, elsewhere %.3f ms (nowhere %.3f ms), %+.0f %%%n",
                    here,
                    there,
                    nowhere,
                    100 * changes[i]);
        }
        Arrays.sort(changes);
        System.out.printf(Locale.ROOT, "median %.3f%n", changes[rounds / 2]);
    }

    /** @param flooded the port that the banned client asks; 0: none */
    private double round(String[] arguments, int flooded, int seconds) throws Exception {
        Process flood = flooded == 0 ? null : start(flooded, arguments[2], seconds + 1);
        if (flood != null) {
            // Its own start is over.
            flood.getInputStream().read();
        }
        List<Thread> threads = new ArrayList<>();
        List<List<Long>> waited = new ArrayList<>();
        long end = System.nanoTime() + seconds * 1_000_000_000L;
        for (int i = 0; i < HONEST; i++) {
            List<Long> mine = new ArrayList<>();
            waited.add(mine);
            threads.add(new Thread(() -> ask(arguments[3] + "\r\nCookie: " + arguments[4], end, mine)));
        }
        threads.forEach(Thread::start);
        for (Thread thread : threads) {
            thread.join();
        }
        if (flood != null && flood.waitFor() != 0) {
            throw new IllegalStateException("the banned client ended with " + flood.exitValue());
        }
        long[] all = waited.stream().flatMap(List::stream).mapToLong(Long::longValue).sorted().toArray();
        return all[all.length * 99 / 100] / 1e6;
    }

    private Process start(int flooded, String banned, int seconds) throws IOException {
        return new ProcessBuilder(
                        "chrt", "--idle", "0", "java", "-Xmx64m", "-XX:+UseSerialGC", "load-tests/Beside.java",
                        Integer.toString(flooded), path, banned, Integer.toString(seconds))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    /** Ends with an error when the server does not keep up, or lets one through. */
    private void flood(String address, int seconds) throws IOException {
        byte[] batch = request(address).repeat(BATCH).getBytes(StandardCharsets.US_ASCII);
        byte[] buffer = new byte[65_536];
        long pause = 1_000_000_000L * BATCH / FLOOD_A_SECOND;
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(5000);
            InputStream in = socket.getInputStream();
            System.out.println("begun");
            long due = System.nanoTime();
            long end = due + seconds * 1_000_000_000L;
            while (due < end) {
                LockSupport.parkNanos(due - System.nanoTime());
                socket.getOutputStream().write(batch);
                StringBuilder answers = new StringBuilder();
                while (answers.toString().split("HTTP/1.1 403", -1).length <= BATCH) {
                    int read = in.read(buffer);
                    answers.append(new String(buffer, 0, Math.max(0, read), StandardCharsets.US_ASCII));
                    if (read < 0 || answers.indexOf("HTTP/1.1 2") >= 0) {
                        throw new IOException("other than 403: " + answers);
                    }
                }
                due += pause;
            }
            if (System.nanoTime() > end + 500_000_000L) {
                throw new IOException("fewer than " + FLOOD_A_SECOND + " a second were answered");
            }
        }
    }

    private void ask(String address, long end, List<Long> waited) {
        byte[] request = request(address).getBytes(StandardCharsets.US_ASCII);
        byte[] buffer = new byte[16_384];
        long pause = 1_000_000_000L / HONEST_A_SECOND;
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
                    throw new IllegalStateException(
                            "other than 200: " + new String(buffer, 0, Math.max(0, read), StandardCharsets.US_ASCII));
                }
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private String request(String address) {
        return "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: " + address + "\r\n\r\n";
    }
}
