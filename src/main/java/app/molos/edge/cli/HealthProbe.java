package app.molos.edge.cli;

import app.molos.edge.http.management.HealthCheckAgent;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * {@code healthcheck}, for container probes: one GET of {@code /readyz}. It is asked every few seconds, so it loads
 * neither picocli nor Vert.x.
 */
public final class HealthProbe {
    private static final int TIMEOUT_MILLIS = 2000;
    private static final int MAX_ANSWER = 500;
    /** Tells the edge that this is no balancer. */
    private static final String AGENT = HealthCheckAgent.NAME;

    private HealthProbe() {}

    /** One deadline over all: connecting and each read have time limits of their own, which would add up. */
    private static void endInTime() {
        Thread timer = new Thread(
                () -> {
                    try {
                        Thread.sleep(TIMEOUT_MILLIS);
                        System.out.println("not ready: no answer within " + TIMEOUT_MILLIS / 1000 + " s");
                        Runtime.getRuntime().halt(1);
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                },
                "deadline");
        timer.setDaemon(true);
        timer.start();
    }

    /** 0 when the edge of this environment is ready, else 1. */
    public static int run(Map<String, String> environment) {
        endInTime();
        String host = environment.getOrDefault("MANAGEMENT_HOST", "");
        String port = environment.getOrDefault("MANAGEMENT_PORT", "");
        String reachable = switch (host) {
            case "", "0.0.0.0" -> "127.0.0.1";
            case "::" -> "::1";
            default -> host;
        };
        try {
            URL url = new URI(
                            "http",
                            null,
                            reachable,
                            port.isEmpty() ? 4174 : Integer.parseInt(port),
                            "/readyz",
                            null,
                            null)
                    .toURL();
            HttpURLConnection connection = (HttpURLConnection) url.openConnection(java.net.Proxy.NO_PROXY);
            // A constant, which javac copies: nothing is loaded for it.
            connection.setRequestProperty("User-Agent", AGENT);
            connection.setConnectTimeout(TIMEOUT_MILLIS);
            connection.setReadTimeout(TIMEOUT_MILLIS);
            boolean isReady = connection.getResponseCode() == 200;
            try (InputStream answer = isReady ? connection.getInputStream() : connection.getErrorStream()) {
                // {"status":"migrating, 2 to run"}: what is being waited for.
                String text = answer == null ? "" : new String(answer.readNBytes(MAX_ANSWER), StandardCharsets.UTF_8);
                System.out.println((isReady ? "ready" : "not ready") + (text.isEmpty() || isReady ? "" : ": " + text));
            }
            return isReady ? 0 : 1;
        } catch (IOException | java.net.URISyntaxException | NumberFormatException e) {
            System.out.println("not ready: nobody answers at " + reachable + " port " + (port.isEmpty() ? "4174" : port)
                    + " (" + e.getMessage() + "); MANAGEMENT_HOST and MANAGEMENT_PORT must be those of the edge");
            return 1;
        }
    }
}
