package app.molos.edge.modules;

import app.molos.edge.config.ConfigProblems;
import app.molos.edge.config.Suggestion;
import app.molos.edge.config.YamlFile.Entry;
import app.molos.edge.config.YamlFile.Value;
import app.molos.edge.modules.Module.Target;
import app.molos.edge.ratelimit.Rate;
import app.molos.edge.web.Access;
import app.molos.edge.web.Priority;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Reads and checks one entry of the list. Every fault becomes a problem with its line; reading goes on after it. */
final class ModuleEntry {
    static final List<String> KEYS = List.of(
            "id",
            "repository",
            "tag",
            "branch",
            "enabled",
            "allowPrerelease",
            "paths",
            "upstream",
            "static",
            "access",
            "health",
            "stripPath",
            "forwardCookie",
            "csrf",
            "compress",
            "caseInsensitive",
            "external",
            "version",
            "balance",
            "headers",
            "timeouts",
            "limit",
            "priority",
            "csp");
    private static final int MAX_ID = 63;
    private static final String LIMIT = "limit: {rate: 100, burst: 2000}";

    private final ModulesConfig config;
    private final Value entry;
    private final ConfigProblems problems;
    private final EntryFields fields;
    private final ModuleLock lock;

    ModuleEntry(ModulesConfig config, ModuleLock lock, Value entry, ConfigProblems problems) {
        this.config = config;
        this.entry = entry;
        this.problems = problems;
        this.fields = new EntryFields(entry, problems);
        this.lock = lock;
    }

    Optional<Module> read() {
        if (!entry.isMapping()) {
            problems.add(entry.where(), "a module must be a mapping", "- id: notes");
            return Optional.empty();
        }
        for (Entry e : entry.entries()) {
            if (!KEYS.contains(e.key())) {
                problems.add(
                        e.where(),
                        "a module has no key \"" + e.key() + "\"",
                        Suggestion.near(e.key(), KEYS)
                                .map(s -> s + ": (did you mean that?)")
                                .orElse("one of " + String.join(", ", KEYS)));
            }
        }
        String id = readId();
        fields.setId(id);
        Optional<Module.Source> source = new SourceReader(fields, config.mode()).read();
        Target target = new TargetReader(fields, config, source.flatMap(from -> checkout(id, from))).read();
        Module.Admission admission = new Module.Admission(
                readChoice("access", Access.class, Access.USER),
                readLimit(id),
                readChoice("priority", Priority.class, Priority.NORMAL));
        List<String> paths = readPaths(id);
        Optional<String> health = readHealth(target);
        Forwarding forwarding = new ForwardingReader(fields).read(target);
        boolean isEnabled = fields.flag("enabled", true);
        return Optional.of(new Module(
                id,
                new Module.Code(source, readExternal(target)),
                isEnabled,
                paths,
                target,
                admission,
                forwarding,
                health));
    }

    private Optional<Module.External> readExternal(Target target) {
        boolean isExternal = fields.flag("external", false);
        Value version = fields.present("version");
        if (version != null && !isExternal) {
            fields.problem(
                    version,
                    "has a version; a tag says which one this is, unless somebody else deploys it",
                    "external: true");
        } else if (version != null && !version.literal().matches("[A-Za-z0-9][A-Za-z0-9.+_-]{0,63}")) {
            fields.problem(
                    version,
                    "the version " + EntryFields.shown(version) + " is none that an upstream could say",
                    "version: \"1.2.0\"");
        } else if (isExternal && !(target instanceof Target.Upstream)) {
            fields.problem(
                    entry, "external is for upstreams that somebody else deploys", "upstream: http://127.0.0.1:3000");
        }
        return isExternal
                ? Optional.of(new Module.External(Optional.ofNullable(version).map(Value::literal)))
                : Optional.empty();
    }

    /** Where its code lies, if the lock knows and it is here. */
    private Optional<Path> checkout(String id, Module.Source source) {
        return lock.find(id)
                .filter(entry ->
                        entry.tag().equals(source.ref()) && config.checkouts().has(id, entry.commit()))
                .map(entry -> config.checkouts().directory(id, entry.commit()));
    }

