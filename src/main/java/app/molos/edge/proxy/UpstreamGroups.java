package app.molos.edge.proxy;

import app.molos.edge.modules.Module.Target;
import app.molos.edge.modules.Module;
import app.molos.edge.modules.ModuleProber;
import app.molos.edge.modules.ModuleRegistry;
import io.vertx.circuitbreaker.CircuitBreaker;
import io.vertx.circuitbreaker.CircuitBreakerOptions;
import io.vertx.core.Vertx;
import io.vertx.core.net.SocketAddress;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;

/** The {@link UpstreamGroup} of every module with upstreams. One per process. */
public final class UpstreamGroups {
    private final Map<Module, UpstreamGroup> byModule = new ConcurrentHashMap<>();
    private final Vertx vertx;
    private final ModuleProber prober;
    private final ProxyConfig config;
    private final CircuitBreakerOptions options;

    /** @param prober says which upstreams to pass over */
    public UpstreamGroups(Vertx vertx, ModuleProber prober, ProxyConfig config) {
        this.vertx = vertx;
        this.prober = prober;
        this.config = config;
        this.options = new CircuitBreakerOptions()
                .setMaxFailures(config.breakerFailures())
                .setFailuresRollingWindow(config.breakerWindow().toMillis())
                .setResetTimeout(config.breakerPause().toMillis())
                // A request has limits of its own; see ProxyTimeouts.
                .setTimeout(-1);
    }

    /** The state of a module with upstreams; one that is configured otherwise is another module. */
    UpstreamGroup of(Module module) {
        return byModule.computeIfAbsent(module, this::state);
    }

    /** Forgets modules that are not served any more; what is on its way to them keeps what it holds. */
    public void retain(ModuleRegistry registry) {
        byModule.keySet().retainAll(Set.copyOf(registry.modules()));
    }

    private UpstreamGroup state(Module module) {
        List<Module.Address> all = ((Target.Upstream) module.target()).addresses();
        return new UpstreamGroup(
                IntStream.range(0, all.size()).mapToObj(i -> new UpstreamGroup.Upstream(
                        i, SocketAddress.inetSocketAddress(all.get(i).port(), all.get(i).host()),
                        () -> prober.isDown(module, all.get(i)))).toList(),
                module.forwarding().balance(),
                config.maxActive(),
                config.failTimeout().toNanos(),
                CircuitBreaker.create(module.id(), vertx, options),
                (int) Math.max(1, config.breakerPause().toSeconds()));
    }
}
