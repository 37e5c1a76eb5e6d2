package app.molos.edge.intrusion;

import app.molos.edge.config.ConfigProblems;
import app.molos.edge.config.ConfigReader;
import app.molos.edge.config.Suggestion;
import app.molos.edge.config.YamlFile.Entry;
import app.molos.edge.config.YamlFile.Value;
import app.molos.edge.intrusion.Scenario.Demand;
import app.molos.edge.intrusion.Scenario.Field;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads and checks one scenario; every fault becomes a problem with its line. */
final class ScenarioReader {
    private static final List<String> KEYS =
            List.of("why", "when", "group", "capacity", "leak", "distinct", "weight", "quiet", "mode");
    private static final Map<String, List<Field>> WORDS = Map.of(
            "path", List.of(Field.PATH),
            "query", List.of(Field.QUERY),
            "target", List.of(Field.PATH, Field.QUERY),
            "agent", List.of(Field.AGENT));
    private static final List<String> CONDITIONS =
            List.of("path", "query", "target", "agent", "method", "status", "code", "refused", "forged");
    /** Of ASCII, and of at least three characters: shorter ones are everywhere. */
    private static final String WORD = "\\^?[\\x20-\\x7e&&[^\\^]]{3,200}";

    private static final int MOST_CAPACITY = 60;

    private final String name;
    private final Value scenario;
    private final ConfigProblems problems;
    private boolean isFaulty;

    ScenarioReader(Entry entry, ConfigProblems problems) {
        this.name = entry.key();
        this.scenario = entry.value();
        this.problems = problems;
        if (!name.matches("[a-z0-9]+(-[a-z0-9]+)*") || name.length() > 40) {
            problem(
                    entry.where(),
                    "the name is not a lower-case word (letters, digits, single hyphens)",
                    "bad-agents:");
        }
    }

    Optional<Scenario> read() {
        if (!scenario.isMapping()) {
            problem(scenario.where(), "a scenario is keys with values", "when: {path: [/.env]}");
            return Optional.empty();
        }
        refuseUnknown(scenario, KEYS);
        Value when = scenario.get("when");
        if (when == null || !when.isMapping() || when.entries().isEmpty()) {
            problem(scenario.where(), "nothing says which requests it is about", "when: {path: [/.env]}");
        }
        Scenario read = new Scenario(
                name,
                text("why", ""),
                when(when),
                choice("group", Scenario.Group.class, Scenario.Group.ADDRESS),
                new Scenario.Bucket(
                        number("capacity", 0, MOST_CAPACITY, 0),
                        duration("leak", Duration.ofMinutes(1)),
                        choice("distinct", Scenario.Distinct.class, Scenario.Distinct.NONE),
                        number("weight", 1, MOST_CAPACITY + 1, 1),
                        duration("quiet", Duration.ofMinutes(1))),
                choice("mode", Scenario.Mode.class, Scenario.Mode.OBSERVE));
        return isFaulty ? Optional.empty() : Optional.of(read);
    }

    private Scenario.When when(@Nullable Value when) {
        List<Scenario.Words> words = new ArrayList<>();
        Set<String> methods = new HashSet<>();
        Set<Integer> statuses = new HashSet<>();
        Set<String> codes = new HashSet<>();
        if (when != null) {
            refuseUnknown(when, CONDITIONS);
            for (Entry entry : when.entries()) {
                List<Field> fields = WORDS.get(entry.key());
                if (fields != null) {
                    words.add(new Scenario.Words(fields, matching(entry.value(), WORD, "[/.env]")));
                }
                switch (entry.key()) {
                    case "method" -> methods.addAll(matching(entry.value(), "[A-Z-]{1,20}", "[TRACE]"));
                    case "code" -> codes.addAll(matching(entry.value(), "[A-Z_]{1,60}", "[BAD_PATH]"));
                    case "status" ->
                        matching(entry.value(), "[1-5](xx|\\d\\d)", "[404, 4xx]")
                                .forEach(s -> statuses.add(Integer.valueOf(s.replace("xx", ""))));
                    default -> {}
                }
            }
        }
        return new Scenario.When(words, methods, statuses, codes, flag(when, "refused"), flag(when, "forged"));
    }

    private List<String> matching(Value value, String pattern, String example) {
        List<String> found = new ArrayList<>();
        List<Value> items = value.isList() ? value.items() : List.of(value);
        if (items.isEmpty()) {
            problem(value.where(), "the list is empty", example);
        }
        for (Value item : items) {
            if (item.isScalar() && item.literal().matches(pattern)) {
                found.add(item.literal());
            } else {
                problem(item.where(), "\"" + item.literal() + "\" is nothing that it could be", example);
            }
        }
        return found;
    }

    private Demand flag(@Nullable Value when, String key) {
        Value value = when == null ? null : when.get(key);
        if (value != null && !value.literal().matches("true|false")) {
            problem(value.where(), key + " is neither true nor false", key + ": true");
        }
        return value == null ? Demand.EITHER : value.literal().equals("true") ? Demand.YES : Demand.NO;
    }

    private String text(String key, String fallback) {
        Value value = scenario.get(key);
        if (value != null && !value.isScalar()) {
            problem(value.where(), key + " must be a single value", key + ": ...");
        }
        return value == null ? fallback : value.literal();
    }

    private int number(String key, int least, int most, int fallback) {
        String text = text(key, Integer.toString(fallback));
        if (text.matches("\\d{1,3}") && Integer.parseInt(text) >= least && Integer.parseInt(text) <= most) {
            return Integer.parseInt(text);
        }
        problem(at(key), key + " is not a whole number from " + least + " to " + most, key + ": " + Math.max(least, 5));
        return fallback;
    }

    private Duration duration(String key, Duration fallback) {
        Value value = scenario.get(key);
        Optional<Duration> read = value == null ? Optional.of(fallback) : ConfigReader.parseDuration(text(key, ""));
        if (read.isEmpty() || read.get().isZero() || read.get().compareTo(Duration.ofDays(7)) > 0) {
            problem(at(key), key + " is not a number with ms, s, m, h or d, up to 7d", key + ": 10s");
            return fallback;
        }
        return read.get();
    }

    private <E extends Enum<E>> E choice(String key, Class<E> type, E fallback) {
        String text = text(key, fallback.name().toLowerCase(Locale.ROOT));
        List<String> words = new ArrayList<>();
        for (E constant : type.getEnumConstants()) {
            String word = constant.name().toLowerCase(Locale.ROOT);
            if (word.equals(text)) {
                return constant;
            }
            words.add(word);
        }
        problem(at(key), "\"" + text + "\" is not one of " + String.join(", ", words), key + ": " + words.get(0));
        return fallback;
    }

    private void refuseUnknown(Value mapping, List<String> known) {
        mapping.entries().stream()
                .filter(e -> !known.contains(e.key()))
                .forEach(e -> problem(
                        e.where(),
                        "there is no key \"" + e.key() + "\"",
                        Suggestion.near(e.key(), known)
                                .map(near -> near + ": (did you mean that?)")
                                .orElse("one of " + String.join(", ", known))));
    }

    private String at(String key) {
        Value value = scenario.get(key);
        return value == null ? scenario.where() : value.where();
    }

    private void problem(String where, String what, String fix) {
        isFaulty = true;
        problems.add(where, name + ": " + what, fix);
    }
}
