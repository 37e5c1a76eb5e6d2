package app.molos.edge.modules;

import app.molos.edge.ratelimit.Rate;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Which module a path belongs to: one map of prefixes, so the cost does not grow with the number of modules. */
public final class ModuleRegistry {
    /** A module and the prefix under which it was found. */
    public record Match(Module module, String prefix) {}

    private final List<Module> modules;
    private final Map<String, Match> byPrefix = new HashMap<>();
    /** In lower case; empty unless a module says that case does not matter to it. */
    private final Map<String, Match> byFoldedPrefix = new HashMap<>();

    private final Map<String, Rate> limits = new HashMap<>();

    private final int deepest;

    /** @param configured what {@link ModulesFile} read; disabled modules are left out */
    public ModuleRegistry(List<Module> configured) {
        modules = configured.stream().filter(Module::isEnabled).toList();
        int depth = 0;
        for (Module module : modules) {
            module.admission().limit().ifPresent(limit -> limits.put(module.id(), limit));
            for (String path : module.paths()) {
                byPrefix.put(path, new Match(module, path));
                depth = Math.max(depth, segments(path));
            }
        }
        deepest = depth;
        if (modules.stream().anyMatch(m -> m.forwarding().isCaseInsensitive())) {
            byPrefix.forEach((path, match) -> byFoldedPrefix.put(path.toLowerCase(Locale.ROOT), match));
        }
    }

    public List<Module> modules() {
        return modules;
    }

    /** The module with the longest prefix that ends at a segment of the path, or null. */
    public @Nullable Match find(String path) {
        return find(byPrefix, path);
    }

    /** Whether some server behind may read the path as one of another module; such a request must not pass. */
    public boolean isAmbiguous(String path, Match match) {
        return !PathReadings.agree(this, path, match);
    }

    /** Returns the limit of its own that a module has; null when it has none. */
    public @Nullable Rate limit(String id) {
        return limits.isEmpty() ? null : limits.get(id);
    }

    boolean hasCaseInsensitive() {
        return !byFoldedPrefix.isEmpty();
    }

    /** As {@link #find}, with a path in lower case and prefixes as if they were. */
    @Nullable
    Match findInAnyCase(String path) {
        return find(byFoldedPrefix, path);
    }

    private @Nullable Match find(Map<String, Match> prefixes, String path) {
        int end = endOfSegment(path, deepest);
        while (end > 0) {
            Match match = prefixes.get(path.substring(0, end));
            if (match != null) {
                return match;
            }
            end = path.lastIndexOf('/', end - 1);
        }
        return prefixes.get("/");
    }

    /** Where the n-th segment ends: no prefix is longer, so a path of a thousand segments costs no more. */
    private static int endOfSegment(String path, int n) {
        int end = 0;
        for (int i = 0; i < n; i++) {
            int next = path.indexOf('/', end + 1);
            if (next < 0) {
                return path.endsWith("/") ? path.length() - 1 : path.length();
            }
            end = next;
        }
        return end;
    }

    private static int segments(String path) {
        return path.equals("/") ? 0 : (int) path.chars().filter(c -> c == '/').count();
    }
}
