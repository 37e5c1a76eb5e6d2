package app.molos.edge.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import app.molos.edge.config.EdgeMode;
import app.molos.edge.config.Secret;
import app.molos.edge.session.Client;
import app.molos.edge.session.SessionCookies;
import app.molos.edge.session.SessionRecord;
import app.molos.edge.session.Signatures;
import app.molos.edge.session.SignedIn;
import app.molos.edge.users.Timestamps;
import app.molos.edge.users.UserRecord;
import app.molos.edge.web.Origin;
import app.molos.edge.web.Origins;
import app.molos.edge.web.RequestContext;
import app.molos.edge.web.SecurityHeaders;
import app.molos.edge.web.SiteConfig;
import io.vertx.core.MultiMap;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a module gets to see, and what of its response reaches the client. */
class HeaderFiltersTest {
    private static final Origin ORIGIN =
            Origin.parse("https://edge.example.org").orElseThrow();
    private static final SessionCookies COOKIES =
            new SessionCookies(new Signatures(List.of(new Secret("secret"))), true, false);
    private static final RequestHeaderFilter REQUEST = new RequestHeaderFilter(
            new SiteConfig(EdgeMode.PRODUCTION, Origins.of(ORIGIN), Set.of(), List.of(), "site"), COOKIES);
    private static final Instant NOW = Instant.EPOCH;
    private static final SignedIn ADA = new SignedIn(
            "token",
            new SessionRecord("s", "u1", true, NOW, NOW, new Client("", ""), null, Timestamps.at(NOW)),
            new UserRecord(
                    "u1", "Ada", "ada@example.org", true, null, "user", UserRecord.Ban.NONE, Timestamps.at(NOW)));

    private static MultiMap headers(String... pairs) {
        MultiMap headers = MultiMap.caseInsensitiveMultiMap();
        for (int i = 0; i < pairs.length; i += 2) {
            headers.add(pairs[i], pairs[i + 1]);
        }
        return headers;
    }

    private static MultiMap toModule(boolean isUpgrade, boolean keepsCookies, @Nullable SignedIn who, String... sent) {
        return REQUEST.headers(
                headers(sent),
                new RequestContext("id1", "192.0.2.7", 0),
                "edge.example.org",
                isUpgrade,
                keepsCookies,
                who);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "X-Forwarded-For",
                "x-forwarded-anything",
                "X-Edge-User-Id",
                "X-Edge-Assertion",
                "Forwarded",
                "X-Real-IP",
                "X_Edge_User_Id",
                "Any_Underscore",
                "Expect",
                "HTTP2-Settings",
                "Connection",
                "Keep-Alive",
                "TE",
                "Trailer",
                "Transfer-Encoding",
                "Upgrade",
                "Proxy-Authorization"
            })
    void headerThatAClientCouldForge_orOfOneConnection_doesNotReachAModule(String name) {
        assertThat(toModule(false, false, null, name, "forged").getAll(name)).doesNotContain("forged");
    }

    @Test
    void module_isToldWhoAndWhereTheClientIs() {
        MultiMap seen = toModule(false, false, ADA, "X-Forwarded-For", "6.6.6.6", "Accept", "text/html");
        assertThat(seen.getAll("x-forwarded-for")).containsExactly("192.0.2.7");
        assertThat(seen.getAll("x-forwarded-proto")).containsExactly("https");
        assertThat(seen.getAll("x-forwarded-port")).containsExactly("443");
        assertThat(seen.getAll("forwarded")).containsExactly("for=192.0.2.7;host=\"edge.example.org\";proto=https");
        assertThat(seen.getAll("x-request-id")).containsExactly("id1");
        assertThat(seen.get("x-edge-user-id")).isEqualTo("u1");
        assertThat(seen.get("x-edge-user-email")).isEqualTo("ada@example.org");
        assertThat(seen.get("accept")).isEqualTo("text/html");
    }

    @Test
    void publicModule_isToldNobody() {
        assertThat(toModule(false, false, null).names()).noneMatch(n -> n.startsWith("x-edge-"));
    }

    @Test
    void headersThatConnectionNames_areTakenAway_butNotThoseThatCarryTheMessage() {
        MultiMap seen = toModule(
                false, false, null, "Connection", "close, X-Hop, Content-Length", "X-Hop", "1", "Content-Length", "5");
        assertThat(seen.contains("x-hop")).isFalse();
        assertThat(seen.get("content-length")).isEqualTo("5");
    }

    @Test
    void cookies_reachAModuleWithoutTheEdgesOwn_unlessItKeepsThem() {
        String sent = "a=1; __Host-molos.session_token=x.y; b=2";
        assertThat(toModule(false, false, null, "Cookie", sent, "Cookie", "c=3").getAll("cookie"))
                .containsExactly("a=1; b=2; c=3");
        assertThat(toModule(false, false, null, "Cookie", "__Host-molos.session_token=x.y")
                        .contains("cookie"))
                .isFalse();
        assertThat(toModule(false, true, null, "Cookie", sent).getAll("cookie")).containsExactly(sent);
    }

    @Test
    void upgrade_namesWebSocketAndNothingElse() {
        MultiMap seen =
                toModule(true, false, null, "Connection", "Upgrade, X-Hop", "Upgrade", "websocket", "X-Hop", "1");
        assertThat(seen.getAll("connection")).containsExactly("upgrade");
        assertThat(seen.getAll("upgrade")).containsExactly("websocket");
        assertThat(seen.contains("x-hop")).isFalse();
    }

    private static MultiMap fromModule(boolean isPublic, Map<String, String> exceptions, String... sent) {
        ResponseHeaderFilter filter = new ResponseHeaderFilter(
                new SecurityHeaders(Origins.of(ORIGIN), true),
                COOKIES,
                new OwnAddress(List.of()),
                isPublic,
                exceptions);
        MultiMap headers = MultiMap.caseInsensitiveMultiMap();
        filter.copy(headers(sent), null, headers, "");
        return headers;
    }

    @Test
    void cookieOfOurs_orWithoutAName_isNotSet() {
        assertThat(fromModule(
                                true,
                                Map.of(),
                                "Set-Cookie",
                                "own=1; Path=/",
                                "Set-Cookie",
                                "__Host-molos.session_token=forged; Path=/",
                                "Set-Cookie",
                                "molos.session_token=forged",
                                "Set-Cookie",
                                "=nameless",
                                "Set-Cookie",
                                "bare")
                        .getAll("set-cookie"))
                .containsExactly("own=1; Path=/");
    }

    @ParameterizedTest
    @ValueSource(strings = {"Alt-Svc", "X-Request-Id", "Connection", "Keep-Alive", "Transfer-Encoding", "Trailer"})
    void headerAboutTheConnectionToTheModule_doesNotReachTheClient(String name) {
        assertThat(fromModule(true, Map.of(), name, "theirs").contains(name)).isFalse();
    }

    @Test
    void trailers_areNoSecondHead() {
        MultiMap trailers = MultiMap.caseInsensitiveMultiMap();
        ResponseHeaderFilter.copyTrailers(
                headers(
                        "Digest",
                        "d",
                        "Set-Cookie",
                        "a=1",
                        "Content-Length",
                        "5",
                        "X-Edge-User-Id",
                        "u",
                        "Location",
                        "/"),
                trailers);
        assertThat(trailers.names()).containsExactly("Digest");
    }

    @Test
    void earlyHints_areLinksOnly() {
        assertThat(ResponseHeaderFilter.hints(headers("Link", "</a>; rel=preload", "Set-Cookie", "a=1"))
                        .names())
                .containsExactly("link");
    }
}
