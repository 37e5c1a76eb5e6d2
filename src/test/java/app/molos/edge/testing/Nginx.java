package app.molos.edge.testing;

import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

/** A real nginx: one that ends TLS in front of an edge, with a certificate made for this run, or one behind it. */
public final class Nginx implements AutoCloseable {
    private final Process process;
    private final int port;

    private Nginx(Process process, int port) {
        this.process = process;
        this.port = port;
    }

    public static Nginx tls(Path directory, int port, int upstream) throws Exception {
        Files.createDirectories(directory);
        run(
                directory,
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-days",
                "2",
                "-subj",
                "/CN=localhost",
                "-keyout",
                "key.pem",
                "-out",
                "cert.pem");
        return start(directory, port, """
                listen 127.0.0.1:%d ssl;
                ssl_certificate cert.pem;
                ssl_certificate_key key.pem;
                location / {
                  proxy_pass http://127.0.0.1:%d;
                  proxy_http_version 1.1;
                  proxy_set_header Host $http_host;
                  proxy_set_header X-Forwarded-For $remote_addr;
                  proxy_set_header X-Forwarded-Proto $scheme;
                }
                """.formatted(port, upstream));
    }

    /** One that serves a folder in the clear: a module's upstream. */
    public static Nginx files(Path directory, int port, Path files) throws Exception {
        return start(directory, port, "listen 127.0.0.1:%d; root %s;".formatted(port, files));
    }

    /** One with locations of its own: a module's upstream. */
    public static Nginx locations(Path directory, int port, String locations) throws Exception {
        return start(directory, port, "listen 127.0.0.1:%d; %s".formatted(port, locations));
    }

    private static Nginx start(Path directory, int port, String server) throws Exception {
        Files.createDirectories(directory.resolve("logs"));
        Files.writeString(directory.resolve("nginx.conf"), """
                daemon off;
                %s
                worker_processes 1;
                pid nginx.pid;
                error_log logs/error.log;
                events {}
                http {
                  access_log off;
                  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path f; uwsgi_temp_path u; scgi_temp_path s;
                  server { %s }
                }
                """.formatted(
                        "root".equals(System.getProperty("user.name")) ? "user root;" : "", server));
        Process process = new ProcessBuilder(
                        "nginx",
                        "-p",
                        directory.toString(),
                        "-c",
                        directory.resolve("nginx.conf").toString())
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectOutput(directory.resolve("logs/nginx.out").toFile())
                .start();
        Nginx nginx = new Nginx(process, port);
        try {
            Awaitility.await().ignoreExceptionsInstanceOf(IOException.class).until(() -> {
                new Socket("127.0.0.1", port).close();
                return true;
            });
            return nginx;
        } catch (ConditionTimeoutException e) {
            nginx.close();
            throw new IllegalStateException(
                    "nginx did not listen: " + Files.readString(directory.resolve("logs/error.log")), e);
        }
    }

    public int port() {
        return port;
    }

    private static void run(Path directory, String... command) throws Exception {
        Process process = new ProcessBuilder(List.of(command))
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("command.log").toFile())
                .start();
        if (!process.waitFor(60, TimeUnit.SECONDS) || process.exitValue() != 0) {
            throw new IllegalStateException(Files.readString(directory.resolve("command.log")));
        }
    }

    @Override
    public void close() throws Exception {
        process.destroy();
        process.waitFor(10, TimeUnit.SECONDS);
    }
}
