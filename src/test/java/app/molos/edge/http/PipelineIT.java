package app.molos.edge.http;

import static org.assertj.core.api.Assertions.assertThat;

import app.molos.edge.testing.EdgeServer;
import app.molos.edge.testing.FakeModule;
import app.molos.edge.testing.RandomRequest;
import app.molos.edge.testing.RawConnection;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/** What holds for every request, however it is written: no guard is passed by a path, a method or a header. */
class PipelineIT {
    private static final String REACHED = "x-answered: by the module";

    private static FakeModule upstream;
    private static EdgeServer edge;
    private static RawConnection connection;
    private static List<String> cookies;

    @BeforeContainer
    static void start() throws Exception {
        Path directory = Files.createTempDirectory("pipeline");
        upstream = RandomRequest.upstream();
        RandomRequest.modules(directory, upstream.port());
        edge = EdgeServer.start(directory, Map.of("ORIGIN", "http://edge.test"));
        String admin = edge.signUp("ada@example.org");
        String member = edge.signUp("bob@example.org");
        cookies = List.of("", member, admin, "molos.session_token=abc.def", "theme=dark; " + member);
        connection = new RawConnection(edge.port());
    }

    @AfterContainer
    static void stop() throws Exception {
        connection.close();
        edge.close();
        upstream.close();
    }

    @Provide
    static Arbitrary<RandomRequest> requests() {
        return RandomRequest.arbitrary();
    }

    @Property(tries = 1500, edgeCases = EdgeCasesMode.NONE)
    void everyRequest_isAnsweredAsTheGuardsSay(@ForAll("requests") RandomRequest request) throws IOException {
        String answer = withoutInterim(connection.exchange(request.text(cookies)));
        int status = Integer.parseInt(answer.substring(9, 12));
        boolean isReached = answer.contains(REACHED) || status == 101;

        assertThat(status).isNotEqualTo(500);
        assertThat(answer).contains("x-request-id: ").doesNotContain("x-request-id: mine");
        if (isReached) {
            // The head of the request as the module saw it; a HEAD or an upgrade has none to show.
            String seen = answer.substring(answer.indexOf("\r\n\r\n") + 4);
            assertThat(request.host())
                    .as("a foreign Host reached a module")
                    .isIn(RandomRequest.OWN_HOST, "Host: localhost:80\r\n");
            assertThat(seen).doesNotContain("x-edge-user: root").doesNotContain("session_token=");
            if (seen.contains("x-forwarded-prefix: /admin")) {
                assertThat(request.who())
                        .as("somebody else than an administrator reached the admin module")
                        .isEqualTo(RandomRequest.ADMIN);
            }
            if (seen.matches("(?s)[A-Z]+ /notes[/?\\s].*")) {
                assertThat(request.who())
                        .as("a stranger reached a module for people")
                        .isIn(RandomRequest.MEMBER, RandomRequest.ADMIN, RandomRequest.MEMBER_AMONG_OTHERS);
            }
            if (request.isUnsafe() && request.isForeign() && !seen.isEmpty()) {
                assertThat(seen)
                        .as("another site's request reached a module that refuses them")
                        .matches("(?s)[A-Z]+ /hook.*");
            }
        }
        if (request.host().equals("Host: other.test\r\n") && !request.target().startsWith("http:")) {
            assertThat(status).as("a foreign Host was served").isIn(400, 405, 421, 501, isProbe(request) ? 200 : 421);
        }
    }

    /** A 100 stands before the answer, and has a head of its own. */
    private static String withoutInterim(String answer) {
        return answer.startsWith("HTTP/1.1 100") ? answer.substring(answer.indexOf("\r\n\r\n") + 4) : answer;
    }

    private static boolean isProbe(RandomRequest request) {
        return request.target().contains("livez")
                || request.target().contains("readyz")
                || request.target().contains("health");
    }
}
