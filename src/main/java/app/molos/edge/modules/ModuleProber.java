package app.molos.edge.modules;

import app.molos.edge.modules.Module.Target;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Asks the modules that have a health path how they are, at an interval with jitter; health checks read the last answer. */
public final class ModuleProber {
    private static final Logger LOG = LoggerFactory.getLogger(ModuleProber.class);
    private static final double JITTER = 0.2;

    private final Vertx vertx;
    private final List<Module> probed;
    private final Duration interval;
    private final Duration timeout;
    private final HttpClient client;
    private final Map<String, Boolean> isUp = new ConcurrentHashMap<>();
    private volatile boolean isClosed;

    public ModuleProber(Vertx vertx, ModuleRegistry registry, ModulesConfig config) {
        this.vertx = vertx;
        this.probed = registry.modules().stream()
                .filter(m -> m.health().isPresent() && m.target() instanceof Target.Upstream)
                .toList();
        this.interval = config.probeInterval();
        this.timeout = config.probeTimeout();
        this.client = vertx.createHttpClient(
                new HttpClientOptions()
                        .setConnectTimeout((int) timeout.toMillis())
                        .setKeepAlive(false)
                        .setHttp2ClearTextUpgrade(false),
                new PoolOptions().setHttp1MaxSize(4).setMaxWaitQueueSize(200));
    }

    /** Begins at once; a module that was not asked yet counts as up. */
    public void start() {
        probed.forEach(this::probe);
    }

    public void close() {
        isClosed = true;
        client.close();
    }

    /** The ids of the modules whose last answer was bad or missing. */
    public List<String> down() {
        return probed.stream().map(Module::id).filter(id -> !isUp.getOrDefault(id, true)).toList();
    }

    private void probe(Module module) {
        if (isClosed) {
            return;
        }
        ask(module).recover(e -> Future.succeededFuture(false)).onSuccess(up -> {
            Boolean before = isUp.put(module.id(), up);
            if (before == null ? !up : before != up) {
                LOG.info("Module {} is {}", module.id(), up ? "up" : "down");
            }
            double factor = 1 + JITTER * (2 * ThreadLocalRandom.current().nextDouble() - 1);
            vertx.setTimer(Math.max(1, (long) (interval.toMillis() * factor)), t -> probe(module));
        });
    }

    private Future<Boolean> ask(Module module) {
        Module.Address upstream = ((Target.Upstream) module.target()).addresses().get(0);
        return client.request(new RequestOptions()
                        .setMethod(HttpMethod.GET)
                        .setHost(upstream.host())
                        .setPort(upstream.port())
                        .setURI(module.health().orElse("/"))
                        .setTimeout(timeout.toMillis()))
                .compose(HttpClientRequest::send)
                .map(response -> response.statusCode() >= 200 && response.statusCode() < 400)
                .timeout(timeout.toMillis(), TimeUnit.MILLISECONDS);
    }
}
