package app.molos.edge.modules;

import app.molos.edge.modules.Module.Address;
import app.molos.edge.modules.Module.Target;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the upstreams of modules that have a health path how they are and what version they run, at an interval with
 * jitter. One bad answer proves nothing: it takes some in a row to count as down, and some good ones to count as up
 * again. Thread-safe.
 */
public final class ModuleProber {
    private static final Logger LOG = LoggerFactory.getLogger(ModuleProber.class);
    private static final double JITTER = 0.2;
    private static final int MAX_BODY = 64 * 1024;
    private static final int MAX_VERSION = 64;
    private static final String VERSION_HEADER = "X-Module-Version";

    /** The answers of one upstream so far. */
    private static final class Probe {
        private final Module module;
        private final Address address;
        private volatile boolean isUp = true;
        private volatile String version = "";
        private volatile boolean isOver;
        private int inARow;

        Probe(Module module, Address address) {
            this.module = module;
            this.address = address;
        }
    }

    private record Answer(boolean isGood, String version) {
        static final Answer NONE = new Answer(false, "");
    }

    private final Vertx vertx;
    private final ModulesConfig config;
    private volatile List<Probe> probes = List.of();
    private final HttpClient client;
    private volatile boolean isClosed;

    public ModuleProber(Vertx vertx, ModuleRegistry registry, ModulesConfig config) {
        this.vertx = vertx;
        this.config = config;
        this.probes = probesOf(registry);
        this.client = vertx.createHttpClient(
                new HttpClientOptions()
                        .setConnectTimeout((int) config.probing().timeout().toMillis())
                        .setKeepAlive(false)
                        .setHttp2ClearTextUpgrade(false),
                new PoolOptions().setHttp1MaxSize(4).setMaxWaitQueueSize(200));
    }

    /** Begins at once; an upstream that was not asked yet counts as up. */
    public void start() {
        probes.forEach(this::probe);
    }

    /** Asks others from now on; what is known of modules that are the same stays known. */
    public void use(ModuleRegistry registry) {
        List<Probe> before = probes;
        List<Probe> now = probesOf(registry).stream()
                .map(fresh -> before.stream()
                        .filter(known -> known.module.equals(fresh.module) && known.address.equals(fresh.address))
                        .findFirst()
                        .orElse(fresh))
                .toList();
        probes = now;
        before.stream().filter(probe -> !now.contains(probe)).forEach(probe -> probe.isOver = true);
        now.stream().filter(probe -> !before.contains(probe)).forEach(this::probe);
    }

    private static List<Probe> probesOf(ModuleRegistry registry) {
        List<Probe> all = new ArrayList<>();
        registry.modules().stream().filter(m -> m.health().isPresent()).forEach(module -> {
            if (module.target() instanceof Target.Upstream upstream) {
                upstream.addresses().forEach(address -> all.add(new Probe(module, address)));
            }
        });
        return List.copyOf(all);
    }

    public void close() {
        isClosed = true;
        client.close();
    }

    /** Whether an upstream should be passed over while there are others. */
    public boolean isDown(Module module, Address address) {
        return probes.stream().anyMatch(p -> !p.isUp && p.address.equals(address) && p.module.equals(module));
    }

    /** In words, the upstreams that are down. */
    public List<String> down() {
        return probes.stream()
                .filter(p -> !p.isUp)
                .map(p -> p.module.id() + " at " + p.address)
                .toList();
    }

    /** In words, the upstreams that run another version than the one that is pinned. */
    public List<String> otherVersions() {
        return probes.stream()
                .filter(ModuleProber::isOtherVersion)
                .map(ModuleProber::versions)
                .toList();
    }

    private static boolean isOtherVersion(Probe probe) {
        Optional<String> tag = probe.module.expectedVersion();
        return tag.isPresent()
                && !probe.version.isEmpty()
                && !Manifest.withoutV(probe.version).equals(Manifest.withoutV(tag.get()));
    }

    private static String versions(Probe probe) {
        String tag = probe.module.expectedVersion().orElse("");
        String running = (tag.startsWith("v") && !probe.version.startsWith("v") ? "v" : "") + probe.version;
        return probe.module.id() + (probe.module.external().isPresent() ? ": expected " : ": pinned ") + tag
                + ", running " + running + " at " + probe.address;
    }

    private void probe(Probe probe) {
        if (isClosed || probe.isOver) {
            return;
        }
        ask(probe).recover(e -> Future.succeededFuture(Answer.NONE)).onSuccess(answer -> {
            judge(probe, answer);
            double factor = 1 + JITTER * (2 * ThreadLocalRandom.current().nextDouble() - 1);
            vertx.setTimer(Math.max(1, (long) (config.probing().interval().toMillis() * factor)), t -> probe(probe));
        });
    }

    private void judge(Probe probe, Answer answer) {
        probe.inARow = answer.isGood() == probe.isUp ? 0 : probe.inARow + 1;
        if (probe.inARow
                >= (probe.isUp ? config.probing().fall() : config.probing().rise())) {
            probe.isUp = answer.isGood();
            probe.inARow = 0;
            LOG.info("Module {} is {} at {}", probe.module.id(), probe.isUp ? "up" : "down", probe.address);
        }
        if (!answer.version().isEmpty() && !answer.version().equals(probe.version)) {
            probe.version = answer.version();
            if (isOtherVersion(probe)) {
                LOG.warn("Module {}", versions(probe));
            }
        }
    }

    private Future<Answer> ask(Probe probe) {
        return client.request(new RequestOptions()
                        .setMethod(HttpMethod.GET)
                        .setHost(probe.address.host())
                        .setPort(probe.address.port())
                        .setURI(probe.module.health().orElse("/"))
                        .setTimeout(config.probing().timeout().toMillis()))
                .compose(HttpClientRequest::send)
                .compose(ModuleProber::read)
                .timeout(config.probing().timeout().toMillis(), TimeUnit.MILLISECONDS);
    }

    /** The version stands in a header, or in the health's JSON when that is small enough to be one. */
    private static Future<Answer> read(HttpClientResponse response) {
        boolean isGood = response.statusCode() >= 200 && response.statusCode() < 400;
        String header = response.getHeader(VERSION_HEADER);
        String type = String.valueOf(response.getHeader("Content-Type"));
        String length = response.getHeader("Content-Length");
        boolean isSmall = length != null && length.matches("\\d{1,5}") && Integer.parseInt(length) <= MAX_BODY;
        if (header != null || !isSmall || !type.contains("json")) {
            // The body is of no interest; the connection is closed after it, or by the deadline.
            response.exceptionHandler(e -> LOG.debug("The rest of a health answer was not read: {}", e.toString()));
            return Future.succeededFuture(new Answer(isGood, plain(header)));
        }
        return response.body().map(body -> {
            try {
                return new Answer(isGood, plain(body.toJsonObject()));
            } catch (DecodeException | ClassCastException e) {
                return new Answer(isGood, "");
            }
        });
    }

    private static String plain(JsonObject health) {
        return health.getValue("version") instanceof String version ? plain(version) : "";
    }

    /** Matches what could be a version; anything else is not repeated. */
    private static String plain(@Nullable String version) {
        return version != null && version.length() <= MAX_VERSION && version.matches("[A-Za-z0-9.+_-]+") ? version : "";
    }
}
