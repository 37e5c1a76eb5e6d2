package app.molos.edge.boot;

import app.molos.edge.modules.Module;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The lines of the log that say what is served, and what is less safe than it could be. */
final class ReadyLog {
    private static final Logger LOG = LoggerFactory.getLogger(ReadyLog.class);

    private final EdgeConfig config;
    private final List<Module> modules;

    ReadyLog(EdgeConfig config, List<Module> modules) {
        this.config = config;
        this.modules = modules;
    }

    /** Says it, once the doors are open. */
    void say(int port, int managementPort, boolean isNative, long nanos) {
        long fetched = modules.stream().filter(Module::isFetched).count();
        LOG.info("Modules: {} of {} ready", fetched, modules.size());
        List<String> external = modules.stream()
                .filter(m -> m.isEnabled() && m.external().isPresent())
                .map(Module::id)
                .toList();
        if (!external.isEmpty()) {
            LOG.info(
                    "Modules that somebody else deploys (external; nothing here pins their code): {}",
                    String.join(", ", external));
        }
        modules.stream()
                .filter(Module::isEnabled)
                .forEach(module -> module.forwarding()
                        .exceptions()
                        .forEach(exception -> LOG.warn("Module {}: {}", module.id(), exception)));
        LOG.info(
                "Serving {} on {}:{} ({} event loops, {}); management on {}:{}; ready after {} ms",
                config.site().origins(),
                config.http().site().host(),
                port,
                config.http().eventLoops(),
                isNative ? "epoll" : "NIO",
                config.http().management().host(),
                managementPort,
                nanos / 1_000_000);
        Announcements.optOuts(config).forEach(LOG::warn);
    }
}
