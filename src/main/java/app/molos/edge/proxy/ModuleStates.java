package app.molos.edge.proxy;

import app.molos.edge.modules.Module.Target;
import app.molos.edge.modules.Module;
import app.molos.edge.modules.ModuleProber;
import app.molos.edge.modules.ModuleRegistry;
import io.vertx.circuitbreaker.CircuitBreaker;
import io.vertx.circuitbreaker.CircuitBreakerOptions;
import io.vertx.core.Vertx;
import io.vertx.core.net.SocketAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;

/** The {@link ModuleState} of every module with upstreams. One per process. */
public final class ModuleStates {
    private final Map<String, ModuleState> byId = new HashMap<>();

    /** @param prober says which upstreams to pass over */
    public ModuleStates(Vertx vertx, ModuleRegistry registry, ModuleProber prober, ProxyConfig config) {
        CircuitBreakerOptions options = new CircuitBreakerOptions()
                .setMaxFailures(config.breakerFailures())
                .setFailuresRollingWindow(config.breakerWindow().toMillis())
                .setResetTimeout(config.breakerPause().toMillis())
                // A request has limits of its own; see ModuleTimers.
                .setTimeout(-1);
        int pauseSeconds = (int) Math.max(1, config.breakerPause().toSeconds());
        for (Module module : registry.modules()) {
            if (module.target() instanceof Target.Upstream upstream) {
                List<Module.Address> all = upstream.addresses();
                byId.put(module.id(), new ModuleState(
                        IntStream.range(0, all.size()).mapToObj(i -> new ModuleState.Address(
                                i, SocketAddress.inetSocketAddress(all.get(i).port(), all.get(i).host()),
                                () -> prober.isDown(module, all.get(i)))).toList(),
                        module.forwarding().balance(),
                        config.maxActive(),
                        CircuitBreaker.create(module.id(), vertx, options),
                        pauseSeconds));
            }
        }
    }

    ModuleState of(Module module) {
        return Objects.requireNonNull(byId.get(module.id()));
    }
}
