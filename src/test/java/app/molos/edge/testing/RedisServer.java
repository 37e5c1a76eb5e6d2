package app.molos.edge.testing;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/** A real Redis with a password, that keeps nothing; it can be killed, started again on its port, and frozen. */
public final class RedisServer implements AutoCloseable {
    private static final String PASSWORD = "canary-redis";

    private final Path directory;
    private final int port;
    private Process process;

    private RedisServer(Path directory, int port) {
        this.directory = directory;
        this.port = port;
    }

    public static RedisServer start(Path directory) throws Exception {
        Files.createDirectories(directory);
        int port;
        try (ServerSocket free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        RedisServer server = new RedisServer(directory, port);
        server.restart();
        return server;
    }

    public String url() {
        return "redis://:" + PASSWORD + "@127.0.0.1:" + port;
    }

    public String urlWithoutPassword() {
        return "redis://127.0.0.1:" + port;
    }

    /** Starts it again, with nothing in it. */
    public void restart() throws Exception {
        process = new ProcessBuilder(
                        "redis-server",
                        "--port",
                        Integer.toString(port),
                        "--bind",
                        "127.0.0.1",
                        "--requirepass",
                        PASSWORD,
                        "--save",
                        "",
                        "--appendonly",
                        "no")
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("redis.log").toFile())
                .start();
        Awaitility.await().ignoreExceptionsInstanceOf(IOException.class).until(() -> {
            new Socket("127.0.0.1", port).close();
            return true;
        });
    }

    public void kill() throws Exception {
        process.destroyForcibly();
        process.waitFor(10, TimeUnit.SECONDS);
    }

    /** It takes connections and answers nothing, until {@link #thaw}. */
    public void freeze() throws Exception {
        signal("STOP");
    }

    public void thaw() throws Exception {
        signal("CONT");
    }

    /** Runs redis-cli and returns what it prints. */
    public String command(String... arguments) throws Exception {
        ProcessBuilder builder = new ProcessBuilder("redis-cli", "-p", Integer.toString(port), "--no-auth-warning");
        builder.command().addAll(List.of(arguments));
        builder.environment().put("REDISCLI_AUTH", PASSWORD);
        Process client = builder.redirectErrorStream(true).start();
        String printed = new String(client.getInputStream().readAllBytes());
        client.waitFor(10, TimeUnit.SECONDS);
        return printed;
    }

    private void signal(String name) throws Exception {
        new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                .start()
                .waitFor(10, TimeUnit.SECONDS);
    }

    @Override
    public void close() throws Exception {
        thaw();
        kill();
    }
}
