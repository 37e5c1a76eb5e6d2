package app.molos.edge.modules;

import app.molos.edge.config.ConfigProblems;
import app.molos.edge.config.Suggestion;
import app.molos.edge.config.YamlFile.Entry;
import app.molos.edge.config.YamlFile.Value;
import app.molos.edge.modules.Module.Target;
import app.molos.edge.web.Access;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads and checks one entry of the list. Every fault becomes a problem with its line; reading goes on after it. */
final class ModuleEntry {
    private static final List<String> KEYS = List.of(
            "id", "repository", "tag", "branch", "enabled", "allowPrerelease", "paths", "upstream", "static", "access",
            "health");
    private static final int MAX_ID = 63;
    /** {@code v} and the grammar of Semantic Versioning 2.0: no leading zeros in numbers, none of the parts empty. */
    private static final Pattern TAG = tag();

    private final ModulesConfig config;
    private final Value entry;
    private final ConfigProblems problems;
    private String id = "";

    private static Pattern tag() {
        String number = "(?:0|[1-9][0-9]*)";
        String word = "[0-9A-Za-z-]+";
        String identifier = "(?:" + number + "|[0-9]*[A-Za-z-][0-9A-Za-z-]*)";
        return Pattern.compile("v" + number + "\\." + number + "\\." + number
                + "(?:-(?<prerelease>" + identifier + "(?:\\." + identifier + ")*))?"
                + "(?:\\+" + word + "(?:\\." + word + ")*)?");
    }

    ModuleEntry(ModulesConfig config, Value entry, ConfigProblems problems) {
        this.config = config;
        this.entry = entry;
        this.problems = problems;
    }

    Optional<Module> read() {
        if (!entry.isMapping()) {
            problems.add(entry.where(), "a module must be a mapping", "- id: notes");
            return Optional.empty();
        }
        for (Entry e : entry.entries()) {
            if (!KEYS.contains(e.key())) {
                problems.add(e.where(), "a module has no key \"" + e.key() + "\"",
                        Suggestion.near(e.key(), KEYS).map(s -> s + ": (did you mean that?)").orElse("one of " + String.join(", ", KEYS)));
            }
        }
        id = readId();
        Target target = readTarget();
        Optional<String> version = readVersion();
        Access access = readAccess();
        List<String> paths = readPaths();
        Optional<String> health = readHealth(target);
        boolean isEnabled = flag("enabled", true);
        return Optional.of(new Module(
                id, text("repository"), version, isEnabled, paths, target, access, health));
    }

    private String readId() {
        Value value = entry.get("id");
        if (value == null || value.isNull()) {
            problem(entry, "a module needs an id", "- id: notes");
            return "";
        }
        if (!value.isText() || !value.literal().matches("[a-z0-9]+(-[a-z0-9]+)*") || value.literal().length() > MAX_ID) {
            problem(value, "the id " + shown(value) + " is not a lower-case word (letters, digits, single hyphens)",
                    "id: " + slug(value.literal()));
            return "";
        }
        return value.literal();
    }

    private Target readTarget() {
        Value upstream = present("upstream");
        Value files = present("static");
        if (upstream != null && files != null) {
            problem(files, "has upstream and static: where does it come from?", "one of the two");
        }
        if (upstream != null) {
            return readUpstream(upstream);
        }
        return files != null ? readStatic(files) : new Target.NotFetched();
    }

    private Target readUpstream(Value value) {
        try {
            URI uri = new URI(value.literal());
            boolean isPlain = "http".equals(uri.getScheme())
                    && uri.getHost() != null
                    && uri.getRawUserInfo() == null
                    && (uri.getRawPath() == null || uri.getRawPath().isEmpty() || uri.getRawPath().equals("/"))
                    && uri.getRawQuery() == null
                    && uri.getRawFragment() == null
                    && uri.getPort() != 0
                    && uri.getPort() <= 65_535;
            if (isPlain) {
                String host = uri.getHost().startsWith("[") ? uri.getHost().substring(1, uri.getHost().length() - 1) : uri.getHost();
                return new Target.Upstream(host, uri.getPort() < 0 ? 80 : uri.getPort());
            }
        } catch (URISyntaxException e) {
            // the one message below covers everything that is no such address
        }
        problem(value, "the upstream " + shown(value) + " is not http://host[:port]", "upstream: http://127.0.0.1:3000");
        return new Target.NotFetched();
    }

    /** Relative to the directory of modules.yaml; links are resolved before asking where it lies. */
    private Target readStatic(Value value) {
        Path configDir = config.file().toAbsolutePath().normalize().getParent();
        String fix = "static: " + (id.isEmpty() ? "hello" : id);
        try {
            Path written = configDir.resolve(value.literal());
            if (!Files.isDirectory(written)) {
                problem(value, "there is no directory " + value.literal() + " beside modules.yaml", fix);
                return new Target.NotFetched();
            }
            Path directory = written.toRealPath();
            if (isBelowOneRoot(directory, List.of(configDir, config.dataDir().toAbsolutePath().normalize()))) {
                return new Target.Static(directory);
            }
            problem(value, "the directory " + value.literal() + " lies outside the configuration and the data directory,"
                    + " or is one of them and would publish what is in it", fix);
        } catch (IOException | InvalidPathException e) {
            problem(value, "the directory " + shown(value) + " cannot be used", fix);
        }
        return new Target.NotFetched();
    }

