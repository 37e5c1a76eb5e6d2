package app.molos.edge.commands;

import app.molos.edge.boot.EdgeConfig;
import app.molos.edge.config.ExitCode;
import app.molos.edge.config.Refusal;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Asks the running edge how it is, and takes it out of its balancers. */
public final class NodeCommands {
    private static final Duration DEADLINE = Duration.ofSeconds(5);
    private static final long LOOK_MILLIS = 500;
    /** Transitions that a look shows beneath the checks. */
    private static final int SHOWN = 10;

    private static final String AT = "at";
    private static final String CODE = "code";

    private final Map<String, String> environment;
    private final Terminal terminal;

    NodeCommands(Map<String, String> environment, Terminal terminal) {
        this.environment = environment;
        this.terminal = terminal;
    }

    /** Prints every check and the last transitions; exit 1 when the node is not ready. */
    public int health(boolean isJson) {
        return Commands.run(terminal, isJson, () -> {
            RunningEdge edge = new RunningEdge(EdgeConfig.read(environment));
            JsonObject health = edge.get("/health", DEADLINE);
            JsonObject history = edge.get("/health/history", DEADLINE);
            if (isJson) {
                terminal.print(health.copy().put("history", history).encodePrettily());
            } else {
                print(health, history);
            }
            return "ready".equals(health.getString("node")) ? ExitCode.OK : ExitCode.UNEXPECTED;
        });
    }

    private void print(JsonObject health, JsonObject history) {
        String first = history.getString("first", "");
        terminal.print("  " + health.getString("status") + ", node " + health.getString("node", "starting")
                + (first.isEmpty() ? "" : "; broke first: " + first));
        terminal.print("");
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("Check", "State", "Code", "Since", "Took", ""));
        health.getJsonObject("checks", new JsonObject()).forEach(entry -> {
            JsonObject check = (JsonObject) entry.getValue();
            rows.add(List.of(
                    entry.getKey(),
                    check.getString("state"),
                    check.getString(CODE, ""),
                    check.getString("since"),
                    check.getLong("durationMs") + " ms",
                    Terminal.printable(check.getString("detail", ""))));
        });
        terminal.table(rows);
        List<JsonObject> transitions = transitions(history);
        if (!transitions.isEmpty()) {
            terminal.print("");
            List<List<String>> changes = new ArrayList<>();
            changes.add(List.of("When", "What", "From", "To", "Code", "Broke first"));
            transitions
                    .subList(Math.max(0, transitions.size() - SHOWN), transitions.size())
                    .forEach(t -> changes.add(row(t)));
            terminal.table(changes);
        }
    }

    private static List<String> row(JsonObject transition) {
        return List.of(
                transition.getString(AT),
                transition.getString("check"),
                transition.getString("from"),
                transition.getString("to"),
                transition.getString(CODE, ""),
                transition.getString("first", ""));
    }

    private static List<JsonObject> transitions(JsonObject history) {
        JsonArray all = history.getJsonArray("transitions", new JsonArray());
        return all.stream().map(JsonObject.class::cast).toList();
    }

    /** Prints each transition as it comes, those that are known first; an edge that is away is waited for. */
    public int watch(boolean isJson) {
        return Commands.run(terminal, isJson, () -> {
            RunningEdge edge = new RunningEdge(EdgeConfig.read(environment));
            Set<JsonObject> seen = new HashSet<>();
            boolean wasAway = false;
            while (!Thread.currentThread().isInterrupted()) {
                try {
                    List<JsonObject> known = transitions(edge.get("/health/history", DEADLINE));
                    known.stream().filter(t -> !seen.contains(t)).forEach(t -> say(t, isJson));
                    seen.retainAll(known);
                    seen.addAll(known);
                    wasAway = false;
                } catch (Refusal away) {
                    if (!wasAway) {
                        terminal.refuse(away.getMessage() + " Waiting for it.");
                    }
                    wasAway = true;
                }
                pause();
            }
            return ExitCode.OK;
        });
    }

    private void say(JsonObject transition, boolean isJson) {
        terminal.print(isJson ? transition.encode() : "  " + String.join("   ", row(transition)));
    }

    private static void pause() {
        try {
            Thread.sleep(LOOK_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Drains the running edge, or takes that back. */
    public int drain(boolean isCancel, boolean isJson) {
        return Commands.run(terminal, isJson, () -> {
            JsonObject outcome =
                    new RunningEdge(EdgeConfig.read(environment)).post(isCancel ? "/drain/cancel" : "/drain", DEADLINE);
            boolean hasChanged = outcome.getBoolean("changed");
            if (isJson) {
                terminal.print(outcome.encodePrettily());
            } else if (isCancel) {
                terminal.print(hasChanged ? "Ready again." : "It was not drained.");
            } else {
                terminal.print(
                        hasChanged
                                ? "Draining: balancers are told, and what is asked is still served. Back: molos-edge drain --cancel"
                                : "It is drained already. Back: molos-edge drain --cancel");
            }
            return ExitCode.OK;
        });
    }
}
