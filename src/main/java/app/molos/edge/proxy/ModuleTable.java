package app.molos.edge.proxy;

import app.molos.edge.modules.Module;
import app.molos.edge.modules.ModuleRegistry;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The modules as one event loop serves them, made for one list and never changed: another list is another
 * table, which takes over what is made for the modules that are the same. A request keeps the one it began with.
 */
final class ModuleTable {
    /** Makes what a module is served with. */
    record Makers(
            Function<ModuleRegistry, Optional<String>> home,
            Function<Module, UpstreamProxy> proxy,
            Function<Module, ResponseHeaderFilter> files) {}

    private final ModuleRegistry registry;
    private final Optional<String> home;
    private final Map<String, UpstreamProxy> proxies = new HashMap<>();
    private final Map<String, ResponseHeaderFilter> files = new HashMap<>();

    /** @param before whose parts are kept, as far as they are for modules of this registry */
    ModuleTable(ModuleRegistry registry, Makers makers, @Nullable ModuleTable before) {
        this.registry = registry;
        this.home = makers.home().apply(registry);
        for (Module module : registry.modules()) {
            if (module.target() instanceof Module.Target.Upstream) {
                UpstreamProxy kept = before == null ? null : before.proxies.get(module.id());
                proxies.put(
                        module.id(),
                        kept != null && kept.isFor(module)
                                ? kept
                                : makers.proxy().apply(module));
            } else if (module.target() instanceof Module.Target.Static) {
                files.put(module.id(), makers.files().apply(module));
            }
        }
    }

    ModuleRegistry registry() {
        return registry;
    }

    Optional<String> home() {
        return home;
    }

    UpstreamProxy proxy(Module module) {
        return Objects.requireNonNull(proxies.get(module.id()));
    }

    ResponseHeaderFilter files(Module module) {
        return Objects.requireNonNull(files.get(module.id()));
    }

    /** Those that the table after this one does without. */
    List<UpstreamProxy> retiredBy(ModuleTable next) {
        return proxies.values().stream()
                .filter(proxy -> !next.proxies.containsValue(proxy))
                .toList();
    }
}
