package app.molos.edge.commands;

import app.molos.edge.boot.EdgeConfig;
import app.molos.edge.boot.ManagementToken;
import app.molos.edge.config.ExitCode;
import app.molos.edge.config.Refusal;
import app.molos.edge.config.Secret;
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
        String authority = reachable(config.http().management().host()) + ":"
                + config.http().management().port();
        try {
            return client().send(
                            HttpRequest.newBuilder(URI.create("http://" + authority + "/livez"))
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

    /** The answer of an action; a refusal says why there is none. */
    JsonObject post(String path, Duration deadline) {
        String authority = reachable(config.http().management().host()) + ":"
                + config.http().management().port();
        Secret token = ManagementToken.read(
                        config.database().dataDir(), config.http().management().port())
                .orElseThrow(() -> new Refusal(
                        ExitCode.REFUSED,
                        "No edge has run with the data directory "
                                + config.database().dataDir() + " and MANAGEMENT_PORT "
                                + config.http().management().port()
                                + "; are both the same as its?"));
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://" + authority + path))
                .timeout(deadline)
                .header("Authorization", "Bearer " + token.reveal())
                .POST(HttpRequest.BodyPublishers.noBody())
                .build();
        try {
            HttpResponse<String> response = client().send(request, HttpResponse.BodyHandlers.ofString());
            if (response.statusCode() == 200 || response.statusCode() == 422) {
                return new JsonObject(response.body());
            }
            throw new Refusal(
                    ExitCode.REFUSED,
                    response.statusCode() == 401
                            ? "The edge at " + authority
                                    + " runs with another data directory: it does not know the token of this one."
                            : "The edge at " + authority + " answers " + response.statusCode()
                                    + "; is it starting, or another version?");
        } catch (IOException | DecodeException e) {
            throw new Refusal(
                    ExitCode.REFUSED, "No edge answers at " + authority + " (management.host, management.port).");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Refusal(ExitCode.REFUSED, "Interrupted; what the edge does now is not known.");
        }
    }

    private static String reachable(String host) {
        return switch (host) {
            case "0.0.0.0" -> "127.0.0.1";
            case "::" -> "[::1]";
            default -> host.indexOf(':') < 0 ? host : "[" + host + "]";
        };
    }
}
