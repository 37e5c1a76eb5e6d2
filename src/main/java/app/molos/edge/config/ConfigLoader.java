package app.molos.edge.config;

import app.molos.edge.config.ConfigReader.Setting;
import io.vertx.config.ConfigRetriever;
import io.vertx.config.ConfigRetrieverOptions;
import io.vertx.config.ConfigStoreOptions;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Defaults &lt; file &lt; environment, retrieved by vertx-config on a short-lived Vertx. vertx-config decides what is
 * set; the file's scalars are then taken as they were written (and with their lines) from {@link YamlFile}, because its
 * YAML store has already read {@code 010} as 8 by then.
 */
public final class ConfigLoader {
    /** The variable that names the file; it cannot stand in the file itself. */
    public static final ConfigKey FILE =
            ConfigKey.of("", "EDGE_CONFIG", "conf/edge.yaml", "the configuration file; absent: defaults");

    /** Shorter names differ by a letter or two from everything. */
    private static final int MIN_LENGTH = 6;

    private static final String VARIABLES = "variables";

    private final Map<String, String> environment;
    private final List<ConfigKey> keys;
    private final Set<String> aliases;

    /** {@code aliases} are variables read beside the keys' own, such as NODE_ENV. */
    public ConfigLoader(Map<String, String> environment, List<ConfigKey> keys, Set<String> aliases) {
        this.environment = environment;
        this.keys = keys;
        this.aliases = aliases;
    }

    public ConfigReader load() {
        ConfigProblems problems = new ConfigProblems();
        Path path = Path.of(named().orElse(FILE.fallback()));
        Map<String, Setting> file = readFile(path, problems);
        JsonObject merged;
        try {
            merged = retrieve(path, !file.isEmpty() && problems.isEmpty());
        } catch (RuntimeException unloadable) {
            problems.add(
                    path.toString(),
                    "a value in the file cannot be read (a date or number that is none?)",
                    "the value in quotes");
            merged = retrieve(path, false);
        }

        Map<String, Setting> variables = new HashMap<>();
        JsonObject environmentNow = merged.getJsonObject(VARIABLES, merged);
        for (String name : variableNames()) {
            Object value = environmentNow.getValue(name);
            // A variable set to nothing is how compose files say "not set".
            if (value != null && !value.toString().isEmpty()) {
                variables.put(name, new Setting(value.toString(), name, true));
            }
        }
        Map<String, String> defaults = new HashMap<>();
        for (ConfigKey key : keys) {
            Object value = merged.getValue(key.name());
            if (value instanceof String text) {
                defaults.put(key.name(), text);
            }
        }
        return new ConfigReader(variables, file, defaults, problems);
    }

    /**
     * Variables that are no keys and look like a slip of the keyboard, each with the key that was probably meant.
     * No fault: other programs have variables too.
     */
    public static List<String> nearMisses(Map<String, String> environment, List<ConfigKey> keys, Set<String> others) {
        Set<String> known = new LinkedHashSet<>(others);
        known.add(FILE.variable());
        keys.stream().flatMap(ConfigKey::variables).forEach(known::add);
        return environment.keySet().stream()
                .filter(name -> !known.contains(name) && name.length() >= MIN_LENGTH)
                .sorted()
                .flatMap(name -> Suggestion.within(name, known, Math.max(1, name.length() / 4)).stream()
                        .filter(meant -> !environment.containsKey(meant))
                        .map(meant -> "The variable " + name + " means nothing here; was " + meant + " meant?"))
                .toList();
    }

    private Optional<String> named() {
        String name = environment.get(FILE.variable());
        return name == null || name.isEmpty() ? Optional.empty() : Optional.of(name);
    }

    private Set<String> variableNames() {
        Set<String> names = new LinkedHashSet<>(aliases);
        keys.stream().flatMap(ConfigKey::variables).forEach(names::add);
        return names;
    }

