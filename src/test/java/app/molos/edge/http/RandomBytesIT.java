package app.molos.edge.http;

import static org.assertj.core.api.Assertions.assertThat;

import app.molos.edge.testing.EdgeServer;
import app.molos.edge.testing.JarProcess;
import app.molos.edge.testing.RawHttp2;
import app.molos.edge.testing.TestCertificate;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Bytes that mean nothing, or nearly something, on every listener there is: each of them serves on. */
@Tag("long")
class RandomBytesIT {
    private static final List<String> BEGINNINGS = List.of(
            "",
            "GET / HTTP/1.1\r\n",
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            "POST /api/auth/sign-in/email HTTP/1.1\r\nHost: localhost\r\n",
            "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003");

    @Test
    void everyListener_servesOn(@TempDir Path directory) throws Exception {
        int agent = JarProcess.freePort();
        int redirect = JarProcess.freePort();
        Map<String, String> settings = new HashMap<>(
                TestCertificate.make(directory, "edge", "dns:localhost").settings());
        settings.putAll(Map.of(
                "ORIGIN",
                "https://localhost:4173",
                "AGENT_PORT",
                String.valueOf(agent),
                "HTTP_REDIRECT_PORT",
                String.valueOf(redirect),
                "SERVER_HEAD_TIMEOUT",
                "1s"));
        try (EdgeServer edge = EdgeServer.start(directory, settings)) {
            Random random = new Random(20261126);
            for (int port : new int[] {edge.port(), edge.managementPort(), agent, redirect}) {
                long end = System.nanoTime() + Duration.ofSeconds(5).toNanos();
                int sent = 0;
                while (System.nanoTime() - end < 0) {
                    send(port, random);
                    sent++;
                }
                assertThat(sent).isGreaterThan(50);
            }
            assertThat(edge.management("/readyz").statusCode()).isEqualTo(200);
            assertThat(RawHttp2.exchange(edge.port(), "GET /readyz HTTP/1.1\r\nHost: localhost:4173\r\n\r\n"))
                    .contains("ready");
            assertThat(EdgeServer.send(redirect, "GET", "/x", null).statusCode())
                    .isEqualTo(308);
            assertThat(edge.management("/health").body()).contains("\"status\":\"healthy\"");
        }
    }

    private static void send(int port, Random random) {
        byte[] noise = new byte[random.nextInt(600)];
        random.nextBytes(noise);
        try (Socket socket = new Socket("127.0.0.1", port)) {
            socket.setSoTimeout(20);
            for (char c : BEGINNINGS.get(random.nextInt(BEGINNINGS.size())).toCharArray()) {
                socket.getOutputStream().write(c);
            }
            socket.getOutputStream().write(noise);
            socket.getInputStream().readNBytes(100);
        } catch (IOException e) {
            // Closed or silent, which is an answer.
        }
    }
}
