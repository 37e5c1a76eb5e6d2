package app.molos.edge.config;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads settings as text and converts them itself, knowing where each came from. A fault becomes a problem and the
 * default stands in for the value, so that reading goes on and all faults are reported together.
 */
public final class ConfigReader {
    /** A value and its place: a variable's name or {@code file:line}. */
    public record Setting(String text, String where, boolean isFromVariable) {}

    private static final Pattern DURATION = Pattern.compile("(\\d{1,9})\\s*(ms|s|m|h|d)");

    private final Map<String, Setting> variables;
    private final Map<String, Setting> file;
    private final Map<String, String> defaults;
    private final ConfigProblems problems;

    ConfigReader(
            Map<String, Setting> variables,
            Map<String, Setting> file,
            Map<String, String> defaults,
            ConfigProblems problems) {
        this.variables = variables;
        this.file = file;
        this.defaults = defaults;
        this.problems = problems;
    }

    public ConfigProblems problems() {
        return problems;
    }

    /**
     * The variable if it is set, else the file's value, each under its former name at last; defaults are not looked at.
     */
    public Optional<Setting> setting(ConfigKey key) {
        Optional<Setting> variable = read(
                variables,
                key.variable(),
                key.former() == null ? null : key.former().variable());
        return variable.or(() -> read(
                file, key.name(), key.former() == null ? null : key.former().name()));
    }

    private static Optional<Setting> read(Map<String, Setting> settings, String name, @Nullable String former) {
        Setting setting = settings.get(name);
        return Optional.ofNullable(setting == null && former != null ? settings.get(former) : setting);
    }

    /** Lists the former names that are still used, each with what to write instead. */
    public List<String> formerNames(List<ConfigKey> keys) {
        List<String> sentences = new ArrayList<>();
        for (ConfigKey key : keys) {
            ConfigKey.Former former = key.former();
            if (former != null && variables.containsKey(former.variable())) {
                sentences.add("The variable " + former.variable() + " is called " + key.variable()
                        + " now; write that, the old name goes with the next release");
            }
            Setting setting = former == null ? null : file.get(former.name());
            if (former != null && setting != null) {
                sentences.add(setting.where() + ": the key " + former.name() + " is called " + key.name()
                        + " now; write that, the old name goes with the next release");
            }
        }
        return sentences;
    }

    /** Returns a variable under a name that is not its key's own (an alias). */
    public Optional<Setting> variable(String name) {
        return Optional.ofNullable(variables.get(name));
    }

    public boolean isSet(ConfigKey key) {
        return setting(key).isPresent();
    }

    public Optional<String> optional(ConfigKey key) {
        return setting(key).map(Setting::text).or(() -> Optional.ofNullable(defaults.get(key.name())));
    }

    public String text(ConfigKey key) {
        return optional(key).orElse("");
    }

    public int integer(ConfigKey key, int min, int max) {
        String text = text(key);
        try {
            int value = text.matches("\\d{1,9}") ? Integer.parseInt(text) : -1;
            if (value >= min && value <= max && text.equals(Integer.toString(value))) {
                return value;
            }
        } catch (NumberFormatException e) {
            // falls through to the one message for everything that is not such a number
        }
        refuse(key, "\"" + text + "\" is not a whole number from " + min + " to " + max);
        return key.fallback() != null && key.fallback().matches("\\d+") ? Integer.parseInt(key.fallback()) : min;
    }

    public int port(ConfigKey key) {
        return integer(key, 0, 65535);
    }

    public boolean flag(ConfigKey key) {
        String text = text(key);
        if (text.equals("true") || text.equals("false")) {
            return text.equals("true");
        }
        refuse(key, "\"" + text + "\" is neither true nor false");
        return "true".equals(key.fallback());
    }

    /** A number with a unit: {@code 800ms}, {@code 8s}, {@code 5m}, {@code 1h}, {@code 7d}. */
    public Duration duration(ConfigKey key, Duration min, Duration max) {
        String text = text(key);
        Duration value = parseDuration(text).orElse(null);
        if (value != null && value.compareTo(min) >= 0 && value.compareTo(max) <= 0) {
            return value;
        }
        refuse(
                key,
                "\"" + text + "\" is not a duration from " + show(min) + " to " + show(max)
                        + " (a number and ms, s, m, h or d)");
        return parseDuration(key.fallback() == null ? "" : key.fallback()).orElse(min);
    }

    public <E extends Enum<E>> E choice(ConfigKey key, Class<E> type) {
        String text = text(key);
        for (E constant : type.getEnumConstants()) {
            if (constant.name().toLowerCase(Locale.ROOT).equals(text)) {
                return constant;
            }
        }
        List<String> words = Arrays.stream(type.getEnumConstants())
                .map(c -> c.name().toLowerCase(Locale.ROOT))
                .toList();
        refuse(key, "\"" + text + "\" is not one of " + String.join(", ", words));
        return type.getEnumConstants()[0];
    }

    /** Comma-separated words, or a YAML list. */
    public List<String> list(ConfigKey key) {
        return Arrays.stream(text(key).split(","))
                .map(String::trim)
                .filter(s -> !s.isEmpty())
                .toList();
    }

    public Optional<Path> path(ConfigKey key) {
        return optional(key).flatMap(text -> {
            try {
                return Optional.of(Path.of(text));
            } catch (InvalidPathException e) {
                refuse(key, "\"" + text + "\" is not a path");
                return Optional.empty();
            }
        });
    }

    /** Records a problem with a key at the place where its value was written. */
    public void refuse(ConfigKey key, String what) {
        Setting setting = setting(key).orElse(null);
        String example = key.fallback() == null ? "" : key.fallback();
        refuse(
                key,
                what,
                setting == null || setting.isFromVariable()
                        ? key.variable() + "=" + example
                        : leaf(key.name()) + ": " + example);
    }

    /** As {@link #refuse(ConfigKey, String)}, with the line to write spelled out. */
    public void refuse(ConfigKey key, String what, String fix) {
        problems.add(where(key), what, fix);
    }

    public String where(ConfigKey key) {
        return setting(key)
                .map(s -> s.isFromVariable() ? s.where() : s.where() + " " + key.name())
                .orElse(key.variable());
    }

    private static String leaf(String name) {
        return name.substring(name.lastIndexOf('.') + 1);
    }

    /** {@code 500ms}, {@code 30s}, {@code 5m}, {@code 1h}, {@code 7d}; empty for anything else. */
    public static Optional<Duration> parseDuration(String text) {
        Matcher matcher = DURATION.matcher(text);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        long amount = Long.parseLong(matcher.group(1));
        return Optional.of(
                switch (matcher.group(2)) {
                    case "ms" -> Duration.ofMillis(amount);
                    case "s" -> Duration.ofSeconds(amount);
                    case "m" -> Duration.ofMinutes(amount);
                    case "h" -> Duration.ofHours(amount);
                    default -> Duration.ofDays(amount);
                });
    }

    private static String show(Duration duration) {
        if (duration.toMillis() % 1000 != 0) {
            return duration.toMillis() + "ms";
        }
        long seconds = duration.toSeconds();
        if (seconds % 86_400 == 0 && seconds > 0) {
            return seconds / 86_400 + "d";
        }
        return seconds % 3600 == 0 && seconds > 0 ? seconds / 3600 + "h" : seconds + "s";
    }

    static List<String> names(List<ConfigKey> keys) {
        return keys.stream().flatMap(ConfigKey::names).toList();
    }
}