    private String readId() {
        Value value = entry.get("id");
        if (value == null || value.isNull()) {
            fields.problem(entry, "a module needs an id", "- id: notes");
            return "";
        }
        if (!value.isText()
                || !value.literal().matches("[a-z0-9]+(-[a-z0-9]+)*")
                || value.literal().length() > MAX_ID) {
            fields.problem(
                    value,
                    "the id " + EntryFields.shown(value)
                            + " is not a lower-case word (letters, digits, single hyphens)",
                    "id: " + slug(value.literal()));
            return "";
        }
        return value.literal();
    }

    private <E extends Enum<E>> E readChoice(String key, Class<E> type, E otherwise) {
        Value value = fields.present(key);
        if (value == null) {
            return otherwise;
        }
        List<String> words = new ArrayList<>();
        for (E choice : type.getEnumConstants()) {
            String word = choice.name().toLowerCase(Locale.ROOT);
            if (word.equals(value.literal())) {
                return choice;
            }
            words.add(word);
        }
        fields.problem(
                value,
                "the " + key + " " + EntryFields.shown(value) + " is none of " + String.join(", ", words),
                key + ": " + otherwise.name().toLowerCase(Locale.ROOT));
        return otherwise;
    }

    private Optional<Rate> readLimit(String id) {
        Value mapping = fields.mapping("limit");
        if (mapping == null) {
            return Optional.empty();
        }
        mapping.entries().stream()
                .filter(e -> !e.key().equals("rate") && !e.key().equals("burst"))
                .forEach(e -> fields.problem(mapping, "a limit has no \"" + e.key() + "\"", LIMIT));
        int rate = readCount(mapping, "rate");
        int burst = readCount(mapping, "burst");
        return rate == 0 || burst == 0
                ? Optional.empty()
                : Optional.of(Rate.of("module-" + id, "limit of module " + id, rate, Duration.ofSeconds(1), burst));
    }

    /** A whole number of the limit; 0 when it is none, which is a problem. */
    private int readCount(Value mapping, String key) {
        Value value = mapping.get(key);
        if (value == null || !value.isScalar() || !value.literal().matches("[1-9]\\d{0,5}")) {
            fields.problem(
                    value == null ? mapping : value, "the " + key + " of a limit is a number from 1 to 999999", LIMIT);
            return 0;
        }
        return Integer.parseInt(value.literal());
    }

    private List<String> readPaths(String id) {
        Value value = fields.present("paths");
        if (value == null) {
            return id.isEmpty() ? List.of() : List.of("/modules/" + id);
        }
        List<Value> items = value.isList() ? value.items() : List.of(value);
        if (items.isEmpty()) {
            fields.problem(value, "paths is empty", "paths: [/modules/" + id + "]");
        }
        items.forEach(item -> checkPath(id, item));
        return items.stream().map(Value::literal).toList();
    }

    private void checkPath(String id, Value value) {
        String path = value.literal();
        boolean isPath = path.equals("/") || path.matches("(/(?!\\.{1,2}(/|$))[A-Za-z0-9._~-]+)+");
        if (!isPath) {
            fields.problem(
                    value,
                    "the path " + EntryFields.shown(value) + " is not /words without a slash at the end",
                    "paths: [/modules/" + id + "]");
        }
        if (ReservedPaths.cover(path)) {
            fields.problem(value, "the path " + path + " is the edge's own", "paths: [/modules/" + id + "]");
        }
        for (String health : config.ownPaths().health()) {
            if (ReservedPaths.isWithin(path, health) || ReservedPaths.isWithin(health, path)) {
                fields.problem(
                        value,
                        "the path " + path + " would lose " + health + " to the edge, because of HEALTH_ALIASES",
                        "paths: [/modules/" + id
                                + "], or ask the management listener for health and leave HEALTH_ALIASES out");
            }
        }
    }

    private Optional<String> readHealth(Target target) {
        Value value = fields.present("health");
        if (value == null) {
            return Optional.empty();
        }
        if (!value.literal().matches("/(?!/)[A-Za-z0-9._~/%?=&-]*")) {
            fields.problem(
                    value,
                    "the health path " + EntryFields.shown(value) + " is not a path on the upstream",
                    "health: /health");
        } else if (!(target instanceof Target.Upstream)) {
            fields.problem(value, "has a health path but no upstream to ask", "upstream: http://127.0.0.1:3000");
        }
        return Optional.of(value.literal());
    }

    private static String slug(String text) {
        String slug =
                text.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-").replaceAll("^-+|-+$", "");
        return slug.isEmpty() ? "notes" : slug;
    }
}
