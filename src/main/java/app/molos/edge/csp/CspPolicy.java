package app.molos.edge.csp;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Writes the tightest policy that allows what was reported. */
public final class CspPolicy {
    private CspPolicy() {}

    /** Returns a policy under which none of the reports would come again. */
    public static String of(List<CspReport> reports) {
        Map<String, TreeSet<String>> sources = new TreeMap<>();
        reports.forEach(report -> sources.computeIfAbsent(report.directive(), d -> new TreeSet<>())
                .add(report.source()));
        sources.putIfAbsent("base-uri", new TreeSet<>(List.of("'none'")));
        sources.putIfAbsent("form-action", new TreeSet<>(List.of("'none'")));
        return "default-src 'none'; "
                + sources.entrySet().stream()
                        .map(entry -> entry.getKey() + " " + String.join(" ", entry.getValue()))
                        .collect(Collectors.joining("; "))
                + "; frame-ancestors 'none'";
    }

    /** Says what of a policy protects from nothing: scripts that anybody may have written into the page. */
    public static List<String> weaknesses(List<CspReport> reports) {
        return reports.stream()
                .filter(r -> r.directive().equals("script-src")
                        && (r.source().equals("'unsafe-inline'") || r.source().equals("'unsafe-eval'")))
                .map(r -> "script-src " + r.source() + " lets injected scripts run; the module should do without")
                .toList();
    }
}
