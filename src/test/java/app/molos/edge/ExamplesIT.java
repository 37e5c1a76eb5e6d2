package app.molos.edge;

import static app.molos.edge.testing.RawModule.head;
import static app.molos.edge.testing.RawModule.say;
import static org.assertj.core.api.Assertions.assertThat;

import app.molos.edge.testing.EdgeServer;
import app.molos.edge.testing.JarProcess;
import app.molos.edge.testing.NodeProject;
import app.molos.edge.testing.RawModule;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every file in docs/examples does what it says, with nothing changed but ports and certificates. */
@Tag("node")
class ExamplesIT {
    private static final Path EXAMPLES = Path.of("docs/examples").toAbsolutePath();
    private static final String NAME = "edge.example.org";
    private static final String ORIGIN = "https://" + NAME;

    @TempDir
    Path directory;

    private final List<AutoCloseable> open = new ArrayList<>();
    private EdgeServer edge;

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable closeable : open) {
            closeable.close();
        }
    }

    private void start(Map<String, String> environment, String... command) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectOutput(directory
                        .resolve(Path.of(command[0]).getFileName() + ".out")
                        .toFile());
        builder.environment().putAll(environment);
        Process process = builder.start();
        open.add(() -> {
            process.destroy();
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        });
    }

    private static void awaitPort(int port) {
        Awaitility.await().atMost(30, TimeUnit.SECONDS).ignoreExceptions().until(() -> {
            new Socket("127.0.0.1", port).close();
            return true;
        });
    }

    /** An edge with an example's entry, on another port than the example's. */
    private void serve(String example, String port, int actual) throws Exception {
        String yaml = Files.readString(EXAMPLES.resolve(example).resolve("modules.yaml"));
        assertThat(yaml).contains(port);
        EdgeServer.modules(directory, yaml.replace(port, Integer.toString(actual)));
        edge = EdgeServer.start(directory, Map.of("ORIGIN", "http://localhost:4173"));
        open.add(edge);
    }

    @Test
    void folderOfFiles() throws Exception {
        edge = EdgeServer.start(
                directory,
                Map.of("MODULES_CONFIG", EXAMPLES.resolve("static/modules.yaml").toString()));
        open.add(edge);
        assertThat(edge.get("/modules/welcome/").body()).contains("<h1>Welcome</h1>");
        HttpResponse<String> style = edge.get("/modules/welcome/style.css");
        assertThat(style.headers().firstValue("content-type")).hasValue("text/css; charset=utf-8");
    }

    @Test
    void expressModule() throws Exception {
        NodeProject.of("node");
        int port = JarProcess.freePort();
        start(
                Map.of(
                        "PORT",
                        Integer.toString(port),
                        "NODE_PATH",
                        Path.of("target/node/node_modules").toAbsolutePath().toString()),
                "node",
                EXAMPLES.resolve("express/server.js").toString());
        awaitPort(port);
        serve("express", "3000", port);
        assertThat(edge.get("/modules/notes/").statusCode()).isEqualTo(401);
        String cookie = edge.signUp("ada@example.org");
        JsonObject told =
                new JsonObject(edge.get("/modules/notes/", "Cookie", cookie).body());
        assertThat(told.getString("hello")).isEqualTo("ada@example.org");
        assertThat(told.getString("from")).isEqualTo("127.0.0.1");
        assertThat(edge.get("/modules/Notes/", "Cookie", cookie).statusCode()).isEqualTo(404);
    }

    @Test
    void pythonModule() throws Exception {
        int port = JarProcess.freePort();
        start(
                Map.of("PORT", Integer.toString(port)),
                "python3",
                EXAMPLES.resolve("python/server.py").toString());
        awaitPort(port);
        serve("python", "8000", port);
        String cookie = edge.signUp("ada@example.org");
        assertThat(new JsonObject(edge.get("/modules/tasks/", "Cookie", cookie).body()))
                .isEqualTo(new JsonObject().put("hello", "ada@example.org").put("for", "tasks"));
    }

    @Test
    void nginxInFront() throws Exception {
        int port = front();
        Path work = Files.createDirectories(directory.resolve("nginx/logs")).getParent();
        String example = example("nginx.conf", "4173", "listen 443 ssl;", "listen 127.0.0.1:" + port + " ssl;")
                .replace(
                        "/etc/ssl/edge.example.org.pem",
                        directory.resolve("cert.pem").toString())
                .replace(
                        "/etc/ssl/edge.example.org.key",
                        directory.resolve("key.pem").toString());
        String user = "root".equals(System.getProperty("user.name")) ? "user root;" : "";
        Path file = Files.writeString(
                work.resolve("nginx.conf"),
                "daemon off; " + user + " pid nginx.pid; error_log logs/error.log; events {} http { access_log off;"
                        + " client_body_temp_path b; proxy_temp_path p; fastcgi_temp_path f; uwsgi_temp_path u;"
                        + " scgi_temp_path s;\n" + example + "}");
        start(Map.of(), "nginx", "-p", work.toString(), "-c", file.toString());
        seenThrough(port, "203.0.113.9");
    }

    @Test
    void haproxyInFront() throws Exception {
        int port = front();
        Path pem = Files.writeString(
                directory.resolve("both.pem"),
                Files.readString(directory.resolve("cert.pem")) + Files.readString(directory.resolve("key.pem")));
        String example = example("haproxy.cfg", "4173", "bind :443 ssl", "bind 127.0.0.1:" + port + " ssl")
                .replace("/etc/ssl/edge.example.org.pem", pem.toString());
        start(
                Map.of(),
                "haproxy",
                "-f",
                Files.writeString(directory.resolve("haproxy.cfg"), example).toString());
        seenThrough(port, "203.0.113.9");
    }

    /** Caddy believes no client's X-Forwarded-For, unless told to. */
    @Test
    void caddyInFront() throws Exception {
        int port = front();
        String example = example(
                "Caddyfile",
                "4173",
                NAME + " {",
                NAME + ":" + port + " {\n\ttls " + directory.resolve("cert.pem") + " " + directory.resolve("key.pem"));
        Path file = Files.writeString(
                directory.resolve("Caddyfile"),
                "{\n\tadmin off\n\tauto_https disable_redirects\n\tdefault_bind 127.0.0.1\n}\n" + example);
        start(
                Map.of(
                        "HOME",
                        directory.toString(),
                        "XDG_DATA_HOME",
                        directory.toString(),
                        "XDG_CONFIG_HOME",
                        directory.toString()),
                "caddy",
                "run",
                "--adapter",
                "caddyfile",
                "--config",
                file.toString());
        seenThrough(port, "127.0.0.1");
    }

    private String example(String name, String edgePort, String listen, String actual) throws IOException {
        String text = Files.readString(EXAMPLES.resolve(name));
        assertThat(text).contains("127.0.0.1:" + edgePort, listen);
        return text.replace("127.0.0.1:" + edgePort, "127.0.0.1:" + edge.port()).replace(listen, actual);
    }

    /** An edge with a module that echoes after an upgrade, and a certificate; the port for the proxy in front. */
    private int front() throws Exception {
        RawModule module = RawModule.start(socket -> {
            for (String head = head(socket.getInputStream()); head != null; head = head(socket.getInputStream())) {
                if (head.toLowerCase(java.util.Locale.ROOT).contains("upgrade: websocket")) {
                    say(
                            socket,
                            "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                                    + "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n");
                    socket.getInputStream().transferTo(socket.getOutputStream());
                    return;
                }
                say(socket, RawModule.answer("module"));
            }
        });
        open.add(module);
        EdgeServer.modules(
                directory,
                "development: {modules: [{id: m, repository: r, tag: v1.0.0, access: public, upstream: \"http://127.0.0.1:"
                        + module.port() + "\"}]}");
        edge = EdgeServer.start(
                directory, Map.of("ORIGIN", ORIGIN, "TRUSTED_PROXIES", "127.0.0.1/32", "ACCESS_LOG_FLUSH", "10ms"));
        open.add(edge);
        Process made = new ProcessBuilder(
                        "openssl",
                        "req",
                        "-x509",
                        "-newkey",
                        "rsa:2048",
                        "-nodes",
                        "-days",
                        "2",
                        "-subj",
                        "/CN=" + NAME,
                        "-addext",
                        "subjectAltName=DNS:" + NAME,
                        "-keyout",
                        "key.pem",
                        "-out",
                        "cert.pem")
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("openssl.out").toFile())
                .start();
        assertThat(made.waitFor()).isZero();
        return JarProcess.freePort();
    }

    private void seenThrough(int port, String client) throws Exception {
        awaitPort(port);
        Awaitility.await("the proxy has seen the edge ready")
                .atMost(20, TimeUnit.SECONDS)
                .ignoreExceptions()
                .until(() -> exchange(port, "GET /readyz HTTP/1.1\r\nHost: " + NAME + "\r\nConnection: close\r\n\r\n")
                        .startsWith("HTTP/1.1 200 "));
        assertThat(exchange(
                        port,
                        "GET /modules/m/seen HTTP/1.1\r\nHost: " + NAME
                                + "\r\nX-Forwarded-For: 203.0.113.9\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 200 ")
                .endsWith("module");
        Awaitility.await().until(() -> edge.accessLog().lines().anyMatch(line -> line.contains("/modules/m/seen")));
        String line = edge.accessLog()
                .lines()
                .filter(l -> l.contains("/modules/m/seen"))
                .findFirst()
                .orElseThrow();
        assertThat(line).contains("\"" + client + "\"");
        String body = "{\"name\":\"Ada\",\"email\":\"ada@example.org\",\"password\":\"correct horse battery\"}";
        assertThat(exchange(
                        port,
                        "POST /api/auth/sign-up/email HTTP/1.1\r\nHost: " + NAME + "\r\nOrigin: " + ORIGIN
                                + "\r\nContent-Type: application/json\r\nContent-Length: " + body.length()
                                + "\r\nConnection: close\r\n\r\n" + body))
                .startsWith("HTTP/1.1 200 ")
                .containsIgnoringCase("set-cookie: __Host-molos.session_token=");
        try (Socket socket = tls(port)) {
            say(
                    socket,
                    "GET /modules/m/socket HTTP/1.1\r\nHost: " + NAME + "\r\nOrigin: " + ORIGIN
                            + "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13"
                            + "\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
            assertThat(head(socket.getInputStream())).startsWith("HTTP/1.1 101 ");
            say(socket, "echo");
            assertThat(new String(socket.getInputStream().readNBytes(4), StandardCharsets.ISO_8859_1))
                    .isEqualTo("echo");
        }
    }

    private static String exchange(int port, String request) throws Exception {
        try (Socket socket = tls(port)) {
            say(socket, request);
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
        }
    }

    /** The certificate was made for this run; who signed it is of no interest here. */
    private static Socket tls(int port) throws Exception {
        X509TrustManager any = new X509TrustManager() {
            @Override
            public void checkClientTrusted(X509Certificate[] chain, String type) {}

            @Override
            public void checkServerTrusted(X509Certificate[] chain, String type) {}

            @Override
            public X509Certificate[] getAcceptedIssuers() {
                return new X509Certificate[0];
            }
        };
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {any}, new SecureRandom());
        SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", port);
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setServerNames(List.of(new SNIHostName(NAME)));
        socket.setSSLParameters(parameters);
        socket.setSoTimeout(10_000);
        return socket;
    }
}
