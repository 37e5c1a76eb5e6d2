package app.molos.edge.boot;

import app.molos.edge.auth.AdminService;
import app.molos.edge.backup.Restorer;
import app.molos.edge.backup.archive.Manifest;
import app.molos.edge.config.BoundedOutput;
import app.molos.edge.config.ExitCode;
import app.molos.edge.config.Refusal;
import app.molos.edge.config.Secret;
import app.molos.edge.db.migration.Migrator;
import app.molos.edge.session.Actor;
import app.molos.edge.session.SecretConfig;
import app.molos.edge.users.Ids;
import app.molos.edge.users.UserChange;
import app.molos.edge.users.UserRecord;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * What a bad day would be like: an archive is opened with its real key in an empty directory, an edge is started on it, and
 * somebody signs in. The live database, modules, mail and certificates are not touched. Blocking; used once.
 */
public final class RestoreDrill {
    /** One thing that was done, and how long it took. */
    public record Step(String what, Duration took) {}

    /**
     * How it went.
     *
     * @param total from the first byte of the archive to somebody who is signed in
     * @param cookieOf whom the old cookie signed in; empty when none was given
     */
    public record Outcome(Manifest manifest, List<Step> steps, Duration total, Optional<String> cookieOf) {}

    private static final Duration LIMIT = Duration.ofMinutes(2);
    private static final String EMAIL = "drill@example.invalid";

    private final Path home;
    private final SecretConfig secrets;
    private final Consumer<String> progress;
    private final List<Step> steps = new ArrayList<>();
    private final long begun = System.nanoTime();
    private long since = begun;

    /**
     * @param home an empty directory, which the caller removes
     * @param secrets with which cookies of browsers are good
     */
    public RestoreDrill(Path home, SecretConfig secrets, Consumer<String> progress) {
        this.home = home;
        this.secrets = secrets;
        this.progress = progress;
    }

    /**
     * Does all of it.
     *
     * @param cookie as a browser sent it before
     */
    public Outcome run(Path archive, List<String> identities, Optional<String> cookie) {
        EdgeConfig config = EdgeConfig.read(environment());
        Manifest manifest = new Restorer(config.database(), Backups.maker(config), progress)
                .restore(archive, new Restorer.Wish(identities, true, true))
                .manifest();
        done("archive read, restored and proved");
        progress.accept("checking the database to its last page");
        Restorer.demandIntegrity(config.database());
        done("database checked to its last page");
        new Migrator(config.database(), phase -> {}).migrate();
        String password = new Ids(new SecureRandom()).next();
        OfflineServices.run(
                config,
                parts -> parts.admin()
                        .create(
                                Actor.OPERATOR,
                                new AdminService.NewUser("Drill", EMAIL, password, UserRecord.USER, new UserChange())));
        progress.accept("starting an edge");
        Boot boot = new Boot(
                config, new BoundedOutput(OutputStream.nullOutputStream(), "drill", 1 << 20, lines -> ""), text -> {});
        try {
            boot.start().toCompletionStage().toCompletableFuture().get(LIMIT.toSeconds(), TimeUnit.SECONDS);
            done("edge started");
            signIn(boot.port(), password);
            done("somebody signed in");
            Duration total = Duration.ofNanos(System.nanoTime() - begun);
            return new Outcome(manifest, steps, total, cookie.map(old -> owner(boot.port(), old)));
        } catch (ExecutionException | TimeoutException e) {
            throw Refusal.in(e) == null ? refusal("the edge did not start: " + e.getCause()) : Refusal.in(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw refusal("it was interrupted");
        } finally {
            stop(boot);
        }
    }

    private Map<String, String> environment() {
        Map<String, String> environment = new HashMap<>(Map.of(
                "EDGE_CONFIG", "",
                "EDGE_ENV", "development",
                "HOST", "127.0.0.1",
                "PORT", "0",
                "MANAGEMENT_PORT", "0",
                "DATA_DIR", home.resolve("data").toString(),
                "MODULES_CONFIG", home.resolve("modules.yaml").toString(),
                "AUTH_ACCEPT_LEGACY_COOKIES", Boolean.toString(secrets.acceptsLegacyCookies())));
        secrets.secret().ifPresent(secret -> environment.put("BETTER_AUTH_SECRET", secret.reveal()));
        if (!secrets.oldSecrets().isEmpty()) {
            environment.put(
                    "BETTER_AUTH_OLD_SECRETS",
                    secrets.oldSecrets().stream().map(Secret::reveal).collect(Collectors.joining(",")));
        }
        return environment;
    }

    private void done(String what) {
        long now = System.nanoTime();
        steps.add(new Step(what, Duration.ofNanos(now - since)));
        since = now;
    }

    private static void signIn(int port, String password) throws InterruptedException {
        HttpResponse<String> answer = send(
                port,
                "/api/auth/sign-in/email",
                request -> request.header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(new JsonObject()
                                .put("email", EMAIL)
                                .put("password", password)
                                .encode())));
        String cookie = answer.headers().allValues("set-cookie").stream()
                .map(header -> header.split(";", 2)[0])
                .collect(Collectors.joining("; "));
        if (answer.statusCode() != 200 || !session(port, cookie).contains(EMAIL)) {
            throw refusal("nobody could sign in: " + answer.statusCode());
        }
    }

    /** Returns the address of the one whom an old cookie signs in. */
    private static String owner(int port, String cookie) {
        try {
            // By http, cookies have no prefix that says https.
            String body = session(port, cookie.strip().replace("__Secure-", ""));
            JsonObject user = body.startsWith("{") ? new JsonObject(body).getJsonObject("user") : null;
            if (user == null) {
                throw refusal(
                        "the old cookie signs nobody in; is the secret the one that signed it, and its session not over?");
            }
            return user.getString("email");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw refusal("it was interrupted");
        }
    }

    private static String session(int port, String cookie) throws InterruptedException {
        return send(port, "/api/auth/get-session", request -> request.header("Cookie", cookie))
                .body();
    }

    private static HttpResponse<String> send(int port, String path, Consumer<HttpRequest.Builder> more)
            throws InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .timeout(Duration.ofSeconds(20));
        more.accept(request);
        try {
            return HttpClient.newBuilder()
                    .version(HttpClient.Version.HTTP_1_1)
                    .proxy(HttpClient.Builder.NO_PROXY)
                    .build()
                    .send(request.build(), HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw refusal("the edge did not answer: " + e.getMessage());
        }
    }

    private static void stop(Boot boot) {
        try {
            boot.stop().toCompletionStage().toCompletableFuture().get(LIMIT.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw refusal("the edge did not stop");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static Refusal refusal(String why) {
        return new Refusal(ExitCode.REFUSED, "The drill failed: " + why + ".");
    }
}
