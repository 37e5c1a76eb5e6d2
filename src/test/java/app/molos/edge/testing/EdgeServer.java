package app.molos.edge.testing;

import app.molos.edge.boot.Boot;
import app.molos.edge.boot.EdgeConfig;
import app.molos.edge.config.BoundedOutput;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A whole edge in this JVM on free ports, with a data directory of its own. */
public final class EdgeServer implements AutoCloseable {
    private static final HttpClient CLIENT = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(5))
            .build();

    private static final Duration TIMEOUT = Duration.ofSeconds(20);
    private static final Duration LATE = Duration.ofSeconds(17);

    private final Boot boot;
    private final ByteArrayOutputStream accessLog = new ByteArrayOutputStream();
    private final List<String> announcements = new ArrayList<>();

    private EdgeServer(Map<String, String> environment) {
        boot = new Boot(
                EdgeConfig.read(environment),
                new BoundedOutput(accessLog, "access-log", 4 << 20, lines -> ""),
                announcements::add);
    }

    /** Starts with what every test needs and what this one sets; {@code null} values unset. */
    public static EdgeServer start(Path directory, Map<String, String> settings) throws Exception {
        EdgeServer edge = new EdgeServer(environment(directory, ByHttp2.settings(settings)));
        edge.boot.start().await(30, TimeUnit.SECONDS);
        ByHttp2.isSpokenNowAt(edge.port());
        return edge;
    }

    public static Map<String, String> environment(Path directory, Map<String, String> settings) {
        Map<String, String> environment = new HashMap<>(Map.of(
                "PORT", "0",
                "MANAGEMENT_PORT", "0",
                "SERVER_EVENT_LOOPS", "2",
                "DATA_DIR", directory.resolve("data").toString(),
                "EDGE_CONFIG", "",
                "AUTH_THROTTLE", "false",
                "MODULES_CONFIG", directory.resolve("modules.yaml").toString()));
        environment.putAll(settings);
        return environment;
    }

    /** Writes the module list that {@link #start} will read. */
    public static void modules(Path directory, String yaml) throws IOException {
        Files.writeString(directory.resolve("modules.yaml"), yaml);
    }

    public int port() {
        return boot.port();
    }

    public int managementPort() {
        return boot.managementPort();
    }

    public List<String> announcements() {
        return announcements;
    }

    public String accessLog() {
        return accessLog.toString(StandardCharsets.UTF_8);
    }

    public HttpResponse<String> get(String path, String... headers) {
        return send("GET", path, null, headers);
    }

    public HttpResponse<String> postJson(String path, String json, String... headers) {
        List<String> all = new ArrayList<>(List.of("Content-Type", "application/json"));
        all.addAll(List.of(headers));
        return send("POST", path, json, all.toArray(String[]::new));
    }

    public HttpResponse<String> send(String method, String path, String body, String... headers) {
        if (!ByHttp2.isSpokenAt(boot.port())) {
            return send(boot.port(), method, path, body, headers);
        }
        String[] secured = Arrays.stream(headers).map(ByHttp2::secure).toArray(String[]::new);
        return Http2Client.send(boot.port(), method, path, body, secured);
    }

    public HttpResponse<String> management(String path, String... headers) {
        return send(boot.managementPort(), "GET", path, null, headers);
    }

    public static HttpResponse<String> send(int port, String method, String path, String body, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .timeout(TIMEOUT)
                .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        if (headers.length > 0) {
            request.headers(headers);
        }
        CompletableFuture<HttpResponse<String>> answer = CLIENT.sendAsync(request.build(), BodyHandlers.ofString());
        try {
            try {
                return answer.get(LATE.toMillis(), TimeUnit.MILLISECONDS);
            } catch (TimeoutException e) {
                // While both still have their sockets.
                Unanswered.report(port, method + " " + path);
                return answer.get();
            }
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException io
                    ? new UncheckedIOException(io)
                    : new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Signs up and returns the session cookie as a Cookie header. */
    public String signUp(String email) {
        HttpResponse<String> response = postJson(
                "/api/auth/sign-up/email",
                "{\"name\":\"Ada\",\"email\":\"" + email + "\",\"password\":\"correct horse\"}");
        if (response.statusCode() != 200) {
            throw new AssertionError("sign-up: " + response.statusCode() + " " + response.body());
        }
        return cookie(response);
    }

    public static String cookie(HttpResponse<?> response) {
        String line = response.headers().firstValue("set-cookie").orElseThrow();
        return line.substring(0, line.indexOf(';'));
    }

    public Boot boot() {
        return boot;
    }

    @Override
    public void close() throws Exception {
        boot.stop().await(30, TimeUnit.SECONDS);
    }
}
