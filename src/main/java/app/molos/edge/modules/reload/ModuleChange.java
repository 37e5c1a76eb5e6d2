package app.molos.edge.modules.reload;

import app.molos.edge.modules.Module;
import app.molos.edge.modules.ModuleRegistry;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The difference between two lists of modules, by id. Only {@code changed} and {@code removed} ones lose
 * connections.
 */
public record ModuleChange(List<String> added, List<String> changed, List<String> removed, int unchanged) {
    public static ModuleChange between(ModuleRegistry before, ModuleRegistry now) {
        Map<String, Module> old = before.modules().stream().collect(Collectors.toMap(Module::id, Function.identity()));
        Map<String, Module> fresh = now.modules().stream().collect(Collectors.toMap(Module::id, Function.identity()));
        return new ModuleChange(
                fresh.keySet().stream()
                        .filter(id -> !old.containsKey(id))
                        .sorted()
                        .toList(),
                fresh.keySet().stream()
                        .filter(id -> old.containsKey(id) && !old.get(id).equals(fresh.get(id)))
                        .sorted()
                        .toList(),
                old.keySet().stream()
                        .filter(id -> !fresh.containsKey(id))
                        .sorted()
                        .toList(),
                (int) fresh.values().stream()
                        .filter(m -> m.equals(old.get(m.id())))
                        .count());
    }

    public boolean isNone() {
        return added.isEmpty() && changed.isEmpty() && removed.isEmpty();
    }

    /** In words, for people: {@code added a; changed b, c; removed d; 5 untouched}. */
    @Override
    public String toString() {
        return words("added", added) + words("changed", changed) + words("removed", removed) + unchanged + " untouched";
    }

    private static String words(String what, List<String> ids) {
        return ids.isEmpty() ? "" : what + " " + String.join(", ", ids) + "; ";
    }
}
