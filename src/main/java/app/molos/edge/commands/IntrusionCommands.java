package app.molos.edge.commands;

import app.molos.edge.boot.EdgeConfig;
import app.molos.edge.config.ConfigProblems;
import app.molos.edge.config.ExitCode;
import app.molos.edge.config.Refusal;
import app.molos.edge.intrusion.IntrusionConfig;
import app.molos.edge.intrusion.Replay;
import app.molos.edge.intrusion.ScenarioTable;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Shows, tries and reloads the scenarios by which attacks are known. */
public final class IntrusionCommands {
    private static final Duration DEADLINE = Duration.ofSeconds(10);

    private final Map<String, String> environment;
    private final Terminal terminal;

    IntrusionCommands(Map<String, String> environment, Terminal terminal) {
        this.environment = environment;
        this.terminal = terminal;
    }

    /** Prints the scenarios as they are in force, or every fault of the file. */
    public int check(boolean isJson) {
        return Commands.run(terminal, isJson, () -> {
            IntrusionConfig config =
                    EdgeConfig.load(environment).config().accounts().defence().intrusion();
            ConfigProblems problems = new ConfigProblems();
            List<ScenarioTable.Row> rows = ScenarioTable.of(config, problems);
            return Commands.report(terminal, problems, isJson, () -> {
                List<List<String>> table = new ArrayList<>();
                table.add(List.of("Scenario", "Mode", "Capacity", "Leak", "Whoever"));
                rows.forEach(row -> table.add(
                        List.of(row.name(), row.mode(), Integer.toString(row.capacity()), row.leak(), row.why())));
                terminal.table(table);
            });
        });
    }

    /** Has the running edge read the file again. */
    public int reload(boolean isJson) {
        return Commands.run(terminal, isJson, () -> {
            // Faults of the file are the edge's to name: it says what it goes on with.
            JsonObject outcome =
                    new RunningEdge(EdgeConfig.load(environment).config()).post("/intrusion/reload", DEADLINE);
            JsonArray problems = outcome.getJsonArray("problems", new JsonArray());
            if (isJson) {
                terminal.print(outcome.encodePrettily());
            } else if (problems.isEmpty()) {
                terminal.print("The running edge goes by these scenarios now.");
            } else {
                problems.forEach(p -> {
                    JsonObject problem = (JsonObject) p;
                    terminal.refuse(new ConfigProblems.Problem(
                                    problem.getString("where"), problem.getString("what"), problem.getString("write"))
                            .toString());
                });
            }
            return problems.isEmpty() ? ExitCode.OK : ExitCode.REFUSED;
        });
    }

    /** Prints whom the scenarios would have banned. */
    public int replay(Path log, Optional<Path> scenarios, boolean isEnforcing, boolean isJson) {
        return Commands.run(terminal, isJson, () -> {
            EdgeConfig edge = EdgeConfig.load(environment).config();
            IntrusionConfig now = edge.accounts().defence().intrusion();
            IntrusionConfig tried = new IntrusionConfig(
                    isEnforcing ? IntrusionConfig.Mode.ENFORCE : now.mode(),
                    scenarios.or(now::scenarios),
                    now.allow(),
                    now.bansPrivate());
            ConfigProblems problems = new ConfigProblems();
            Replay replay = new Replay(tried, edge.site().trustedProxies(), problems);
            problems.throwIfAny();
            print(run(replay, log), isJson);
            return ExitCode.OK;
        });
    }

    private Replay.Outcome run(Replay replay, Path log) {
        try {
            Replay.Outcome outcome = replay.run(log, lines -> terminal.progress(lines + " lines"));
            terminal.clearProgress();
            if (outcome.lines() > 0 && outcome.lines() == outcome.unreadable()) {
                throw new Refusal(ExitCode.REFUSED, log + " has no line of an access log of the edge in it.");
            }
            return outcome;
        } catch (IOException e) {
            throw new Refusal(ExitCode.REFUSED, log + " cannot be read.");
        }
    }

    private void print(Replay.Outcome outcome, boolean isJson) {
        if (isJson) {
            terminal.print(json(outcome).encodePrettily());
            return;
        }
        terminal.print(
                "  " + outcome.lines() + " lines from " + outcome.first().truncatedTo(ChronoUnit.SECONDS) + " to "
                        + outcome.last().truncatedTo(ChronoUnit.SECONDS)
                        + (outcome.unreadable() > 0 ? ", " + outcome.unreadable() + " of them unreadable" : ""));
        terminal.print("  " + outcome.bans().size() + " bans, " + outcome.spared()
                + " more that only observe or that somebody is spared");
        if (!outcome.blind().isEmpty()) {
            terminal.print("  Not tried, because a log has neither queries nor cookies: "
                    + String.join(", ", outcome.blind()));
        }
        if (!outcome.bans().isEmpty()) {
            terminal.print("");
            List<List<String>> rows = new ArrayList<>();
            rows.add(List.of("Who", "When", "For", "Scenario", "Refused", "Signed in", "Last request"));
            outcome.bans()
                    .forEach(one -> rows.add(List.of(
                            one.ban().subject(),
                            one.ban().since().truncatedTo(ChronoUnit.SECONDS).toString(),
                            Duration.between(one.ban().since(), one.ban().until())
                                            .toMinutes() + "m",
                            one.ban().cause(),
                            Integer.toString(one.refused()),
                            one.hadSignedIn() ? "YES" : "no",
                            Terminal.printable(one.ban()
                                    .evidence()
                                    .get(one.ban().evidence().size() - 1)))));
            terminal.table(rows);
        }
    }

    private static JsonObject json(Replay.Outcome outcome) {
        JsonArray bans = new JsonArray();
        outcome.bans()
                .forEach(one -> bans.add(new JsonObject()
                        .put("subject", one.ban().subject())
                        .put("since", one.ban().since().toString())
                        .put("until", one.ban().until().toString())
                        .put("cause", one.ban().cause())
                        .put("refused", one.refused())
                        .put("hadSignedIn", one.hadSignedIn())
                        .put("evidence", new JsonArray(one.ban().evidence()))));
        return new JsonObject()
                .put("lines", outcome.lines())
                .put("unreadable", outcome.unreadable())
                .put("spared", outcome.spared())
                .put("first", outcome.first().toString())
                .put("last", outcome.last().toString())
                .put("bans", bans)
                .put("notTried", new JsonArray(outcome.blind()));
    }
}
