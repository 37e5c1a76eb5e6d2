package app.molos.edge.http;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * Counts requests by who answered and how. The labels are a closed set, made once: a label taken from a request would let
 * anybody fill the memory, and looking one up per request is what costs in general-purpose HTTP metrics.
 */
public final class RequestMetrics {
    /** Who made the answer. */
    enum Source {
        EDGE,
        MODULE,
        PROBE
    }

    private static final int CLASSES = 6;

    private final Counter[][] counters = new Counter[Source.values().length][CLASSES];
    private final Timer[] timers = new Timer[Source.values().length];

    public RequestMetrics(MeterRegistry registry) {
        for (Source source : Source.values()) {
            String name = source.name().toLowerCase(Locale.ROOT);
            for (int i = 1; i < CLASSES; i++) {
                counters[source.ordinal()][i] = Counter.builder("edge_http_requests")
                        .description("Requests answered")
                        .tag("source", name)
                        .tag("status", i + "xx")
                        .register(registry);
            }
            timers[source.ordinal()] = Timer.builder("edge_http_request_duration")
                    .description("From the head of a request to the end of its answer")
                    .tag("source", name)
                    .register(registry);
        }
    }

    void record(Source source, int status, long nanos) {
        int statusClass = status / 100;
        if (statusClass > 0 && statusClass < CLASSES) {
            counters[source.ordinal()][statusClass].increment();
        }
        timers[source.ordinal()].record(nanos, TimeUnit.NANOSECONDS);
    }
}
