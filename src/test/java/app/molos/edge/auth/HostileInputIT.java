package app.molos.edge.auth;

import static org.assertj.core.api.Assertions.assertThat;

import app.molos.edge.auth.api.AuthRoutes;
import app.molos.edge.config.EdgeMode;
import app.molos.edge.config.Secret;
import app.molos.edge.session.SessionCookies;
import app.molos.edge.session.SessionReader;
import app.molos.edge.session.Signatures;
import app.molos.edge.testing.Browser;
import app.molos.edge.testing.EdgeServer;
import app.molos.edge.testing.Postgres;
import app.molos.edge.testing.TestLimits;
import app.molos.edge.web.Origin;
import app.molos.edge.web.Origins;
import app.molos.edge.web.SiteConfig;
import app.molos.edge.web.TrustedOrigins;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.Tag;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/** Whatever a client sends, the answer is never a 500, and never a text that was not meant for it. */
@Tag("http2")
class HostileInputIT {
    /** What endpoints look for, and some names that they do not. */
    private static final List<String> FIELDS = List.of(
            "name",
            "email",
            "password",
            "image",
            "callbackURL",
            "rememberMe",
            "token",
            "newPassword",
            "currentPassword",
            "revokeOtherSessions",
            "redirectTo",
            "newEmail",
            "userId",
            "role",
            "data",
            "banReason",
            "banExpiresIn",
            "banned",
            "banExpires",
            "sessionToken",
            "permissions",
            "permission",
            "emailVerified",
            "setupToken",
            "id",
            "__proto__",
            "");

    private static EdgeServer edge;
    private static Browser admin;
    private static List<String> paths;

    @BeforeContainer
    static void start() throws Exception {
        Path directory = Files.createTempDirectory("hostile");
        // PostgreSQL is the stricter of the two: it refuses what SQLite would store.
        edge = EdgeServer.start(directory, Map.of("DATABASE_URL", Postgres.newDatabase(), "AUTH_HASH_QUEUE", "10000"));
        admin = WireIT.signUp(edge, "owner");
        paths = paths();
        assertThat(paths).hasSizeGreaterThan(25).contains("/admin/ban-user", "/sign-up/email");
    }

    @AfterContainer
    static void stop() throws Exception {
        edge.close();
    }

    /** Every endpoint with a body, read off the route table itself, so that a new one is in it. */
    private static List<String> paths() throws Exception {
        Vertx vertx = Vertx.vertx();
        try {
            SiteConfig site = new SiteConfig(
                    EdgeMode.DEVELOPMENT,
                    Origins.of(Origin.parse("http://localhost").orElseThrow()),
                    Set.of(),
                    List.of(),
                    "site");
            SessionReader sessions = new SessionReader(
                    null, null, request -> new SessionCookies(new Signatures(List.of(new Secret("s"))), false, false));
            return new AuthRoutes(
                            new AuthRoutes.Services(null, null, null, null, null, TestLimits.THROTTLE),
                            sessions,
                            site,
                            new TrustedOrigins(site),
                            null)
                    .router(vertx).getRoutes().stream()
                            .filter(route ->
                                    route.methods() != null && route.methods().contains(HttpMethod.POST))
                            .map(io.vertx.ext.web.Route::getPath)
                            .toList();
        } finally {
            vertx.close();
        }
    }

    @Property(tries = 250, shrinking = ShrinkingMode.OFF)
    void randomObjects_areNever500(@ForAll("endpoints") int endpoint, @ForAll("objects") JsonObject body) {
        check(paths.get(endpoint % paths.size()), body.encode());
    }

    @Property(tries = 250, shrinking = ShrinkingMode.OFF)
    void randomTexts_areNever500(@ForAll("endpoints") int endpoint, @ForAll("texts") String body) {
        check(paths.get(endpoint % paths.size()), body);
    }

    @Property(tries = 150, shrinking = ShrinkingMode.OFF)
    void randomQueries_areNever500(@ForAll("texts") String value) {
        String encoded = java.net.URLEncoder.encode(value, java.nio.charset.StandardCharsets.UTF_8);
        if (encoded.length() > 4000) {
            return;
        }
        for (String path : List.of(
                "/admin/list-users?searchValue=",
                "/admin/list-users?filterField=banned&filterValue=",
                "/admin/get-user?id=",
                "/verify-email?token=",
                "/get-session?disableRefresh=")) {
            never500(admin.get(WireIT.BASE + path + encoded));
        }
    }

    private static void check(String path, String body) {
        HttpResponse<String> answer = admin.postJson(WireIT.BASE + path, body);
        never500(answer);
        if (answer.statusCode() == 401 || answer.statusCode() == 200) {
            // It may have ended its own session, or become somebody else.
            String session = admin.get(WireIT.BASE + "/get-session").body();
            if (session.contains("\"impersonatedBy\":null")) {
                return;
            }
            admin = new Browser(edge);
            admin.postJson(
                    WireIT.BASE + "/sign-in/email",
                    WireIT.json("email", "owner@example.org", "password", WireIT.PASSWORD));
        }
    }

    private static void never500(HttpResponse<String> answer) {
        assertThat(answer.statusCode()).as(answer.uri() + " " + answer.body()).isLessThan(500);
        assertThat(answer.body()).doesNotContain("Exception", "java.", "SQLSTATE", "org.postgresql");
        assertThat(answer.headers().firstValue("x-request-id")).isPresent();
    }

    @Provide
    Arbitrary<Integer> endpoints() {
        return Arbitraries.integers().between(0, 10_000);
    }

    @Provide
    Arbitrary<String> texts() {
        return Arbitraries.oneOf(
                Arbitraries.strings().ofMaxLength(60),
                Arbitraries.strings()
                        .withChars('{', '}', '[', ']', '"', ',', ':', '\\', 'u', '0', 'd')
                        .ofMaxLength(40),
                Arbitraries.of(
                        "null",
                        "true",
                        "[]",
                        "\"\"",
                        "1e999",
                        "{\"a\":1,\"a\":2}",
                        "\ufeff{}",
                        "{\"email\":\"\\ud800\"}",
                        "[".repeat(20_000),
                        "{\"a\":".repeat(5000),
                        "9".repeat(30_000)));
    }

    @Provide
    Arbitrary<JsonObject> objects() {
        Arbitrary<Object> leaf = Arbitraries.oneOf(
                Arbitraries.of(
                        null,
                        true,
                        false,
                        0,
                        -1,
                        1e300,
                        Long.MAX_VALUE,
                        "",
                        "\0",
                        "\ud800",
                        "admin",
                        "a@b.org",
                        "owner@example.org",
                        WireIT.PASSWORD,
                        "x".repeat(10_000),
                        "/ui",
                        "//evil.example",
                        "' OR 1=1 --",
                        "%",
                        "😀"),
                Arbitraries.strings().ofMaxLength(20).map(s -> (Object) s),
                Arbitraries.doubles().map(d -> (Object) d));
        Arbitrary<Object> value = Arbitraries.frequencyOf(
                net.jqwik.api.Tuple.of(6, leaf),
                net.jqwik.api.Tuple.of(1, leaf.list().ofMaxSize(3).map(l -> (Object) new JsonArray(l))),
                net.jqwik.api.Tuple.of(
                        1,
                        Arbitraries.maps(Arbitraries.of(FIELDS), leaf)
                                .ofMaxSize(4)
                                .map(m -> (Object) new JsonObject(m))));
        return Arbitraries.maps(Arbitraries.of(FIELDS), value).ofMaxSize(6).map(JsonObject::new);
    }
}
