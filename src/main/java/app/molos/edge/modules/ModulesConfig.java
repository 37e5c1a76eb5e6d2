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
 * @param file the list
 */
public record ModulesConfig(
        EdgeMode mode,
        Path file,
        Optional<Path> lock,
        Path dataDir,
        OwnPaths ownPaths,
        Fetching fetching,
        Watching watching,
        Probing probing) {
    /**
     * What the edge has of the paths that modules may have.
     *
     * @param home where {@code /} leads when no module has it
     * @param health where the edge tells its own health because somebody wished it
     */
    public record OwnPaths(Optional<String> home, List<String> health) {}

    /**
     * How code comes and stays what it is.
     *
     * @param tokens for repositories that are not public
     * @param timeout of one repository
     * @param isAtStart whether a start in production brings code that is locked and not here
     * @param checksTags whether the start asks the repositories if a locked tag was moved
     * @param tagTimeout for that; a repository that does not answer is no reason not to start
     * @param maxBytes of one module's files together
     */
    public record Fetching(
            ModuleTokens tokens,
            Duration timeout,
            boolean isAtStart,
            boolean checksTags,
            Duration tagTimeout,
            long maxBytes) {}

    /** Whether a changed list is applied without being told to. */
    public record Watching(boolean isOn, Duration interval) {}

    /**
     * How an upstream's health is judged.
     *
     * @param fall bad answers in a row after which an upstream counts as down
     * @param rise good ones after which it counts as up again
     */
    public record Probing(Duration interval, Duration timeout, int fall, int rise) {}

    public static final ConfigKey FILE =
            ConfigKey.of("modules.config", "MODULES_CONFIG", "conf/modules.yaml", "the list of modules");
    public static final ConfigKey LOCK = ConfigKey.of(
            "modules.lock",
            "MODULES_LOCK",
            null,
            "what each tag stands for, in production; default: `modules.lock` beside the list; in DATA_DIR where that is read-only");
    public static final ConfigKey TOKEN_FILE = ConfigKey.of(
            "modules.tokenFile",
            "MODULES_TOKEN_FILE",
            null,
            "a file with lines of `HOST TOKEN`, for repositories that are not public");
    public static final ConfigKey FETCH_TIMEOUT = ConfigKey.of(
            "modules.fetchTimeout", "MODULES_FETCH_TIMEOUT", "10m", "how long fetching one module may take");
    public static final ConfigKey FETCH_AT_START = ConfigKey.of(
            "modules.fetchAtStart",
            "MODULES_FETCH_AT_START",
            "true",
            "whether a start in production fetches what is locked and not in DATA_DIR; nothing else is ever fetched by it");
    public static final ConfigKey CHECK_TAGS = ConfigKey.of(
            "modules.checkTags",
            "MODULES_CHECK_TAGS",
            "true",
            "whether a start in production asks the repositories if a locked tag was moved, and refuses then");
    public static final ConfigKey TAG_TIMEOUT = ConfigKey.of(
            "modules.tagTimeout",
            "MODULES_TAG_TIMEOUT",
            "3s",
            "how long it waits for them; who does not answer is named in the log");
    public static final ConfigKey MAX_SIZE =
            ConfigKey.of("modules.maxSize", "MODULES_MAX_SIZE", "512", "MiB that one module's files may have together");
    public static final ConfigKey HOME = ConfigKey.of(
            "home",
            "EDGE_HOME",
            null,
            "where `/` leads when no module has it; development: `/modules/hello/`, production: a page with the modules one may open");
    public static final ConfigKey WATCH = ConfigKey.of(
            "modules.watch",
            "MODULES_WATCH",
            "false",
            "whether a changed list is applied by itself; else by `molos-edge modules reload`");
    public static final ConfigKey WATCH_INTERVAL = ConfigKey.of(
            "modules.watchInterval",
            "MODULES_WATCH_INTERVAL",
            "2s",
            "how often it is looked at; it is applied when it stayed the same from one look to the next");
    public static final ConfigKey PROBE_INTERVAL = ConfigKey.of(
            "modules.probeInterval", "MODULES_PROBE_INTERVAL", "10s", "how often a module's health is asked (± 20 %)");
    public static final ConfigKey PROBE_TIMEOUT = ConfigKey.of(
            "modules.probeTimeout", "MODULES_PROBE_TIMEOUT", "2s", "a module that is slower to say so counts as down");
    public static final ConfigKey PROBE_FALL = ConfigKey.of(
            "modules.probeFall",
            "MODULES_PROBE_FALL",
            "3",
            "bad answers in a row after which an upstream counts as down");
    public static final ConfigKey PROBE_RISE = ConfigKey.of(
            "modules.probeRise", "MODULES_PROBE_RISE", "2", "good answers in a row after which it counts as up again");
    public static final List<ConfigKey> KEYS = List.of(
            FILE,
            LOCK,
            TOKEN_FILE,
            FETCH_TIMEOUT,
            FETCH_AT_START,
            CHECK_TAGS,
            TAG_TIMEOUT,
            MAX_SIZE,
            HOME,
            WATCH,
            WATCH_INTERVAL,
            PROBE_INTERVAL,
            PROBE_TIMEOUT,
            PROBE_FALL,
            PROBE_RISE);

    private static final String DEVELOPMENT_HOME = "/modules/hello/";

    /** Where {@code /} leads: what was set, or in development the module that ships with us, when it is there. */
    public Optional<String> homeIn(ModuleRegistry registry) {
        boolean hasHello = !mode.isProduction() && registry.find(DEVELOPMENT_HOME) != null;
        return ownPaths.home().or(() -> hasHello ? Optional.of(DEVELOPMENT_HOME) : Optional.empty());
    }

    /**
     * Beside the list in production, or where it was set to be; in development, where branches move, it is nobody's
     * promise and stays in the data.
     */
    public Path lockFile() {
        return mode.isProduction()
                ? lock.orElseGet(() -> file.resolveSibling("modules.lock"))
                : dataDir.resolve("modules").resolve("development.lock");
    }

    /** The same with another list, which must lie beside this one. */
    public ModulesConfig withFile(Path other) {
        return new ModulesConfig(mode, other, lock, dataDir, ownPaths, fetching, watching, probing);
    }

    public Checkouts checkouts() {
        return new Checkouts(dataDir);
    }

    public static ModulesConfig read(ConfigReader reader, EdgeMode mode, Path dataDir, List<String> healthPaths) {
        Optional<String> home = reader.optional(HOME);
        home.filter(h -> !h.matches("/(?![/\\\\])[A-Za-z0-9._~/-]*"))
                .ifPresent(
                        h -> reader.refuse(HOME, "\"" + h + "\" is not a path on this site", "home: /modules/hello/"));
        return new ModulesConfig(
                mode,
                reader.path(FILE).orElse(Path.of("conf/modules.yaml")),
                reader.path(LOCK),
                dataDir,
                new OwnPaths(home, healthPaths),
                fetching(reader),
                new Watching(
                        reader.flag(WATCH),
                        reader.duration(WATCH_INTERVAL, Duration.ofMillis(100), Duration.ofHours(1))),
                new Probing(
                        reader.duration(PROBE_INTERVAL, Duration.ofSeconds(1), Duration.ofHours(1)),
                        reader.duration(PROBE_TIMEOUT, Duration.ofMillis(100), Duration.ofMinutes(1)),
                        reader.integer(PROBE_FALL, 1, 100),
                        reader.integer(PROBE_RISE, 1, 100)));
    }

    private static Fetching fetching(ConfigReader reader) {
        return new Fetching(
                ModuleTokens.read(reader, TOKEN_FILE),
                reader.duration(FETCH_TIMEOUT, Duration.ofSeconds(1), Duration.ofHours(2)),
                reader.flag(FETCH_AT_START),
                reader.flag(CHECK_TAGS),
                reader.duration(TAG_TIMEOUT, Duration.ofSeconds(1), Duration.ofMinutes(1)),
                (long) reader.integer(MAX_SIZE, 1, 100_000) << 20);
    }
}
