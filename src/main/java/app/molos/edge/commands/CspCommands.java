package app.molos.edge.commands;

import app.molos.edge.boot.EdgeConfig;
import app.molos.edge.config.ExitCode;
import app.molos.edge.config.Refusal;
import app.molos.edge.csp.CspPolicy;
import app.molos.edge.csp.CspReport;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Suggests policies from what browsers have reported to the running edge. */
public final class CspCommands {
    private static final Duration DEADLINE = Duration.ofSeconds(5);

    private final Map<String, String> environment;
    private final Terminal terminal;

    CspCommands(Map<String, String> environment, Terminal terminal) {
        this.environment = environment;
        this.terminal = terminal;
    }

    /** Prints what was reported of a module, and the policy that allows it. */
    public int suggest(String module, boolean isJson) {
        return Commands.run(terminal, isJson, () -> {
            JsonObject all = new RunningEdge(EdgeConfig.read(environment)).get("/csp/reports", DEADLINE);
            JsonArray reported = all.getJsonArray(module, new JsonArray());
            if (reported.isEmpty()) {
                throw new Refusal(
                        ExitCode.REFUSED,
                        "Nothing was reported of \"" + Terminal.printable(module)
                                + "\" since the edge started. Has it `csp: report-only`, and did somebody use it?");
            }
            List<CspReport> reports = reported.stream()
                    .map(JsonObject.class::cast)
                    .map(r -> new CspReport(r.getString("directive"), r.getString("source")))
                    .toList();
            String policy = CspPolicy.of(reports);
            List<String> weaknesses = CspPolicy.weaknesses(reports);
            if (isJson) {
                terminal.print(new JsonObject()
                        .put("module", module)
                        .put("policy", policy)
                        .put("weaknesses", new JsonArray(weaknesses))
                        .put("reports", reported)
                        .encodePrettily());
            } else {
                print(reported, policy, weaknesses);
            }
            return ExitCode.OK;
        });
    }

    private void print(JsonArray reported, String policy, List<String> weaknesses) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("Directive", "Source", "Reports"));
        reported.forEach(r -> {
            JsonObject report = (JsonObject) r;
            rows.add(List.of(
                    report.getString("directive"),
                    report.getString("source"),
                    report.getLong("count").toString()));
        });
        terminal.table(rows);
        terminal.print("");
        weaknesses.forEach(weakness -> terminal.print("  Weak: " + weakness));
        terminal.print("  Anybody can send reports: leave out what you do not know. In modules.yaml:");
        terminal.print("");
        terminal.print("  csp: enforce");
        terminal.print("  headers: {content-security-policy: \"" + policy + "\"}");
    }
}