    /** Below one of the roots, and none of them in it: they hold the database, the secret and the configuration. */
    private static boolean isBelowOneRoot(Path directory, List<Path> roots) throws IOException {
        boolean isBelow = false;
        for (Path root : roots) {
            if (Files.exists(root)) {
                Path real = root.toRealPath();
                if (real.startsWith(directory)) {
                    return false;
                }
                isBelow |= directory.startsWith(real);
            }
        }
        return isBelow;
    }

    private Optional<String> readVersion() {
        Value tag = present("tag");
        Value branch = present("branch");
        Value repository = present("repository");
        boolean isProduction = config.mode().isProduction();
        boolean isFree = !isProduction && present("static") != null && present("upstream") == null;
        if (!isFree && repository == null) {
            problem(entry, "needs the repository its code comes from", "repository: https://git.example.org/notes.git");
        }
        if (tag != null && branch != null) {
            problem(branch, "has a tag and a branch: exactly one of them says which code runs",
                    isProduction ? "tag: v1.0.0" : "one of the two");
        } else if (branch != null && isProduction) {
            problem(branch, "a branch moves; production pins a tag", "tag: v1.0.0");
        } else if (tag == null && branch == null && !isFree) {
            problem(entry, isProduction ? "needs a tag" : "needs a tag or a branch", "tag: v1.0.0");
        }
        boolean allowsPrerelease = flag("allowPrerelease", false);
        if (tag != null) {
            checkTag(tag, allowsPrerelease);
        }
        return Optional.ofNullable(tag != null ? tag : branch).map(Value::literal);
    }

    private void checkTag(Value tag, boolean allowsPrerelease) {
        if (!tag.isText()) {
            problem(tag, "the tag " + tag.literal() + " reads as something else than text", "tag: \"" + tag.literal() + "\"");
            return;
        }
        if (!config.mode().isProduction()) {
            return;
        }
        String text = tag.literal();
        Matcher version = TAG.matcher(text);
        if (!version.matches()) {
            problem(tag, "the tag " + shown(tag) + " is not v and a semantic version", "tag: v1.0.0");
        } else if (version.group("prerelease") != null && !allowsPrerelease) {
            problem(tag, "the tag " + text + " is a pre-release", "allowPrerelease: true");
        }
    }

    private Access readAccess() {
        Value value = present("access");
        if (value == null) {
            return Access.USER;
        }
        for (Access access : Access.values()) {
            if (access.name().toLowerCase(Locale.ROOT).equals(value.literal())) {
                return access;
            }
        }
        problem(value, "the access " + shown(value) + " is none of public, user, admin", "access: user");
        return Access.USER;
    }

    private List<String> readPaths() {
        Value value = present("paths");
        if (value == null) {
            return id.isEmpty() ? List.of() : List.of("/modules/" + id);
        }
        List<Value> items = value.isList() ? value.items() : List.of(value);
        if (items.isEmpty()) {
            problem(value, "paths is empty", "paths: [/modules/" + id + "]");
        }
        items.forEach(this::checkPath);
        return items.stream().map(Value::literal).toList();
    }

    private void checkPath(Value value) {
        String path = value.literal();
        boolean isPath = path.equals("/") || path.matches("(/(?!\\.{1,2}(/|$))[A-Za-z0-9._~-]+)+");
        if (!isPath) {
            problem(value, "the path " + shown(value) + " is not /words without a slash at the end", "paths: [/modules/" + id + "]");
        }
        if (ReservedPaths.cover(path)) {
            problem(value, "the path " + path + " is the edge's own", "paths: [/modules/" + id + "]");
        }
    }

    private Optional<String> readHealth(Target target) {
        Value value = present("health");
        if (value == null) {
            return Optional.empty();
        }
        if (!value.literal().matches("/(?!/)[A-Za-z0-9._~/%?=&-]*")) {
            problem(value, "the health path " + shown(value) + " is not a path on the upstream", "health: /health");
        } else if (!(target instanceof Target.Upstream)) {
            problem(value, "has a health path but no upstream to ask", "upstream: http://127.0.0.1:3000");
        }
        return Optional.of(value.literal());
    }

    private boolean flag(String key, boolean fallback) {
        Value value = present(key);
        if (value == null) {
            return fallback;
        }
        if (!value.literal().equals("true") && !value.literal().equals("false")) {
            problem(value, key + " is " + shown(value) + ", neither true nor false", key + ": " + fallback);
        }
        return value.literal().equals("true");
    }

    private Optional<String> text(String key) {
        return Optional.ofNullable(present(key)).map(Value::literal);
    }

    /** The value of a key when it holds something; a mapping where a word belongs is a problem. */
    private @Nullable Value present(String key) {
        Value value = entry.get(key);
        if (value == null || value.isNull()) {
            return null;
        }
        if (!value.isScalar() && !(key.equals("paths") && value.isList())) {
            problem(value, key + " must be a single value", key + ": …");
            return null;
        }
        return value;
    }

    private void problem(Value at, String what, String fix) {
        // A key read twice (by two rules) would otherwise report its fault twice.
        String text = id.isEmpty() ? what : id + ": " + what;
        boolean isKnown = problems.all().stream().anyMatch(p -> p.where().equals(at.where()) && p.what().equals(text));
        if (!isKnown) {
            problems.add(at.where(), text, fix);
        }
    }

    private static String shown(Value value) {
        return "\"" + value.literal() + "\"";
    }

    private static String slug(String text) {
        String slug = text.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-").replaceAll("^-+|-+$", "");
        return slug.isEmpty() ? "notes" : slug;
    }
}
