package app.molos.edge.intrusion;

import app.molos.edge.config.ConfigProblems;
import app.molos.edge.config.YamlFile;
import app.molos.edge.config.YamlFile.Value;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.MalformedInputException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Reads scenarios: those packed into the program, and a file whose scenarios stand in for those of the same name or are
 * added. Every fault of it at once. Blocking: it reads the file.
 */
final class ScenarioFile {
    private static final String PACKED = "/scenarios.yaml";
    private static final int MOST = 200;

    private ScenarioFile() {}

    /** With problems recorded, the scenarios are not to be used. */
    static Scenarios read(Optional<Path> file, ConfigProblems problems) {
        Map<String, Scenario> all = new LinkedHashMap<>();
        parse("scenarios.yaml of the program", packed(), problems).forEach(s -> all.put(s.name(), s));
        file.ifPresent(path -> text(path, problems)
                .ifPresent(text -> parse(path.toString(), text, problems).forEach(s -> all.put(s.name(), s))));
        try {
            return new Scenarios(new ArrayList<>(all.values()));
        } catch (IllegalArgumentException e) {
            problems.add(file.map(Path::toString).orElse(PACKED), String.valueOf(e.getMessage()), "fewer words");
            return new Scenarios(List.of());
        }
    }

    private static List<Scenario> parse(String name, String text, ConfigProblems problems) {
        List<Scenario> scenarios = new ArrayList<>();
        Value root = YamlFile.parse(name, text, problems).orElse(null);
        Value list = root == null ? null : root.get("scenarios");
        if (root != null && (list == null || !list.isMapping())) {
            problems.add(root.where(), "the file must have the key scenarios, with a name for each", "scenarios:");
        }
        if (root != null) {
            root.entries().stream()
                    .filter(e -> !e.key().equals("scenarios"))
                    .forEach(e -> problems.add(e.where(), "there is no key \"" + e.key() + "\"", "scenarios:"));
        }
        if (list != null && list.entries().size() > MOST) {
            problems.add(list.where(), "there are more than " + MOST + " scenarios", "fewer");
        } else if (list != null) {
            list.entries()
                    .forEach(entry -> new ScenarioReader(entry, problems).read().ifPresent(scenarios::add));
        }
        return scenarios;
    }

    private static Optional<String> text(Path file, ConfigProblems problems) {
        try {
            return Optional.of(Files.readString(file));
        } catch (MalformedInputException e) {
            problems.add(file.toString(), "the file is not UTF-8 text", "");
        } catch (IOException e) {
            problems.add(
                    IntrusionConfig.SCENARIOS.variable(),
                    "the file " + file + " cannot be read",
                    "INTRUSION_SCENARIOS=conf/scenarios.yaml");
        }
        return Optional.empty();
    }

    private static String packed() {
        try (InputStream in = ScenarioFile.class.getResourceAsStream(PACKED)) {
            return new String(Objects.requireNonNull(in, PACKED).readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new IllegalStateException("the program was not built whole: " + PACKED, e);
        }
    }
}