    private JsonObject retrieve(Path path, boolean fileIsUsable) {
        JsonObject defaults = new JsonObject();
        keys.forEach(k -> {
            if (k.fallback() != null) {
                defaults.put(k.name(), k.fallback());
            }
        });
        ConfigRetrieverOptions options = new ConfigRetrieverOptions()
                .setScanPeriod(-1)
                .setIncludeDefaultStores(false)
                .addStore(new ConfigStoreOptions().setType("json").setConfig(defaults));
        if (fileIsUsable) {
            options.addStore(new ConfigStoreOptions()
                    .setType("file")
                    .setFormat("yaml")
                    .setConfig(
                            new JsonObject().put("path", path.toAbsolutePath().toString())));
        }
        options.addStore(environmentStore());
        Vertx vertx = Vertx.vertx(
                new VertxOptions().setEventLoopPoolSize(1).setWorkerPoolSize(1).setInternalBlockingPoolSize(1));
        try {
            return ConfigRetriever.create(vertx, options).getConfig().await(30, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new IllegalStateException("reading the configuration took longer than 30 s", e);
        } finally {
            vertx.close();
        }
    }

    /**
     * The process's own environment comes through vertx-config's store, with {@code raw-data} because the store
     * otherwise turns 0123 into 123 and 1e3 into 1000.0. Any other environment (a test's) is handed over as it is.
     */
    private ConfigStoreOptions environmentStore() {
        if (environment.equals(System.getenv())) {
            return new ConfigStoreOptions()
                    .setType("env")
                    .setConfig(new JsonObject()
                            .put("raw-data", true)
                            .put("keys", new JsonArray(List.copyOf(variableNames()))));
        }
        JsonObject variables = new JsonObject();
        variableNames().forEach(name -> {
            if (environment.get(name) != null) {
                variables.put(name, environment.get(name));
            }
        });
        return new ConfigStoreOptions().setType("json").setConfig(new JsonObject().put(VARIABLES, variables));
    }

    private Map<String, Setting> readFile(Path path, ConfigProblems problems) {
        Map<String, Setting> settings = new HashMap<>();
        if (!Files.exists(path)) {
            if (named().isPresent()) {
                problems.add(
                        FILE.variable(),
                        "there is no file " + path,
                        "EDGE_CONFIG=" + FILE.fallback() + ", or unset it");
            }
            return settings;
        }
        try {
            YamlFile.parse(path.toString(), Files.readString(path), problems).ifPresent(root -> {
                if (root.isMapping()) {
                    flatten("", root, settings, problems);
                } else if (!root.isNull()) {
                    problems.add(root.where(), "the file must be a mapping of keys", "server:");
                }
            });
        } catch (MalformedInputException e) {
            problems.add(path.toString(), "the file is not UTF-8 text", "");
        } catch (IOException e) {
            problems.add(path.toString(), "the file cannot be read", "a readable file");
        }
        return settings;
    }

    private void flatten(
            String prefix, YamlFile.Value mapping, Map<String, Setting> settings, ConfigProblems problems) {
        List<String> known = ConfigReader.names(keys);
        for (YamlFile.Entry entry : mapping.entries()) {
            String name = prefix + entry.key();
            YamlFile.Value value = entry.value();
            if (known.contains(name)) {
                if (value.isScalar() && !value.isNull()) {
                    put(settings, name, new Setting(value.literal(), entry.where(), false), problems);
                } else if (value.isList()) {
                    if (value.items().stream().allMatch(YamlFile.Value::isScalar)) {
                        put(settings, name, new Setting(join(value), entry.where(), false), problems);
                    } else {
                        problems.add(
                                entry.where(), name + " must be a list of single values", entry.key() + ": [a, b]");
                    }
                } else if (!value.isNull()) {
                    problems.add(entry.where(), name + " must be a single value", entry.key() + ": …");
                }
            } else if (value.isMapping() && known.stream().anyMatch(k -> k.startsWith(name + "."))) {
                flatten(name + ".", value, settings, problems);
            } else if (!(value.isNull() && known.stream().anyMatch(k -> k.startsWith(name + ".")))) {
                String fix = Suggestion.near(name, known)
                        .or(() -> Suggestion.near(entry.key(), ConfigReader.names(keys)))
                        .map(s -> s + " (did you mean that?)")
                        .orElse("one of the keys in docs/configuration.md, or printed by `config reference`");
                problems.add(entry.where(), "there is no key \"" + name + "\"", fix);
            }
        }
    }

    /** {@code server.port: 1} beside {@code server: {port: 2}} is the same key twice. */
    private static void put(Map<String, Setting> settings, String name, Setting setting, ConfigProblems problems) {
        Setting other = settings.put(name, setting);
        if (other != null) {
            problems.add(
                    setting.where(), "the key " + name + " stands at " + other.where() + " already", "each key once");
        }
    }

    private static String join(YamlFile.Value list) {
        return String.join(
                ",", list.items().stream().map(YamlFile.Value::literal).toList());
    }
}
