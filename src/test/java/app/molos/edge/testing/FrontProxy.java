package app.molos.edge.testing;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A real reverse proxy of the kinds that people have, passing everything on to one place, in the clear. */
public final class FrontProxy implements AutoCloseable {
    /** Whose it is. */
    public enum Kind {
        NGINX,
        HAPROXY,
        CADDY,
        APACHE
    }

    private final Process process;
    private final int port;

    private FrontProxy(Process process, int port) {
        this.process = process;
        this.port = port;
    }

    public static FrontProxy start(Kind kind, Path directory, int upstream) throws Exception {
        Files.createDirectories(directory);
        int port = JarProcess.freePort();
        Path file = directory.resolve("proxy.conf");
        Files.writeString(file, configuration(kind, directory, port, upstream));
        List<String> command = switch (kind) {
            case NGINX -> List.of("nginx", "-p", directory.toString(), "-c", file.toString());
            case HAPROXY -> List.of("haproxy", "-db", "-f", file.toString());
            case CADDY -> List.of("caddy", "run", "--adapter", "caddyfile", "--config", file.toString());
            case APACHE -> List.of("apache2", "-X", "-f", file.toString());
        };
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectOutput(directory.resolve("out").toFile())
                .start();
        for (int i = 0; i < 100; i++) {
            try (Socket socket = new Socket(InetAddress.getByName("127.0.0.1"), port)) {
                return new FrontProxy(process, port);
            } catch (IOException e) {
                Thread.sleep(100);
            }
        }
        process.destroyForcibly();
        throw new IllegalStateException(kind + " did not start: " + Files.readString(directory.resolve("out")));
    }

    private static String configuration(Kind kind, Path directory, int port, int upstream) {
        return switch (kind) {
            case NGINX -> """
                    daemon off; worker_processes 1; pid %1$s/pid; error_log %1$s/error.log;
                    events {}
                    http {
                      access_log off;
                      client_body_temp_path %1$s/t1; proxy_temp_path %1$s/t2; fastcgi_temp_path %1$s/t3;
                      uwsgi_temp_path %1$s/t4; scgi_temp_path %1$s/t5;
                      upstream up { server 127.0.0.1:%3$d; keepalive 8; }
                      server {
                        listen 127.0.0.1:%2$d;
                        location / {
                          proxy_pass http://up; proxy_http_version 1.1; proxy_set_header Host $http_host;
                          proxy_set_header Connection ""; proxy_request_buffering off;
                        }
                      }
                    }
                    """.formatted(directory, port, upstream);
            case HAPROXY -> """
                    defaults
                      mode http
                      timeout connect 5s
                      timeout client 5s
                      timeout server 5s
                      http-reuse always
                    frontend in
                      bind 127.0.0.1:%1$d
                      default_backend up
                    backend up
                      server a 127.0.0.1:%2$d
                    """.formatted(port, upstream);
            case CADDY -> """
                    {
                      admin off
                      auto_https off
                    }
                    http://:%1$d {
                      bind 127.0.0.1
                      reverse_proxy 127.0.0.1:%2$d
                    }
                    """.formatted(port, upstream);
            case APACHE -> """
                    ServerRoot /usr/lib/apache2
                    ServerName localhost
                    LoadModule mpm_event_module modules/mod_mpm_event.so
                    LoadModule authz_core_module modules/mod_authz_core.so
                    LoadModule proxy_module modules/mod_proxy.so
                    LoadModule proxy_http_module modules/mod_proxy_http.so
                    User www-data
                    Group www-data
                    DefaultRuntimeDir %1$s
                    PidFile %1$s/pid
                    ErrorLog %1$s/error.log
                    Listen 127.0.0.1:%2$d
                    AllowEncodedSlashes NoDecode
                    ProxyPreserveHost On
                    ProxyPass / http://127.0.0.1:%3$d/ nocanon
                    """.formatted(directory, port, upstream);
        };
    }

    public int port() {
        return port;
    }

    @Override
    public void close() throws Exception {
        process.descendants().forEach(ProcessHandle::destroy);
        process.destroy();
        process.waitFor(10, TimeUnit.SECONDS);
    }
}
