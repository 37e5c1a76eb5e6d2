package app.molos.edge.modules;

import app.molos.edge.config.ConfigReader;
import app.molos.edge.config.Suggestion;
import app.molos.edge.config.YamlFile;
import app.molos.edge.config.YamlFile.Value;
import app.molos.edge.web.EdgePaths;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Reads how a module's requests and answers are passed on. */
final class ForwardingReader {
    private static final List<String> TIMEOUTS = List.of("connect", "bodyIdle", "firstByte", "responseIdle", "total");
    /** Reads the options of a module; what protects the edge itself is not among them. */
    private static final List<String> HEADERS = List.of(
            "content-security-policy",
            "content-security-policy-report-only",
            "x-frame-options",
            "permissions-policy",
            "referrer-policy",
            "cross-origin-opener-policy",
            "cross-origin-embedder-policy",
            "cross-origin-resource-policy");

    private static final String POLICY = "content-security-policy";
    /** Allows nothing: everything that a page loads is reported. */
    private static final String LEARNING = "default-src 'none'; base-uri 'none'; form-action 'none'";

    private final EntryFields fields;

    ForwardingReader(EntryFields fields) {
        this.fields = fields;
    }

    Forwarding read(Module.Target target) {
        boolean stripsPath = fields.flag("stripPath", false);
        boolean forwardsCookie = fields.flag("forwardCookie", false);
        Value timeouts = fields.mapping("timeouts");
        for (String key : List.of("stripPath", "forwardCookie", "compress", "caseInsensitive", "balance", "timeouts")) {
            Value value = fields.entry().get(key);
            if (value != null && target instanceof Module.Target.Static) {
                fields.problem(value, key + " means nothing for a folder of files", "upstream: http://127.0.0.1:3000");
            }
        }
        return new Forwarding(
                stripsPath,
                forwardsCookie,
                fields.flag("csrf", true),
                fields.flag("compress", true),
                fields.flag("caseInsensitive", false),
                readBalance(),
                withPolicy(readHeaders(fields.mapping("headers"))),
                readTimeouts(timeouts));
    }

    private Forwarding.Balance readBalance() {
        Value value = fields.present("balance");
        if (value == null || value.literal().equals("round-robin")) {
            return Forwarding.Balance.ROUND_ROBIN;
        }
        if (!value.literal().equals("least-requests")) {
            fields.problem(
                    value,
                    "balance is " + EntryFields.shown(value) + ", neither round-robin nor least-requests",
                    "balance: least-requests");
        }
        return Forwarding.Balance.LEAST_REQUESTS;
    }

    /**
     * With {@code csp: report-only} the policy in {@code headers} only reports, or one that allows nothing, so that all a
     * module loads is reported; with {@code enforce} it is in force, and what it stops is reported.
     */
    private Map<String, String> withPolicy(Map<String, String> headers) {
        Value mode = fields.present("csp");
        if (mode == null) {
            return headers;
        }
        boolean isEnforced = mode.literal().equals("enforce");
        String policy = headers.getOrDefault(POLICY, "");
        if (!isEnforced && !mode.literal().equals("report-only")) {
            fields.problem(
                    mode,
                    "csp is " + EntryFields.shown(mode) + ", neither report-only nor enforce",
                    "csp: report-only");
        } else if (isEnforced && policy.isEmpty()) {
            fields.problem(
                    mode,
                    "csp: enforce without a policy; `molos-edge csp suggest` writes one from what was reported",
                    "headers: {content-security-policy: \"default-src 'self'\"}");
        }
        Map<String, String> all = new TreeMap<>(headers);
        String reporting = "; report-uri " + EdgePaths.CSP_REPORT + fields.id();
        if (isEnforced) {
            all.put(POLICY, policy + reporting);
        } else {
            // What was in force before stays so: the module's own, or the edge's.
            all.remove(POLICY);
            all.put(POLICY + "-report-only", (policy.isEmpty() ? LEARNING : policy) + reporting);
        }
        return Map.copyOf(all);
    }

    private Map<String, String> readHeaders(@Nullable Value mapping) {
        Map<String, String> headers = new TreeMap<>();
        if (mapping != null) {
            for (YamlFile.Entry entry : mapping.entries()) {
                String name = entry.key().toLowerCase(Locale.ROOT);
                if (!HEADERS.contains(name)) {
                    fields.problem(
                            mapping,
                            "the header " + entry.key() + " is not one that a module may change",
                            Suggestion.near(name, HEADERS)
                                    .map(near -> near + ": …")
                                    .orElse("one of " + String.join(", ", HEADERS)));
                } else if (!entry.value().isScalar()
                        || !entry.value().literal().chars().allMatch(c -> c >= ' ' && c < 127)) {
                    fields.problem(
                            entry.value(),
                            "the header " + entry.key() + " has a value that no header can have",
                            name + ": \"\"");
                } else {
                    headers.put(
                            name, entry.value().isNull() ? "" : entry.value().literal());
                }
            }
        }
        return Map.copyOf(headers);
    }

    private Forwarding.Timeouts readTimeouts(@Nullable Value mapping) {
        Map<String, Duration> read = new HashMap<>();
        if (mapping != null) {
            for (YamlFile.Entry entry : mapping.entries()) {
                Optional<Duration> duration = entry.value().isScalar()
                        ? ConfigReader.parseDuration(entry.value().literal())
                        : Optional.empty();
                if (!TIMEOUTS.contains(entry.key())) {
                    fields.problem(
                            mapping,
                            "there is no timeout \"" + entry.key() + "\"",
                            "one of " + String.join(", ", TIMEOUTS));
                } else if (duration.isEmpty()
                        || (duration.get().isZero() && !entry.key().equals("total"))) {
                    fields.problem(
                            entry.value(),
                            "the timeout " + entry.key() + " is not a number with ms, s, m, h or d",
                            entry.key() + ": 30s");
                } else {
                    read.put(entry.key(), duration.get());
                }
            }
        }
        return new Forwarding.Timeouts(
                Optional.ofNullable(read.get("connect")),
                Optional.ofNullable(read.get("bodyIdle")),
                Optional.ofNullable(read.get("firstByte")),
                Optional.ofNullable(read.get("responseIdle")),
                Optional.ofNullable(read.get("total")));
    }
}
