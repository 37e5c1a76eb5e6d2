package app.molos.edge.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** The built jar as a process of its own: what an operator runs, with its exit code. */
public final class JarProcess implements AutoCloseable {
    private static final List<String> JAVA = List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx256m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1");
    private static final Path JAR = Path.of(System.getProperty("edge.jar")).toAbsolutePath();
    private static final Path ARCHIVE = archive();

    private static final int PORTS = 5000;
    private static final int FIRST_PORT = 12_000 + (Integer.getInteger("edge.fork", 1) - 1) % 3 * PORTS;
    private static final AtomicInteger NEXT_PORT =
            new AtomicInteger(ThreadLocalRandom.current().nextInt(PORTS));

    private final Process process;
    private final Path out;
    private final Path err;

    private JarProcess(Process process, Path out, Path err) {
        this.process = process;
        this.out = out;
        this.err = err;
    }

    /** Loading the classes is most of a start; dozens of starts share the work of one. Made once for the jar. */
    private static Path archive() {
        try {
            Path directory = Files.createTempDirectory(JAR.getParent(), "classes");
            Path archive = directory.resolve("edge.jsa");
            List<String> command = new ArrayList<>(JAVA);
            command.addAll(List.of("-XX:ArchiveClassesAtExit=" + archive, "-jar", JAR.toString(), "migrate", "apply"));
            ProcessBuilder builder = new ProcessBuilder(command)
                    .directory(directory.toFile())
                    .redirectErrorStream(true)
                    .redirectInput(Path.of("/dev/null").toFile())
                    .redirectOutput(directory.resolve("out").toFile());
            if (!builder.start().waitFor(60, TimeUnit.SECONDS)) {
                throw new IllegalStateException(Files.readString(directory.resolve("out")));
            }
            return archive;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    public static JarProcess start(Path directory, Map<String, String> environment, String... arguments) {
        try {
            return start(
                    directory,
                    environment,
                    List.of(),
                    Files.createTempFile(directory, "edge", ".out"),
                    Files.createTempFile(directory, "edge", ".err"),
                    arguments);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Another build than the one under test. */
    public static JarProcess start(Path jar, Path directory, Map<String, String> environment) throws IOException {
        List<String> command = new ArrayList<>(JAVA);
        command.addAll(List.of("-jar", jar.toString()));
        Path out = directory.resolve("edge.out");
        Path err = directory.resolve("edge.err");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        builder.environment().putAll(environment);
        return new JarProcess(builder.start(), out, err);
    }

    /** Behind a program that watches it, like strace. */
    public static JarProcess behind(
            List<String> watcher, Path directory, Map<String, String> environment, String... arguments)
            throws IOException {
        return launch(
                watcher,
                directory,
                environment,
                List.of(),
                Files.createTempFile(directory, "edge", ".out"),
                Files.createTempFile(directory, "edge", ".err"),
                arguments);
    }

    /** @param out where standard output goes; may be a pipe that nobody reads, as {@code err} may */
    public static JarProcess start(
            Path directory,
            Map<String, String> environment,
            List<String> jvmOptions,
            Path out,
            Path err,
            String... arguments) {
        return launch(List.of(), directory, environment, jvmOptions, out, err, arguments);
    }

    private static JarProcess launch(
            List<String> watcher,
            Path directory,
            Map<String, String> environment,
            List<String> jvmOptions,
            Path out,
            Path err,
            String... arguments) {
        List<String> command = new ArrayList<>(watcher);
        command.addAll(JAVA);
        command.addAll(jvmOptions);
        command.addAll(List.of("-XX:SharedArchiveFile=" + ARCHIVE, "-jar", JAR.toString()));
        command.addAll(List.of(arguments));
        try {
            ProcessBuilder builder = new ProcessBuilder(command)
                    .directory(directory.toFile())
                    .redirectOutput(out.toFile())
                    .redirectError(err.toFile());
            builder.environment().keySet().removeIf(k -> k.startsWith("EDGE_") || k.equals("NODE_ENV"));
            builder.environment().putAll(environment);
            return new JarProcess(builder.start(), out, err);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Runs to the end and returns the finished process. */
    public static JarProcess run(Path directory, Map<String, String> environment, String... arguments) {
        JarProcess process = start(directory, environment, arguments);
        process.exitCode(Duration.ofSeconds(60));
        return process;
    }

    public int exitCode(Duration limit) {
        try {
            if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly();
                throw new AssertionError("still running after " + limit + "\n" + err() + out());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
        return process.exitValue();
    }

    public int exitCode() {
        return exitCode(Duration.ofSeconds(60));
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /** SIGTERM. */
    public void terminate() {
        process.destroy();
    }

    /** SIGKILL. */
    public void kill() {
        process.destroyForcibly();
    }

    public String out() {
        return read(out);
    }

    public String err() {
        return read(err);
    }

    /**
     * A port that nobody has. Below those that the system gives to outgoing connections, and from another range in each
     * JVM of tests: one that was free a moment ago would otherwise be somebody else's when the edge binds it.
     */
    public static int freePort() {
        while (true) {
            int port = FIRST_PORT + NEXT_PORT.getAndIncrement() % PORTS;
            try (ServerSocket socket = new ServerSocket()) {
                socket.setReuseAddress(false);
                socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
                return port;
            } catch (IOException e) {
                // Taken: the next one.
            }
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
