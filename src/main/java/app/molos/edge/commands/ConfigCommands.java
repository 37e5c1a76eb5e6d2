package app.molos.edge.commands;

import app.molos.edge.boot.EdgeConfig;
import app.molos.edge.config.ConfigKey;
import app.molos.edge.config.ExitCode;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Shows the configuration: as it is, and every key that there could be. */
public final class ConfigCommands {
    private static final String INTRODUCTION = """
            # Configuration

            Made by `molos-edge config reference`; change the keys in the code, then run it again.

            Defaults, then the file (`EDGE_CONFIG`, default `conf/edge.yaml`), then the environment. Unknown keys, double keys and
            values that are not exactly what they should be are refused, with the line to write. A variable that is set to nothing
            counts as not set. `NODE_ENV` is an alias of `EDGE_ENV` (`test` means development); when both are set they must agree.

            Durations are a number and `ms`, `s`, `m`, `h` or `d`. Lists are words separated by commas, or YAML lists in the file.
            `molos-edge config show` prints every key with its value and where that was written.
            """;

    private final Map<String, String> environment;
    private final Terminal terminal;

    ConfigCommands(Map<String, String> environment, Terminal terminal) {
        this.environment = environment;
        this.terminal = terminal;
    }

    /** Every key: effective value, where it came from, default. */
    public int show(boolean isChangedOnly, boolean isJson) {
        return Commands.run(terminal, isJson, () -> {
            List<EdgeConfig.Shown> shown = EdgeConfig.show(environment).stream()
                    .filter(s -> !isChangedOnly || !s.where().isEmpty())
                    .toList();
            if (isJson) {
                JsonArray list = new JsonArray();
                shown.forEach(s -> list.add(json(s)));
                terminal.print(list.encodePrettily());
            } else {
                List<List<String>> rows = new ArrayList<>();
                rows.add(List.of("Key", "Value", "From", "Default"));
                shown.forEach(s -> rows.add(row(s)));
                terminal.table(rows);
            }
            return ExitCode.OK;
        });
    }

    private static JsonObject json(EdgeConfig.Shown shown) {
        return new JsonObject()
                .put("key", shown.key().name())
                .put("variable", shown.key().variable())
                .put("value", shown.value().isEmpty() ? null : shown.value())
                .put("from", shown.where().isEmpty() ? null : shown.where())
                .put("default", shown.key().fallback());
    }

    private static List<String> row(EdgeConfig.Shown shown) {
        return List.of(
                shown.key().name(),
                shown.value().isEmpty() ? "-" : shown.value(),
                shown.where().isEmpty() ? "default" : shown.where(),
                shown.key().fallback() == null ? "" : shown.key().fallback());
    }

    /** Prints `docs/configuration.md`: every key there is, in Markdown. */
    public int reference() {
        return Commands.run(terminal, () -> {
            terminal.out().print(referenceText());
            return ExitCode.OK;
        });
    }

    static String referenceText() {
        StringBuilder text = new StringBuilder(INTRODUCTION);
        for (EdgeConfig.Section section : EdgeConfig.SECTIONS) {
            text.append("\n## ").append(section.title()).append("\n\n");
            text.append("| Key | Variable | Default | What it is |\n|---|---|---|---|\n");
            section.keys().forEach(key -> text.append(line(key)));
        }
        return text.toString();
    }

    private static String line(ConfigKey key) {
        String fallback = key.fallback() == null || key.fallback().isEmpty() ? "" : "`" + key.fallback() + "`";
        ConfigKey.Former former = key.former();
        String meaning =
                key.meaning() + (former == null ? "" : " (until the next release also `" + former.name() + "`)");
        return "| `" + key.name() + "` | `" + key.variable() + "` | " + fallback + " | " + meaning + " |\n";
    }
}
