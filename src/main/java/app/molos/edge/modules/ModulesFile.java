package app.molos.edge.modules;

import app.molos.edge.config.ConfigProblems;
import app.molos.edge.config.EdgeMode;
import app.molos.edge.config.Suggestion;
import app.molos.edge.config.YamlFile;
import app.molos.edge.config.YamlFile.Value;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Reads {@code modules.yaml}: the list for the mode we run in, every fault of it at once. Blocking: it reads the file
 * and resolves links.
 */
public final class ModulesFile {
    private static final List<String> SECTIONS = List.of("development", "production");

    private ModulesFile() {}

    /** The configured modules, disabled ones included. With problems recorded, the list is not to be used. */
    public static List<Module> read(ModulesConfig config, ConfigProblems problems) {
        return read(config, ModuleLock.read(config.lockFile(), problems), problems);
    }

    /** As {@link #read(ModulesConfig, ConfigProblems)}, with what the lock says, or would say. */
    public static List<Module> read(ModulesConfig config, ModuleLock lock, ConfigProblems problems) {
        String name = config.file().toString();
        String section = config.mode().name().toLowerCase(Locale.ROOT);
        if (!Files.exists(config.file())) {
            if (config.mode().isProduction()) {
                problems.add(
                        "MODULES_CONFIG",
                        "there is no file " + name + " (production needs one)",
                        "MODULES_CONFIG=" + ModulesConfig.FILE.fallback());
            }
            return List.of();
        }
        Optional<Value> root = YamlFile.parse(name, readText(config, problems), problems);
        if (root.isEmpty() || root.get().isNull()) {
            missing(config.mode(), name, section, problems);
            return List.of();
        }
        if (!root.get().isMapping()) {
            problems.add(root.get().where(), "the file must have the keys development and production", section + ":");
            return List.of();
        }
        root.get().entries().stream()
                .filter(e -> !SECTIONS.contains(e.key()))
                .forEach(e -> problems.add(
                        e.where(),
                        "there is no key \"" + e.key() + "\"",
                        Suggestion.near(e.key(), SECTIONS)
                                .map(s -> s + ": (did you mean that?)")
                                .orElse("development: or production:")));
        Value ours = root.get().get(section);
        if (ours == null || ours.isNull()) {
            missing(config.mode(), name, section, problems);
            return List.of();
        }
        return readSection(config, lock, section, ours, problems);
    }

    private static List<Module> readSection(
            ModulesConfig config, ModuleLock lock, String section, Value ours, ConfigProblems problems) {
        if (!ours.isMapping()) {
            problems.add(ours.where(), section + " must have the key modules", "modules:");
            return List.of();
        }
        ours.entries().stream()
                .filter(e -> !e.key().equals("modules"))
                .forEach(e ->
                        problems.add(e.where(), "there is no key \"" + e.key() + "\" under " + section, "modules:"));
        Value list = ours.get("modules");
        if (list == null || list.isNull()) {
            return List.of();
        }
        if (!list.isList()) {
            problems.add(list.where(), "modules must be a list", "- id: notes");
            return List.of();
        }
        List<Module> modules = new ArrayList<>();
        Set<String> ids = new HashSet<>();
        Map<String, String> owners = new HashMap<>();
        for (Value item : list.items()) {
            Optional<Module> module = new ModuleEntry(config, lock, item, problems).read();
            module.ifPresent(m -> {
                refuseDoubles(m, item, ids, owners, problems);
                modules.add(m);
            });
        }
        return modules;
    }

    private static void refuseDoubles(
            Module module, Value item, Set<String> ids, Map<String, String> owners, ConfigProblems problems) {
        if (!module.id().isEmpty() && !ids.add(module.id())) {
            problems.add(item.where(), "the id \"" + module.id() + "\" stands here a second time", "another id");
        }
        module.paths().forEach(path -> {
            String owner = owners.putIfAbsent(path, module.id());
            if (owner != null) {
                problems.add(
                        item.where(),
                        module.id() + ": the path " + path + " belongs to " + owner + " already",
                        "paths: [/modules/" + module.id() + "]");
            }
        });
    }

    /** The lines of an entry, counted from 0, both included. */
    record Lines(int first, int last) {}

    /** Where the entry of a module stands in a text. */
    static Optional<Lines> linesOf(ModulesConfig config, String text, String id) {
        return entry(config, text, id).map(item -> new Lines(item.firstLine(), item.lastLine(text)));
    }

    /** All that the text says, except of this module in this mode. */
    static String contentWithout(ModulesConfig config, String text, String id) {
        Optional<Lines> left = linesOf(config, text, id);
        return YamlFile.parse("", text, new ConfigProblems())
                .map(root -> root.content(item -> left.isPresent()
                        && item.isMapping()
                        && item.firstLine() == left.get().first()))
                .orElse("");
    }

    private static Optional<Value> entry(ModulesConfig config, String text, String id) {
        String section = config.mode().name().toLowerCase(Locale.ROOT);
        Value list = YamlFile.parse("", text, new ConfigProblems())
                .map(root -> root.get(section))
                .map(ours -> ours.get("modules"))
                .orElse(null);
        if (list == null || !list.isList()) {
            return Optional.empty();
        }
        return list.items().stream()
                .filter(item -> item.isMapping()
                        && item.get("id") != null
                        && item.get("id").literal().equals(id))
                .findFirst();
    }

    /** In which line of the text the tag of a module stands, counted from 1. */
    static Optional<Integer> lineOfTag(ModulesConfig config, String text, String id) {
        return entry(config, text, id).stream()
                .flatMap(item -> Optional.ofNullable(item.get("tag")).stream())
                .map(tag -> Integer.parseInt(tag.where().substring(1)))
                .findFirst();
    }

    private static void missing(EdgeMode mode, String name, String section, ConfigProblems problems) {
        if (mode.isProduction()) {
            problems.add(name, "the key " + section + " is missing", section + ":");
        }
    }

    private static String readText(ModulesConfig config, ConfigProblems problems) {
        try {
            return Files.readString(config.file());
        } catch (MalformedInputException e) {
            problems.add(config.file().toString(), "the file is not UTF-8 text", "");
        } catch (IOException e) {
            problems.add(config.file().toString(), "the file cannot be read", "a readable file");
        }
        return "";
    }
}
