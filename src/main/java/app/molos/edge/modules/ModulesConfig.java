package app.molos.edge.modules;

import app.molos.edge.config.ConfigKey;
import app.molos.edge.config.ConfigReader;
import app.molos.edge.config.EdgeMode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Where the module list is, and how often modules are asked for their health.
 *
 * @param home where {@code /} leads when no module has it
 */
public record ModulesConfig(
        EdgeMode mode, Path file, Path dataDir, Optional<String> home, Duration probeInterval, Duration probeTimeout) {

    public static final ConfigKey FILE =
            ConfigKey.of("modules.config", "MODULES_CONFIG", "conf/modules.yaml", "the list of modules");
    public static final ConfigKey HOME = ConfigKey.of(
            "home", "EDGE_HOME", null,
            "where `/` leads when no module has it; development: `/modules/hello/`, production: nowhere (404)");
    public static final ConfigKey PROBE_INTERVAL = ConfigKey.of(
            "modules.probeInterval", "MODULES_PROBE_INTERVAL", "10s", "how often a module's health is asked (± 20 %)");
    public static final ConfigKey PROBE_TIMEOUT = ConfigKey.of(
            "modules.probeTimeout", "MODULES_PROBE_TIMEOUT", "2s", "a module that is slower to say so counts as down");
    public static final List<ConfigKey> KEYS = List.of(FILE, HOME, PROBE_INTERVAL, PROBE_TIMEOUT);

    private static final String DEVELOPMENT_HOME = "/modules/hello/";

    /** Where {@code /} leads: what was set, or in development the module that ships with us, when it is there. */
    public Optional<String> homeIn(ModuleRegistry registry) {
        boolean hasHello = !mode.isProduction() && registry.find(DEVELOPMENT_HOME) != null;
        return home.or(() -> hasHello ? Optional.of(DEVELOPMENT_HOME) : Optional.empty());
    }

    public static ModulesConfig read(ConfigReader reader, EdgeMode mode, Path dataDir) {
        Optional<String> home = reader.optional(HOME);
        home.filter(h -> !h.matches("/(?![/\\\\])[A-Za-z0-9._~/-]*")).ifPresent(h -> reader.refuse(
                HOME, "\"" + h + "\" is not a path on this site", "home: /modules/hello/"));
        return new ModulesConfig(
                mode,
                reader.path(FILE).orElse(Path.of("conf/modules.yaml")),
                dataDir,
                home,
                reader.duration(PROBE_INTERVAL, Duration.ofSeconds(1), Duration.ofHours(1)),
                reader.duration(PROBE_TIMEOUT, Duration.ofMillis(100), Duration.ofMinutes(1)));
    }
}
