package app.molos.edge.proxy.upstream;

import app.molos.edge.modules.Module;
import app.molos.edge.modules.Module.Target;
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

/** Keeps the {@link UpstreamGroup} of every module with upstreams. One per process. Thread-safe. */
public final class UpstreamGroups {
    private final Map<Module, UpstreamGroup> byModule = new ConcurrentHashMap<>();
    private final Vertx vertx;
    private final ModuleProber prober;
    private final GroupLimits limits;
    private final CircuitBreakerOptions options;

    /** @param prober says which upstreams to pass over */
    public UpstreamGroups(Vertx vertx, ModuleProber prober, GroupLimits limits) {
        this.vertx = vertx;
        this.prober = prober;
        this.limits = limits;
        this.options = new CircuitBreakerOptions()
                .setMaxFailures(limits.breakerFailures())
                .setFailuresRollingWindow(limits.breakerWindow().toMillis())
                .setResetTimeout(limits.breakerPause().toMillis())
                // A request has timeouts of its own.
                .setTimeout(-1);
    }

    /** The group of a module with upstreams; one that is configured otherwise is another module. */
    public UpstreamGroup of(Module module) {
        return byModule.computeIfAbsent(module, this::group);
    }

    /** Forgets modules that are not served any more; what is on its way to them keeps what it holds. */
    public void retain(ModuleRegistry registry) {
        byModule.keySet().retainAll(Set.copyOf(registry.modules()));
    }

    private UpstreamGroup group(Module module) {
        List<Module.Address> all = ((Target.Upstream) module.target()).addresses();
        return new UpstreamGroup(
                IntStream.range(0, all.size())
                        .mapToObj(i -> new UpstreamGroup.Upstream(
                                i,
                                SocketAddress.inetSocketAddress(
                                        all.get(i).port(), all.get(i).host()),
                                () -> prober.isDown(module, all.get(i))))
                        .toList(),
                module.forwarding().balance(),
                limits.maxActive(),
                limits.failTimeout().toNanos(),
                CircuitBreaker.create(module.id(), vertx, options),
                (int) Math.max(1, limits.breakerPause().toSeconds()));
    }
}
