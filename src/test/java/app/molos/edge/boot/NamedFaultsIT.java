package app.molos.edge.boot;

import static org.assertj.core.api.Assertions.assertThat;

import app.molos.edge.testing.CommandLine;
import app.molos.edge.testing.EdgeServer;
import app.molos.edge.testing.JarProcess;
import app.molos.edge.testing.RawHttp;
import app.molos.edge.testing.RawModule;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an operator gets wrong is said once, with its cause and the line to write; a log is not filled by it. */
class NamedFaultsIT {
    @TempDir
    Path directory;

    @Test
    void everyFault_hasItsNameInTheLog_once() throws Exception {
        int port = JarProcess.freePort();
        int managementPort = JarProcess.freePort();
        int nobody = JarProcess.freePort();
        try (RawModule slow = RawModule.start(socket -> {
            RawModule.head(socket.getInputStream());
            // Long enough to be late.
            Thread.sleep(5000);
        })) {
            EdgeServer.modules(directory, """
                    development:
                      modules:
                        - {id: gone, external: true, upstream: "http://127.0.0.1:%d", access: public}
                        - {id: slow, external: true, upstream: "http://127.0.0.1:%d", access: public, timeouts: {firstByte: 300ms}}
                    """.formatted(nobody, slow.port()));
            try (JarProcess edge = JarProcess.start(
                    directory,
                    Map.of(
                            "PORT",
                            Integer.toString(port),
                            "MANAGEMENT_PORT",
                            Integer.toString(managementPort),
                            "DATA_DIR",
                            directory.resolve("data").toString(),
                            "MODULES_CONFIG",
                            directory.resolve("modules.yaml").toString(),
                            "EDGE_CONFIG",
                            "",
                            "TRUSTED_PROXY",
                            "10.0.0.1",
                            "PROXY_BREAKER_FAILURES",
                            "1000"))) {
                Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> status(managementPort));
                for (int i = 0; i < 30; i++) {
                    EdgeServer.send(port, "GET", "/modules/gone/x", null, "X-Forwarded-For", "203.0.113." + i);
                }
                HttpResponse<String> late = EdgeServer.send(port, "GET", "/modules/slow/x", null);
                assertThat(late.statusCode()).isEqualTo(504);
                assertThat(late.body()).contains("did not answer in time (firstByte: 300 ms)");
                HttpResponse<String> host = EdgeServer.send(port, "GET", "/", null, "Host", "wrong.example:8443");
                assertThat(host.statusCode()).isEqualTo(421);
                assertThat(host.body()).contains("wrong.example:8443", "ORIGIN");
                HttpResponse<String> origin = EdgeServer.send(
                        port,
                        "POST",
                        "/api/auth/sign-out",
                        "{}",
                        "Origin",
                        "https://other.example",
                        "Content-Type",
                        "application/json");
                assertThat(origin.statusCode()).isEqualTo(403);
                assertThat(origin.body()).contains("https://other.example", "CSRF_TRUSTED_ORIGINS");
                EdgeServer.send(
                        port,
                        "GET",
                        "/api/auth/get-session",
                        null,
                        "Cookie",
                        "molos.session_token=" + "a".repeat(32) + "." + "b".repeat(43) + "%3D");
                RawHttp.exchange(
                        port,
                        "GET /modules/slow/ws HTTP/1.1\r\nHost: localhost:" + port
                                + "\r\nSec-WebSocket-Key: x\r\n\r\n");
                edge.terminate();
                assertThat(edge.exitCode()).isZero();

                String log = edge.err();
                for (String said : List.of(
                        "TRUSTED_PROXY means nothing here; was TRUSTED_PROXIES meant?",
                        "127.0.0.1 sends X-Forwarded-For and is not in TRUSTED_PROXIES",
                        "write: TRUSTED_PROXIES=127.0.0.1",
                        "Host wrong.example:8443 is not served here",
                        "the request comes from https://other.example",
                        "BETTER_AUTH_OLD_SECRETS",
                        "came without its Upgrade header",
                        "Module slow did not answer request",
                        "late (firstByte)",
                        "Modules that somebody else deploys (external; nothing here pins their code): gone, slow")) {
                    assertThat(log.split(java.util.regex.Pattern.quote(said), -1))
                            .as(said + "\n" + log)
                            .hasSize(2);
                }
                assertThat(log.lines().filter(line -> line.contains("Module gone did not answer")))
                        .as("an outage is one line a minute")
                        .hasSize(1);
                assertThat(edge.out().lines().filter(line -> line.contains("/modules/gone/x")))
                        .hasSize(30)
                        .allSatisfy(line -> assertThat(line)
                                .contains(
                                        "\"status\":502",
                                        "\"module\":\"gone\"",
                                        "\"upstream\":\"127.0.0.1:" + nobody + "\"",
                                        "\"code\":\"MODULE_DOWN\""));
                assertThat(edge.out().lines().filter(line -> line.contains("/modules/slow/x")))
                        .singleElement()
                        .asString()
                        .contains("\"status\":504", "\"code\":\"MODULE_TIMEOUT\"", "\"limit\":\"timeouts.firstByte\"");
            }
        }
    }

    @Test
    void misspeltVariable_isANoteOfCheck_andOthersAreNot() {
        CommandLine.Result result = CommandLine.run(
                directory,
                Map.of(
                        "TRUSTED_PROXY",
                        "10.0.0.1",
                        "DATADIR",
                        "x",
                        "HOSTNAME",
                        "h",
                        "LOGNAME",
                        "l",
                        "PORTS",
                        "1",
                        "JAVA_HOME",
                        "j"),
                "check",
                "--offline");
        assertThat(result.code()).isZero();
        assertThat(result.out().lines().filter(line -> line.startsWith("Note: ")))
                .containsExactly("Note: The variable TRUSTED_PROXY means nothing here; was TRUSTED_PROXIES meant?");
    }

    private static boolean status(int port) {
        try {
            return EdgeServer.send(port, "GET", "/readyz", null).statusCode() == 200;
        } catch (UncheckedIOException e) {
            return false;
        }
    }
}
