package app.molos.edge.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * What can be seen of a request that got no answer: who of the two has bytes that the other did not take, and what every
 * thread does. A test that waited in vain once in a hundred runs says nothing else of why.
 */
final class Unanswered {
    private static final String ESTABLISHED = "01";

    private Unanswered() {}

    /** Writes to standard error what the system and this process know of the connections of a port. */
    static void report(int port, String request) {
        StringBuilder report =
                new StringBuilder("No answer to ").append(request).append('\n');
        sockets(port).forEach(line -> report.append("  ").append(line).append('\n'));
        Map<String, StackTraceElement[]> threads = new TreeMap<>();
        Thread.getAllStackTraces()
                .forEach((thread, stack) -> threads.put(
                        thread.getName() + " " + thread.getState().name().toLowerCase(Locale.ROOT), stack));
        threads.forEach((name, stack) -> {
            report.append("  ").append(name).append('\n');
            for (StackTraceElement element : stack) {
                report.append("      ").append(element).append('\n');
            }
        });
        System.err.println(report);
    }

    /** Returns a line for each socket of a port, with the bytes that wait to be sent and to be read; none without /proc. */
    static List<String> sockets(int port) {
        String wanted = String.format("%04X", port);
        try (var lines = Files.lines(Path.of("/proc/net/tcp"))) {
            return lines.skip(1)
                    .map(line -> line.strip().split("\\s+"))
                    .filter(field -> field[1].endsWith(":" + wanted) || field[2].endsWith(":" + wanted))
                    .map(field -> String.format(
                            "%s -> %s %s, to send %d, to read %d",
                            portOf(field[1]),
                            portOf(field[2]),
                            field[3].equals(ESTABLISHED) ? "established" : "state " + field[3],
                            Long.parseLong(field[4].substring(0, 8), 16),
                            Long.parseLong(field[4].substring(9), 16)))
                    .toList();
        } catch (IOException e) {
            return List.of("sockets are not known: " + e);
        }
    }

    private static int portOf(String address) {
        return Integer.parseInt(address.substring(address.indexOf(':') + 1), 16);
    }
}
