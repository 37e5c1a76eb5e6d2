package app.molos.edge.modules;

import app.molos.edge.config.ConfigProblems;
import app.molos.edge.config.YamlFile.Value;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The keys of one entry of the list, and the faults found in them, which name the module. Used by one thread. */
final class EntryFields {
    /** Names for what may be several. */
    private static final Set<String> LISTS = Set.of("paths", "upstream");

    private final Value entry;
    private final ConfigProblems problems;
    private String id = "";

    EntryFields(Value entry, ConfigProblems problems) {
        this.entry = entry;
        this.problems = problems;
    }

    Value entry() {
        return entry;
    }

    /** Empty until it is known. */
    String id() {
        return id;
    }

    void setId(String id) {
        this.id = id;
    }

    boolean flag(String key, boolean fallback) {
        Value value = present(key);
        if (value == null) {
            return fallback;
        }
        if (!value.literal().equals("true") && !value.literal().equals("false")) {
            problem(value, key + " is " + shown(value) + ", neither true nor false", key + ": " + fallback);
        }
        return value.literal().equals("true");
    }

    /** The mapping under a key, or null when there is none. */
    @Nullable
    Value mapping(String key) {
        Value value = entry.get(key);
        if (value == null || value.isNull()) {
            return null;
        }
        if (!value.isMapping()) {
            problem(value, key + " must be keys with values", key + ": {…}");
            return null;
        }
        return value;
    }

    /** The value of a key when it holds something; a mapping where a word belongs is a problem. */
    @Nullable
    Value present(String key) {
        Value value = entry.get(key);
        if (value == null || value.isNull()) {
            return null;
        }
        if (!value.isScalar() && !(LISTS.contains(key) && value.isList())) {
            problem(value, key + " must be a single value", key + ": …");
            return null;
        }
        return value;
    }

    void problem(Value at, String what, String fix) {
        // A key read twice (by two rules) would otherwise report its fault twice.
        String text = id.isEmpty() ? what : id + ": " + what;
        boolean isKnown = problems.all().stream()
                .anyMatch(p -> p.where().equals(at.where()) && p.what().equals(text));
        if (!isKnown) {
            problems.add(at.where(), text, fix);
        }
    }

    static String shown(Value value) {
        return "\"" + value.literal() + "\"";
    }
}
