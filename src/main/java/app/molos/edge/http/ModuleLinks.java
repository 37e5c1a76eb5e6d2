package app.molos.edge.http;

import app.molos.edge.modules.Module;
import app.molos.edge.modules.ModuleRegistry;
import app.molos.edge.modules.reload.LiveModules;
import app.molos.edge.pages.AppLink;
import app.molos.edge.web.EdgePaths;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Tells the pages where the modules of the moment are. Thread-safe. */
final class ModuleLinks {
    private final LiveModules modules;
    private final Function<ModuleRegistry, Optional<String>> root;

    /** @param root where {@code /} leads, if anywhere but to a module */
    ModuleLinks(LiveModules modules, Function<ModuleRegistry, Optional<String>> root) {
        this.modules = modules;
        this.root = root;
    }

    List<AppLink> all() {
        return modules.current().modules().stream()
                .filter(Module::isEnabled)
                .map(m ->
                        new AppLink(m.id(), m.paths().get(0) + (m.paths().get(0).equals("/") ? "" : "/"), m.access()))
                .toList();
    }

    /** Where people land who were going nowhere in particular. */
    String home() {
        ModuleRegistry now = modules.current();
        boolean hasRoot = root.apply(now).isPresent() || now.find("/") != null;
        return hasRoot || !all().isEmpty() ? "/" : EdgePaths.ACCOUNT;
    }
}
