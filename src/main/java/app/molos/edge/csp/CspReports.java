package app.molos.edge.csp;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Comparator;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * What browsers have reported of each module since the start, each thing once with how often. Anybody may send reports, so
 * there is a bound on how many different ones are kept. One per process; thread-safe.
 */
public final class CspReports {
    private static final int MOST_A_MODULE = 300;

    private final ConcurrentHashMap<String, ConcurrentHashMap<CspReport, LongAdder>> byModule =
            new ConcurrentHashMap<>();

    /**
     * Takes in what a browser sent.
     *
     * @param module that there is: strangers must not name others
     */
    public void take(String module, String body) {
        Map<CspReport, LongAdder> known = byModule.computeIfAbsent(module, m -> new ConcurrentHashMap<>());
        for (CspReport report : CspReport.read(body)) {
            LongAdder count = known.size() < MOST_A_MODULE
                    ? known.computeIfAbsent(report, r -> new LongAdder())
                    : known.get(report);
            if (count != null) {
                count.increment();
            }
        }
    }

    /** Forgets modules that are not served any more. */
    public void retain(Set<String> modules) {
        byModule.keySet().retainAll(modules);
    }

    /** {@code {"notes":[{"directive":"img-src","source":"'self'","count":3}]}}. */
    public JsonObject toJson() {
        JsonObject json = new JsonObject();
        new TreeMap<>(byModule).forEach((module, reports) -> {
            JsonArray array = new JsonArray();
            reports.entrySet().stream()
                    .sorted(Map.Entry.comparingByKey(
                            Comparator.comparing(CspReport::directive).thenComparing(CspReport::source)))
                    .forEach(entry -> array.add(new JsonObject()
                            .put("directive", entry.getKey().directive())
                            .put("source", entry.getKey().source())
                            .put("count", entry.getValue().sum())));
            json.put(module, array);
        });
        return json;
    }
}
