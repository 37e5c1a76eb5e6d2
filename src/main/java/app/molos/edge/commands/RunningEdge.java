package app.molos.edge.commands;

import app.molos.edge.boot.EdgeConfig;
import app.molos.edge.boot.ManagementToken;
import app.molos.edge.config.ExitCode;
import app.molos.edge.config.Refusal;
import app.molos.edge.config.Secret;
import app.molos.edge.http.management.HealthCheckAgent;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

/** Asks the edge that runs with the same configuration to do something, over its management listener. Blocking. */
final class RunningEdge {
    private static final Duration CONNECT = Duration.ofSeconds(3);

    private final EdgeConfig config;

    RunningEdge(EdgeConfig config) {
        this.config = config;
    }

    /** Whether something answers as the management listener of an edge. */
    boolean isLive() {
        try {
            return client().send(
                            HttpRequest.newBuilder(at("/livez"))
                                    .timeout(CONNECT)
                                    .build(),
                            HttpResponse.BodyHandlers.ofString())
                    .body()
                    .equals("{\"status\":\"live\"}");
        } catch (IOException | IllegalArgumentException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private static HttpClient client() {
        return HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(CONNECT)
                .proxy(HttpClient.Builder.NO_PROXY)
                .build();
    }

    /** Returns the answer of an action; a refusal says why there is none. */
    JsonObject post(String path, Duration deadline) {
        Secret token = ManagementToken.read(
                        config.database().dataDir(), config.http().management().port())
                .orElseThrow(() -> new Refusal(
                        ExitCode.REFUSED,
                        "No edge has run with the data directory "
                                + config.database().dataDir() + " and MANAGEMENT_PORT "
                                + config.http().management().port()
                                + "; are both the same as its?"));
        return send(
                HttpRequest.newBuilder(at(path))
                        .timeout(deadline)
                        .header("Authorization", "Bearer " + token.reveal())
                        .POST(HttpRequest.BodyPublishers.noBody()),
                422);
    }

    /** Returns what the edge tells under a path, also when that is why it is not ready. */
    JsonObject get(String path, Duration deadline) {
        return send(
                HttpRequest.newBuilder(at(path)).timeout(deadline).header("User-Agent", HealthCheckAgent.NAME), 503);
    }

    /** @param other a status beside 200 whose body is an answer, too */
    private JsonObject send(HttpRequest.Builder request, int other) {
        try {
            HttpResponse<String> response = client().send(request.build(), HttpResponse.BodyHandlers.ofString());
            int status = response.statusCode();
            if (status == 200 || status == other) {
                return new JsonObject(response.body());
            }
            throw new Refusal(
                    ExitCode.REFUSED,
                    status == 401
                            ? "The edge at " + authority()
                                    + " runs with another data directory: it does not know the token of this one."
                            : "The edge at " + authority() + " answers " + status
                                    + "; is it starting, or another version?");
        } catch (IOException | DecodeException e) {
            throw new Refusal(
                    ExitCode.REFUSED, "No edge answers at " + authority() + " (management.host, management.port).");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Refusal(ExitCode.REFUSED, "Interrupted; what the edge does now is not known.");
        }
    }

    private URI at(String path) {
        return URI.create("http://" + authority() + path);
    }

    private String authority() {
        return reachable(config.http().management().host()) + ":"
                + config.http().management().port();
    }

    private static String reachable(String host) {
        return switch (host) {
            case "0.0.0.0" -> "127.0.0.1";
            case "::" -> "[::1]";
            default -> host.indexOf(':') < 0 ? host : "[" + host + "]";
        };
    }
}
